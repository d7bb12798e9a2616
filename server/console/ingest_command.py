"""`mlplaybook ingest`: an index brought up to date, with what was left out and one line or record at the end."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated, Any

import typer

from mlplaybook.ingest import generation as gen
from mlplaybook.ingest.build import Job, Report, bad_pages, ingest
from mlplaybook.ingest.chunking import STRATEGIES, ChunkingOptions
from mlplaybook.ingest.errors import BadSetting, PlaybookError
from mlplaybook.ingest.plain import slug
from mlplaybook.ingest.watch import changes
from mlplaybook.ingest.weights import prepare
from mlplaybook.knowledge import pages_folder
from mlplaybook.server.console.screen import embedding_progress, print_line, print_record, say
from mlplaybook.server.settings import Settings, read_settings
from mlplaybook.server.wiring import PLAYBOOK, create_job

# Exit status when pages or lines were left out.
SOME_LEFT_OUT = 4

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON record.")]
Source = Annotated[
    Path | None,
    typer.Argument(
        metavar="[PATH]",
        help="A folder of pages and documents, one of them, or a corpus.jsonl.",
        show_default="the playbook's own pages",
    ),
]
Strategy = Annotated[
    str,
    typer.Option(
        "--chunk-strategy",
        help=f"How pages are cut: {', '.join(STRATEGIES)}.",
        show_default="as before; at first blocks",
    ),
]
Tokens = Annotated[
    int | None,
    typer.Option("--chunk-tokens", help="Longest chunk in word pieces.", show_default="as before; at first 220"),
]
Overlap = Annotated[
    int | None,
    typer.Option("--chunk-overlap", help="Word pieces that neighbours share.", show_default="as before; at first 0"),
]
Headings = Annotated[
    bool | None,
    typer.Option(
        "--chunk-headings/--no-chunk-headings",
        help="Whether the encoder reads title and headings before a chunk.",
        show_default="as before; at first it does",
    ),
]


def ingest_command(
    path: Source = None,
    corpus: Annotated[str, typer.Option("--corpus", help="Name of the corpus.", show_default="the folder's name")] = "",
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Build everything anew.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="One bad page is fatal.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Stay, and ingest again whenever a page changes.")] = False,
    strategy: Strategy = "", tokens: Tokens = None, overlap: Overlap = None, headings: Headings = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Bring an index up to date with its pages; what is unchanged is not embedded again.

    The --chunk options are kept with the corpus: a later ingest without them cuts it the same way.
    """
    settings = read_settings()
    name, source = which_corpus(settings, path, corpus)
    weights = prepare(settings.weights, say, hub=True)
    if weights.folder is None:
        say(f"no vectors, searching by words only: {weights.origin}")
    cut = ChunkingOptions(strategy or None, tokens, overlap, headings)
    job = create_job(settings, name, source, weights, rebuild=rebuild, strict=strict, cut=cut)
    report = run_ingest(job, as_json=as_json)
    if watch:
        say(f"watching {source}; stop with Ctrl-C")
        for changed in changes(source):
            say(f"changed: {', '.join(sorted(path.name for path in changed))}")
            try:
                run_ingest(dataclasses.replace(job, rebuild=False), as_json=as_json)
            except PlaybookError as error:
                say(str(error))
    if report.manifest.rejected:
        raise typer.Exit(SOME_LEFT_OUT)


def run_ingest(job: Job, *, as_json: bool) -> Report:
    """One run with its progress, what it left out, and its line or record."""
    with embedding_progress() as progress:
        report = ingest(job, progress=progress)
    for line in bad_pages(report.manifest):
        say(line)
    print_record(ingest_record(report)) if as_json else print_line(ingest_line(report))
    return report


def which_corpus(settings: Settings, path: Path | None, corpus: str) -> tuple[str, Path]:
    """Name and source of what is to be ingested: given, remembered from the last time, or the playbook."""
    if path is not None:
        own = slug(path.absolute().stem if path.is_file() else path.absolute().name)
        name = corpus or own
        if name == PLAYBOOK and path.absolute() != pages_folder().absolute():
            cause = f"'{PLAYBOOK}' is the name of the pages that ship with mlplaybook; {path} is something else."
            raise BadSetting(cause, "Give it another name with --corpus.")
        return name, path
    name = corpus or PLAYBOOK
    if name == PLAYBOOK:
        return name, pages_folder()
    current = gen.current_folder(gen.corpus_folder(settings.index_folder, name))
    if current is None:
        raise gen.missing(name, settings.index_folder)
    return name, Path(gen.read_manifest(current).source)


def ingest_line(report: Report) -> str:
    """One line for people."""
    m = report.manifest
    held = f"{m.documents} documents, {m.sections} sections, {m.chunks} chunks"
    if not report.changed:
        return f"{m.corpus}: unchanged, {held}"
    work = f"{report.embedded} embedded, {report.reused} reused" if m.encoder else "no vectors"
    return f"{m.corpus}: {held}; {work}; generation {m.generation} in {report.seconds:.1f} s"


def ingest_record(report: Report) -> dict[str, Any]:
    """The `ingest` record."""
    values = dataclasses.asdict(report.manifest)
    del values["files"]
    return {
        **values,
        "changed": report.changed,
        "embedded": report.embedded,
        "reused": report.reused,
        "seconds": round(report.seconds, 3),
    }
