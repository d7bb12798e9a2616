"""Models of any provider behind one record: asked within time limits, retried, guarded, and replaced when they fail."""
