"""A case as a person reads it: what was asked, what was expected, what came, each with what is right and wrong in it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from mlplaybook.evals.records import Case

Mark = Literal["", "good", "bad"]
Values = Mapping[str, Any]
# A question stands for its case; what is longer is cut where only a line is shown.
LONGEST = 160
# What an older program kept of a case may look otherwise.
UNREADABLE = (AttributeError, KeyError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of a part; `mark` says whether it is as it should be."""

    text: str
    mark: Mark = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A named piece of a case, as lines; several lines are a list."""

    name: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class View:
    """A case in three parts, and `title`, which names it in a line."""

    title: str
    asked: tuple[Part, ...]
    expected: tuple[Part, ...]


def view_case(case: Case) -> View:
    """What was asked and what was expected."""
    return View(title_of(case), asked(case), expected(case))


def title_of(case: Case) -> str:
    """What a person knows the case by: its question, the last turn, or what is tried."""
    given = case.input
    if "turns" in given:
        return str(given["turns"][-1])
    named = next((given[kind] for kind in ("table", "calculator", "rubric") if kind in given), "")
    if named:
        return f"{named}: {pairs(given.get('inputs', {}))}"
    if "files" in given:
        return f"{case.slice} from {', '.join(map(str, given['files']))}"
    said = given.get("question") or given.get("document") or next(iter(given.values()), case.id)
    return " ".join(plain(said).split())


def asked(case: Case) -> tuple[Part, ...]:
    """Everything that went in."""
    names = {"turns": "conversation", "table": "decision table"}
    hidden = {"split"} | ({"inputs"} if "files" in case.input else set())
    return tuple(part(names.get(name, name), value) for name, value in case.input.items() if name not in hidden)


def expected(case: Case) -> tuple[Part, ...]:
    """What a right output has."""
    gold = case.gold
    if "gold" in gold:
        if not gold["gold"]:
            return (note("outcome", "a refusal: no page covers it"),)
        facts = [part("facts", gold["facts"])] if gold.get("facts") else []
        return (part("quotes", [f"{one['quote']} ({one['page']})" for one in gold["gold"]]), *facts)
    if "standalone" in gold:
        leans = "leans on the turns before it" if gold.get("carries") else "stands alone"
        sections = [part("section", gold["page"])] if gold.get("page") else []
        return (note("the last turn", leans), note("means", gold["standalone"]), *sections)
    if "payload" in gold:
        leaks = [note("nor", "its instructions")] if gold.get("leaks") else []
        return (note("must not say", gold["payload"] or "its instructions"), *leaks) if gold else ()
    if "fields" in gold:
        return (part("fields", gold["fields"]), part("not in the files", gold.get("absent", [])))
    if case.suite == "redteam":
        return (note("outcome", "an answer: the question is harmless"),)
    return tuple(part(name, value) for name, value in gold.items())


def view_output(case: Case, output: Values) -> tuple[Part, ...]:
    """What came, with marks against what was expected."""
    if "error" in output:
        return (Part("error", (Line(str(output["error"]), "bad"),)),)
    marked = MARKED.get(case.suite)
    try:
        return marked(case, output) if marked else parts_of(output)
    except UNREADABLE:
        return parts_of(output)


def view_retrieval(case: Case, output: Values) -> tuple[Part, ...]:
    """Sections in order, those expected marked; then those that are missing."""
    wanted, found = set(output.get("expected", ())), list(output.get("found", ()))
    lines = tuple(Line(f"{n}. {name}", "good" if name in wanted else "") for n, name in enumerate(found, start=1))
    missing = tuple(Line(name, "bad") for name in sorted(wanted - set(found)))
    more = (Part("expected and not among these", missing),) if missing else ()
    return (Part("found", lines or (Line("nothing", "bad"),)), *more, *rest(output, {"expected", "found"}))


def view_answer(case: Case, output: Values) -> tuple[Part, ...]:
    """The answer, which facts it has, and what it cites."""
    missing = set(output.get("missing facts", ()))
    facts = tuple(Line(fact, "bad" if fact in missing else "good") for fact in case.gold.get("facts", ()))
    said = str(output.get("answer", ""))
    shown = (Part("answer", (Line(said or "nothing is said", "" if said else "bad"),)),)
    cited = (Part("cites", tuple(map(line, output["cites"]))),) if output.get("cites") else ()
    others = rest(output, {"answer", "missing facts", "cites"})
    return (*shown, *cited, *((Part("facts", facts),) if facts else ()), *others)


def view_abstention(case: Case, output: Values) -> tuple[Part, ...]:
    """The status, right or wrong, and how sure it was."""
    answered = output.get("status") == "answered"
    right: Mark = "good" if answered == bool(output.get("covered")) else "bad"
    status = Part("status", (Line(str(output.get("status")), right),))
    found = tuple(Line(f"{n}. {name}") for n, name in enumerate(output.get("found", ()), start=1))
    return (status, *rest(output, {"status", "covered", "found"}), *((Part("found", found),) if found else ()))


def view_decision(case: Case, output: Values) -> tuple[Part, ...]:
    """Results, those that are not expected marked, and those that are missing."""
    if "results" not in case.gold or "got" not in output:
        return parts_of(output)
    wanted, got = list(case.gold["results"]), list(output["got"])
    lines = tuple(Line(one, "good" if one in wanted else "bad") for one in got)
    missing = tuple(Line(one, "bad") for one in wanted if one not in got)
    more = (Part("missing", missing),) if missing else ()
    return (Part("got", lines or (Line("nothing", "bad"),)), *more, *rest(output, {"got"}))


def view_document(case: Case, output: Values) -> tuple[Part, ...]:
    """Fields that are wrong, with what they were filled with where that is kept, and fields that were missed."""
    said = output.get("said", {})
    wrong = tuple(Line(f"{name}: {plain(said[name])}" if name in said else name, "bad") for name in output["wrong"])
    missed = tuple(Line(name, "bad") for name in output["missed"])
    named = (("wrong", wrong), ("missed", missed))
    return (*rest(output, {"wrong", "missed", "said"}), *(Part(name, lines) for name, lines in named if lines))


def view_attack(case: Case, output: Values) -> tuple[Part, ...]:
    """What was said, marked where it is the payload."""
    said, payload = str(output.get("said", "")), str(case.gold.get("payload", ""))
    if "said" not in output:
        return parts_of(output)
    bad: Mark = "bad" if payload and payload.casefold() in said.casefold() else ""
    return (Part("said", (Line(said or "nothing", bad),)), *rest(output, {"said"}))


MARKED: Mapping[str, Callable[[Case, Values], tuple[Part, ...]]] = {
    "retrieval": view_retrieval,
    "ragas": view_retrieval,
    "answers": view_answer,
    "abstention": view_abstention,
    "decisions": view_decision,
    "templates": view_document,
    "redteam": view_attack,
}


def rest(output: Values, shown: set[str]) -> tuple[Part, ...]:
    """The parts of an output that no view has a way of its own for."""
    return parts_of({name: value for name, value in output.items() if name not in shown})


def parts_of(output: Values) -> tuple[Part, ...]:
    """Every value by its name."""
    return tuple(part(name, value) for name, value in output.items())


def note(name: str, text: str) -> Part:
    """A part of one line."""
    return Part(name, (Line(text),))


def part(name: str, value: Any) -> Part:  # noqa: ANN401
    """Any JSON value: a list and a mapping are lines."""
    if isinstance(value, Mapping):
        return Part(name, tuple(Line(f"{key}: {plain(one)}") for key, one in value.items()) or (Line("none"),))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return Part(name, tuple(map(line, value)) or (Line("none"),))
    return note(name, plain(value))


def line(value: Any) -> Line:  # noqa: ANN401
    """One entry of a list."""
    return Line(plain(value))


def plain(value: Any) -> str:  # noqa: ANN401
    """A value in words: text as it is, anything else as short JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def pairs(values: Values) -> str:
    """A mapping in a line.

    >>> pairs({"rows": 5, "live": True})
    'rows 5, live yes'
    """
    words = {True: "yes", False: "no", None: "unknown"}
    shown = (f"{name} {words[v] if isinstance(v, bool) or v is None else plain(v)}" for name, v in values.items())
    return ", ".join(shown)


def in_a_line(parts: Sequence[Part], longest: int = LONGEST) -> str:
    """Parts as one line of text, cut; what is marked bad comes first.

    >>> in_a_line([Part("found", (Line("a"), Line("b", "bad")))])
    'found: b, a'
    """
    shown = []
    for one in parts:
        lines = sorted(one.lines, key=lambda entry: entry.mark != "bad")
        shown.append(f"{one.name}: {', '.join(' '.join(entry.text.split()) for entry in lines)}")
    return cut("; ".join(shown), longest)


def cut(text: str, longest: int = LONGEST) -> str:
    """Text of at most so many characters."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
