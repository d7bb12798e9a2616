"""A folder, a page, a document or a JSONL file to documents; what cannot be read is named and left out."""

from __future__ import annotations

import datetime
import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from mlplaybook.ingest.checksums import sha256_of, sha256_of_all
from mlplaybook.ingest.convert import (
    CONVERTER_VERSION,
    PACKAGES,
    Installed,
    convert,
    is_convertible,
    is_installed,
    missing_packages,
)
from mlplaybook.ingest.decode import NotText, decode
from mlplaybook.ingest.documents import Corpus, Document, Doubt, Rejected
from mlplaybook.ingest.errors import BadSource
from mlplaybook.ingest.frontmatter import BadFrontMatter, as_text, as_texts, read_applies_to, read_front_matter
from mlplaybook.ingest.options import Conditions, read_options
from mlplaybook.ingest.records import is_record_file, read_records

PAGE_SUFFIXES = frozenset({".md", ".markdown", ".txt"})
READ_SUFFIXES = PAGE_SUFFIXES | frozenset(PACKAGES)
# Never content: version control, environments, caches.
SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__"})
# Hidden files, and the locks that office programs keep beside an open document.
SKIPPED_NAMES = (".", "~$")
# Where a project keeps pages that replace or join those of the playbook.
OWN_FOLDER = ".mlplaybook/knowledge"
# A text of that size is a data dump: its sections could not be shown, and it would be held in memory several times.
LARGEST_FILE = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to ingest: where it is, its path below the source, its bytes, or why it has none.

    A file that is to be converted has the `digest` of its bytes instead: a folder of them need not fit into memory.
    """

    path: Path
    name: str
    data: bytes
    problem: str = ""
    digest: str = ""


def scan(source: Path, installed: Installed = is_installed) -> tuple[SourceFile, ...]:
    """Every file to ingest, in path order, with its bytes; `installed` says which packages can be imported.

    :raises BadSource: the source is not there, cannot be opened, or holds nothing of a kind that is read.
    """
    try:
        found = tuple(read_files(source, installed))
    except OSError as error:
        cause = f"{error.filename or source} cannot be read: {error.strerror or error}."
        raise BadSource(cause, "Check the path and its permissions.") from error
    if not found:
        kinds = ", ".join(sorted(READ_SUFFIXES))
        cause = f"{source} holds no page ({kinds}) and is no .jsonl file."
        raise BadSource(cause, "Name a folder with files of these kinds, or a corpus.jsonl.")
    return found


def read_files(source: Path, installed: Installed) -> Iterator[SourceFile]:
    """The files of a source; a file that cannot be opened comes with its problem, a folder that cannot raises OSError."""
    if not source.exists():
        raise FileNotFoundError(2, "no such file or folder", str(source))
    if source.is_file():
        yield read_file(source, source.name, installed)
        return
    for path in sorted(page_paths(source), key=lambda path: path.relative_to(source).as_posix()):
        yield read_file(path, path.relative_to(source).as_posix(), installed)


def page_paths(folder: Path) -> Iterator[Path]:
    """Pages below a folder; links to folders are not followed, so a loop of them ends."""

    def stop(error: OSError) -> None:
        raise error

    for here, folders, names in os.walk(folder, onerror=stop):
        folders[:] = [name for name in folders if not name.startswith(".") and name not in SKIPPED_FOLDERS]
        for name in names:
            if not name.startswith(SKIPPED_NAMES) and Path(name).suffix.lower() in READ_SUFFIXES:
                yield Path(here) / name


def read_file(path: Path, name: str, installed: Installed) -> SourceFile:
    """The bytes or digest of one file, or what stood in the way."""
    shown = name.encode("utf-8", "backslashreplace").decode()
    missing = missing_packages(path, installed)
    if missing:
        return SourceFile(path, shown, b"", missing)
    try:
        if path.stat().st_size > LARGEST_FILE:
            return SourceFile(path, shown, b"", f"larger than {LARGEST_FILE // 1024**2} MiB; split it")
        if is_convertible(path):
            return SourceFile(path, shown, b"", digest=sha256_of(path))
        return SourceFile(path, shown, path.read_bytes())
    except OSError as error:
        return SourceFile(path, shown, b"", unreadable(error))


def unreadable(error: OSError) -> str:
    """Why a file cannot be opened, in words for its owner."""
    return f"cannot be read: {error.strerror or error}; check its permissions"


def fingerprint(found: Iterable[SourceFile], *settings: str) -> str:
    """A hash over everything that decides what the index holds: names, bytes and the settings given."""
    parts = [part for file in found for part in (file.name, content_mark(file), file.problem)]
    return sha256_of_all([*settings, *parts])


def content_mark(file: SourceFile) -> str:
    """What the text of a file depends on: its bytes, and for one that is converted how that is done."""
    return f"{file.digest}/{CONVERTER_VERSION}" if file.digest else hashlib.sha256(file.data).hexdigest()


def read_corpus(source: Path, found: Iterable[SourceFile], own: Iterable[SourceFile] = ()) -> Corpus:
    """Documents of all files that can be read; ids are unique, the first of two with the same id is kept.

    Pages of `own` replace those of the same id and add others; each replacement is a warning.
    """
    base = read_unique(found)
    added = read_unique(own)
    documents = {**base.documents, **added.documents}
    replaced = [
        Rejected(f"{OWN_FOLDER}/{page.source}", f"replaces the shipped page '{page.id}'")
        for page in added.documents.values()
        if page.id in base.documents
    ]
    own_doubts = (Rejected(f"{OWN_FOLDER}/{doubt.source}", doubt.reason) for doubt in added.doubts)
    rejected, doubts = (*base.rejected, *added.rejected), (*base.doubts, *own_doubts)
    return Corpus(tuple(documents.values()), rejected, tuple(replaced), str(source), doubts)


@dataclass(frozen=True, slots=True)
class Unique:
    """Documents by id, what was left out, and what of those kept cannot be understood."""

    documents: dict[str, Document]
    rejected: tuple[Rejected, ...]
    doubts: tuple[Rejected, ...]


def read_unique(found: Iterable[SourceFile]) -> Unique:
    """Documents of one source, the first of each id."""
    documents: dict[str, Document] = {}
    rejected: list[Rejected] = []
    doubts: list[Rejected] = []
    for file in found:
        for entry in read_entries(file):
            if isinstance(entry, Rejected):
                rejected.append(entry)
            elif isinstance(entry, Doubt):
                doubts.append(Rejected(file.name, entry.reason))
            elif entry.id in documents:
                first = documents[entry.id].source
                reason = f"id '{entry.id}' is already taken by {first}; give one of the two another id"
                rejected.append(Rejected(entry.source, reason))
            else:
                documents[entry.id] = entry
    return Unique(documents, tuple(rejected), tuple(doubts))


def read_entries(file: SourceFile) -> Iterator[Document | Rejected | Doubt]:
    """The documents of one file: one for a page or what is converted to one, one a line for JSONL; a doubt follows its page."""
    if file.problem:
        yield Rejected(file.name, file.problem)
    elif is_record_file(file.path):
        yield from read_records(file.name, file.data)
    else:
        try:
            yield from read_page(file, read_converted(file) if file.digest else decode(file.data))
        except (NotText, BadFrontMatter) as error:
            yield Rejected(file.name, str(error))


def read_converted(file: SourceFile) -> str:
    """The Markdown of a file whose bytes are still those that were scanned; raises NotText."""
    try:
        data = file.path.read_bytes()
    except OSError as error:
        raise NotText(unreadable(error)) from error
    if hashlib.sha256(data).hexdigest() != file.digest:
        msg = "it changed while it was being read; ingest again"
        raise NotText(msg)
    return convert(file.path, data)


def read_page(file: SourceFile, text: str) -> Iterator[Document | Doubt]:
    """One page, and what is doubtful in it; raises NotText or BadFrontMatter with a reason for its author."""
    front = read_front_matter(text)
    values, path = front.values, PurePosixPath(file.name)
    if not text[front.body_start :].strip():
        msg = "the page is empty; write something below the front matter or remove the file"
        raise NotText(msg)
    # A converted file keeps its suffix: `report.pdf#page-3` says what to open, and `report.md` may lie beside it.
    own_name = path if file.digest else path.with_suffix("")
    identifier = as_text(values.get("id")) or own_name.as_posix()
    if "#" in identifier or not identifier.isprintable():
        msg = f"id {identifier!r} has a '#' or an unprintable character; use letters, digits, '-' and '/'"
        raise BadFrontMatter(msg)
    applies_to, doubt = read_conditions(values.get("applies_to"))
    yield Document(
        id=identifier,
        title=as_text(values.get("title")) or first_heading(text[front.body_start :]) or path.stem,
        text=text,
        source=file.name,
        body_start=front.body_start,
        folder=path.parent.as_posix() if path.parent.name else "",
        description=as_text(values.get("description")),
        topics=as_texts(values.get("topics")),
        volatility=as_text(values.get("volatility")),
        reviewed=as_text(values.get("last-reviewed")),
        modified=modified_date(file.path),
        applies_to=applies_to,
    )
    if doubt:
        yield Doubt(doubt)


def read_conditions(value: object) -> tuple[Conditions, str]:
    """What a page applies to, or why that cannot be understood: the field may mean something else in a corpus of one's own."""
    try:
        return read_applies_to(value, read_options().allowed), ""
    except BadFrontMatter as error:
        return (), f"{error}; until then the page counts as written for every project"


def first_heading(body: str) -> str:
    """The words of the first line if it is a level-one heading."""
    line = body.lstrip().split("\n", 1)[0]
    return line[2:].strip() if line.startswith("# ") else ""


def modified_date(path: Path) -> str:
    """The day a file was last written, in UTC, as an ISO date."""
    return datetime.datetime.fromtimestamp(path.stat().st_mtime, datetime.UTC).date().isoformat()
