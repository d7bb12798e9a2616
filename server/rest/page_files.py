"""The files of the page, read once; only what lies in the folder when the service starts can ever be sent."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

TYPES: Mapping[str, str] = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
FOLDER = "page"


@dataclass(frozen=True, slots=True)
class Asset:
    """A file, its compressed bytes, and the tag by which browsers know that they have it."""

    content: bytes
    packed: bytes
    media_type: str
    tag: str


def read_assets(folder: Traversable | None = None) -> dict[str, Asset]:
    """Every file of the page by name."""
    found = folder if folder is not None else files(__package__) / FOLDER
    return {
        entry.name: create_asset(entry.name, entry.read_bytes())
        for entry in found.iterdir()
        if entry.name.rpartition(".")[2] in TYPES
    }


def create_asset(name: str, content: bytes) -> Asset:
    """A file ready to be sent."""
    packed = gzip.compress(content, 9, mtime=0)
    tag = f'"{hashlib.sha256(content).hexdigest()[:24]}"'
    return Asset(content, packed, TYPES[name.rpartition(".")[2]], tag)
