"""Runs and comparisons for people and for programs."""
