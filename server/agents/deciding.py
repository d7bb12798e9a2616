"""Decisions, rubric scores and calculations behind one name, as a tool gives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mlplaybook.ingest.errors import BadDocument
from mlplaybook.server.agents.call import Call
from mlplaybook.server.agents.definitions import DECIDE
from mlplaybook.server.agents.results import (
    Record,
    Reply,
    call_with,
    fit_entries,
    joined,
    paging_of,
    without_empty,
)
from mlplaybook.server.artefacts.calculators.records import Calculation, Parameter
from mlplaybook.server.artefacts.calculators.registry import Description
from mlplaybook.server.artefacts.deciding.records import Answer, Change, Condition, Verdict
from mlplaybook.server.artefacts.scoring.bars import headline
from mlplaybook.server.artefacts.scoring.markdown import broken_words
from mlplaybook.server.artefacts.scoring.records import Missing
from mlplaybook.server.calls.artefacts import calculate, decide, score
from mlplaybook.server.calls.library import (
    FINDERS,
    Listed,
    kind_of,
    list_artefacts,
    show_calculator,
    show_decision,
)
from mlplaybook.server.calls.read import uri_of

# Lists in a record that are cut from the end where there is no room, what matters least first.
CUT_FIRST = (
    "nearest", "changes", "possible", "see_also", "table", "steps", "inputs", "ratings", "arithmetic", "assumptions", "notes",
    "next_steps", "asks", "results",
)  # fmt: skip
# One of these is always left.
KEPT = frozenset({"asks", "results"})
CUT = "This is in short: call again with a larger max_tokens for all of it."
COLUMNS = ("csv", "column", "reference")


def decide_tool(call: Call) -> Reply:
    """A decision, a score or a calculation; without inputs what is asked for, without a name the list."""
    name = call["name"].strip()
    if not name:
        return list_all(call)
    inputs = dict(call["inputs"])
    run = {"decision": run_decision, "rubric": run_rubric, "calculator": run_calculator}[kind_of(name)]
    record, sections = run(name, inputs)
    return fit_record(call, record, sections)


def list_all(call: Call) -> Reply:
    """Every decision, rubric and calculator, as many as fit."""
    listed = [one for kind in FINDERS for one in list_artefacts(kind)]

    def build(shown: Sequence[Listed], following: str) -> Reply:
        names = [{"kind": one.kind, "name": one.id, "title": one.title} for one in shown]
        step = f"Call {DECIDE} with a name to see its inputs."
        more = f" More: {DECIDE} with cursor {following}." if following else ""
        record: Record = {
            "kind": "list",
            "status": "list",
            "names": names,
            "truncated": bool(following),
        } | without_empty({"next_cursor": following, "next": step + more})
        lines = "\n".join(f"- {one['name']} ({one['kind']}): {one['title']}" for one in names)
        return Reply(record, joined("All that can be decided, scored and calculated (list)", lines, record["next"]))

    return fit_entries(call.most, call.counter, listed, paging_of(call["cursor"], DECIDE), build)


def fit_record(call: Call, record: Record, sections: Sequence[str]) -> Reply:
    """The record within its tokens: long lists lose their last entries, and that is said."""
    links = tuple(dict.fromkeys(section for section in sections if section))[:3]
    made = Reply(record, show_record(record), links)
    if made.tokens(call.counter) > call.most and len(record.get("asks", ())) > 1:
        # All that is asked in short is worth more than some of it in full.
        asks = [{key: value for key, value in ask.items() if key != "meaning"} for ask in record["asks"]]
        record = {**record, "asks": asks, "truncated": True, "next": f"{record.get('next', '')} {CUT}".strip()}
        made = Reply(record, show_record(record), links)
    while made.tokens(call.counter) > call.most:
        longest = next((key for key in CUT_FIRST if len(record.get(key, ())) > (key in KEPT)), None)
        if longest is None:
            break
        kept = record[longest][: len(record[longest]) * 2 // 3]
        step = record.get("next", "").removesuffix(CUT).strip()
        record = {**record, longest: kept, "truncated": True, "next": f"{step} {CUT}".strip()}
        made = Reply(record, show_record(record), links)
    return made


def run_decision(name: str, inputs: dict[str, Any]) -> tuple[Record, list[str]]:
    """A decision table's verdict."""
    verdict, found = decide(name, inputs)
    results = [answer_part(answer, verdict.rows) for answer in verdict.answers]
    record: Record = {
        "kind": "decision", "name": verdict.decision, "title": verdict.title, "status": verdict.status,
        "result": "; ".join(answer.result for answer in verdict.answers) or no_result(verdict),
        **place_of(verdict.answers[0].section if verdict.answers else verdict.page),
    } | without_empty({
        "results": results,
        "asks": [ask_part(ask.input, ask.values, ask.question, ask.meaning, ask.unit) for ask in verdict.asks],
        "possible": [possible.result + needs(possible.needs) for possible in verdict.possible],
        "changes": [change_words(change, verdict) for change in verdict.changes],
        "nearest": [f"{near.result}{needs(near.failing)}" for near in verdict.nearest],
        "given": {key: given.words for key, given in verdict.given.items()},
        "notes": [*([found.note] if found.note else []), *verdict.notes],
        "see_also": list(found.see),
    }) | {"truncated": False}  # fmt: skip
    if verdict.asks:
        example = show_decision(verdict.decision)["example"] if not inputs else {}
        shown = call_with(DECIDE, name=verdict.decision, inputs=example) if example else f"{DECIDE} again"
        record["next"] = f"Find out what is asked (from the code or the user), then call {shown}."
    return record, [*(answer.section for answer in verdict.answers), verdict.page]


def place_of(section: str) -> Record:
    """Where the playbook says it."""
    return {"section": section, "uri": uri_of(section)}


def no_result(verdict: Verdict) -> str:
    """What is said without an answer."""
    return "No row applies" if verdict.status == "none" else "Not decided yet"


def answer_part(answer: Answer, rows: int) -> Record:
    """A row that fired."""
    return {
        "result": answer.result, "reason": answer.reason, "row": f"{answer.row} of {rows}",
        "conditions": [condition_words(condition) for condition in answer.conditions],
        "section": answer.section, "uri": uri_of(answer.section),
    } | without_empty({"details": {key: plain_value(value) for key, value in answer.details.items()}})  # fmt: skip


def condition_words(condition: Condition) -> str:
    """A condition with the value that met it: `latency_limit < 100 ms (80 ms)`."""
    told = f" ({condition.given})" if condition.given not in {"", condition.condition} else ""
    equals = "" if condition.condition.startswith(("<", ">", "not ")) else "= "
    return f"{condition.input} {equals}{condition.condition}{told}"


def needs(conditions: Sequence[Condition]) -> str:
    """Conditions behind a result."""
    return f" if {'; '.join(condition_words(c) for c in conditions)}" if conditions else ""


def plain_value(value: Any) -> str:  # noqa: ANN401 (details hold anything that YAML can)
    """A detail on one line."""
    if isinstance(value, Mapping):
        return ", ".join(f"{str(key).replace('_', ' ')} {plain_value(inner)}" for key, inner in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "; ".join(plain_value(inner) for inner in value)
    return str(value)


def change_words(change: Change, verdict: Verdict) -> str:
    """What another value of an input leads to."""
    parts = [*change.adds, *([f"no longer {'; '.join(change.drops)}"] if verdict.hit == "all" and change.drops else [])]
    parts += [f"then asks {', '.join(change.asks)}"] if change.asks else []
    return f"{change.input} {verdict.given[change.input].words} -> {change.to}: {'; '.join(parts) or 'no row applies'}"


def ask_part(name: str, values: str, question: str, meaning: str = "", unit: str = "") -> Record:
    """An input that is asked for."""
    return {"input": name, "question": question} | without_empty(
        {"values": f"{values} {unit}".strip(), "meaning": meaning}
    )


def run_rubric(name: str, inputs: dict[str, Any]) -> tuple[Record, list[str]]:
    """A rubric's score."""
    evidence = inputs.pop("evidence", None)
    made, rubric = score(name, inputs, evidence if isinstance(evidence, dict) else None)
    record: Record = {
        "kind": "rubric", "name": made.rubric, "title": made.title, "status": made.status, "result": headline(made),
        **place_of(made.page),
    } | without_empty({
        "total": made.total, "lowest": made.lowest, "highest": made.highest, "maximum": made.maximum,
        "meaning": " ".join(f"{band.label}: {band.meaning}" for band in made.bands) if len(made.bands) <= 2 else "",
        "floors": [broken_words(rubric, broken) for broken in made.broken],
        "next_steps": [step_part(step.text, step.section, step.dimension, step.gain) for step in made.next_steps],
        "ratings": [f"{rated.name} {rated.score:g}: {rated.anchor}" for rated in made.ratings],
        "arithmetic": list(made.arithmetic), "asks": [missing_part(missing) for missing in made.missing],
        "notes": list(made.notes),
    }) | {"truncated": False}  # fmt: skip
    if made.status == "partial":
        record["next"] = (
            f"Rate what is asked from evidence, not from hope; then call {DECIDE} with {made.rubric} again."
        )
    return record, [made.page, *(step.section for step in made.next_steps)]


def step_part(text: str, section: str, dimension: str, gain: float) -> Record:
    """A next action."""
    return {"action": text, "dimension": dimension, "gain": gain, "section": section}


def missing_part(missing: Missing) -> Record:
    """A dimension or a fact that is asked for."""
    values = "|".join(f"{score:g}" for score in missing.anchors) or "yes|no"
    meaning = " ".join(f"{score:g}: {anchor}" for score, anchor in missing.anchors.items()) or missing.meaning
    return ask_part(missing.name, values, missing.question, meaning)


def run_calculator(name: str, inputs: dict[str, Any]) -> tuple[Record, list[str]]:
    """A calculation, or the inputs that one needs."""
    found = show_calculator(name)
    if not inputs:
        record: Record = {
            "kind": "calculator", "name": found.id, "title": found.title, "status": "inputs", "result": found.formula,
            **place_of(found.section), "asks": [parameter_part(parameter) for parameter in found.inputs],
            "truncated": False,
            "next": f"Call {DECIDE} with inputs, for example {example_call(found)}.",
        }  # fmt: skip
        return record, [found.section]
    table = {key: text_of(inputs.pop(key)) for key in COLUMNS if key in inputs and key not in input_names(found.inputs)}
    return calculation_record(calculate(name, inputs, **table)), [found.section]


def input_names(inputs: Sequence[Parameter]) -> set[str]:
    """The names of inputs."""
    return {parameter.name for parameter in inputs}


def text_of(value: Any) -> str:  # noqa: ANN401 (JSON holds anything)
    """A text; raises BadDocument for another value."""
    if not isinstance(value, str):
        raise BadDocument("csv, column and reference are texts.", "Give the rows as CSV text, or the values as a list.")
    return value


def parameter_part(parameter: Parameter) -> Record:
    """An input of a calculator."""
    values = "|".join(parameter.allowed) or parameter.kind
    need = "" if parameter.required else " (optional)"
    example = "a list of values" if parameter.kind == "column" else parameter.example
    return ask_part(parameter.name, values, f"{parameter.meaning}{need}, such as {example}", unit=parameter.unit)


def example_call(found: Description) -> str:
    """The first example that needs no file, as a call."""
    plain = next((words.split()[1:] for words in map(str, found.examples) if "--" not in words), [])
    inputs = dict(pair.split("=", 1) for pair in plain if "=" in pair)
    return call_with(DECIDE, name=found.id, inputs=inputs or {p.name: p.example for p in found.inputs if p.required})


def calculation_record(made: Calculation) -> Record:
    """A calculation."""
    return {
        "kind": "calculator", "name": made.calculator, "title": made.title, "status": "calculated",
        "result": f"{made.result.name}: {made.result.text}", "value": made.result.value, "unit": made.result.unit,
        **place_of(made.section),
    } | without_empty({
        "meaning": made.meaning, "verdict": made.verdict, "more": [f"{one.name}: {one.text}" for one in made.more],
        "formula": made.formula, "steps": list(made.steps),
        "inputs": [f"{one.name} = {one.text}{' (default)' if one.origin == 'default' else ''}" for one in made.inputs],
        "assumptions": list(made.assumptions),
        "table": [" | ".join(row) for row in (made.table.columns, *made.table.rows)] if made.table else [],
    }) | {"truncated": False}  # fmt: skip


HEADINGS = {
    "results": "", "asks": "Asked", "possible": "Possible still", "nearest": "Nearest rows", "changes": "What would change it",
    "floors": "Floors", "next_steps": "Next actions", "ratings": "Ratings", "arithmetic": "Sum", "more": "Also",
    "inputs": "Inputs", "steps": "Arithmetic", "table": "Table", "assumptions": "Assumed",
    "notes": "Notes", "see_also": "See also",
}  # fmt: skip


def show_record(record: Record) -> str:
    """The record as text."""
    head = f"{record['title']} ({record['kind']} {record['name']}, {record['status']})\n{record['section']} {record['uri']}"
    result = f"Result: {record['result']}"
    parts = [head, result, *(record[key] for key in ("meaning", "formula") if key in record)]
    if "given" in record:
        parts.append("Given: " + ", ".join(f"{key} = {value}" for key, value in record["given"].items()))
    for key, title in HEADINGS.items():
        if record.get(key):
            lines = "\n".join(f"- {line_of(one)}" for one in record[key])
            parts.append(f"{title}:\n{lines}" if title else lines)
    return joined(*parts, record.get("next", ""))


def line_of(one: Any) -> str:  # noqa: ANN401 (an entry of any list)
    """An entry of a list as text."""
    if isinstance(one, str):
        return one
    if "input" in one:
        values, meaning = (one.get(key, "") for key in ("values", "meaning"))
        return f"{one['input']}{' = ' + values if values else ''}: {one['question']} {meaning}".strip()
    if "action" in one:
        return f"{one['action']} ({one['dimension']}, one step up adds {one['gain']:g}) [{one['section']}]"
    details = "".join(f"\n  {key.replace('_', ' ')}: {value}" for key, value in one.get("details", {}).items())
    fired = "; ".join(one["conditions"]) or "whatever the inputs are"
    return f"{one['result']}. {one['reason']}\n  Row {one['row']}: {fired} [{one['section']} {one['uri']}]{details}"
