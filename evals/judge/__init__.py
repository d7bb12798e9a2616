"""RAGAS: its metrics that need no model, and those for which a model judges."""
