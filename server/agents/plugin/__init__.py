"""The plugin folder: every agent's manifest from one source."""
