"""Rubrics applied to ratings: total, band, floors, what is weakest and what to do next."""
