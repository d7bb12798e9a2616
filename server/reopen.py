"""The generation that an answer came from, opened again as long as it is kept."""

from __future__ import annotations

import dataclasses
import re
import sqlite3
from pathlib import Path

from mlplaybook.ingest import generation as gen
from mlplaybook.ingest.catalog import CATALOG_FILE, open_catalog
from mlplaybook.ingest.chroma import FOLDER
from mlplaybook.ingest.errors import IndexCorrupt
from mlplaybook.server.answers.records import Stamp
from mlplaybook.server.retrieval.index import Index, LoadEncoder, open_index, with_vectors
from mlplaybook.server.retrieval.tuned import read_tuned

GENERATION = re.compile(r"[0-9a-f]{16}")


def open_recorded(index_folder: Path, stamp: Stamp, load_encoder: LoadEncoder) -> Index:
    """The stamp's generation of its corpus, or the one that serves; nothing is built or brought up to date.

    :raises CorpusMissing: the corpus is not here.
    :raises IndexCorrupt: its files are not what was published.
    """
    kept = kept_folders(gen.corpus_folder(index_folder, stamp.corpus), stamp.generation)
    return open_folder(kept[-1], load_encoder) if kept else open_index(index_folder, stamp.corpus, load_encoder)


def open_folder(folder: Path, load_encoder: LoadEncoder) -> Index:
    """A generation by its folder, as `open_index` opens the one that serves; raises IndexCorrupt."""
    manifest = gen.read_manifest(folder)
    damaged = gen.damaged_files(folder, manifest, hashed_up_to=gen.HASHED_UP_TO)
    fatal = [name for name in damaged if not name.startswith(FOLDER)]
    if fatal:
        raise IndexCorrupt(f"{', '.join(fatal)} in {folder} is not what was written.", gen.rebuild(manifest.corpus))
    try:
        bare = Index(manifest, folder, open_catalog(folder / CATALOG_FILE))
        index = with_vectors(bare, load_encoder, chroma_damage=", ".join(damaged))
        tuned, _ = read_tuned(folder.parent, manifest.encoder) if index.encoder else (None, "")
    except (sqlite3.Error, ValueError, OSError) as error:
        raise IndexCorrupt(f"{folder} cannot be read: {error}.", gen.rebuild(manifest.corpus)) from error
    return dataclasses.replace(index, tuned=tuned)


def kept_folders(folder: Path, generation: str) -> list[Path]:
    """The folders of a corpus that hold a generation, the latest last."""
    if not GENERATION.fullmatch(generation):
        return []
    found = [path for path in folder.glob(f"gen-{generation}.*") if gen.GENERATION.fullmatch(path.name)]
    return sorted(found, key=lambda path: int(path.name.rpartition(".")[2]))
