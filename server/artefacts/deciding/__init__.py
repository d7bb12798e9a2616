"""Decision tables asked with what is known: the answer, the row behind it, what would change it, what is still needed."""
