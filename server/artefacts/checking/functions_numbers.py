"""Rules about numbers that belong together: sums, orders, limits, sizes of samples."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from itertools import pairwise

from mlplaybook.server.artefacts.checking.dates import DATE, POINT
from mlplaybook.server.artefacts.checking.hits import Hit, hit
from mlplaybook.server.artefacts.checking.metrics import as_number
from mlplaybook.server.artefacts.checking.placeholders import texts
from mlplaybook.server.artefacts.checking.values import Values, leaves
from mlplaybook.server.artefacts.quantities import find_quantities

# The sum of the two normal quantiles of 5% significance and 80% power, squared (ab-testing).
Z_SUM_SQUARED = 7.849
# A plan with less than this part of the users that the formula asks for has too little power.
ENOUGH = 0.8
# A bill and its estimate may differ by this share (cost-tracking).
BILL_SLACK = 0.1
DAYS = 30
N = r"(\d+(?:\.\d+)?)\s*(%)?"
FALL = re.compile(
    r"\b(?:fall|falls|drop|drops|reduce[sd]?|reduction|cut|cuts|lower(?:s|ed)?|decrease[sd]?|down|shrink|"
    r"shorten|fewer|less)\b",
    re.IGNORECASE,
)
RISE = re.compile(
    r"\b(?:rise|rises|raise[sd]?|increase[sd]?|grow|grows|lift(?:s|ed)?|improve[sd]?|up|climb|boost|higher|more)\b",
    re.IGNORECASE,
)
FROM_TO = re.compile(
    rf"\bfrom (?:[a-z]+ ){{0,2}}[$€£]?{N}(?: [a-z]+){{0,3}} to (?:[a-z]+ ){{0,3}}[$€£]?{N}", re.IGNORECASE
)
DIRECTION = r"(?P<{0}>below|under|<=?|≤|above|over|>=?|≥|at|from|exceeds?)?"
LEVELS = re.compile(
    rf"\bwarn(?:ing|s)?\b(?: level| alert| limit| threshold)?(?: is| if| when| raised| at:?)?:?\s*(?:PSI|"
    rf"P99|it)?\s*{DIRECTION.format('d1')}\s*(?P<a>\d+(?:\.\d+)?)\s?%?"
    rf"[^.;\d]{{0,40}}?\b(?:critical|alert|page[sd]?|alarm|action|act)\b(?: level| alert| limit|"
    rf" threshold)?(?: is| if| when| raised| at:?)?:?\s*(?:PSI|P99|"
    rf"it)?\s*{DIRECTION.format('d2')}\s*(?P<b>\d+(?:\.\d+)?)",
    re.IGNORECASE,
)
PSI_THEN_WARNING = re.compile(
    r"\bPSI\s*(?:above|over|>=?|≥|of)?\s*(?P<b>\d?\.\d+)[^.;]{0,60}?\bwarn\w*\s*(?:at|above|over|from|"
    r">=?|≥)?\s*(?P<a>\d?\.\d+)",
    re.IGNORECASE,
)
WORSE_BELOW = re.compile(r"accura|precision|recall|auc|f1|availab|throughput|agreement|coverage|ndcg", re.IGNORECASE)
WORSE_ABOVE = re.compile(
    r"psi|drift|latency|p9\d|_ms|error|lag|delay|memory|cost|rate|mae|rmse|mape|loss|kl\b|divergence", re.IGNORECASE
)
RATES = re.compile(r"(\d+(?:\.\d+)?)\s?%\s+to\s+(\d+(?:\.\d+)?)\s?%")
P_VALUE = re.compile(r"\bp(?:-?value)?\s*(?:<=?|≤|below|under|of|=)\s*(0?\.\d+|\d+(?:\.\d+)?\s?%)", re.IGNORECASE)
ALPHA = re.compile(
    r"\b(?:alpha|α|significance(?: level)?|confidence)\s*(?:of|=|:|at|"
    r"level)?\s*(?:level\s*)?(?P<value>\d?\.\d+|\d+(?:\.\d+)?\s?%?)|"
    r"(?P<before>\d+(?:\.\d+)?\s?%)\s+(?:significance|confidence|level)",
    re.IGNORECASE,
)
POWER = re.compile(
    r"(?<!\w)power\s*(?:of|=|:|at)?\s*(?P<value>0?\.\d+|1(?:\.0+)?\b|\d+(?:\.\d+)?\s?%)|"
    r"(?P<before>\d+(?:\.\d+)?\s?%)\s+power",
    re.IGNORECASE,
)


def success_runs_backwards(values: Values) -> Iterator[Hit]:
    """A value that shall fall and has a higher end, or the other way round."""
    for name in ("problem_brief.success_metric", "model_requirements.business_context.kpi"):
        text = values.text(name) or ""
        found = FROM_TO.search(text)
        if not found:
            continue
        start, end = float(found[1]), float(found[3])
        before = re.split(r"[,;.]", text[: found.start()])[-1]
        falls, rises = FALL.search(before), RISE.search(before)
        if (falls and not rises and end > start) or (rises and not falls and end < start):
            yield hit(values, name, found[0])


def success_without_from_to_and_date(values: Values) -> Iterator[Hit]:
    """A success metric that lacks both the two values and the date."""
    name = "problem_brief.success_metric"
    text = values.text(name) or ""
    amounts = list(amounts_in(text))
    if values.given(name) and amounts and len(amounts) < 2 and not POINT.search(text) and not DATE.search(text):
        yield hit(values, name)


def success_without_two_values(values: Values) -> Iterator[Hit]:
    """A success metric with a date and one value only."""
    name = "problem_brief.success_metric"
    text = values.text(name) or ""
    if values.given(name) and len(list(amounts_in(text))) == 1 and (POINT.search(text) or DATE.search(text)):
        yield hit(values, name)


def amounts_in(text: str) -> Iterator[float]:
    """The numbers of a text that belong to no date and no span of time."""
    bare = DATE.sub(" ", POINT.sub(" ", text))
    for quantity in find_quantities(re.sub(r"\b20\d\d\b", " ", bare)):
        if quantity.dimension != "time" or re.search(
            r"wait|time|duration|handling|delay|hour|minute", text, re.IGNORECASE
        ):
            yield quantity.amount


def start_values_differ(values: Values) -> Iterator[Hit]:
    """Today's value in the objective and the start value of the success metric, of one quantity, differ."""
    now = re.search(
        r"\b(?:now|today|currently|at present|present(?:ly)?)\W{0,3}(\d+(?:\.\d+)?)\s?%",
        values.text("problem_brief.business_objective") or "",
        re.IGNORECASE,
    )
    name = "problem_brief.success_metric"
    start = re.search(r"\bfrom (\d+(?:\.\d+)?)\s?%", values.text(name) or "", re.IGNORECASE)
    if now and start and float(now[1]) != float(start[1]):
        yield hit(values, name, f"{now[1]}% in the objective, {start[1]}% here")


def levels_out_of_order(values: Values) -> Iterator[Hit]:
    """A warning that comes no earlier than the critical alert, in a text or in neighbouring keys."""
    for name, entry in values.entries.items():
        for text in texts(entry.value):
            for pattern in (LEVELS, PSI_THEN_WARNING):
                found = pattern.search(text)
                if found and misordered(found, text[: found.start()]):
                    yield Hit(name, found[0], entry.place.line, f"warning {found['a']}, critical {found['b']}")
                    break
    yield from keys_out_of_order(values)


def misordered(found: re.Match[str], before: str) -> bool:
    """Whether the warning of a match is beyond its critical limit, or the same."""
    warning, critical = float(found["a"]), float(found["b"])
    signs = "".join(filter(None, (found.groupdict().get("d1"), found.groupdict().get("d2")))).lower()
    words = before + found[0]
    if re.search(r"below|under|<|≤", signs):
        return warning <= critical
    if re.search(r"above|over|>|≥|exceed", signs) or WORSE_ABOVE.search(words):
        return warning >= critical
    return bool(WORSE_BELOW.search(words)) and warning <= critical


def keys_out_of_order(values: Values) -> Iterator[Hit]:
    """Neighbouring numbers under keys that begin with `warn` and with `critical`, `alert` or `page`."""
    groups: dict[tuple[str, ...], dict[str, tuple[float, tuple[str, ...]]]] = {}
    for path, value in leaves(values.tree):
        number = as_number(value)
        level = re.search(r"(?:^|_)(warn|crit|alert|page)", path[-1].lower()) if path and number is not None else None
        if level and number is not None:
            groups.setdefault(path[:-1], {}).setdefault(level[1], (number, path))
    for parent, levels in groups.items():
        critical = levels.get("crit") or levels.get("page") or levels.get("alert")
        if "warn" not in levels or critical is None:
            continue
        warning, words = levels["warn"][0], ".".join((*parent, critical[1][-1]))
        above, below = WORSE_ABOVE.search(words), WORSE_BELOW.search(words)
        if (above and not below and warning >= critical[0]) or (below and not above and warning <= critical[0]):
            place = (values.places or {}).get(levels["warn"][1])
            yield Hit(
                ".".join(levels["warn"][1]),
                place.words if place else f"{warning:g}",
                place.line if place else 0,
                f"warning {warning:g}, critical {critical[0]:g}",
            )


def percentiles_out_of_order(values: Values) -> Iterator[Hit]:
    """A higher percentile with a lower latency."""
    for group in (("monitoring.latency.p50_ms", "monitoring.latency.p95_ms", "monitoring.latency.p99_ms"),
                  ("model_requirements.latency_throughput.p50_ms", "model_requirements.latency_throughput.p99_ms")):  # fmt: skip
        given = [(name, number) for name in group if (number := values.number(name)) is not None]
        for (low_name, low), (name, high) in pairwise(given):
            if high < low:
                yield hit(values, name, f"{high:g} ms, and {low_name.rpartition('.')[2]} is {low:g} ms")


def sample_too_small(values: Values) -> Iterator[Hit]:
    """Fewer users than the page's formula asks for, at the base rate and effect that the plan names."""
    planned = values.number("ab_test.minimum_sample_size")
    fields = ("ab_test.hypothesis", "ab_test.primary_metric", "ab_test.decision_criteria.ship")
    found = next((m for name in fields if (m := RATES.search(values.text(name) or ""))), None)
    if planned is None or found is None:
        return
    base, new = float(found[1]) / 100, float(found[2]) / 100
    if abs(new - base) < 1e-9 or not (0 < base < 1 and 0 < new < 1):
        return
    needed = math.ceil(Z_SUM_SQUARED * (base * (1 - base) + new * (1 - new)) / (new - base) ** 2)
    if planned < ENOUGH * needed:
        yield hit(values, "ab_test.minimum_sample_size", f"{planned:,.0f} planned, {needed:,} needed for {found[0]}")


def level_out_of_range(values: Values) -> Iterator[Hit]:
    """A significance level or a power that no test is planned with."""
    for name in values.entries:
        for text in texts(values.value(name)):
            for found in (*ALPHA.finditer(text), *P_VALUE.finditer(text)):
                level = share_of(found.groupdict().get("value") or found.groupdict().get("before") or found[1])
                level = 1 - level if level > 0.5 and "confidence" in found[0].lower() else level
                if level > 0.2 or level <= 0:
                    yield Hit(name, found[0], values.place(name).line, found[0])
            for found in POWER.finditer(text):
                if not 0.5 <= share_of(found["value"] or found["before"]) < 1:
                    yield Hit(name, found[0], values.place(name).line, found[0])
    yield from level_keys(values)


def level_keys(values: Values) -> Iterator[Hit]:
    """The same for keys of their own, such as `alpha` and `power`."""
    for path, value in leaves(values.tree):
        number, key = as_number(value), path[-1].lower() if path else ""
        wrong = number is not None and (
            (key in {"alpha", "significance", "significance_level"} and not 0 < number <= 0.2)
            or (key in {"power", "statistical_power"} and not 0.5 <= (number / 100 if number > 1 else number) < 1)
        )
        if wrong:
            place = (values.places or {}).get(path)
            yield Hit(".".join(path), f"{path[-1]}: {value}", place.line if place else 0, f"{path[-1]} {value}")


def share_of(text: str) -> float:
    """A share or per cent as share."""
    number = float(re.sub(r"[\s%]", "", text))
    return number / 100 if "%" in text or number > 1 else number


def gain_without_number(values: Values) -> Iterator[Hit]:
    """A ship rule whose only numbers belong to the significance."""
    name = "ab_test.decision_criteria.ship"
    text = values.text(name) or ""
    rest = ALPHA.sub(" ", P_VALUE.sub(" ", text))
    if values.given(name) and not re.search(r"\d", rest):
        yield hit(values, name)


def ramp_not_rising(values: Values) -> Iterator[Hit]:
    """Rollout steps that do not rise to 100, or do not begin with the canary."""
    name = "retraining.pipeline.deployment.rollout_percent"
    steps = [as_number(str(step).rstrip("% ")) for step in values.items(name)]
    numbers = [step for step in steps if step is not None]
    if not numbers or len(numbers) < len(steps):
        return
    if any(b <= a for a, b in pairwise(numbers)):
        yield hit(values, name, "the steps do not rise")
    elif numbers[-1] != 100:
        yield hit(values, name, f"the last step is {numbers[-1]:g}%")


def ramp_without_canary(values: Values) -> Iterator[Hit]:
    """A first step that is not the canary's share."""
    name = "retraining.pipeline.deployment.rollout_percent"
    steps = [as_number(str(step).rstrip("% ")) for step in values.items(name)]
    canary = values.number("retraining.pipeline.deployment.canary_percent")
    if steps and steps[0] is not None and canary is not None and steps[0] != canary:
        yield hit(values, name, f"the ramp begins at {steps[0]:g}%, the canary has {canary:g}%")


def threshold_below_baseline(values: Values) -> Iterator[Hit]:
    """A threshold that today's baseline already passes."""
    name = "model_requirements.performance.primary_metric.threshold"
    limit = re.search(
        rf"(?P<sign>>=?|≥|at least|above|<=?|≤|at most|below)\s*{N}", values.text(name) or "", re.IGNORECASE
    )
    text = values.text("model_requirements.performance.baseline_to_beat") or ""
    today = re.search(r"(?<![\w.'-])(0?\.\d+|\d+(?:\.\d+)?\s?%)", text)
    if not limit or not today:
        return
    wanted = float(limit[2]) / (100 if limit[3] else 1)
    reached = float(today[1].rstrip("% ")) / (100 if "%" in today[1] else 1)
    if wanted > 1:
        return
    upwards = limit["sign"].lower() in {">", ">=", "≥", "at least", "above"}
    if (wanted <= reached) if upwards else (wanted >= reached):
        yield hit(values, name, f"{limit[0]}, and the baseline has {today[1]}")


def parts_miss_cost(values: Values) -> Iterator[Hit]:
    """Parts of the cost of a query that do not add up to the cost of 1,000 predictions."""
    start = "ml_costs.inference.cost_per_query_breakdown."
    parts = [values.number(start + part) for part in ("compute", "model_api_calls", "vector_db", "data_transfer")]
    name = "ml_costs.inference.cost_per_1k_predictions"
    whole = values.number(name)
    known = [part for part in parts if part is not None]
    if len(known) == len(parts) and whole and abs(1000 * sum(known) - whole) > BILL_SLACK * whole:
        yield hit(values, name, f"1,000 x the four parts = {1000 * sum(known):g}, not {whole:g}")


def bill_misses_volume(values: Values) -> Iterator[Hit]:
    """A monthly cost that is not volume times cost."""
    name = "ml_costs.inference.monthly_cost"
    volume, price, bill = (
        values.number(f"ml_costs.inference.{n}") for n in ("daily_volume", "cost_per_1k_predictions", "monthly_cost")
    )
    if None not in (volume, price, bill) and volume and price and bill:
        computed = DAYS * volume * price / 1000
        if abs(computed - bill) > BILL_SLACK * bill:
            yield hit(values, name, f"30 days x {volume:,.0f} x {price:g} / 1,000 = {computed:,.0f}, not {bill:,.0f}")


def budget_below_target(values: Values) -> Iterator[Hit]:
    """A budget that the target at the present volume already exceeds."""
    name = "ml_costs.optimization_targets.monthly_budget"
    target, budget = values.number("ml_costs.optimization_targets.cost_per_prediction"), values.number(name)
    volume = values.number("ml_costs.inference.daily_volume")
    if target and volume and budget is not None and budget < DAYS * volume * target:
        yield hit(
            values, name, f"30 days x {volume:,.0f} x {target:g} = {DAYS * volume * target:,.0f}, above {budget:,.0f}"
        )


def target_above_cost(values: Values) -> Iterator[Hit]:
    """A target per prediction that is not below what one costs now."""
    name = "ml_costs.optimization_targets.cost_per_prediction"
    target, price = values.number(name), values.number("ml_costs.inference.cost_per_1k_predictions")
    if target and price and target >= price / 1000:
        yield hit(values, name, f"{target:g} against {price / 1000:g} now")


def split_above_all(values: Values) -> Iterator[Hit]:
    """Control and treatment that are more than 100 together."""
    control, treatment = (values.number(f"ab_test.traffic_split.{side}") for side in ("control", "treatment"))
    if control is not None and treatment is not None and control + treatment > 100:
        yield hit(values, "ab_test.traffic_split.control", f"{control:g} + {treatment:g} = {control + treatment:g}")
