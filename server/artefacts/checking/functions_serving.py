"""Rules about what runs: services, canaries, alert rules, retrieval."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlplaybook.server.artefacts.checking.hits import Hit, hit
from mlplaybook.server.artefacts.checking.values import Values, leaves, words

WAY_BACK = re.compile(
    r"roll(?:s|ed|ing)?[ _-]?back|revert|switch(?:es|ed)? back|back to the (?:old|previous|current)|"
    r"abort|fall(?:s)? back|previous version|returns? (?:all )?(?:traffic|users)",
    re.IGNORECASE,
)
NO_WAY_BACK = re.compile(
    r"^\W*(?:none|no|never|n/?a|manual(?:ly)?|false|off|not (?:needed|planned|yet))\b|\bno (?:automatic |"
    r"auto-?)?roll-?back\b|\bwithout (?:a )?roll-?back\b",
    re.IGNORECASE,
)
NO_CANARY = re.compile(r"\b(?:no|without|instead of|not a) (?:a )?canary\b", re.IGNORECASE)
CONDITION = re.compile(
    r"^\s*(?P<sign><=?|>=?|≤|≥|below|above|under|over)\s*(?P<number>-?\d+(?:\.\d+)?)\s*(?P<share>%)?"
)


def canary_without_rollback(values: Values) -> Iterator[Hit]:
    """A canary in a document that names no way back."""
    name = "retraining.pipeline.deployment.auto_rollback_if"
    rollback = values.text(name)
    if rollback is not None and NO_WAY_BACK.search(rollback):
        yield hit(values, name)
        return
    if values.template.id == "retraining-pipeline":
        return
    everything = [(path, value) for path, value in leaves(values.tree) if value not in (None, "", False)]
    everything += [((name,), "\n".join(words(entry.value))) for name, entry in values.entries.items()]
    if any(
        WAY_BACK.search(f"{' '.join(path)} {value}") and not NO_WAY_BACK.search(str(value))
        for path, value in everything
    ):
        return
    for path, value in everything:
        text = f"{path[-1] if path else ''} {value}"
        if "canary" in text.lower() and not NO_CANARY.search(text):
            place = (values.places or {}).get(path) or values.place(path[-1])
            yield Hit(".".join(path), place.words or str(value), place.line)
            return


def warning_not_before_critical(values: Values) -> Iterator[Hit]:
    """A warning limit that is reached no earlier than the critical one."""
    warning, critical = (
        read_condition(values, f"alerts.accuracy_{level}.condition") for level in ("warning", "critical")
    )
    if warning and critical and warning[0] == critical[0]:
        late = warning[1] <= critical[1] if warning[0] == "below" else warning[1] >= critical[1]
        if late and values.text("alerts.accuracy_warning.metric") == values.text("alerts.accuracy_critical.metric"):
            yield hit(values, "alerts.accuracy_warning.condition", f"warning {warning[1]:g}, critical {critical[1]:g}")


def read_condition(values: Values, name: str) -> tuple[str, float] | None:
    """Direction and number of a condition such as `< 0.87`."""
    found = CONDITION.match((values.text(name) or "").strip("'\" "))
    if found is None:
        return None
    direction = "below" if found["sign"].lower() in {"<", "<=", "≤", "below", "under"} else "above"
    return direction, float(found["number"]) / (100 if found["share"] else 1)


def share_condition_above_one(values: Values) -> Iterator[Hit]:
    """A limit above 1 on a metric that runs from 0 to 1, or a limit in seconds on a metric in milliseconds."""
    for alert in ("accuracy_warning", "accuracy_critical", "prediction_rate"):
        name, metric = f"alerts.{alert}.condition", values.text(f"alerts.{alert}.metric") or ""
        found = read_condition(values, name)
        if (
            found
            and found[1] > 1
            and re.search(r"accura|precision|recall|f1|auc|rate|share", metric)
            and "ratio" not in metric
            and "percent" not in metric
        ):
            yield hit(values, name, f"{metric} runs from 0 to 1")
    name = "alerts.serving_latency.condition"
    found = read_condition(values, name)
    if found and found[1] < 1 and (values.text("alerts.serving_latency.metric") or "").endswith("_ms"):
        yield hit(values, name, "the metric is in milliseconds")


def alert_names_twice(values: Values) -> Iterator[Hit]:
    """Two alerts of one name."""
    seen: set[str] = set()
    for name in values.entries:
        if name.startswith("alerts.") and name.endswith(".name"):
            called = values.text(name) or ""
            if called in seen:
                yield hit(values, name)
            seen.add(called)


def alerts_without_runbook(values: Values) -> Iterator[Hit]:
    """Alerts that name no runbook, those beyond the template's five included."""
    tree = values.tree
    rules = tree.get("alerts") if isinstance(tree, dict) else None
    for number, row in enumerate(rules if isinstance(rules, list) else ()):
        if isinstance(row, dict) and ("metric" in row or "condition" in row):
            runbook = str(row.get("runbook") or "none")
            if re.fullmatch(r"none|n/?a|tbd|-|todo|wiki|ask .*", runbook.strip(), re.IGNORECASE):
                place = (values.places or {}).get(("alerts", str(number), "runbook")) or (values.places or {}).get(
                    ("alerts", str(number))
                )
                yield Hit(
                    f"alerts.{number}.runbook",
                    str(row.get("name", runbook)),
                    place.line if place else 0,
                    str(row.get("name", "")),
                )


def rate_limit_above_capacity(values: Values) -> Iterator[Hit]:
    """A limit for one client above what all replicas together are meant to bear."""
    start = "serving_config."
    most, target = (
        values.number(f"{start}infrastructure.instances.max"),
        values.number(f"{start}infrastructure.autoscale_target"),
    )
    limit = values.number(f"{start}api.rate_limit")
    if (
        values.text(f"{start}infrastructure.autoscale_metric") == "RPS"
        and most
        and target
        and limit
        and limit > most * target
    ):
        yield hit(
            values, f"{start}api.rate_limit", f"{limit:g} a client, {most:g} x {target:g} = {most * target:g} in all"
        )


def same_health_and_readiness(values: Values) -> Iterator[Hit]:
    """One path for both probes."""
    health, ready = (
        re.match(r"/\S+", values.text(f"serving_config.reliability.{n}_check") or "") for n in ("health", "readiness")
    )
    if health and ready and health[0] == ready[0]:
        yield hit(values, "serving_config.reliability.readiness_check")


def cold_start_beyond_timeout(values: Values) -> Iterator[Hit]:
    """A service scaled to zero whose first request waits longer than its timeout for the model."""
    start = "serving_config."
    least, load = (
        values.number(f"{start}infrastructure.instances.min"),
        values.number(f"{start}model.load_time_seconds"),
    )
    timeout = values.number(f"{start}api.timeout_ms")
    if least == 0 and load and timeout and load * 1000 > timeout:
        yield hit(
            values,
            f"{start}infrastructure.instances.min",
            f"{load:g} s to load, {timeout:g} ms until a request is given up",
        )


def prompt_without_grounding(values: Values) -> Iterator[Hit]:
    """A system prompt that leaves out one of the three orders."""
    name = "rag_pipeline.generation.system_prompt"
    text = values.text(name) or ""
    if re.search(r"^\S*\.(?:txt|md|ya?ml|j2)$|^\S+/\S+$", text.strip()):
        return
    lacking = [
        order
        for order, pattern in (
            (
                "use only the passages",
                r"\bonly\b|nothing else|solely|exclusively|do not use (?:any )?(?:other|outside|own)",
            ),
            (
                "say when they are insufficient",
                r"enough information|not (?:in|found|contain|hold|cover|answer|know|sure)|n't (?:know|"
                r"have|find|contain)|insufficient|cannot (?:find|answer)|unable|no answer|missing",
            ),
            ("cite the source", r"cit(?:e|ation|ing)|source|reference|\[\d|page|quote|link"),
        )
        if not re.search(pattern, text, re.IGNORECASE)
    ]
    if values.given(name) and lacking:
        yield hit(values, name, ", ".join(lacking))


def filter_without_key(values: Values) -> Iterator[Hit]:
    """A filter by access group over chunks that carry none."""
    name = "rag_pipeline.retrieval.filters"
    filtered = next(
        (
            w
            for item in values.items(name)
            for w in re.findall(
                r"\b\w*(?:access|group|tenant|acl|permission)\w*_\w+|\b\w+_(?:group|tenant|acl|access)s?\b", str(item)
            )
        ),
        None,
    )
    kept = values.text("rag_pipeline.ingestion.chunking.metadata_to_preserve")
    if (
        filtered
        and kept is not None
        and filtered not in kept
        and not re.search(r"group|tenant|acl|access|permission", kept)
    ):
        yield hit(values, name, filtered)


def dimensions_of_another_model(values: Values) -> Iterator[Hit]:
    """A vector length that the named embedding model cannot have, or chunks longer than it reads."""
    name = "rag_pipeline.ingestion.embedding.dimensions"
    model, length = values.text("rag_pipeline.ingestion.embedding.model") or "", values.number(name)
    for pattern, longest, only in ((r"all-MiniLM-L6-v2", 384, True), (r"text-embedding-3-large", 3072, False)):
        if length and re.search(pattern, model, re.IGNORECASE) and (length > longest or (only and length != longest)):
            yield hit(values, name, f"{length:g} values, {pattern} gives {'' if only else 'at most '}{longest}")
    size = values.number("rag_pipeline.ingestion.chunking.chunk_size")
    if size and size > 256 and re.search(r"all-MiniLM-L6-v2", model, re.IGNORECASE):
        yield hit(values, "rag_pipeline.ingestion.chunking.chunk_size", f"{size:g} tokens, all-MiniLM-L6-v2 reads 256")
