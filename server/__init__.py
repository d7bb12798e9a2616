"""The transport-free core: search, answers; and the command line around it."""
