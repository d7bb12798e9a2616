"""One ingest run: read, split, embed what is new, write a generation aside, verify it, publish it."""

from __future__ import annotations

import datetime
import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from mlplaybook.ingest import generation as gen
from mlplaybook.ingest.asked import Asked, asked_mark, keep_known, read_asked
from mlplaybook.ingest.blocks import parse_blocks
from mlplaybook.ingest.catalog import CATALOG_FILE, write_catalog
from mlplaybook.ingest.checksums import sha256_of_all
from mlplaybook.ingest.chunking import DEFAULT, Chunking, chunking_name
from mlplaybook.ingest.chunks import split_chunks
from mlplaybook.ingest.documents import Chunk, Corpus, Document, Rejected, Section
from mlplaybook.ingest.embed import (
    Previous,
    Progress,
    Step,
    open_previous,
    vectors_only,
    write_asked,
    write_collection,
    write_vectors,
)
from mlplaybook.ingest.encoder import Encoder, estimate_tokens
from mlplaybook.ingest.errors import BadSource, IndexCorrupt, IngestBusy, StorageFailed
from mlplaybook.ingest.read import SourceFile, fingerprint, read_corpus, scan
from mlplaybook.ingest.sections import split_sections
from mlplaybook.ingest.verify import verify_generation


@dataclass(frozen=True, slots=True)
class Job:
    """What to ingest and how. `encoder` makes the encoder when it is first needed; its id is known without it.

    `own` is a folder of pages that replace or join those of the source; `donor` another corpus whose vectors may be taken
    over when there is no generation yet. `wait` is how many seconds to wait for another writer; `strict` makes one bad page
    fatal. `chunking` is how pages are cut. With `first`, a generation that another writer has published meanwhile stays.
    """

    source: Path
    corpus: str
    index: Path
    encoder_id: str = ""
    encoder: Callable[[], Encoder | None] = lambda: None
    rebuild: bool = False
    strict: bool = False
    wait: float = 0.0
    own: Path | None = None
    donor: str = ""
    chunking: Chunking = DEFAULT
    first: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """What a run did. `embedded` counts chunks that went through the encoder, `reused` those taken from before."""

    manifest: gen.Manifest
    folder: Path
    changed: bool
    embedded: int = 0
    reused: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Parts:
    """A corpus, split."""

    corpus: Corpus
    sections: tuple[Section, ...]
    chunks: tuple[Chunk, ...]
    warnings: tuple[Rejected, ...]
    asked: tuple[Asked, ...] = ()


def ingest(job: Job, *, step: Step = lambda name: None, progress: Progress = lambda done, total: None) -> Report:
    """Bring the corpus up to date with its source; an unchanged source costs one look at its bytes.

    :param step: called with a name before every step that a crash could interrupt.
    :param progress: called with (chunks embedded, chunks to embed).
    :raises PlaybookError: with the old generation still serving.
    """
    started = time.perf_counter()
    folder = gen.corpus_folder(job.index, job.corpus)
    found = scan(job.source)
    own = scan(job.own) if job.own else ()
    mark = mark_of(job, (*found, *own))
    unchanged = None if job.rebuild else unchanged_report(folder, mark, strict=job.strict)
    if unchanged:
        return unchanged
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / gen.LOCK, timeout=job.wait):
            step("locked")
            meanwhile = None if job.rebuild else unchanged_report(folder, "" if job.first else mark, strict=job.strict)
            if meanwhile:
                return meanwhile
            step("read")
            corpus, asked = read_corpus(job.source, found, own), read_asked(job.source)
            parts = split_corpus(corpus, asked, job.encoder() if job.encoder_id else None, job.chunking)
            refuse_bad_pages(parts, strict=job.strict)
            return publish(job, folder, parts, mark, step, progress, started)
    except Timeout as error:
        cause = f"Another process is ingesting the corpus '{job.corpus}'."
        raise IngestBusy(cause, "The index it builds will serve when it is done; try again then.") from error
    except (OSError, sqlite3.Error) as error:
        cause = f"Writing below {folder} failed: {getattr(error, 'strerror', None) or error}."
        remedy = "Free space there, or set MLPLAYBOOK_HOME to a folder you can write; the old index still serves."
        raise StorageFailed(cause, remedy) from error


def mark_of(job: Job, found: Sequence[SourceFile]) -> str:
    """A hash of everything that a generation of these files depends on."""
    versions = (chunking_name(job.chunking), str(gen.FORMAT), asked_mark(job.source))
    return fingerprint(found, *versions, job.encoder_id, str(job.source.absolute()))


def is_current(job: Job) -> bool:
    """Whether the serving generation is what a run would make; costs one look at the bytes of the source.

    :raises PlaybookError: the source cannot be read.
    """
    mark = mark_of(job, (*scan(job.source), *(scan(job.own) if job.own else ())))
    return unchanged_report(gen.corpus_folder(job.index, job.corpus), mark, strict=job.strict) is not None


def unchanged_report(folder: Path, mark: str, *, strict: bool) -> Report | None:
    """The report of a run that has nothing to do, or None; a damaged generation is never 'unchanged'.

    :param mark: of what a run would make; "" stands for whatever serves.
    """
    try:
        current = gen.current_folder(folder)
        manifest = gen.read_manifest(current) if current else None
    except IndexCorrupt:
        return None
    if current is None or manifest is None or mark not in ("", manifest.fingerprint) or (strict and manifest.rejected):
        return None
    if gen.damaged_files(current, manifest, hashed_up_to=gen.HASHED_UP_TO):
        return None
    return Report(manifest, current, changed=False, reused=manifest.chunks)


def split_corpus(
    corpus: Corpus, asked: Sequence[Asked], encoder: Encoder | None, chunking: Chunking = DEFAULT
) -> Parts:
    """Sections and chunks of every document; an unclosed fence is named, since it swallows the rest of its page."""
    count = encoder.count_tokens if encoder else estimate_tokens
    sections: list[Section] = []
    chunks: list[Chunk] = []
    warnings = list(corpus.doubts)
    for document in corpus.documents:
        blocks = parse_blocks(document.text, document.body_start)
        for block in blocks:
            if not block.closed:
                line = document.text.count("\n", 0, block.start) + 1
                reason = f"line {line}: the code fence is never closed; add its closing line"
                warnings.append(Rejected(document.source, reason))
        own = split_sections(document, blocks)
        sections.extend(own)
        chunks.extend(split_chunks(document, own, blocks, count, chunking))
    known = keep_known(asked, frozenset(section.id for section in sections))
    return Parts(corpus, tuple(sections), tuple(chunks), tuple(warnings), known)


def refuse_bad_pages(parts: Parts, *, strict: bool) -> None:
    """Stop when nothing is left, or when one bad page is already too many."""
    bad = [*parts.corpus.rejected, *(parts.warnings if strict else ())]
    if strict and bad:
        cause = f"{len(bad)} of the pages cannot be used: " + "; ".join(str(entry) for entry in bad) + "."
        raise BadSource(cause, "Mend them, or leave out --strict to ingest the others.")
    if not parts.chunks:
        first = f" First: {bad[0]}." if bad else ""
        cause = f"Nothing in {parts.corpus.source} can be ingested ({len(bad)} pages left out).{first}"
        raise BadSource(cause, "Mend the pages named and run it again.")


def publish(job: Job, folder: Path, parts: Parts, mark: str, step: Step, progress: Progress, started: float) -> Report:
    """Build aside, verify, rename, point CURRENT at it; whatever fails before the last step leaves CURRENT alone."""
    encoder = job.encoder() if job.encoder_id else None
    building = folder / f"{gen.BUILDING}{os.getpid()}"
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir()
    try:
        previous = open_previous(folder, encoder) if not job.rebuild else Previous()
        if job.donor and not previous.rows and not job.rebuild:
            previous = vectors_only(open_previous(gen.corpus_folder(job.index, job.donor), encoder))
        step("catalog")
        write_catalog(building / CATALOG_FILE, parts.corpus.documents, parts.sections, parts.chunks, parts.asked)
        tokens = embedded = 0
        if encoder is not None:
            embedded, tokens = write_vectors(building, parts.chunks, encoder, previous, step, progress)
            step("asked")
            write_asked(building, parts.asked, encoder, previous)
            write_collection(building, parts.chunks, encoder.dimensions, previous, step)
        step("manifest")
        manifest = gen.write_manifest(building, describe(job, parts, mark, encoder, tokens))
        step("verify")
        verify_generation(building, manifest)
        step("sync")
        gen.sync(building)
        name = gen.next_name(folder, manifest.generation)
        step("rename")
        building.rename(folder / name)
        point_at(folder, name, step)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    step("prune")
    gen.prune(folder, name)
    seconds = time.perf_counter() - started
    return Report(manifest, folder / name, True, embedded, len(parts.chunks) - embedded, seconds)


def point_at(folder: Path, name: str, step: Step) -> None:
    """Make a generation the serving one, by one atomic rename."""
    pointer = folder / f".{gen.CURRENT}.new"
    step("pointer")
    with pointer.open("w", encoding="utf-8") as file:
        file.write(name + "\n")
        file.flush()
        os.fsync(file.fileno())
    step("swap")
    pointer.replace(folder / gen.CURRENT)
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def describe(job: Job, parts: Parts, mark: str, encoder: Encoder | None, tokens: int) -> gen.Manifest:
    """The manifest of what was built; the generation's hash covers all that an answer can depend on."""
    documents: Sequence[Document] = parts.corpus.documents
    texts = [t for d in documents for t in (d.id, d.title, d.source, d.text)]
    texts += [t for entry in parts.asked for t in (entry.section, entry.text)]
    encoder_id = encoder.id if encoder else ""
    chunker = chunking_name(job.chunking)
    digest = sha256_of_all([str(gen.FORMAT), chunker, encoder_id, *texts, *(c.id for c in parts.chunks)])
    return gen.Manifest(
        generation=digest[:16],
        corpus=job.corpus,
        source=str(job.source.absolute()),
        fingerprint=mark,
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        encoder=encoder_id,
        dimensions=encoder.dimensions if encoder else 0,
        token_dimensions=encoder.token_dimensions if encoder else 0,
        chunker=chunker,
        documents=len(documents),
        sections=len(parts.sections),
        chunks=len(parts.chunks),
        tokens=tokens,
        rejected=tuple(map(str, parts.corpus.rejected)),
        warnings=tuple(map(str, (*parts.corpus.warnings, *parts.warnings))),
    )


def bad_pages(manifest: gen.Manifest) -> Iterator[str]:
    """What was left out or looks wrong, a line each."""
    yield from manifest.rejected
    yield from manifest.warnings
