"""The generation that an answer came from, opened again as long as it is kept."""

from __future__ import annotations

import re
from pathlib import Path

from mlplaybook.ingest import generation as gen
from mlplaybook.server.answers.records import Stamp
from mlplaybook.server.retrieval.index import Index, LoadEncoder, open_folder, open_index

GENERATION = re.compile(r"[0-9a-f]{16}")


def open_recorded(index_folder: Path, stamp: Stamp, load_encoder: LoadEncoder) -> Index:
    """The stamp's generation of its corpus, or the one that serves; nothing is built or brought up to date.

    :raises CorpusMissing: the corpus is not here.
    :raises IndexCorrupt: its files are not what was published.
    """
    kept = kept_folders(gen.corpus_folder(index_folder, stamp.corpus), stamp.generation)
    return open_folder(kept[-1], load_encoder) if kept else open_index(index_folder, stamp.corpus, load_encoder)


def kept_folders(folder: Path, generation: str) -> list[Path]:
    """The folders of a corpus that hold a generation, the latest last."""
    if not GENERATION.fullmatch(generation):
        return []
    found = [path for path in folder.glob(f"gen-{generation}.*") if gen.GENERATION.fullmatch(path.name)]
    return sorted(found, key=lambda path: int(path.name.rpartition(".")[2]))
