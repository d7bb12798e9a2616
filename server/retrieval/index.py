"""A published generation, opened for reading, and what of it does not work."""

from __future__ import annotations

import dataclasses
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mlplaybook.ingest import generation as gen
from mlplaybook.ingest.catalog import CATALOG_FILE, Catalog, open_catalog
from mlplaybook.ingest.chroma import FOLDER
from mlplaybook.ingest.encoder import Encoder
from mlplaybook.ingest.errors import IndexCorrupt, WeightsRefused
from mlplaybook.ingest.vectors import Vectors, open_vectors
from mlplaybook.server.retrieval.asked import NO_QUESTIONS, AskedSections, read_asked_sections
from mlplaybook.server.retrieval.dense import ChromaNearest, Nearest, create_exact_nearest
from mlplaybook.server.retrieval.remote import open_server
from mlplaybook.server.retrieval.tuned import Tuned, read_tuned

# Gives the encoder for an id, or None and the reason in words.
LoadEncoder = Callable[[str], tuple[Encoder | None, str]]


@dataclass(frozen=True, slots=True)
class Trouble:
    """A part that does not work: a code for programs (`dense`, `chroma`), and cause and remedy for people."""

    code: str
    text: str
    damage: bool = False


@dataclass(frozen=True, slots=True)
class Index:
    """One generation with everything that searching it needs; `nearest` and `encoder` are None when it is lexical only.

    `tuned` is what was fitted to the corpus, None where nothing was, or where its encoder is not the one here.
    """

    manifest: gen.Manifest
    folder: Path
    catalog: Catalog
    vectors: Vectors | None = None
    encoder: Encoder | None = None
    nearest: Nearest | None = None
    troubles: tuple[Trouble, ...] = ()
    asked: AskedSections = NO_QUESTIONS
    tuned: Tuned | None = None

    @property
    def degraded(self) -> list[str]:
        """Codes of the parts that do not work."""
        return [trouble.code for trouble in self.troubles]


def open_index(index_folder: Path, corpus: str, load_encoder: LoadEncoder, chroma_url: str = "") -> Index:
    """The serving generation of a corpus; its nearest chunks come from a Chroma server where one is named.

    :raises CorpusMissing: nothing has been published under that name.
    :raises IndexCorrupt: a file that answers are read from is not what was published.
    """
    current = gen.current_folder(gen.corpus_folder(index_folder, corpus))
    if current is None:
        raise gen.missing(corpus, index_folder)
    return open_folder(current, load_encoder, chroma_url)


def open_folder(folder: Path, load_encoder: LoadEncoder, chroma_url: str = "") -> Index:
    """A generation by its folder; raises IndexCorrupt."""
    manifest = gen.read_manifest(folder)
    damaged = gen.damaged_files(folder, manifest, hashed_up_to=gen.HASHED_UP_TO)
    fatal = [name for name in damaged if not name.startswith(FOLDER)]
    corpus = manifest.corpus
    if fatal:
        cause = f"The index of '{corpus}' is damaged: {', '.join(fatal)} in {folder} is not what was written."
        raise IndexCorrupt(cause, gen.rebuild(corpus))
    try:
        bare = Index(manifest, folder, open_catalog(folder / CATALOG_FILE))
        index = with_vectors(bare, load_encoder, ", ".join(damaged), chroma_url)
        tuned, _ = read_tuned(folder.parent, manifest.encoder) if index.encoder else (None, "")
    except (sqlite3.Error, ValueError, OSError) as error:
        cause = f"The index of '{corpus}' in {folder} cannot be read: {error}."
        raise IndexCorrupt(cause, gen.rebuild(corpus)) from error
    return dataclasses.replace(index, tuned=tuned)


def with_vectors(bare: Index, load_encoder: LoadEncoder, chroma_damage: str, chroma_url: str = "") -> Index:
    """The index with dense search where its encoder is at hand, and with the reason where it is not."""
    manifest, folder, catalog = bare.manifest, bare.folder, bare.catalog
    if not manifest.encoder:
        again = "mlplaybook ingest" + ("" if manifest.corpus == "playbook" else f" --corpus {manifest.corpus}")
        text = f"The index has no vectors, so search is by words only. `mlplaybook doctor` says why; then run: {again}"
        return Index(manifest, folder, catalog, troubles=(Trouble("dense", text),))
    try:
        encoder, reason = load_encoder(manifest.encoder)
    except WeightsRefused as error:
        return Index(manifest, folder, catalog, troubles=(Trouble("dense", str(error), damage=True),))
    if encoder is None:
        return Index(manifest, folder, catalog, troubles=(Trouble("dense", reason),))
    vectors = open_vectors(folder, manifest.dimensions, manifest.token_dimensions)
    asked = read_asked_sections(catalog)
    if chroma_url:
        nearest, troubles = from_server(chroma_url, manifest, catalog, vectors)
        return Index(manifest, folder, catalog, vectors, encoder, nearest, troubles, asked)
    if chroma_damage:
        text = f"Damaged: {chroma_damage}. Every vector is compared instead. {gen.rebuild(manifest.corpus)}"
        troubles = (Trouble("chroma", text, damage=True),)
        return Index(
            manifest, folder, catalog, vectors, encoder, create_exact_nearest(vectors.sentences), troubles, asked
        )
    try:
        return Index(manifest, folder, catalog, vectors, encoder, ChromaNearest(folder, catalog), asked=asked)
    except OSError as error:
        text = f"No private copy can be made: {error.strerror or error}. Every vector is compared instead; free space in /tmp."
        exact = create_exact_nearest(vectors.sentences)
        return Index(manifest, folder, catalog, vectors, encoder, exact, (Trouble("chroma", text),), asked)


def from_server(
    url: str, manifest: gen.Manifest, catalog: Catalog, vectors: Vectors
) -> tuple[Nearest, tuple[Trouble, ...]]:
    """Nearest chunks from a Chroma server, or by comparing every vector where it cannot be used."""
    try:
        return open_server(url, manifest, catalog, vectors.sentences), ()
    except OSError as error:
        text = f"The Chroma server {url} cannot be used: {error}. Every vector is compared instead; start the server."
        return create_exact_nearest(vectors.sentences), (Trouble("chroma", text),)


def close_index(index: Index) -> None:
    """Let go of a generation: its catalog and the private copy of its Chroma folder."""
    if isinstance(index.nearest, ChromaNearest):
        index.nearest.close()
    index.catalog.connection.close()
