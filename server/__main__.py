"""The command `mlplaybook`: options in, one core call, a view or a record out."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer
from rich.text import Text

from mlplaybook.ingest.errors import BadSource, PlaybookError
from mlplaybook.server.answers.assess import find, search_record
from mlplaybook.server.answers.records import Answer
from mlplaybook.server.authoring.gaps import record_gap
from mlplaybook.server.batch import answer_lines, error_record
from mlplaybook.server.console.ask_options import HistoryFile, MaxUsd, Mode, PromptPin, Words, read_history, read_wish
from mlplaybook.server.console.cache_commands import app as cache_app
from mlplaybook.server.console.calculate_command import calculate_command
from mlplaybook.server.console.check_command import check_command
from mlplaybook.server.console.decide_command import decide_command
from mlplaybook.server.console.fill_command import fill_command
from mlplaybook.server.console.guide_command import guide_command
from mlplaybook.server.console.ingest_command import SOME_LEFT_OUT, ingest_command
from mlplaybook.server.console.init_command import init_command
from mlplaybook.server.console.keys_commands import app as keys_app
from mlplaybook.server.console.knowledge_commands import app as knowledge_app
from mlplaybook.server.console.mcp_command import mcp_command
from mlplaybook.server.console.plugin_commands import app as plugin_app
from mlplaybook.server.console.prompt_commands import app as prompt_app
from mlplaybook.server.console.replay_command import replay_command
from mlplaybook.server.console.score_command import score_command
from mlplaybook.server.console.screen import create_screen, embedding_progress, print_record, say
from mlplaybook.server.console.search_options import Folders, Mmr, Pages, ProfileChoices, Topics, Volatilities
from mlplaybook.server.console.serve_command import serve_command
from mlplaybook.server.console.setup_command import setup_command
from mlplaybook.server.console.usage_commands import usage_command
from mlplaybook.server.console.views import put, show_answer, show_hits, write_markdown
from mlplaybook.server.doctor import examine
from mlplaybook.server.pages import page_record, read_page
from mlplaybook.server.retrieval.filters import create_filter
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.retrieval.search import Method
from mlplaybook.server.service import Query, Service, answer, open_service
from mlplaybook.server.settings import read_settings
from mlplaybook.server.threads import one_thread_for_products
from mlplaybook.server.usage.budget import read_usd
from mlplaybook.server.wiring import open_corpus, project_profile

# Exit statuses beside 0 and the 2 of every error.
NOT_COVERED = 3
DAMAGED = 5
INTERRUPTED = 130
MOST_HITS = 100

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Ask a sourced playbook of ML engineering, or a corpus of your own, and get answers with verified citations.",
)  # fmt: skip

app.add_typer(knowledge_app, name="knowledge")
app.add_typer(prompt_app, name="prompts")
app.add_typer(cache_app, name="cache")
app.add_typer(keys_app, name="keys")
app.add_typer(plugin_app, name="plugin")
app.command("usage")(usage_command)
app.command("replay")(replay_command)
app.command("init")(init_command)
app.command("guide")(guide_command)
app.command("fill")(fill_command)
app.command("check")(check_command)
app.command("decide")(decide_command)
app.command("score")(score_command)
app.command("calculate")(calculate_command)
app.command("serve")(serve_command)
app.command("mcp")(mcp_command)
app.command("setup")(setup_command)

Question = Annotated[str, typer.Argument(help="What you want to know, in English.", show_default=False)]
Corpus = Annotated[str, typer.Option("--corpus", help="Which corpus to ask.", show_default="playbook")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON record.")]
Batch = Annotated[
    Path | None,
    typer.Option(
        "--batch", help='Answer every line of a JSONL file of {"id", "question"}; - is stdin.', show_default=False
    ),
]
Hits = Annotated[int, typer.Option("-k", min=1, max=MOST_HITS, help="How many sections to look at.")]


@app.command("ask")
def ask_command(
    question: Question = "", corpus: Corpus = "", k: Hits = 5, page: Pages = [], folder: Folders = [],  # noqa: B006
    topic: Topics = [], volatility: Volatilities = [], profile: ProfileChoices = [], mmr: Mmr = None,  # noqa: B006
    mode: Mode = "auto", prompt: PromptPin = "", max_usd: MaxUsd = "", words: Words = None, history: HistoryFile = None,
    as_json: AsJson = False, batch: Batch = None,
) -> None:  # fmt: skip
    """Answer a question with citations, or say that the corpus does not cover it (exit 3)."""
    settings = read_settings()
    query = Query(
        question, k, create_filter(page, folder, topic, volatility),
        Method(profile=project_profile(settings, profile), mmr=mmr), read_wish(mode), read_history(history),
        prompt=prompt, max_usd=read_usd(max_usd, "--max-usd"), words=words,
    )  # fmt: skip
    with opened(corpus) as index, open_service(settings, index, say) as service:
        if batch is not None:
            return run_batch(batch, lambda text: answer_record(service, dataclasses.replace(query, question=text)))
        made = answer(service, query)
        for reason in made.degraded[len(index.degraded) :]:
            say(f"degraded: {reason}")
        note_gap(made)
        if as_json:
            print_record(dataclasses.asdict(made))
        else:
            show_answer(create_screen(), made)
        finish(index, covered=made.status != "abstained")


@app.command("search")
def search_command(
    question: Question = "", corpus: Corpus = "", k: Hits = 5, page: Pages = [], folder: Folders = [],  # noqa: B006
    topic: Topics = [], volatility: Volatilities = [], profile: ProfileChoices = [], mmr: Mmr = None,  # noqa: B006
    as_json: AsJson = False, batch: Batch = None,
) -> None:  # fmt: skip
    """List the sections that match a question best."""
    only = create_filter(page, folder, topic, volatility)
    method = Method(profile=project_profile(read_settings(), profile), mmr=mmr)
    with opened(corpus) as index:
        if batch is not None:
            return run_batch(batch, lambda text: search_record(index, find(index, text, k, only, method)))
        found = find(index, question, k, only, method)
        if as_json:
            print_record(search_record(index, found))
        else:
            show_hits(create_screen(), found.hits)
            if found.hits and found.status == "abstained":
                say(
                    f"The corpus '{index.manifest.corpus}' does not seem to cover this: these sections are only nearest."
                )
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


app.command("ingest")(ingest_command)


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


def answer_record(service: Service, query: Query) -> dict[str, Any]:
    """The record of an answer in a batch; what it does not cover is counted as for a single question."""
    made = answer(service, query)
    note_gap(made)
    return dataclasses.asdict(made)


def note_gap(made: Answer) -> None:
    """Count the topic of a question that was not covered, where the user asked for that."""
    settings = read_settings()
    if settings.gaps and made.status == "abstained":
        record_gap(settings.gaps_file, made.question, datetime.now(UTC).date())


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
