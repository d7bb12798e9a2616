"""Rules about what is written down: briefs, reports, runs, promotion histories."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from mlplaybook.server.artefacts.checking.hits import Hit, hit
from mlplaybook.server.artefacts.checking.metrics import as_number, read_interval, read_metric
from mlplaybook.server.artefacts.checking.values import Values, words

SLACK = 0.0006
HIGHER_IS_BETTER = re.compile(
    r"accura|precision|recall|auc|f1|ndcg|map\b|mrr|average|iou|dice|hit|r2|kappa|success", re.IGNORECASE
)
LOWER_IS_BETTER = re.compile(
    r"mae|rmse|mape|wape|mase|loss|error|brier|perplexity|latency|ms\b|cost|pinball|wer\b", re.IGNORECASE
)
# A slice this far below overall, or below production on the slice, has to be flagged (slices-and-robustness).
BELOW_OVERALL, BELOW_PRODUCTION = -0.10, -0.02
TEN_CHECKS = (
    "true_holdout",
    "cross_validation",
    "stratified_splits",
    "temporal_split",
    "confidence_intervals",
    "segments",
    "fairness",
    "simple_baseline",
    "error_analysis",
    "calibration_plot",
)


def delta_not_difference(values: Values) -> Iterator[Hit]:
    """A delta that is not candidate minus production."""
    for number, row in enumerate(values.items("overall_metrics")):
        if isinstance(row, dict):
            old, new, delta = (as_number(row.get(key)) for key in ("production", "candidate", "delta"))
            if (
                old is not None
                and new is not None
                and delta is not None
                and abs((new - old) - delta) > max(SLACK, 0.02 * abs(delta))
            ):
                yield hit(values, "overall_metrics", f"{new:g} - {old:g} = {new - old:.4g}, not {delta:g}", str(number))


def previous_not_production(values: Values) -> Iterator[Hit]:
    """A previous model whose value is not that of production in the first metric."""
    rows = values.items("overall_metrics")
    first = as_number(rows[0].get("production")) if rows and isinstance(rows[0], dict) else None
    previous = values.number("baselines.previous_model")
    if first is not None and previous is not None and abs(first - previous) > max(SLACK, 0.002 * abs(first)):
        yield hit(values, "baselines.previous_model", f"{previous:g} here, {first:g} in the first metric")


def promoted_below_baseline(values: Values) -> Iterator[Hit]:
    """A promotion although a baseline is as good as the candidate on the first metric."""
    rows = values.items("overall_metrics")
    first = rows[0] if rows and isinstance(rows[0], dict) else {}
    candidate, name = as_number(first.get("candidate")), str(first.get("metric", ""))
    if candidate is None or not str(values.value("recommendation.verdict")).startswith("promote"):
        return
    better = (
        -1
        if LOWER_IS_BETTER.search(name) and not HIGHER_IS_BETTER.search(name)
        else 1
        if HIGHER_IS_BETTER.search(name)
        else 0
    )
    for baseline in ("baselines.trivial", "baselines.rule_based", "baselines.simple_ml"):
        reached = values.number(baseline)
        if better and reached is not None and better * (candidate - reached) <= 0:
            yield hit(values, baseline, f"{reached:g} against {candidate:g} of the candidate")


def promoted_with_regression(values: Values) -> Iterator[Hit]:
    """A plain promotion although a slice lost over 2 points against production."""
    if values.text("recommendation.verdict") != "promote":
        return
    for number, row in enumerate(values.items("slices")):
        lost = as_number(row.get("delta_to_production")) if isinstance(row, dict) else None
        if lost is not None and lost < BELOW_PRODUCTION - SLACK:
            yield hit(values, "slices", f"{row.get('slice')}: {lost:+.3f} against production", str(number))


def slice_not_flagged(values: Values) -> Iterator[Hit]:
    """A slice that a flag rule catches and that has `warning: false`."""
    for number, row in enumerate(values.items("slices")):
        if not isinstance(row, dict) or row.get("warning") is not False:
            continue
        overall, production = as_number(row.get("delta_to_overall")), as_number(row.get("delta_to_production"))
        if overall is not None and overall < BELOW_OVERALL - SLACK:
            yield hit(values, "slices", f"{row.get('slice')}: {overall:+.3f} against overall", str(number))
        elif production is not None and production < BELOW_PRODUCTION - SLACK:
            yield hit(values, "slices", f"{row.get('slice')}: {production:+.3f} against production", str(number))


def promoted_within_noise(values: Values) -> Iterator[Hit]:
    """A promotion although the interval of the deciding difference contains 0."""
    rows = values.items("overall_metrics")
    if values.text("recommendation.verdict") == "promote" and rows and isinstance(rows[0], dict):
        low, high = read_interval(rows[0])
        if low is not None and high is not None and low <= 0 <= high:
            yield hit(values, "overall_metrics", f"[{low:g}, {high:g}] of {rows[0].get('metric')}", "0")
    if values.text("experiment.verdict") == "promoted":
        found = read_metric("", (), "", values.text("experiment.baseline_comparison") or "")
        if found.low is not None and found.high is not None and found.low <= 0 <= found.high:
            yield hit(values, "experiment.baseline_comparison", f"[{found.low:g}, {found.high:g}]")


def conditions_without_owner_or_date(values: Values) -> Iterator[Hit]:
    """A condition of a promotion without owner or date."""
    if values.text("recommendation.verdict") != "promote_with_conditions":
        return
    for number, item in enumerate(values.items("recommendation.conditions")):
        text = "\n".join(words(item))
        dated = re.search(r"\d{4}-\d{2}|\b20\d\d\b|\b(?:by|until|before)\b", text, re.IGNORECASE)
        if not dated or not re.search(r"\bowner|\bby [A-Z]|team|responsible|\b[A-Z]\. [A-Z]", text):
            yield hit(values, "recommendation.conditions", "", str(number))


def checks_left_out(values: Values) -> Iterator[Hit]:
    """Rigour checks that a report does not answer."""
    held = values.mapping("checks")
    lacking = [check for check in TEN_CHECKS if check not in {str(key).lower() for key in held}]
    if held and lacking:
        yield hit(values, "checks", ", ".join(lacking))


def history_broken(values: Values) -> Iterator[Hit]:
    """A promotion history whose states or dates do not follow one another, or do not end in the record's state."""
    name = "registry_record.promotion_history"
    rows: list[Mapping[str, Any]] = [row for row in values.items(name) if isinstance(row, dict)]
    for number, (before, after) in enumerate(pairwise(rows), 1):
        if str(after.get("date", "")) < str(before.get("date", "")):
            yield hit(values, name, f"{after.get('date')} stands after {before.get('date')}", str(number))
        if after.get("from") and before.get("to") and after["from"] != before["to"]:
            yield hit(values, name, f"from {after['from']} after to {before['to']}", str(number))
    state = values.text("registry_record.state")
    if rows and state and rows[-1].get("to") and str(rows[-1]["to"]) != state:
        yield hit(values, name, f"the last change leads to {rows[-1]['to']}, the state is {state}", str(len(rows) - 1))


def history_without_evidence(values: Values) -> Iterator[Hit]:
    """Changes of state without person, reason or evidence."""
    name = "registry_record.promotion_history"
    for number, row in enumerate(values.items(name)):
        if isinstance(row, dict):
            lacking = [key for key in ("date", "from", "to", "by", "reason", "evidence") if row.get(key) in (None, "")]
            if lacking:
                yield hit(values, name, ", ".join(lacking), str(number))


def run_of_another_day(values: Values) -> Iterator[Hit]:
    """A run name whose date is not that of the record."""
    day = re.match(r"EXP-(\d{4})-(\d{2})-(\d{2})", values.text("experiment.id") or "")
    named = re.search(r"-(20\d{6})-", values.text("run_name") or "")
    if day and named and "".join(day.groups()) != named[1]:
        yield hit(values, "run_name", f"{named[1]} here, {'-'.join(day.groups())} in the id")


def no_personal_data_but_people(values: Values) -> Iterator[Hit]:
    """No personal data, it says, and the data is about people."""
    name = "problem_brief.ethical_considerations"
    text = values.text(name) or ""
    if re.match(
        r"\W*no (?:personal|private) data\b(?! (?:leaves|is shared|is sent|goes|outside|beyond|"
        r"in (?:the )?(?:logs|prompts)))",
        text,
        re.IGNORECASE,
    ):
        data = values.text("problem_brief.data_available") or ""
        found = re.search(
            r"\b(?:customer|patient|user|employee|applicant|subscriber)s?[ -](?:ids?|names?|records?|"
            r"profiles?|accounts?|age|addresses)\b|\be-?mail addresses\b|\bdate of birth\b|"
            r"\bphone numbers?\b|\bpostal address\w*\b|\bhome address\w*\b|\bnational insurance\b|"
            r"\bIP address\w*\b",
            data,
            re.IGNORECASE,
        )
        if found and not re.search(r"anonymi[sz]ed|aggregate", f"{data} {text}", re.IGNORECASE):
            yield hit(values, name, found[0])


def criteria_without_number(values: Values) -> Iterator[Hit]:
    """Kill criteria none of which has a number."""
    name = "problem_brief.kill_criteria"
    items = ["\n".join(words(item)) for item in values.items(name)]
    if items and not any(re.search(r"\d", item) for item in items):
        yield hit(values, name)


def models_named_in_a_row(values: Values) -> Iterator[Hit]:
    """Several metrics in a row where one must decide."""
    metric = r"(?:accuracy|precision|recall|f1(?:[ -]score)?|(?:roc-|pr-)?auc|rmse|mae|mape|ndcg|r2|log loss)"
    for name in ("model_requirements.performance.primary_metric.metric",):
        text = values.text(name) or ""
        if re.search(
            rf"\b{metric}\b\s*(?:,|/|&|\+|\band\b)\s*(?:the )?\b{metric}\b(?! (?:at|of|above|below|under))",
            text,
            re.IGNORECASE,
        ):
            yield hit(values, name)
