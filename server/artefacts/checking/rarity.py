"""How rare the positives of a project are, as its document says."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlplaybook.server.artefacts.checking.values import Values

# Below this share of positives the playbook asks for PR-AUC (metric-choice).
RARE = 0.05
# Where a document says how many cases are positive, surest first.
FIELDS = (
    "dataset.class_balance", "datasheet.composition.label", "model_card.training_data.size",
    "model_card.evaluation.datasets", "model_requirements.performance.primary_metric.evaluation_set",
    "problem_brief.data_available", "problem_brief.prediction_target", "problem_brief.business_objective",
    "model_card.description", "model_requirements.data.labelling_method", "experiment.notes",
)  # fmt: skip
POSITIVE = (
    r"(?:positives?|positive (?:class|rate|share)|fraud\w*|prohibited|default(?:s|ed|ers?)?|churn(?:ed|"
    r"ers?)?|cancell?ed|missed|"
    r"defect(?:s|ive)?|fail(?:ed|ures?)|anomal\w+|minority|prevalence|base rate|incidents?|converted|"
    r"abus\w+|spam|toxic|"
    r"leavers|readmitted|no-?shows?|chargebacks?|infected|diseased?|cancers?|malignant|rejects?|outages?|breakdowns?|"
    r"hypogly\w+|sepsis|claims?|fires?|dropped out|urgent)"
)
PERCENT = r"(?P<percent>\d{1,2}(?:\.\d+)?)\s?%"
# "(2.2% fraud)", "41,300 prohibited (2.2%", "fraud rate 0.2%", "0.3% of orders are fraudulent"
NEAR = re.compile(
    rf"{PERCENT}[^.;,%\d]{{0,30}}\b{POSITIVE}\b|\b{POSITIVE}\b[^.;%\d]{{0,20}}{PERCENT.replace('percent', 'percent2')}",
    re.IGNORECASE,
)
ONE_IN = re.compile(r"\b(?:1|one) in (?:every |about )?(?P<of>\d[\d,]*)\b", re.IGNORECASE)
COUNTS = re.compile(r"(?<![\w.,-])(?P<count>\d{1,3}(?:,\d{3})+|\d{2,9})(?![\w%-]|\.\d)(?P<after>[^.;,()\d]{0,30})")
# Percentages of something else: gains, limits, gaps, shares of capacity.
ELSE = re.compile(
    r"\b(?:from|to|below|above|under|over|within|least|most|gap|limit|target|reduce|cut|fewer|more|less|"
    r"missing|unlabel)\b",
    re.IGNORECASE,
)
# Fields that speak of the classes alone: any share in them is that of a class.
ALONE = ("dataset.class_balance", "datasheet.composition.label")


def find_share(values: Values) -> tuple[float, str] | None:
    """The share of positives and the words that say it, None where the document does not."""
    for name in FIELDS:
        for text in (values.text(name) or "").splitlines():
            found = next(shares(text, alone=name in ALONE), None)
            if found:
                return found
    return None


def shares(text: str, *, alone: bool) -> Iterator[tuple[float, str]]:
    """Shares of positives that a text names.

    >>> next(shares("1.2 million claims, 9,600 fraudulent (0.8%)", alone=False))
    (0.008, '9,600 fraudulent (0.8%)')
    """
    counted = COUNTS.finditer(text)
    for match in NEAR.finditer(text):
        number = match["percent"] or match["percent2"]
        before = text[max(0, match.start() - 12) : match.end()]
        if not ELSE.search(before):
            yield (
                float(number) / 100,
                text[max(0, match.start() - before_count(text, match.start())) : match.end()].strip()
                + close(text, match.end()),
            )
    if alone:
        percents = [float(p) for p in re.findall(r"(\d{1,2}(?:\.\d+)?)\s?%", text)]
        if percents:
            yield min(percents) / 100, text
    one = ONE_IN.search(text)
    if one and re.search(POSITIVE, text, re.IGNORECASE):
        yield 1 / max(1.0, float(one["of"].replace(",", ""))), one[0]
    yield from by_counts(text, list(counted))


def before_count(text: str, start: int) -> int:
    """How many characters before a match the count that it explains begins."""
    found = re.search(r"(\d[\d,]*)\s+$", text[:start])
    return len(found[0]) if found else 0


def close(text: str, end: int) -> str:
    """The bracket that closes behind a match."""
    return ")" if text[end : end + 1] == ")" else ""


def by_counts(text: str, counts: list[re.Match[str]]) -> Iterator[tuple[float, str]]:
    """The share from a count of positives and the largest count before it."""
    largest = 0.0
    for match in counts:
        number = float(match["count"].replace(",", ""))
        if (
            largest
            and number < largest
            and re.search(rf"^\W*(?:\w+ ){{0,2}}{POSITIVE}\b", match["after"], re.IGNORECASE)
        ):
            yield number / largest, match[0].strip()
        largest = max(largest, number)
