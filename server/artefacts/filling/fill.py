"""A template filled from what a person has: every value with its words, everything else marked as missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlplaybook.ingest.encoder import Encoder
from mlplaybook.server.artefacts.filling.assemble import assemble, primary_and_secondary
from mlplaybook.server.artefacts.filling.cues import Cue, cue_for
from mlplaybook.server.artefacts.filling.extract import agreed, exact_values
from mlplaybook.server.artefacts.filling.identity import identified
from mlplaybook.server.artefacts.filling.judge import Weights, load_weights, probabilities, text_value
from mlplaybook.server.artefacts.filling.leaf_pieces import pieces_of_leaves
from mlplaybook.server.artefacts.filling.pairs import first_metric_in, metrics_in, params_in, slices_in
from mlplaybook.server.artefacts.filling.read_inputs import Material, read_material
from mlplaybook.server.artefacts.filling.records import Found, InputText, Piece
from mlplaybook.server.artefacts.filling.route import Grid, measure
from mlplaybook.server.artefacts.filling.task import task_type
from mlplaybook.server.artefacts.filling.titles import title_value
from mlplaybook.server.artefacts.filling.values import parse_value
from mlplaybook.server.artefacts.records import Evidence, Field, Fill, Filled, Template

IDENTITY = ("model_card.model_name", "model_card.version", "model_card.date")
NO_ENCODER = "encoder: sentences were matched by their words only; run `mlplaybook ingest` once for better recall"
# Mappings that sentences and tables can give too, with what makes the mapping out of their words.
MEASURED: Mapping[str, Callable[[Sequence[str]], dict[str, Any]]] = {
    "metrics": metrics_in, "slices": slices_in, "params": params_in, "primary_metric": first_metric_in,
    "secondary_metrics": metrics_in,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Work:
    """Everything that filling one template needs."""

    template: Template
    material: Material
    cues: Mapping[str, Cue]
    grid: Grid
    chances: NDArray[np.float64]
    weights: Weights


def fill(
    template: Template,
    inputs: Sequence[InputText],
    given: Mapping[str, tuple[Any, str]],
    encoder: Encoder | None = None,
    weights: Weights | None = None,
) -> Fill:
    """The template's fields out of the inputs and of what a person gave.

    :param given: value and where it comes from (`--set`, `answers`, `asked`) by field name; it wins over any input.
    :param encoder: without one sentences are matched by their words only, and `degraded` says so.
    :param weights: of the routing, the shipped ones unless given.
    """
    material = read_material(inputs)
    work = create_work(template, material, encoder, weights or load_weights(encoder=encoder is not None))
    fields: dict[str, Filled] = {}
    for wanted in template.fields:
        if wanted.name in given:
            fields[wanted.name] = from_person(wanted, *given[wanted.name])
        else:
            fields[wanted.name] = from_inputs(wanted, work, fields)
    degraded = (NO_ENCODER,) if encoder is None and material.pieces else ()
    return Fill(template.id, fields, "extractive", degraded, material.left_out)


def create_work(template: Template, material: Material, encoder: Encoder | None, weights: Weights) -> Work:
    """The pieces measured against the fields."""
    cues = {wanted.name: cue_for(template, wanted) for wanted in template.fields}
    pieces, raws = all_pieces(material)
    grid = measure(pieces, routed_fields(template, cues), cues, encoder, weights.learnt, raws)
    return Work(template, material, cues, grid, probabilities(grid, weights), weights)


def all_pieces(material: Material) -> tuple[tuple[Piece, ...], dict[int, Any]]:
    """Sentences, then settings as pieces, with the values of these by their numbers."""
    first = max((piece.block for piece in material.pieces), default=0) + 1000
    settings = list(pieces_of_leaves(material.leaves, material.texts, first))
    pieces = (*material.pieces, *(piece for piece, _ in settings))
    return pieces, {len(material.pieces) + number: value for number, (_, value) in enumerate(settings)}


def routed_fields(template: Template, cues: Mapping[str, Cue]) -> tuple[Field, ...]:
    """The fields that sentences are matched with."""
    return tuple(wanted for wanted in template.fields if is_routed(wanted, cues[wanted.name]))


def is_routed(wanted: Field, cue: Cue) -> bool:
    """Whether sentences are matched with the field: one with words of its own, which are known for ten templates."""
    return wanted.type != "mapping" or cue.kind in MEASURED


def from_person(wanted: Field, value: Any, source: str) -> Filled:  # noqa: ANN401
    """A field that a person gave."""
    parsed = parse_value(wanted, value)
    evidence = (Evidence(source, str(value), 0, len(str(value))),)
    if not parsed.good:
        return Filled(value, "invalid", evidence, 1.0, wanted.section, wanted.question, parsed.problem)
    return Filled(parsed.value, "filled", evidence, 1.0, wanted.section, wanted.question)


def from_inputs(wanted: Field, work: Work, known: Mapping[str, Filled]) -> Filled:
    """A field out of the inputs; without evidence the template's default, or nothing."""
    found, problem = find_value(wanted, work, known)
    if found is not None:
        return Filled(
            found.value, "filled", found.evidence, round(found.confidence, 3), wanted.section, wanted.question
        )
    if wanted.default is not None and not problem:
        return Filled(thawed(wanted.default), "assumed", (), 0.0, wanted.section, wanted.question)
    return Filled(None, "missing", (), 0.0, wanted.section, wanted.question, problem)


def find_value(wanted: Field, work: Work, known: Mapping[str, Filled]) -> tuple[Found | None, str]:
    """The value with its evidence, or why there is none: from keys and labels, then put together, then from sentences."""
    cue = work.cues[wanted.name]
    routing = (wanted, work.grid, work.chances, work.weights, work.material.texts)
    if cue.kind == "task":
        return task_type(wanted, cue, work.material, target_words(known)), ""
    exact = exact_values(wanted, cue, work.material)
    found, problem = agreed(exact)
    if found is not None or problem:
        return found, problem
    if cue.title and (found := title_value(wanted, work.material)) is not None:
        return found, ""
    if cue.kind in {"primary_metric", "secondary_metrics"}:
        primary, secondary = primary_and_secondary(work.material, hypothesis_words(known))
        found = primary if cue.kind == "primary_metric" else secondary
        return found or measured(wanted, cue, work), ""
    if wanted.name in IDENTITY and (found := identified(wanted, work.material)) is not None:
        return found, ""
    if cue.kind and wanted.type != "list":
        found = assemble(wanted, cue.kind, work.material, {})
        if found is not None or not is_routed(wanted, cue):
            return found, ""
        return measured(wanted, cue, work) if wanted.type == "mapping" else text_value(*routing, cue), ""
    if is_routed(wanted, cue):
        found = text_value(*routing, cue)
    if found is None and cue.kind:
        found = assemble(wanted, cue.kind, work.material, {})
    return found, ""


def measured(wanted: Field, cue: Cue, work: Work) -> Found | None:
    """A mapping out of the sentences or table rows that are about it; None when they hold no number with its name."""
    found = text_value(wanted, work.grid, work.chances, work.weights, work.material.texts)
    if found is None:
        return None
    value = MEASURED[cue.kind]([e.quote for e in found.evidence])
    return Found(value, found.evidence, found.confidence) if value else None


def target_words(known: Mapping[str, Filled]) -> tuple[Evidence, ...]:
    """The words that define what is predicted and who uses it, as far as they are found."""
    names = ("prediction_target", "prediction_consumer")
    return tuple(e for name, filled in known.items() if name.endswith(names) for e in filled.evidence)


def hypothesis_words(known: Mapping[str, Filled]) -> tuple[str, ...]:
    """The words of the hypothesis."""
    return tuple(e.quote for name, filled in known.items() if name.endswith("hypothesis") for e in filled.evidence)


def thawed(value: Any) -> Any:  # noqa: ANN401
    """A default as YAML has it: lists instead of tuples."""
    return list(value) if isinstance(value, tuple) else value


def with_problem(filled: Filled, problem: str) -> Filled:
    """The same field with a reason."""
    return replace(filled, problem=problem)
