"""Versioned prompts for language models: one file a version, and a lock that notices when a released one is edited."""

from importlib.resources import files
from pathlib import Path


def prompts_folder() -> Path:
    """The folder with the shipped prompts, in a checkout or an installed wheel."""
    return Path(str(files(__name__)))
