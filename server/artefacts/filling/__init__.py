"""Fields of a document out of what a person has: notes, configs, metrics, logs."""
