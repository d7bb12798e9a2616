"""The command `mlplaybook`: options in, one core call, a view or a record out."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer
from rich.text import Text

from mlplaybook.ingest import generation as gen
from mlplaybook.ingest.build import Job, Report, bad_pages, ingest
from mlplaybook.ingest.errors import BadSetting, BadSource, PlaybookError
from mlplaybook.ingest.plain import slug
from mlplaybook.ingest.watch import changes
from mlplaybook.ingest.weights import prepare
from mlplaybook.knowledge import pages_folder
from mlplaybook.server.answers.ask import ask
from mlplaybook.server.answers.assess import find, search_record
from mlplaybook.server.answers.records import Answer
from mlplaybook.server.authoring.gaps import record_gap
from mlplaybook.server.batch import answer_lines, error_record
from mlplaybook.server.console.knowledge_commands import app as knowledge_app
from mlplaybook.server.console.screen import create_screen, embedding_progress, say
from mlplaybook.server.console.views import put, show_answer, show_hits, write_markdown
from mlplaybook.server.doctor import examine
from mlplaybook.server.pages import page_record, read_page
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.retrieval.search import Filter
from mlplaybook.server.settings import Settings, read_settings
from mlplaybook.server.threads import one_thread_for_products
from mlplaybook.server.wiring import PLAYBOOK, create_job, open_corpus

# Exit statuses beside 0 and the 2 of every error.
NOT_COVERED = 3
SOME_LEFT_OUT = 4
DAMAGED = 5
INTERRUPTED = 130
MOST_HITS = 100

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Ask a sourced playbook of ML engineering, or a corpus of your own, and get answers with verified citations.",
)  # fmt: skip

app.add_typer(knowledge_app, name="knowledge")

Question = Annotated[str, typer.Argument(help="What you want to know, in English.", show_default=False)]
Corpus = Annotated[str, typer.Option("--corpus", help="Which corpus to ask.", show_default="playbook")]
Pages = Annotated[list[str], typer.Option("--page", help="Only this page; may be repeated.", show_default=False)]
Folders = Annotated[
    list[str], typer.Option("--folder", help="Only pages below this folder; may be repeated.", show_default=False)
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON record.")]
Batch = Annotated[
    Path | None,
    typer.Option(
        "--batch", help='Answer every line of a JSONL file of {"id", "question"}; - is stdin.', show_default=False
    ),
]
Source = Annotated[
    Path | None,
    typer.Argument(
        metavar="[PATH]",
        help="A folder of pages and documents, one of them, or a corpus.jsonl.",
        show_default="the playbook's own pages",
    ),
]
Hits = Annotated[int, typer.Option("-k", min=1, max=MOST_HITS, help="How many sections to look at.")]


@app.command("ask")
def ask_command(
    question: Question = "", corpus: Corpus = "", k: Hits = 5, page: Pages = [], folder: Folders = [],  # noqa: B006
    as_json: AsJson = False, batch: Batch = None,
) -> None:  # fmt: skip
    """Answer a question with citations, or say that the corpus does not cover it (exit 3)."""
    only = Filter(tuple(page), tuple(folder))
    with opened(corpus) as index:
        if batch is not None:
            return run_batch(batch, lambda text: dataclasses.asdict(ask(index, text, k, only)))
        answer = ask(index, question, k, only)
        note_gap(answer)
        if as_json:
            print_record(dataclasses.asdict(answer))
        else:
            show_answer(create_screen(), answer)
        finish(index, covered=answer.status != "abstained")


@app.command("search")
def search_command(
    question: Question = "", corpus: Corpus = "", k: Hits = 5, page: Pages = [], folder: Folders = [],  # noqa: B006
    as_json: AsJson = False, batch: Batch = None,
) -> None:  # fmt: skip
    """List the sections that match a question best."""
    only = Filter(tuple(page), tuple(folder))
    with opened(corpus) as index:
        if batch is not None:
            return run_batch(batch, lambda text: search_record(index, find(index, text, k, only)))
        found = find(index, question, k, only)
        if as_json:
            print_record(search_record(index, found))
        else:
            show_hits(create_screen(), found.hits)
        finish(index, covered=bool(found.hits))


@app.command("read")
def read_command(
    name: Annotated[str, typer.Argument(metavar="PAGE[#HEADING]", help="A page or one of its sections.")],
    corpus: Corpus = "", as_json: AsJson = False,
) -> None:  # fmt: skip
    """Print a page or a section, with its sources."""
    with opened(corpus) as index:
        record = page_record(read_page(index, name))
        if as_json:
            return print_record(record)
        screen = create_screen()
        write_markdown(screen, record["text"])
        if record["sources"]:
            put(screen, Text(f"\nSources (page reviewed {record['reviewed']})", style="bold"))
            for source in record["sources"]:
                put(screen, Text(f"  {source.get('key')}: {source.get('title')} {source.get('url', '')}".rstrip()))


@app.command("ingest")
def ingest_command(
    path: Source = None,
    corpus: Annotated[str, typer.Option("--corpus", help="Name of the corpus.", show_default="the folder's name")] = "",
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Build everything anew.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="One bad page is fatal.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Stay, and ingest again whenever a page changes.")] = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Bring an index up to date with its pages; what is unchanged is not embedded again."""
    settings = read_settings()
    name, source = which_corpus(settings, path, corpus)
    weights = prepare(settings.weights, say, hub=True)
    if weights.folder is None:
        say(f"no vectors, searching by words only: {weights.origin}")
    job = create_job(settings, name, source, weights, rebuild=rebuild, strict=strict)
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
    print_record(ingest_record(report)) if as_json else print(ingest_line(report), flush=True)
    return report


@app.command("doctor")
def doctor_command(as_json: AsJson = False) -> None:
    """Say what is installed, what serves, what does not work and how to mend it."""
    checks = list(examine(read_settings()))
    if as_json:
        print_record({"checks": [dataclasses.asdict(check) for check in checks]})
    else:
        screen = create_screen()
        marks = {"ok": ("ok      ", "green"), "warning": ("warning ", "yellow"), "error": ("error   ", "bold red")}
        for check in checks:
            put(screen, Text.assemble(marks[check.level], (check.name, "bold"), f": {check.found}"))
            if check.remedy:
                put(screen, Text(f"        → {check.remedy}"))
    if any(check.level == "error" for check in checks):
        raise typer.Exit(1)


@app.callback(invoke_without_command=True)
def root(
    show_version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Options before the command."""
    if show_version:
        print(version("mlplaybook"))
        raise typer.Exit


@contextmanager
def opened(corpus: str) -> Iterator[Index]:
    """The index to ask, with what is degraded said once on stderr."""
    settings = read_settings()
    with embedding_progress() as progress:
        index = open_corpus(settings, corpus or settings.corpus, say, progress)
    for trouble in index.troubles:
        say(f"degraded ({trouble.code}): {trouble.text}")
    yield index


def note_gap(answer: Answer) -> None:
    """Count the topic of a question that was not covered, where the user asked for that."""
    settings = read_settings()
    if settings.gaps and answer.status == "abstained":
        record_gap(settings.gaps_file, answer.question, datetime.now(UTC).date())


def run_batch(path: Path, reply: Callable[[str], dict[str, Any]]) -> None:
    """Records for the lines of a file, as they are ready; exit 4 when a line had an error."""
    failed = False
    with open_lines(path) as lines:
        for record in answer_lines(lines, reply):
            failed = failed or "error" in record
            print_record(record)
    if failed:
        raise typer.Exit(SOME_LEFT_OUT)


@contextmanager
def open_lines(path: Path) -> Iterator[BinaryIO]:
    """A batch file or stdin; raises BadSource when it cannot be read."""
    if str(path) == "-":
        yield sys.stdin.buffer
        return
    try:
        file = path.open("rb")
    except OSError as error:
        raise BadSource(
            f"{path} cannot be read: {error.strerror or error}.", "Check the path and its permissions."
        ) from error
    with file:
        yield file


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


def print_record(record: dict[str, Any]) -> None:
    """One JSON record on one line of stdout."""
    sys.stdout.write(json.dumps(record, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def finish(index: Index, *, covered: bool) -> None:
    """Exit 3 when nothing answers, 5 when something was answered from a damaged index."""
    if not covered:
        raise typer.Exit(NOT_COVERED)
    if any(trouble.damage for trouble in index.troubles):
        raise typer.Exit(DAMAGED)


def main() -> None:
    """Run the command; every error a person can mend becomes one line on stderr."""
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    sys.stderr.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    one_thread_for_products()
    try:
        app(standalone_mode=True)
    except PlaybookError as error:
        if "--json" in sys.argv:
            print_record({"error": error_record(error)})
        say(str(error))
        sys.exit(error.exit_code)
    except SystemExit as end:
        # typer turns Ctrl-C into this status without a word.
        if end.code == INTERRUPTED:
            say("stopped; the index that served before still serves")
        raise


if __name__ == "__main__":
    main()
