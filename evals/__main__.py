"""The command `evals`."""

from __future__ import annotations

import dataclasses
import json
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from mlplaybook.evals.abstention import (
    Judged,
    auroc_of,
    false_answers,
    false_refusals,
    not_covered,
    risk_at,
    risk_coverage,
)
from mlplaybook.evals.fill_command import fill_command
from mlplaybook.evals.followups import WAYS, FollowupOutcome, Half, measure_followups, read_conversations
from mlplaybook.evals.golden import Split, read_cases
from mlplaybook.evals.playbook import Outcome, SliceResult, measure_playbook
from mlplaybook.evals.plot import Curve, draw_risk_coverage
from mlplaybook.evals.questions import read_labelled
from mlplaybook.evals.retrieval import METHODS, Result, measure
from mlplaybook.evals.run_command import register
from mlplaybook.evals.tune_command import PlotFile, tune_command
from mlplaybook.ingest.build import ingest
from mlplaybook.ingest.errors import BadSetting, BadSource, PlaybookError
from mlplaybook.ingest.weights import prepare
from mlplaybook.server.answers.abstain import model_of
from mlplaybook.server.console.screen import create_screen, embedding_progress, say
from mlplaybook.server.retrieval.index import open_index
from mlplaybook.server.settings import Settings, read_settings
from mlplaybook.server.threads import one_thread_for_products
from mlplaybook.server.wiring import create_encoder_loader, create_job, open_corpus

# Of all questions, as many of the surest.
SHARES = (0.2, 0.4, 0.6, 0.8, 1.0)

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Measure the playbook on questions whose answers are known.",
)
register(app)
app.command("fill")(fill_command)
app.command("tune")(tune_command)


@app.command("retrieval")
def retrieval_command(
    path: Annotated[Path, typer.Argument(help="A BEIR-format folder, or a JSONL file of question and answer pairs.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON record a method.")] = False,
) -> None:
    """Compare BM25, dense, equal RRF, convex fusion and the default on one corpus, by document."""
    with tempfile.TemporaryDirectory(prefix="mlplaybook-evals-") as scratch:
        results = compare(read_settings(), path, Path(scratch))
    if as_json:
        for result in results:
            print(json.dumps(dataclasses.asdict(result)))
    else:
        create_screen().print(draw(results))


@app.command("playbook")
def playbook_command(
    split: Annotated[Split, typer.Option(help="dev is for choosing, test for reporting.")] = "dev",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON record a slice, then one a question.")
    ] = False,
    plot: PlotFile = None,
) -> None:
    """Ask the playbook its own questions: retrieval by slice, and how well it knows what it does not cover."""
    settings = read_settings()
    with embedding_progress() as progress:
        index = open_corpus(settings, "playbook", say, progress)
    outcome = measure_playbook(index, read_cases(split))
    threshold = model_of(index).answered
    if plot:
        draw_risk_coverage(plot, [Curve(f"{split} questions", risk_coverage(outcome.judged), threshold)])
    if as_json:
        records: list[SliceResult | Judged] = [*outcome.slices, *outcome.judged]
        for record in records:
            print(json.dumps(dataclasses.asdict(record)))
    else:
        create_screen().print(draw_slices(outcome))
        create_screen().print(draw_abstention(outcome, threshold))
        create_screen().print(draw_risk(outcome))


def compare(settings: Settings, path: Path, scratch: Path) -> list[Result]:
    """Ingest the corpus into a scratch index and measure every method on it."""
    weights = prepare(settings.weights, say)
    if weights.folder is None:
        raise BadSetting(f"There is no encoder: {weights.origin}.", "Dense search cannot be measured without one.")
    labelled = read_labelled(path, scratch)
    if labelled.corpus is None:
        raise BadSource(f"{path} names documents, but not their text.", "Give a BEIR folder, or an `answer` a line.")
    own = settings.model_copy(update={"home": scratch})
    with embedding_progress() as progress:
        ingest(create_job(own, "labelled", labelled.corpus, weights), progress=progress)
    index = open_index(own.index_folder, "labelled", create_encoder_loader(settings))
    return [measure(index, labelled.questions, name, method) for name, method in METHODS.items()]


def draw(results: list[Result]) -> Table:
    """A table for people."""
    table = Table(title=f"{results[0].questions} questions", title_justify="left")
    table.add_column("method")
    for name in ("nDCG@10", "MRR@10", "hit@1", "hit@5", "p50 ms", "p95 ms"):
        table.add_column(name, justify="right")
    for r in results:
        quality = (f"{value:.3f}" for value in (r.ndcg10, r.mrr10, r.success1, r.success5))
        table.add_row(r.method, *quality, f"{r.p50_ms:.1f}", f"{r.p95_ms:.1f}")
    return table


def draw_slices(outcome: Outcome) -> Table:
    """Retrieval by slice."""
    table = Table(title="covered questions, by section", title_justify="left")
    for name in ("slice", "questions", "nDCG@10", "MRR@10", "hit@1", "hit@5"):
        table.add_column(name, justify="left" if name == "slice" else "right")
    for r in outcome.slices:
        quality = (f"{value:.3f}" for value in (r.ndcg10, r.mrr10, r.success1, r.success5))
        table.add_row(r.slice, str(r.questions), *quality)
    return table


def draw_abstention(outcome: Outcome, threshold: float) -> Table:
    """What is answered that should not be, by kind."""
    judged = outcome.judged
    kinds = sorted({entry.slice for entry in not_covered(judged)})
    title = (
        f"not covered; {false_refusals(judged, threshold):.1%} of the covered questions are refused at {threshold:.2g}"
    )
    table = Table(title=title, title_justify="left")
    for name in ("kind", "questions", "AUROC", "answered all the same"):
        table.add_column(name, justify="left" if name == "kind" else "right")
    for kind in ("", *kinds):
        shown = (f"{auroc_of(judged, kind):.3f}", f"{false_answers(judged, threshold, kind):.1%}")
        table.add_row(kind or "all", str(len(not_covered(judged, kind))), *shown)
    return table


def draw_risk(outcome: Outcome) -> Table:
    """How often an answer is wrong when only the surest are given."""
    points = risk_coverage(outcome.judged)
    table = Table(title="risk: not covered, or nothing relevant among the first five", title_justify="left")
    for name in ("answered", "of these wrong"):
        table.add_column(name, justify="right")
    for share in SHARES:
        table.add_row(f"{share:.0%}", f"{risk_at(points, share):.1%}")
    return table


@app.command("followups")
def followups_command(
    half: Annotated[Half, typer.Option(help="dev is what the rules were made on, test is only measured.")] = "dev",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON record a kind, then one a conversation.")
    ] = False,
) -> None:
    """Ask the last turns of conversations: which lean on the others, and whether the right section is found."""
    with embedding_progress() as progress:
        index = open_corpus(read_settings(), "playbook", say, progress)
    outcome = measure_followups(index, read_conversations(half))
    if as_json:
        records = [*map(dataclasses.asdict, outcome.results), *map(dataclasses.asdict, outcome.decisions)]
        for record in records:
            print(json.dumps(record))
    else:
        create_screen().print(draw_followups(outcome))


def draw_followups(outcome: FollowupOutcome) -> Table:
    """Decisions, and nDCG@10 and hit@5 of every way to ask, by kind."""
    wrong = sum(not decision.right for decision in outcome.decisions)
    table = Table(title=f"{len(outcome.decisions)} conversations, {wrong} taken wrongly", title_justify="left")
    for name in ("kind", "conversations", "right", "answerable", *WAYS):
        table.add_column(name, justify="left" if name == "kind" else "right")
    for r in outcome.results:
        shown = (f"{r.ndcg10[way]:.3f} {r.hit5[way]:.3f}" if r.answerable else "" for way in WAYS)
        table.add_row(r.kind, str(r.conversations), f"{r.accuracy:.1%}", str(r.answerable), *shown)
    return table


def main() -> None:
    """Run the command; an error a person can mend becomes one line on stderr."""
    one_thread_for_products()
    try:
        app()
    except PlaybookError as error:
        say(str(error))
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
