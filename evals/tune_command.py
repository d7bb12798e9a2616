"""`evals tune`: weights and thresholds of a corpus of one's own, fitted, shown, kept and forgotten."""

from __future__ import annotations

import dataclasses
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from mlplaybook.evals.abstention import risk_coverage
from mlplaybook.evals.plot import Curve, draw_risk_coverage
from mlplaybook.evals.questions import LabelledSet, read_labelled, read_not_covered
from mlplaybook.evals.tune import FEWEST, Fit, Wanted, tune
from mlplaybook.ingest import generation as gen
from mlplaybook.ingest.build import ingest
from mlplaybook.ingest.errors import BadSetting, StorageFailed
from mlplaybook.ingest.weights import prepare
from mlplaybook.server.answers.abstain import ANSWERED
from mlplaybook.server.console.screen import create_screen, embedding_progress, print_line, print_record, say
from mlplaybook.server.console.views import put
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.retrieval.tuned import Weights, forget_tuned, write_tuned
from mlplaybook.server.settings import Settings, read_settings
from mlplaybook.server.wiring import PLAYBOOK, create_job, open_corpus, own_corpus, own_pages

NO_BETTER_ORDER = "The coefficients of abstention stay: new ones do not order held-out questions better."
NO_FEWER_REFUSALS = "The threshold stays: it keeps the wanted share, and a new one would refuse no fewer."

Labels = Annotated[
    Path | None,
    typer.Argument(
        metavar="[PATH]",
        help='A BEIR-format folder, or a JSONL file of {"question", "relevant": [document ids]}.',
        show_default=False,
    ),
]
Corpus = Annotated[str, typer.Option("--corpus", help="The corpus to tune; ingested from PATH if there is none yet.")]
NotCovered = Annotated[
    Path | None,
    typer.Option(
        "--not-covered", help='More questions that the corpus does not answer: {"question"} a line.', show_default=False
    ),
]
FalseAnswers = Annotated[
    float,
    typer.Option("--false-answers", help="Share of the questions not covered that may be answered.", min=0, max=0.99),
]
PlotFile = Annotated[
    Path | None,
    typer.Option("--plot", metavar="FILE.svg", help="Draw the risk-coverage curve.", show_default=False),
]


def tune_command(
    corpus: Corpus,
    path: Labels = None,
    not_covered: NotCovered = None,
    false_answers: FalseAnswers = 0.05,
    seed: Annotated[int, typer.Option("--seed", help="Decides which questions are held out together.")] = 7,
    plot: PlotFile = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Fit and show, but keep nothing.")] = False,
    forget: Annotated[bool, typer.Option("--forget", help="Delete what was fitted to the corpus.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON record.")] = False,
) -> None:
    """Fit the weights of the search and the thresholds of abstention to the labelled questions of a corpus.

    What is kept is used by every later question to the corpus. Questions without a relevant document are taken as not
    covered.
    """
    settings = read_settings()
    if forget:
        return forget_corpus(settings, corpus)
    if path is None:
        raise BadSetting("There are no labelled questions to tune with.", "Name a BEIR folder or a JSONL file.")
    with tempfile.TemporaryDirectory(prefix="mlplaybook-evals-") as scratch:
        labelled = read_labelled(path, Path(scratch))
    uncovered = (*labelled.uncovered, *(read_not_covered(not_covered) if not_covered else ()))
    index = open_or_ingest(settings, corpus, labelled, path)
    wanted = Wanted(false_answers, seed)
    fit = tune(index, labelled.questions, uncovered, wanted, datetime.now(UTC).date())
    if plot:
        draw_fit_curves(plot, fit)
    written = "" if dry_run or not fit.worth_keeping else str(keep(settings, index, fit))
    if as_json:
        return print_record(fit_record(index, fit, written))
    show_fit(fit, written, dry_run=dry_run)


def open_or_ingest(settings: Settings, corpus: str, labelled: LabelledSet, path: Path) -> Index:
    """The corpus; made of a BEIR folder's own corpus.jsonl where there is none yet."""
    with embedding_progress() as progress:
        missing = corpus != PLAYBOOK and gen.current_folder(gen.corpus_folder(settings.index_folder, corpus)) is None
        if missing and labelled.corpus is not None and path.is_dir():
            say(f"ingesting {labelled.corpus} as '{corpus}'")
            ingest(create_job(settings, corpus, labelled.corpus, prepare(settings.weights, say)), progress=progress)
        return open_corpus(settings, corpus, say, progress)


def forget_corpus(settings: Settings, corpus: str) -> None:
    """Delete the fit of a corpus and say whether there was one."""
    own = own_pages(settings) if corpus == PLAYBOOK else None
    name = own_corpus(own) if own else corpus
    gone = forget_tuned(gen.corpus_folder(settings.index_folder, name))
    print_line(f"{name}: {'forgotten; the defaults serve' if gone else 'was not tuned'}")


def keep(settings: Settings, index: Index, fit: Fit) -> Path:
    """Write the fit beside the generations of its corpus."""
    folder = gen.corpus_folder(settings.index_folder, index.manifest.corpus)
    try:
        return write_tuned(folder, fit.tuned)
    except OSError as error:
        cause = f"Writing below {folder} failed: {error.strerror or error}."
        raise StorageFailed(cause, "Free space there, or set MLPLAYBOOK_HOME to a folder you can write.") from error


def draw_fit_curves(path: Path, fit: Fit) -> None:
    """The curve of held-out questions, and in grey that of the model that every corpus starts with."""
    if fit.model is None:
        cause = f"The curve needs {FEWEST} questions that are not covered; there are {fit.tuned.not_covered}."
        raise BadSetting(cause, "Add some with --not-covered, or leave out --plot.")
    model = fit.model
    tuned = Curve("tuned, held out", risk_coverage(model.judged), model.model.answered)
    draw_risk_coverage(path, [tuned, Curve("as it ships", risk_coverage(model.usual), ANSWERED)])


def fit_record(index: Index, fit: Fit, written: str) -> dict[str, Any]:
    """The `tune` record: what is kept, what the grid found whether or not it is kept, and where it was written."""
    fitted = dataclasses.asdict(fit.fusion.fitted)
    return {"corpus": index.manifest.corpus, **dataclasses.asdict(fit.tuned), "fitted": fitted, "written": written}


def show_fit(fit: Fit, written: str, *, dry_run: bool) -> None:
    """Before and after for people, and what became of it."""
    screen = create_screen()
    asked = f"{fit.tuned.questions} questions and {fit.tuned.not_covered} that are not covered"
    put(screen, Text(f"{asked}; measured on held-out fifths."))
    screen.print(draw_fit(fit))
    if not fit.fusion.gained:
        put(screen, Text("The default weights stay: no others are better by more than the standard error."))
    if fit.model is None:
        put(screen, Text(f"Abstention stays: it needs {FEWEST} questions that are not covered (--not-covered)."))
    else:
        for stays, reason in ((not fit.model.refitted, NO_BETTER_ORDER), (not fit.model.moved, NO_FEWER_REFUSALS)):
            if stays:
                put(screen, Text(reason))
    kept = f"Written: {written}" if written else "Nothing is written" + (" (--dry-run)." if dry_run else ".")
    put(screen, Text(kept))


def draw_fit(fit: Fit) -> Table:
    """A row for every measure and setting."""
    before, fusion, model = Weights(), fit.fusion, fit.model
    table = Table()
    for name in ("", "before", "after"):
        table.add_column(name, justify="right" if name else "left")
    table.add_row("nDCG@10", f"{fusion.before:.3f}", f"{fusion.after:.3f}")
    table.add_row("  its gain, and standard error", f"{fusion.after - fusion.before:+.3f}", f"{fusion.error:.3f}")
    if model:
        table.add_row("AUROC, covered or not", f"{model.before.auroc:.3f}", f"{model.after.auroc:.3f}")
        for name, key in (
            ("not covered, but answered", "false_answers"),
            ("covered, but not answered", "false_refusals"),
        ):
            table.add_row(name, f"{getattr(model.before, key):.1%}", f"{getattr(model.after, key):.1%}")
    for name, key in (("weight of words", "lexical"), ("weight of MaxSim", "late"), ("weight of questions", "asked")):
        table.add_row(name, f"{getattr(before, key):g}", f"{getattr(fusion.weights, key):g}")
    if model:
        table.add_row("answered from", f"{ANSWERED:.2f}", f"{model.model.answered:.2f}")
    return table
