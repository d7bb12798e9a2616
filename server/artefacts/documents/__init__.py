"""Filled templates as documents: written, read back, and brought up to date without losing what a person changed."""
