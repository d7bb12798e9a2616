"""How much of a document is filled rightly from a project's files, and whether anything is made up."""

from __future__ import annotations

import functools

from mlplaybook.evals.fill_cases import Document, count, read_documents, score_document
from mlplaybook.evals.golden import Split
from mlplaybook.evals.records import Case, Measured, digest, not_applicable, ok
from mlplaybook.evals.suites.world import World
from mlplaybook.server.artefacts.filling.fill import fill
from mlplaybook.server.artefacts.library import load_template

NAME = "templates"
METRICS = ("precision", "recall", "proven")


@functools.cache
def documents(split: Split) -> dict[str, Document]:
    """The documents of a split by case id."""
    return {f"{NAME}/{one.case}-{one.template}": one for one in read_documents(split)}


def read(split: Split) -> tuple[Case, ...]:
    """Every document that is filled."""
    return tuple(
        Case(
            name,
            NAME,
            one.template,
            f"evals/cases/fill/{split}/{one.case}/gold.yaml",
            1,
            {
                "split": split,
                "files": [given.source for given in one.inputs],
                "inputs": digest(given.text for given in one.inputs),
            },
            {"fields": {field: dict(gold) for field, gold in one.fields.items()}, "absent": list(one.absent)},
        )
        for name, one in documents(split).items()
    )


def measure(world: World, case: Case) -> Measured:
    """One document filled without a model; `proven` is 1 when every value stands in a file."""
    document = documents(case.input["split"])[case.id]
    template = load_template(document.template)
    verdicts = score_document(document, fill(template, document.inputs, {}, world.index.encoder))
    counted = count(verdicts)
    wrong = sorted(v.field.name for v in verdicts if v.filled.status == "filled" and not v.right)
    missed = sorted(v.field.name for v in verdicts if v.wanted and v.filled.status != "filled")
    scores = {
        "precision": ok(counted.precision) if counted.filled else not_applicable("nothing is filled"),
        "recall": ok(counted.recall) if counted.wanted else not_applicable("the files have nothing"),
        "proven": ok(counted.unproven == 0),
    }
    said = {v.field.name: v.filled.value for v in verdicts if v.field.name in wrong}
    return Measured(scores, {"filled": counted.filled, "wrong": wrong, "missed": missed, "said": said})
