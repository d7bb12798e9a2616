"""What all reports say in the same words."""

from __future__ import annotations

import math

from mlplaybook.evals.gate.gate import NOT_EVALUABLE, PASSED, Judgement
from mlplaybook.evals.records import Result, Run
from mlplaybook.evals.reports.views import cut, in_a_line, view_case, view_output


def headline(run: Run, judgement: Judgement) -> str:
    """The run in a line."""
    code = judgement.exit_code
    said = "passed" if code == PASSED else "not evaluable" if code == NOT_EVALUABLE else "worse"
    failing = [verdict.metric for verdict in judgement.verdicts if verdict.outcome == "fail"]
    which = f" ({', '.join(failing)})" if failing else ""
    config = "" if run.config == "default" else f", {run.config}"
    return f"{run.suite}{config}: {said}{which}, {len(run.results)} cases"


def number(value: float | None) -> str:
    """Three decimals, nothing for nothing, n/a where the cases do not allow a value, such as AUROC of one class."""
    return "" if value is None else "n/a" if math.isnan(value) else f"{value:.3f}"


def signed(value: float | None) -> str:
    """A change with its sign.

    >>> signed(0.0101), signed(-0.00001), signed(None)
    ('+0.010', '0.000', '')
    """
    if value is None or math.isnan(value):
        return ""
    return "0.000" if abs(value) < 0.0005 else f"{value:+.3f}"


def p_text(p: float | None) -> str:
    """A p-value; what is tiny is said to be so."""
    if p is None:
        return ""
    return "<.001" if p < 0.001 else f"{p:.3f}"


def describe_case(result: Result) -> str:
    """Expected against got, in a line."""
    view = view_case(result.case)
    got = in_a_line(view_output(result.case, result.output))
    return f"{cut(view.title)}; expected {in_a_line(view.expected)}; got {got}"
