"""The playbook: markdown pages in twelve folders, and where they are installed."""

from importlib.resources import files
from pathlib import Path


def pages_folder() -> Path:
    """The folder that holds the twelve page folders, in a checkout or an installed wheel."""
    return Path(str(files(__name__)))
