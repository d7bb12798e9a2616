"""Versioned prompts for language models; there are none yet, because answers are extractive."""
