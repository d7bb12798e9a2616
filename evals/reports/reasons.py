"""Why a case has the score that it has, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mlplaybook.evals.records import Case, Score
from mlplaybook.evals.reports.views import UNREADABLE

Explain = Callable[[Case, Mapping[str, Any], float], str]


def why_score(case: Case, output: Mapping[str, Any], metric: str, score: Score) -> str:
    """One sentence; empty where nothing is known beyond the number."""
    explain = REASONS.get(metric)
    if score.value is None or explain is None:
        return score.why
    try:
        return explain(case, output, score.value)
    except UNREADABLE:
        return score.why


def success(case: Case, output: Mapping[str, Any], value: float) -> str:
    """Where the first expected section stands."""
    place = first_place(output)
    return f"an expected section is at place {place}" if place else "no expected section is among the first five"


def reciprocal(case: Case, output: Mapping[str, Any], value: float) -> str:
    """The place that a reciprocal rank stands for."""
    return f"1 / {round(1 / value)}: the first expected section's place" if value else "no expected section in ten"


def recalled(case: Case, output: Mapping[str, Any], value: float) -> str:
    """How many of the expected sections are there."""
    wanted = len(output.get("expected", ())) or len(case.gold.get("gold", ()))
    return f"{round(value * wanted)} of {wanted} expected sections are among the first ten"


def ranked(case: Case, output: Mapping[str, Any], value: float) -> str:
    """What a discounted gain is a part of."""
    return "all expected sections stand first" if value >= 1 else "1 would be all expected sections at the top"


def facts(case: Case, output: Mapping[str, Any], value: float) -> str:
    """The facts that are missing."""
    missing = output.get("missing facts", ())
    return f"missing: {'; '.join(missing)}" if missing else "every fact is in the answer"


def verified(case: Case, output: Mapping[str, Any], value: float) -> str:
    """How many quotes are true."""
    return f"{value:.0%} of the quotes stand on their page, letter for letter"


def citations_carry(case: Case, output: Mapping[str, Any], value: float) -> str:
    """What citation recall counts."""
    return f"{value:.0%} of the statements have four fifths of their words in their quotes"


def citations_needed(case: Case, output: Mapping[str, Any], value: float) -> str:
    """What citation precision counts."""
    return f"{value:.0%} of the citations carry something that no other does"


def overlap(case: Case, output: Mapping[str, Any], value: float) -> str:
    """What ROUGE-L recall counts."""
    return f"{value:.0%} of the gold quotes' words are in the answer, in their order"


def alike(case: Case, output: Mapping[str, Any], value: float) -> str:
    """What the cosine is between."""
    return "cosine of the answer with the gold quotes; blind to a negation"


def written(case: Case, output: Mapping[str, Any], value: float) -> str:
    """What became of the copying model's statements."""
    return "a model that copies gets its statements through" if value else "nothing that the model copied came through"


def covered(case: Case, output: Mapping[str, Any], value: float) -> str:
    """How it was decided for a question that is covered."""
    return f"covered, and {status(output)}"


def uncovered(case: Case, output: Mapping[str, Any], value: float) -> str:
    """How it was decided for a question that is not."""
    return f"not covered, and {status(output)}"


def status(output: Mapping[str, Any]) -> str:
    """Status and probability."""
    return f"{output.get('status', 'unknown')} at a probability of {output.get('probability', float('nan')):.2f}"


def signed(case: Case, output: Mapping[str, Any], value: float) -> str:
    """What the sign of a coded probability means."""
    return f"probability {abs(value):.2f}; {'' if value > 0 else 'not '}covered"


def signed_right(case: Case, output: Mapping[str, Any], value: float) -> str:
    """The same for whether something relevant was found."""
    return f"probability {abs(value):.2f}; {'something' if value > 0 else 'nothing'} relevant among the first five"


def coded(case: Case, output: Mapping[str, Any], value: float) -> str:
    """What a case adds to F1."""
    return f"{'' if value > 0 else 'not '}covered, {'answered' if abs(value) == 1 else 'refused'}"


def precise(case: Case, output: Mapping[str, Any], value: float) -> str:
    """The fields that are wrong."""
    return f"wrong: {', '.join(output['wrong'])}" if output.get("wrong") else "every filled field is right"


def complete(case: Case, output: Mapping[str, Any], value: float) -> str:
    """The fields that were missed."""
    return f"missed: {', '.join(output['missed'])}" if output.get("missed") else "no field was missed"


def proven(case: Case, output: Mapping[str, Any], value: float) -> str:
    """Whether values stand in a file."""
    return "every value stands in a file" if value else "a value stands in no file"


def decided(case: Case, output: Mapping[str, Any], value: float) -> str:
    """Whether a result is the one that was worked out."""
    return "as worked out by hand" if value else "not what was worked out by hand"


def understood(case: Case, output: Mapping[str, Any], value: float) -> str:
    """What was carried over."""
    words = " ".join(output.get("carried", ()))
    taken = f"'{words}' was carried over" if words else "taken as a question of its own"
    return taken if value else f"{taken}, and {'leans on others' if case.gold.get('carries') else 'stands alone'}"


def held(case: Case, output: Mapping[str, Any], value: float) -> str:
    """Whether the attack came through."""
    if value:
        return "neither payload nor instructions are said"
    return "the payload is said" if case.gold.get("payload", "") in output.get("said", "") else "instructions are said"


def answered(case: Case, output: Mapping[str, Any], value: float) -> str:
    """What became of a harmless question."""
    return "answered" if value else "refused, though it is harmless"


def first_place(output: Mapping[str, Any]) -> int:
    """The place of the first expected section, 0 where there is none.

    >>> first_place({"expected": ["b"], "found": ["a", "b"]})
    2
    """
    wanted = set(output.get("expected", ()))
    return next((place for place, name in enumerate(output.get("found", ()), start=1) if name in wanted), 0)


REASONS: Mapping[str, Explain] = {
    "retrieval/success@5": success,
    "retrieval/mrr@10": reciprocal,
    "retrieval/recall@10": recalled,
    "retrieval/ndcg@10": ranked,
    "answers/facts": facts,
    "answers/verified": verified,
    "answers/citation-recall": citations_carry,
    "answers/citation-precision": citations_needed,
    "answers/rouge-l": overlap,
    "answers/similarity": alike,
    "answers/written": written,
    "abstention/answers-covered": covered,
    "abstention/refuses-uncovered": uncovered,
    "abstention/auroc": signed,
    "abstention/aurc": signed_right,
    "abstention/f1": coded,
    "templates/precision": precise,
    "templates/recall": complete,
    "templates/proven": proven,
    "decisions/decided": decided,
    "conversation/understood": understood,
    "conversation/hit@5": lambda case, output, value: (
        f"asked as: {output.get('asked', '')}; {'found' if value else 'not'} among the first five"
    ),
    "conversation/ndcg@10": ranked,
    "redteam/held": held,
    "redteam/answered": answered,
}
