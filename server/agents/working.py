"""Documents filled and checked, and quotes verified, as tools give them."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence
from typing import Any

from mlplaybook.ingest.errors import BadQuestion
from mlplaybook.server.agents.call import Call
from mlplaybook.server.agents.definitions import CHECK, FILL, VERIFY
from mlplaybook.server.agents.results import (
    Paging,
    Record,
    Reply,
    fit_entries,
    fitted,
    joined,
    paging_of,
    without_empty,
)
from mlplaybook.server.artefacts.checking.check import Checked
from mlplaybook.server.artefacts.documents.remarks import counts
from mlplaybook.server.artefacts.records import Finding
from mlplaybook.server.calls.artefacts import CheckRequest, FillReply, FillRequest, check, fill
from mlplaybook.server.calls.cited import quotes_in
from mlplaybook.server.calls.library import Listed, list_artefacts
from mlplaybook.server.calls.read import page_name, uri_of
from mlplaybook.server.calls.search import write_cursor
from mlplaybook.server.calls.tokens import cut
from mlplaybook.server.calls.verify import MOST_QUOTES, QuoteAsked, QuoteFound, verify_quotes

NOTES = "notes"
# What is said about a document takes at most so much of a reply.
MOST_FRAME = 0.7


def fill_tool(call: Call) -> Reply:
    """A template filled; without one, all of them."""
    if not call["template"].strip():
        return list_templates(call)
    notes = {NOTES: call["notes"]} if call["notes"].strip() else {}
    request = FillRequest(call["template"].strip(), call["values"], notes, call["format"], call["earlier"])
    made = fill(call.service, request)
    text = made.document.text
    paging = paging_of(call["cursor"], made.template.id, text)
    # What is open in it comes with its first part, as far as that leaves room for the document itself.
    told = len(made.template.fields)
    while told and fill_reply(call, made, paging, 0, told).tokens(call.counter) > call.most * MOST_FRAME:
        told = told // 2
    return fitted(call.most, call.counter, lambda room: fill_reply(call, made, paging, room, told))


def fill_reply(call: Call, made: FillReply, paging: Paging, room: int, told: int) -> Reply:
    """The document, or as much of it from the cursor on as there is room for, with so much of what is open in it."""
    text, document = made.document.text, made.document
    end = cut(text, paging.start, len(text), max(room, 1), call.count)
    following = write_cursor(end, paging.key) if end < len(text) else ""
    statuses = {name: filled.status for name, filled in document.fill.fields.items()}
    optional = {field.name for field in made.template.fields if not field.required}
    missing = [
        {"field": name, "question": filled.question}
        for name, filled in document.fill.fields.items()
        if filled.status in {"missing", "invalid"} and name not in optional
    ]
    record: Record = {
        "template": made.template.id, "file": made.file, "complete": not missing, "counts": counts(document.fill),
        "document": text[paging.start : end],
    } | without_empty({
        "missing": missing[: 0 if paging.start else told],
        "optional": [name for name in statuses if name in optional and statuses[name] == "missing"][:told],
        "assumed": [name for name, status in statuses.items() if status == "assumed"][:told],
        "evidence": evidence_of(made)[: 0 if paging.start else told],
        "problems": [*document.problems, *document.conflicts, *document.fill.left_out][: max(told, 1)],
    }) | {"truncated": bool(following) or told < len(missing)} | without_empty({
        "next_cursor": following, "next": next_of_fill(made, missing, following),
    })  # fmt: skip
    return Reply(record, show_fill(record))


def evidence_of(made: FillReply) -> list[Record]:
    """The words of the notes that values were taken from."""
    return [
        {"field": name, "quote": evidence.quote}
        for name, filled in made.document.fill.fields.items()
        for evidence in filled.evidence
        if evidence.source == NOTES
    ]


def next_of_fill(made: FillReply, missing: Sequence[Record], following: str) -> str:
    """What to do with a filled document."""
    if following:
        return f"The document goes on: call {FILL} with the same arguments and cursor {following}, and join the parts."
    if missing:
        return (
            f"Ask the user what is missing, then call {FILL} again with these values added. "
            f"Save the document as {made.file} when it is complete; until then its open fields say so."
        )
    return f"Save the document as {made.file}, then call {CHECK} with it."


def show_fill(record: Record) -> str:
    """The record as text."""
    missing = "\n".join(f"- {m['field']}: {m['question']}" for m in record.get("missing", []))
    evidence = "\n".join(f'- {e["field"]}: "{e["quote"]}"' for e in record.get("evidence", []))
    problems = "\n".join(f"- {problem}" for problem in record.get("problems", []))
    optional, assumed = ", ".join(record.get("optional", [])), ", ".join(record.get("assumed", []))
    fence = "`" * max(3, longest_fence(record["document"]) + 1)
    state = "complete" if record["complete"] else "not complete"
    return joined(
        f"{record['template']} ({record['file']}), {state}: {record['counts']}",
        f"{fence}\n{record['document']}{'' if record['document'].endswith(chr(10)) else chr(10)}{fence}",
        f"Missing, ask the user:\n{missing}" if missing else "", f"Open but optional: {optional}" if optional else "",
        f"Assumed, to confirm: {assumed}" if assumed else "", f"Taken from the notes:\n{evidence}" if evidence else "",
        f"Problems:\n{problems}" if problems else "", record.get("next", ""),
    )  # fmt: skip


def longest_fence(text: str) -> int:
    """The longest run of backticks that begins a line."""
    return max((len(line) - len(line.lstrip("`")) for line in text.splitlines()), default=0)


def list_templates(call: Call) -> Reply:
    """Every template with what it is for, as many as fit."""
    listed = list_artefacts("template")

    def build(shown: Sequence[Listed], following: str) -> Reply:
        templates = [{"template": one.id, "title": one.title, "about": one.description} for one in shown]
        step = f"Call {FILL} with one of these as template; without values it shows what it asks for."
        more = f" More: {FILL} with cursor {following}." if following else ""
        record: Record = {"complete": False, "templates": templates, "truncated": bool(following)} | without_empty(
            {"next_cursor": following, "next": step + more}
        )
        lines = "\n".join(f"- {one['template']}: {one['title']}. {one['about']}" for one in templates)
        return Reply(record, joined("Templates", lines, record["next"]))

    return fit_entries(call.most, call.counter, listed, paging_of(call["cursor"], "templates"), build)


def check_tool(call: Call) -> Reply:
    """The findings for a document, worst first, as many as fit."""
    request = CheckRequest(unfenced(call["document"]), call["template"].strip())
    made = check(request)
    paging = paging_of(call["cursor"], request)
    return fit_entries(
        call.most, call.counter, made.findings, paging, lambda shown, following: check_reply(made, shown, following)
    )


def unfenced(text: str) -> str:
    """A document without the code fence that a model puts around it."""
    lines = text.strip("\n").split("\n")
    if len(lines) > 2 and lines[0].startswith("```") and lines[-1].strip() == "```":
        return "\n".join(lines[1:-1]) + "\n"
    return text


def check_reply(made: Checked, shown: Sequence[Finding], following: str) -> Reply:
    """Some of the findings."""
    errors, warnings = made.count("error"), made.count("warning")
    step = f"Mend these, then call {CHECK} with the whole document." if made.findings else "Nothing was found."
    if not errors and made.findings:
        step = f"No errors. Mend or accept the rest; then call {CHECK} again if you changed the document."
    more = f" More findings: {CHECK} with the same document and cursor {following}." if following else ""
    record: Record = {
        "template": made.template, "reason": made.reason.replace("--template", "template"), "filled": made.filled,
        "fields": made.fields, "complete": errors == 0, "errors": errors, "warnings": warnings,
        "findings": [finding_part(finding) for finding in shown], "truncated": bool(following),
    } | without_empty({"next_cursor": following, "next": step + more})  # fmt: skip
    return Reply(record, show_check(record), tuple(dict.fromkeys(finding.section for finding in shown)))


def finding_part(finding: Finding) -> Record:
    """One finding."""
    record = dataclasses.asdict(finding)
    return {key: value for key, value in record.items() if value not in ("", 0)}


def show_check(record: Record) -> str:
    """The record as text."""
    complete = "yes" if record["complete"] else "no"
    head = (
        f"{record['template']} ({record['reason']}): {record['filled']} of {record['fields']} fields have a value, "
        f"{plural(record['errors'], 'error')}, {plural(record['warnings'], 'warning')}; complete: {complete}."
    )
    return joined(head, *(finding_lines(finding) for finding in record["findings"]), record.get("next", ""))


def plural(number: int, noun: str) -> str:
    """A number with its noun."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def finding_lines(finding: Record) -> str:
    """A finding as text."""
    line = f", line {finding['line']}" if "line" in finding else ""
    words = f' "{finding["words"]}"' if "words" in finding else ""
    return (
        f"{finding['severity'].upper()} {finding['field']}{line}{words}: {finding['problem']} {finding['remedy']} "
        f"[{finding['section']}; rule {finding['rule']}]"
    )


def verify_tool(call: Call) -> Reply:
    """What became of every quote."""
    asked = [QuoteAsked(one["quote"], one["section"]) for one in call["quotes"]]
    asked += [one for one in quotes_in(call["text"]) if one not in asked]
    if not asked:
        raise BadQuestion(
            "There is no quote to verify.",
            'Give quotes as [{"quote": "...", "section": "page#heading"}], or a text with "..." (page#heading).',
        )
    paging = paging_of(call["cursor"], *asked)
    found = verify_all(call, asked)
    pairs = list(zip(asked, found, strict=True))
    return fit_entries(
        call.most, call.counter, pairs, paging, lambda shown, following: verify_reply(found, shown, following)
    )


def verify_all(call: Call, asked: Sequence[QuoteAsked]) -> tuple[QuoteFound, ...]:
    """The quotes in groups of as many as one call verifies."""
    groups = [asked[start : start + MOST_QUOTES] for start in range(0, min(len(asked), 4 * MOST_QUOTES), MOST_QUOTES)]
    return tuple(found for group in groups for found in verify_quotes(call.service, group))


def verify_reply(
    found: Sequence[QuoteFound], shown: Sequence[tuple[QuoteAsked, QuoteFound]], following: str
) -> Reply:  # fmt: skip
    """Some of the results, with the counts of all."""
    tally = Counter(one.state for one in found)
    ok = tally["holds"] == len(found)
    step = "" if ok else "Mend what is altered, cite what has moved where it stands now, and take out what is missing."
    more = f" More results: {VERIFY} with the same arguments and cursor {following}." if following else ""
    record: Record = {
        "ok": ok, "checked": len(found), "counts": dict(tally), "results": [result_part(*pair) for pair in shown],
        "truncated": bool(following),
    } | without_empty({"next_cursor": following, "next": (step + more).strip()})  # fmt: skip
    return Reply(record, show_verified(record), tuple(one.section for _, one in shown if one.section))


def result_part(asked: QuoteAsked, found: QuoteFound) -> Record:
    """One quote and what became of it."""
    uri = uri_of(found.section) if found.section else ""
    place: dict[str, Any] = {"section": found.section, "uri": uri, "nearest": found.nearest, "note": found.note}
    return {"quote": asked.quote, "state": found.state} | without_empty({"asked": page_name(asked.section), **place})


def show_verified(record: Record) -> str:
    """The record as text."""
    counted = ", ".join(f"{number} {state}" for state, number in record["counts"].items())
    return joined(
        f"{record['checked']} checked: {counted}.",
        *(result_lines(one) for one in record["results"]),
        record.get("next", ""),
    )


def result_lines(one: Record) -> str:
    """A result as text."""
    what = f'"{one["quote"]}"' if one["quote"] else f"section {one.get('asked', '')}"
    asked = f" (cited as {one['asked']})" if one["quote"] and "asked" in one else ""
    where = f" in {one['section']} {one['uri']}" if "section" in one else ""
    nearest = f'\nThe page says: "{one["nearest"]}"' if "nearest" in one else ""
    note = f"\n{one['note']}" if "note" in one else ""
    return f"{one['state'].upper()} {what}{asked}{where}{nearest}{note}"
