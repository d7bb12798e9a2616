"""Rules about time: splits, periods that overlap, leaks from the future, latency against the way of serving."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from mlplaybook.server.artefacts.checking.dates import find_dates, find_periods
from mlplaybook.server.artefacts.checking.hits import Hit, hit
from mlplaybook.server.artefacts.checking.placeholders import squeezed, texts
from mlplaybook.server.artefacts.checking.values import Values, leaves, sentences
from mlplaybook.server.artefacts.quantities import convert, find_quantities

RANDOM_SPLIT = re.compile(
    r"\brandom(?:ly|i[sz]ed)?[ -](?:\d+ ?(?:%|/)\s?\d*\s*)?(?:train|test|validation|hold-?out|"
    r"row)[\w/ -]{0,20}?(?:split|set|hold-?out|sample|rows)\b"
    r"|\brandom(?:ly)?[ -](?:\w+[ -]){0,2}split\b|\bsplit(?:ting)?\b[^.;]{0,25}\b(?:at random|randomly|"
    r"by random)\b|\bshuffled? (?:k-?fold|split|rows)\b"
    r"|\btrain_test_split\b|\brandom \d+ ?%(?: \w+){0,3}(?: hold-?out| test| split| of (?:the )?(?:rows|data|records))"
    r"|\b\d\d ?[/:-] ?\d\d(?: ?[/:-] ?\d\d)?,? (?:at )?random\b|\b\d\d ?% (?:random (?:split|hold-?out|"
    r"sample of rows)|drawn at random)",
    re.IGNORECASE,
)
BARE_SPLIT = re.compile(r"\(\s*\d\d ?% split\s*\)|^\s*\d\d ?/ ?\d\d(?: ?/ ?\d\d)?(?: split)?\s*\.?$", re.IGNORECASE)
# Words that take a random split back, or make it another one.
NOT_RANDOM = re.compile(
    r"\b(?:no|not|never|instead of|rather than|without|avoid|replac\w+|un(?:like)|temporal|chronolog\w*|"
    r"time[- ]based|by (?:date|time|month|week|year|period)|"
    r"by (?:user|patient|customer|group|site|speaker|store|device|machine)|group(?:ed)?|later|after the|"
    r"newest|future|out-of-time|beside)\b",
    re.IGNORECASE,
)
# Words that say that the model predicts what comes later.
LATER = re.compile(
    r"\b(?:forecast|tomorrow|next (?:\d+ )?(?:hour|day|week|month|quarter|year|purchase|order|visit|"
    r"session)s?|within (?:the next )?(?:\d+|one|two|seven|thirty|ninety) (?:hour|day|week|month|year)s?|"
    r""
    r"(?:\d+|one|two|seven|thirty|ninety)[- ](?:hour|day|week|month)s? (?:ahead|later|in advance|after|"
    r"horizon)|will (?:\w+ ){0,3}(?:cancel|churn|leave|default|fail|buy|return|click|miss|stay|need|be)|"
    r"ahead|in advance|upcoming|future|coming (?:day|week|month|quarter|year))\b",
    re.IGNORECASE,
)
GROUPED = re.compile(
    r"\b(?:by|per|unseen|new|other|held-out|disjoint) (?:user|patient|customer|group|site|speaker|"
    r"subject|hospital|store|device|machine|camera|author)s?\b|cross-valid|\bgrouped\b|leave-one",
    re.IGNORECASE,
)
TARGETS = (
    "problem_brief.prediction_target",
    "problem_brief.business_objective",
    "model_card.description",
    "model_card.intended_use",
    "experiment.hypothesis",
    "model_requirements.business_context.business_problem",
    "datasheet.motivation.purpose",
)
PERIODS = (
    "model_card.training_data.date_range",
    "datasheet.collection_process.period",
    "model_requirements.data.date_range",
    "dataset.dates",
)
LEAK = re.compile(
    r"\b(?:us(?:e|es|ing)|from|based on|inputs?(?: are| include)?|features?(?: are| include| from)?|"
    r"predictors?(?: are| include)?|includ(?:e|es|ing)|knowing)\b"
    r"[^.;:]{0,70}?\b(?:(?:recorded|known|measured|collected|available|set|filled in|entered|"
    r"observed) (?:only )?(?:\w+ ){0,2}(?:after|following|once|later)|"
    r"(?:after|following) (?:the )?(?:event|outcome|cancell?ation|churn|default|purchase|discharge|"
    r"prediction|label|cut-?off|return|claim|failure|delivery)|post-(?:event|outcome|discharge|"
    r"cancell?ation|churn|default)|"
    r"from the (?:following|next|coming) (?:\d+ )?(?:day|week|month)s?)\b",
    re.IGNORECASE,
)
NEGATED = re.compile(
    r"\b(?:no|not|never|without|exclud\w+|remov\w+|drop\w+|except|only data recorded before|must not|label)\b",
    re.IGNORECASE,
)
TRAINED = re.compile(r"\btrain\w*\b[^.;]{0,30}?\b(?:to|until|till|through|up to|before|-|–)\s+$", re.IGNORECASE)
TESTED = re.compile(r"\b(?:test\w*|hold-?out|evaluat\w+)\b[^.;]{0,25}?\s$", re.IGNORECASE)
CLASS_LIMITS = (
    (re.compile(r"^\W*near[- ]?real[- ]?time", re.IGNORECASE), 1.0),
    (re.compile(r"^\W*real[- ]?time", re.IGNORECASE), 0.1),
)
PERCENTILE = re.compile(
    r"\bp(?:50|90|95|99|99\.9)\b|percentile|median|per (?:request|answer|call|prediction|query)|"
    r"response time|must answer|answered? (?:with)?in",
    re.IGNORECASE,
)
ELSEWHERE = re.compile(
    r"time-?out|fallback|retry|retries|cold start|page|end[- ]to[- ]end|whole|total|refresh|every|hold|after",
    re.IGNORECASE,
)
TIMEOUT_KEY = re.compile(r"(?:^|_)timeout(?:_ms|_s|_seconds)?$", re.IGNORECASE)
LATENCY_KEY = re.compile(
    r"^(?:latency_?)?(?:p95|p99)(?:_?latency)?(?:_ms|_s|_seconds)?$|^latency_budget(?:_ms|_s|_seconds)?$", re.IGNORECASE
)
OTHER_PATH = re.compile(
    r"train|job|startup|start_up|connect|idle|load|shutdown|drain|health|ready|batch|feature", re.IGNORECASE
)
TEXT_LATENCY = re.compile(r"\bp9[59]\b[^.;\d]{0,20}(\d+(?:\.\d+)?)\s?(ms|s)\b", re.IGNORECASE)


def random_split_of_later_events(values: Values) -> Iterator[Hit]:
    """A random split where the rows have dates or the model predicts what comes later."""
    dated = any(values.given(name) for name in PERIODS)
    later = any(LATER.search(values.text(name) or "") for name in TARGETS)
    everything = "\n".join(text for _, text in sentences(values))
    if not (dated or later or re.search(r"\btime[- ]series\b", everything, re.IGNORECASE)):
        return
    for name, text in sentences(values):
        split = RANDOM_SPLIT.search(text) or (
            BARE_SPLIT.search(text) if "split" in name or "datasets" in name else None
        )
        if split and not NOT_RANDOM.search(text) and not name.endswith(("known_biases", "hypothesis_notes")):
            yield hit(values, name, split[0].strip())


def training_meets_evaluation(values: Values) -> Iterator[Hit]:
    """Evaluation rows from the period of training, or a test that begins before training ends."""
    trained = next(find_periods(values.text("model_card.training_data.date_range") or ""), None)
    if trained:
        for number, entry in enumerate(values.items("model_card.evaluation.datasets")):
            text = " ".join(texts(entry))
            for first, last in find_periods(text):
                if first <= trained[1] and last >= trained[0] and not GROUPED.search(text):
                    detail = f"training to {trained[1]}, evaluation from {first}"
                    yield hit(values, "model_card.evaluation.datasets", detail, str(number))
    for name in ("datasheet.composition.splits", "checks", "dataset.dates"):
        for end, start in ends_and_starts(values.text(name) or ""):
            if start <= end:
                yield hit(values, name, f"training to {end}, test from {start}")


def ends_and_starts(text: str) -> Iterator[tuple[date, date]]:
    """The end of training and the start of the test, where one line says both."""
    for line in text.splitlines():
        ends = [last for _, last, start, _ in find_dates(line) if TRAINED.search(line[:start])]
        starts = [
            first
            for first, _, start, _ in find_dates(line)
            if TESTED.search(line[:start]) and not TRAINED.search(line[:start])
        ]
        if ends and starts:
            yield max(ends), min(starts)


def evaluated_on_training_data(values: Values) -> Iterator[Hit]:
    """A test set that is the training source in the same words."""
    source = squeezed(values.text("model_card.training_data.source") or "")
    for number, entry in enumerate(values.items("model_card.evaluation.datasets")):
        text = squeezed(" ".join(texts(entry)))
        same = source and (
            text == source
            or re.match(
                r"(?:same as|the) (?:training|train)(?: data| set)?\b(?! (?:period|source|table))|"
                r"training (?:data|set)\.?$|same as training",
                text,
            )
        )
        if same and not re.search(r"hold-?out|held[- ]out|test|unseen|split", text):
            yield hit(values, "model_card.evaluation.datasets", "", str(number))


def released_before_data_ends(values: Values) -> Iterator[Hit]:
    """A release date before the last day of the training data."""
    trained = list(find_periods(values.text("model_card.training_data.date_range") or ""))
    released = next(find_dates(values.text("model_card.date") or ""), None)
    if trained and released and released[1] < max(last for _, last in trained).replace(day=1):
        yield hit(values, "model_card.date", f"released {released[0]}, data to {max(last for _, last in trained)}")


def feature_from_the_future(values: Values) -> Iterator[Hit]:
    """Inputs that are known only after the moment of prediction."""
    for name, text in sentences(values):
        if name.rpartition(".")[2] not in {
            "prediction_target",
            "data_available",
            "description",
            "features_used",
            "hypothesis",
            "source",
        }:
            continue
        for found in LEAK.finditer(text):
            around = text[max(0, found.start() - 30) : found.end()]
            if not NEGATED.search(around):
                yield Hit(name, found[0], values.place(name).line, found[0])
                break


def slower_than_its_class(values: Values) -> Iterator[Hit]:
    """A latency class, and a time behind it that the class does not allow."""
    name = "problem_brief.latency_requirement"
    text = values.text(name) or ""
    limit = next((limit for pattern, limit in CLASS_LIMITS if pattern.search(text)), None)
    batch = re.match(r"\W*batch", text, re.IGNORECASE)
    rest = re.sub(r"\([^)]*\)", lambda found: " " * len(found[0]), text, count=1)
    for quantity in find_quantities(rest):
        if quantity.dimension != "time":
            continue
        seconds = convert(quantity, "s") or 0.0
        part = clause(rest, quantity.char_start)
        if not PERCENTILE.search(part) or ELSEWHERE.search(part):
            continue
        if limit is not None and seconds > limit * 10:
            yield hit(values, name, f"{quantity.amount:g} {quantity.unit} in a class of at most {limit:g} s")
        elif batch and seconds < 1:
            yield hit(values, name, f"{quantity.amount:g} {quantity.unit} for one answer of a batch job")


def clause(text: str, position: int) -> str:
    """The words between two commas, semicolons or full stops around a position."""
    start = max(text.rfind(sign, 0, position) for sign in ",;.") + 1
    ends = [end for end in (text.find(sign, position) for sign in (",", ";", ". ")) if end >= 0]
    return text[start : min(ends, default=len(text))]


def timeout_below_latency(values: Values) -> Iterator[Hit]:
    """A timeout that is shorter than the latency which the same document allows."""
    timeouts, latencies = [], []
    for path, value in leaves(values.tree):
        milliseconds = in_milliseconds(path[-1] if path else "", value)
        if milliseconds is None or OTHER_PATH.search(".".join(path)):
            continue
        if TIMEOUT_KEY.search(path[-1]):
            timeouts.append((milliseconds, path))
        elif LATENCY_KEY.search(path[-1]):
            latencies.append(milliseconds)
    for name, text in sentences(values):
        if name.startswith("serving_config."):
            latencies += [float(n) * (1000 if unit.lower() == "s" else 1) for n, unit in TEXT_LATENCY.findall(text)]
    if values.text("serving_config.infrastructure.autoscale_metric") == "latency_p99":
        latencies += [n for n in [values.number("serving_config.infrastructure.autoscale_target")] if n is not None]
    for timeout, path in timeouts:
        if latencies and timeout < max(latencies):
            place = (values.places or {}).get(path)
            words = f"{path[-1]}: {place.words if place else timeout:}"
            yield Hit(
                ".".join(path), words, place.line if place else 0, f"{timeout:g} ms against {max(latencies):g} ms"
            )


def in_milliseconds(key: str, value: object) -> float | None:
    """A time of a key whose name or value has a unit, in milliseconds."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str):
        found = next(iter(find_quantities(value)), None)
        return convert(found, "ms") if found and found.dimension == "time" else None
    if key.endswith(("_s", "_seconds")):
        return float(value) * 1000
    return float(value) if key.endswith("_ms") else None
