"""From a question to ranked sections, and how sure one can be that they answer it."""
