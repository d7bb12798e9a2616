"""From pages to an index generation: read, split, embed, write, verify, publish."""
