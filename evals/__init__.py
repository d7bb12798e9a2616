"""Measures the functions that users call, on questions whose answers are known."""
