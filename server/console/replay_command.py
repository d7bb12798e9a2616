"""`mlplaybook replay`: an answer asked again from its record."""

from __future__ import annotations

import dataclasses
import sys
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from mlplaybook.ingest.errors import BadSetting, BadSource
from mlplaybook.server.answers.records import Answer
from mlplaybook.server.answers.request import Asked
from mlplaybook.server.audit.reopen import open_recorded
from mlplaybook.server.audit.replay import Again, Recorded, Verdict, read_recorded, replay
from mlplaybook.server.console.ask_options import read_wish
from mlplaybook.server.console.screen import print_line, print_record, say
from mlplaybook.server.prompting import stamp_now
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.retrieval.profiles import Profile
from mlplaybook.server.retrieval.search import Method
from mlplaybook.server.service import Query, answer, open_service
from mlplaybook.server.settings import Settings, read_settings
from mlplaybook.server.wiring import create_encoder_loader, project_folder

# Exit statuses: the same answer is 0.
DIFFERS = 1
CANNOT = 2
LONGEST = 32 * 1024 * 1024
WORDS = {True: "the same", False: "differs", None: "nothing to compare"}

Record = Annotated[
    Path, typer.Argument(metavar="ANSWER.json", help="What `ask --json` printed; - is stdin.", show_default=False)
]
Call = Annotated[bool, typer.Option("--call", help="Ask the model again, which costs money.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON record.")]


def replay_command(record: Record, call: Call = False, as_json: AsJson = False) -> None:
    """Ask again as a record says it was asked: the same bytes (exit 0), or what has changed since (exit 1).

    The generation of the corpus that the answer came from is used as long as it is kept. The answer of a model is not made
    again without --call: its quotes are looked up.
    """
    settings = read_settings()
    recorded = read_recorded(read_text(record))
    index = open_recorded(settings.index_folder, recorded.answer.stamp, create_encoder_loader(settings))
    again = model_again(settings, recorded) if call else None
    verdict = replay(recorded, index, again, lambda stamp: stamp_now(stamp, project_folder(settings)))
    if as_json:
        print_record(verdict_record(recorded, verdict))
    else:
        for line in verdict_lines(recorded, verdict):
            print_line(line)
    if not verdict.same:
        raise typer.Exit(CANNOT if verdict.same is None else DIFFERS)


def model_again(settings: Settings, recorded: Recorded) -> Again:
    """What asks the recorded model once more, by the recorded prompt and past the cache; raises BadSetting without a model."""
    stamp = recorded.answer.stamp
    if not stamp.model:
        raise BadSetting("No model wrote this answer.", "Leave --call out: it is made again without one.")
    first = settings.llm.partition(",")[0].strip()
    base_url = settings.llm_base_url if first in {"", stamp.model} else ""
    pinned = settings.model_copy(update={"llm": stamp.model, "llm_base_url": base_url, "cache": "none"})

    def again(index: Index, question: str, asked: Asked, profile: Profile) -> Answer:
        query = Query(
            question, asked.k, asked.only, Method(profile=profile, mmr=asked.mmr), read_wish(asked.mode),
            prompt=stamp.prompt.partition("#")[0], words=asked.words,
        )  # fmt: skip
        with open_service(pinned, index, say) as service:
            if service.trouble:
                raise BadSetting(f"{service.trouble.removeprefix('llm: ')}.", "Mend it, or leave --call out.")
            return answer(service, query)

    return again


def read_text(path: Path) -> str:
    """A file or stdin; raises BadSource when it cannot be read as text."""
    try:
        content = sys.stdin.buffer.read(LONGEST + 1) if str(path) == "-" else path.read_bytes()
        if len(content) > LONGEST:
            raise BadSource(
                f"{path} has more than {LONGEST:,} bytes; an answer has a few thousand.", "Give one answer."
            )
        return content.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadSource(f"{path} cannot be read: {error}.", "Give the record that `ask --json` printed.") from error


def verdict_record(recorded: Recorded, verdict: Verdict) -> dict[str, Any]:
    """The `replay` record."""
    return {"question": recorded.answer.question, "mode": recorded.answer.mode, **dataclasses.asdict(verdict)}


def verdict_lines(recorded: Recorded, verdict: Verdict) -> list[str]:
    """The verdict for people: first the finding, then why."""
    how = "asked again" if verdict.called else "its quotes looked up, the model not called"
    lines = [f"{WORDS[verdict.same]} ({how})"]
    lines.extend(f"  differs in {name}" for name in verdict.differences)
    lines.extend(f"  changed: {change}" for change in verdict.changes)
    counts = Counter(quote.state for quote in verdict.quotes)
    if counts:
        lines.append("  quotes: " + ", ".join(f"{count} {state}" for state, count in counts.items()))
    for quote in verdict.quotes:
        if quote.state != "holds":
            place = f" to {quote.place}" if quote.place else ""
            lines.append(f"    {quote.state}{place}: {quote.section} “{' '.join(quote.quote.split())[:100]}”")
    if verdict.same is None:
        say(f"{recorded.answer.question!r} was answered by a model without a quote; --call asks it again")
    return lines
