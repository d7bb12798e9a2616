"""Answers and question vectors that were worked out before, kept for a time and found by all that they depend on."""
