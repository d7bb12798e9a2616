"""Answers held to account: asked again from their stamp, their quotes looked up again."""
