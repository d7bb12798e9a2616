"""What all reports say in the same words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mlplaybook.evals.gate.gate import NOT_EVALUABLE, PASSED, Judgement
from mlplaybook.evals.records import Result, Run

LONGEST = 160


def headline(run: Run, judgement: Judgement) -> str:
    """The run in a line."""
    code = judgement.exit_code
    said = "passed" if code == PASSED else "not evaluable" if code == NOT_EVALUABLE else "worse"
    failing = [verdict.metric for verdict in judgement.verdicts if verdict.outcome == "fail"]
    which = f" ({', '.join(failing)})" if failing else ""
    config = "" if run.config == "default" else f", {run.config}"
    return f"{run.suite}{config}: {said}{which}, {len(run.results)} cases"


def number(value: float | None) -> str:
    """Three decimals, nothing for nothing."""
    return "" if value is None else f"{value:.3f}"


def signed(value: float | None) -> str:
    """A change with its sign.

    >>> signed(0.0101), signed(-0.00001), signed(None)
    ('+0.010', '0.000', '')
    """
    if value is None:
        return ""
    return "0.000" if abs(value) < 0.0005 else f"{value:+.3f}"


def p_text(p: float | None) -> str:
    """A p-value; what is tiny is said to be so."""
    if p is None:
        return ""
    return "<.001" if p < 0.001 else f"{p:.3f}"


def describe_case(result: Result) -> str:
    """Expected against got, in a line."""
    return f"{short(result.case.input)}; expected {short(result.case.gold)}; got {short(result.output)}"


def short(values: Mapping[str, Any]) -> str:
    """A mapping's values as text, cut."""
    text = json.dumps(dict(values), ensure_ascii=False)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
