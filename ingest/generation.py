"""Immutable index generations on disk: names, manifest, publishing by an atomic rename, and which one serves."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlplaybook.ingest.checksums import sha256_of
from mlplaybook.ingest.errors import BadSetting, CorpusMissing, IndexCorrupt

CURRENT = "CURRENT"
MANIFEST = "manifest.json"
LOCK = ".lock"
BUILDING = "building-"
GENERATION = re.compile(r"gen-([0-9a-f]{16})\.(\d+)")
# The one that serves and the one before it, for readers that still have it open and for going back.
KEPT = 2
# Files up to this size are compared by hash whenever an index is opened (0.05 s); larger ones by size, and by `doctor` fully.
HASHED_UP_TO = 32 * 1024 * 1024
# Bump when an older reader could not read what is written.
FORMAT = 3
CORPUS_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation holds and was made from. `generation` is a hash of its content; equal hashes, equal answers."""

    generation: str
    corpus: str
    source: str
    fingerprint: str
    created: str
    encoder: str
    dimensions: int
    token_dimensions: int
    chunker: str
    documents: int
    sections: int
    chunks: int
    tokens: int
    rejected: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    format: int = FORMAT
    files: dict[str, tuple[int, str]] = field(default_factory=dict)


def corpus_folder(index: Path, corpus: str) -> Path:
    """Where a corpus is kept; raises BadSetting for a name that is no plain file name."""
    if not CORPUS_NAME.fullmatch(corpus):
        cause = f"{corpus!r} is no corpus name."
        remedy = "Use 1 to 64 lower-case letters, digits, '.', '_' or '-', beginning with a letter or digit."
        raise BadSetting(cause, remedy)
    return index / corpus


def published_corpora(index: Path) -> list[str]:
    """The corpora that have a generation serving, by name."""
    return sorted(path.parent.name for path in index.glob(f"*/{CURRENT}"))


def current_folder(folder: Path) -> Path | None:
    """The generation folder that CURRENT names, or None before the first one is published."""
    try:
        name = (folder / CURRENT).read_text("utf-8").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise IndexCorrupt(f"{folder / CURRENT} cannot be read: {error}.", rebuild(folder.name)) from error
    if not GENERATION.fullmatch(name) or not (folder / name).is_dir():
        raise IndexCorrupt(f"{folder / CURRENT} names {name!r}, which is no generation there.", rebuild(folder.name))
    return folder / name


def rebuild(corpus: str) -> str:
    """The remedy for whatever is wrong with an index."""
    return f"Build it again: mlplaybook ingest --rebuild{'' if corpus == 'playbook' else f' --corpus {corpus}'}"


def missing(corpus: str, index: Path) -> CorpusMissing:
    """The error for a corpus that nobody ingested, with those that there are."""
    others = ", ".join(published_corpora(index)) or "none"
    cause = f"There is no corpus '{corpus}' in {index} (there: {others})."
    return CorpusMissing(cause, f"Make it with: mlplaybook ingest FOLDER --corpus {corpus}")


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a generation folder; raises IndexCorrupt when it is not one this version can read."""
    try:
        values: dict[str, Any] = json.loads((folder / MANIFEST).read_text("utf-8"))
        names = {entry.name for entry in dataclasses.fields(Manifest)}
        if values.get("format") != FORMAT or set(values) != names:
            cause = f"{folder / MANIFEST} has format {values.get('format')!r}; this version reads {FORMAT}."
            raise IndexCorrupt(cause, rebuild(folder.parent.name))
        lists = {key: tuple(values[key]) for key in ("rejected", "warnings")}
        files = {name: (size, digest) for name, (size, digest) in values["files"].items()}
        return Manifest(**{**values, **lists, "files": files})
    except (OSError, ValueError, TypeError, AttributeError, KeyError) as error:
        raise IndexCorrupt(f"{folder / MANIFEST} cannot be read: {error}.", rebuild(folder.parent.name)) from error


def write_manifest(folder: Path, manifest: Manifest) -> Manifest:
    """Write the manifest with size and SHA-256 of every file beside it; returns it with them."""
    files = {name: (path.stat().st_size, sha256_of(path)) for name, path in content(folder)}
    complete = dataclasses.replace(manifest, files=files)
    text = json.dumps(dataclasses.asdict(complete), indent=1, ensure_ascii=False)
    (folder / MANIFEST).write_text(text + "\n", "utf-8")
    return complete


def content(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every file of a generation but the manifest, with its path below the folder."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != MANIFEST:
            yield path.relative_to(folder).as_posix(), path


def damaged_files(folder: Path, manifest: Manifest, below: str = "", *, hashed_up_to: int | None = None) -> list[str]:
    """Files that are missing or not what was published; those over `hashed_up_to` bytes are compared by size only."""
    bad = []
    for name, (size, digest) in manifest.files.items():
        if name.startswith(below):
            path = folder / name
            if (
                not path.is_file()
                or path.stat().st_size != size
                or ((hashed_up_to is None or size <= hashed_up_to) and sha256_of(path) != digest)
            ):
                bad.append(name)
    return bad


def sync(folder: Path) -> None:
    """Force a folder's files and names to disk, so that a power cut after publishing loses nothing."""
    for path in [*folder.rglob("*"), folder]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def next_name(folder: Path, generation: str) -> str:
    """A folder name that is free: building the same content again gives the same hash and the next number."""
    taken = [
        int(m[2]) for path in folder.glob("gen-*") if (m := GENERATION.fullmatch(path.name)) and m[1] == generation
    ]
    return f"gen-{generation}.{max(taken, default=0) + 1}"


def prune(folder: Path, serving: str) -> None:
    """Remove what is neither serving nor the latest before it, and what interrupted builds left. Needs the writer's lock."""
    others = [path for path in folder.glob("gen-*") if GENERATION.fullmatch(path.name) and path.name != serving]
    others.sort(key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for path in [*others[KEPT - 1 :], *folder.glob(f"{BUILDING}*")]:
        shutil.rmtree(path, ignore_errors=True)
