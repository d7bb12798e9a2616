"""The product beside four peers: the same documents, the same weights, the same cores, one run."""
