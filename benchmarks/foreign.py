"""How abstention does on corpora that it was not fitted to.

    python -m benchmarks.foreign BEIR-FOLDER...

Every folder is ingested into a scratch index and asked its own questions, which it covers, and those that it does not: the
playbook's far development questions, and a sample of the other folders' questions unless both names begin with the same
word (covid-faq and covid-paragraphs are of one field). Prints a Markdown table.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from mlplaybook.evals.abstention import Judged, auroc_of, false_answers, false_refusals
from mlplaybook.evals.golden import read_cases
from mlplaybook.evals.questions import LabelledSet, read_labelled
from mlplaybook.evals.refusal import judge
from mlplaybook.evals.tune import sample_all
from mlplaybook.ingest.build import ingest
from mlplaybook.ingest.weights import prepare
from mlplaybook.server.answers.abstain import ANSWERED, confidence, model_of
from mlplaybook.server.console.screen import say
from mlplaybook.server.retrieval.index import Index, open_index
from mlplaybook.server.retrieval.search import Method
from mlplaybook.server.settings import Settings, read_settings
from mlplaybook.server.wiring import create_encoder_loader, create_job

# Own questions of a folder, and questions of each other one.
OWN, OTHERS, SEED = 300, 60, 7
HEAD = "| corpus | questions | not covered | AUROC | answered, though not covered | not answered, though covered |"


def open_scratch(settings: Settings, name: str, corpus: Path, home: Path) -> Index:
    """The corpus in an index that is thrown away."""
    own = settings.model_copy(update={"home": home})
    ingest(create_job(own, name, corpus, prepare(settings.weights, say)))
    return open_index(own.index_folder, name, create_encoder_loader(settings))


def questions_of_others(name: str, sets: dict[str, LabelledSet]) -> list[str]:
    """Questions that a corpus does not cover."""
    asked = [case.question for case in read_cases("dev") if case.slice == "far"]
    for other, labelled in sets.items():
        if other.split("-")[0] != name.split("-", maxsplit=1)[0]:
            texts = [question.text for question in labelled.questions]
            asked += random.Random(SEED).sample(texts, min(OTHERS, len(texts)))  # noqa: S311 (a sample, no secret)
    return asked


def judge_corpus(index: Index, labelled: LabelledSet, uncovered: Sequence[str]) -> tuple[Judged, ...]:
    """Every question with the probability that its hits answer it."""
    own = random.Random(SEED).sample(labelled.questions, min(OWN, len(labelled.questions)))  # noqa: S311
    samples = sample_all(index, own, uncovered, Method())
    model = model_of(index)
    return judge(samples, [confidence(sample.signals, model) for sample in samples])


def main() -> None:
    """Measure the folders named on the command line."""
    settings = read_settings()
    with tempfile.TemporaryDirectory(prefix="mlplaybook-foreign-") as scratch:
        sets = {Path(name).name: read_labelled(Path(name), Path(scratch)) for name in sys.argv[1:]}
        sys.stdout.write(f"{HEAD}\n|---|---|---|---|---|---|\n")
        for name, labelled in sets.items():
            assert labelled.corpus is not None
            index = open_scratch(settings, name, labelled.corpus, Path(scratch))
            judged = judge_corpus(index, labelled, questions_of_others(name, sets))
            covered = sum(entry.covered for entry in judged)
            shares = f"{false_answers(judged, ANSWERED):.1%} | {false_refusals(judged, ANSWERED):.1%}"
            sys.stdout.write(f"| {name} | {covered} | {len(judged) - covered} | {auroc_of(judged):.3f} | {shares} |\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
