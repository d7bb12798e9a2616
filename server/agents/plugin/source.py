"""What the plugin's manifests are made from."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import yaml

from mlplaybook.server.agents.setup.start import EXTRA, PACKAGE, Start, pinned_start

FOLDER = Path(__file__).parent
TEXTS, ASSETS = FOLDER / "texts", FOLDER / "assets"


@dataclass(frozen=True, slots=True)
class Source:
    """The plugin in plain words; `release` is the version of this package."""

    release: str
    name: str
    title: str
    summary: str
    description: str
    author: str
    license: str
    category: str
    keywords: tuple[str, ...]
    registry_name: str
    marketplace: str
    starters: tuple[str, ...]
    python: str
    start: Start

    @property
    def requirement(self) -> str:
        """The package with its extra, pinned, as installers take it."""
        return f"{PACKAGE}[{EXTRA}]=={self.release}"


def read_source(start: Start | None = None) -> Source:
    """`source.yaml` with the version of this package; the pinned package is started where nothing else is named."""
    values = yaml.safe_load((FOLDER / "source.yaml").read_text("utf-8"))
    values["keywords"], values["starters"] = tuple(values["keywords"]), tuple(values["starters"])
    release = version(PACKAGE)
    return Source(release=release, start=start or pinned_start(release), **values)


@functools.cache
def read_text(name: str) -> str:
    """A text of the plugin."""
    return (TEXTS / name).read_text("utf-8")
