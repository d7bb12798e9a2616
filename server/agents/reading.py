"""Search, answers and pages as tools give them."""

from __future__ import annotations

import json
from collections.abc import Sequence

from mlplaybook.ingest.errors import BadSetting
from mlplaybook.server.agents.artefact_text import INDEX, artefact_text
from mlplaybook.server.agents.call import Call
from mlplaybook.server.agents.definitions import READ, SEARCH
from mlplaybook.server.agents.results import Record, Reply, call_with, fitted, joined, paging_of, without_empty
from mlplaybook.server.answers.assess import hit_record
from mlplaybook.server.answers.length import LONGEST, SHORTEST
from mlplaybook.server.answers.records import Answer, Citation
from mlplaybook.server.calls.read import ReadReply, ReadRequest, read, read_reply_record, uri_of
from mlplaybook.server.calls.search import (
    SearchReply,
    SearchRequest,
    first_hits,
    hint_for,
    search,
    write_cursor,
)
from mlplaybook.server.calls.tokens import Cut, count_mixed, cut, cut_fairly, cut_text
from mlplaybook.server.retrieval.filters import Filter
from mlplaybook.server.retrieval.search import Hit, Method
from mlplaybook.server.service import Query, answer
from mlplaybook.server.wiring import project_profile

# A section of which less is shown says nothing.
LEAST_OF_A_HIT = 60
# The best section has so many parts of the room, each after it one less: it is the one that is read.
FIRST_WEIGHS = 6
# The list of a page's sections takes at most so much of a reply.
MOST_SECTIONS = 0.35
NOTHING = Cut("", 0, whole=False)
# What a model is told where people at a command line are told why the encoder is absent.
WORDS_ALONE = "dense (found by words alone, since the encoder is not loaded)"
# An answer in words takes about so many tokens a word, with its quotes and their places.
TOKENS_PER_WORD = 8
# From so many words on, the answer is as long as the question asks for.
LONGEST_USUAL = 200


def method_of(call: Call) -> Method:
    """How to search: for the project in whose folder the server runs; without its file where that cannot be read."""
    try:
        return Method(profile=project_profile(call.settings))
    except BadSetting as error:
        call.notes.append(f"{error.cause} The search did not look at it.")
        return Method()


def search_tool(call: Call) -> Reply:
    """Sections for a question; as many as have room, and each as far as it has room."""
    request = SearchRequest(
        call["query"], call["limit"], Filter(topics=tuple(call["topics"])), method_of(call), call["cursor"]
    )
    found = search(call.service, request)
    shown = first_hits(request, found, room_for(call, found))
    return fitted(call.most, call.counter, lambda room: search_reply(call, found, shown, room))


def room_for(call: Call, found: SearchReply) -> int:
    """How many hits can be shown so that something of each can be read."""
    for number in range(len(found.hits), 1, -1):
        bare = search_record(found, found.hits[:number], [NOTHING] * number)
        reply = Reply(bare, show_search(bare), tuple(hit.section.id for hit in found.hits[:number]))
        least = sum(min(LEAST_OF_A_HIT, call.count(hit.text)) for hit in found.hits[:number])
        if reply.tokens(call.counter) + least <= call.most:
            return number
    return 1


def search_reply(call: Call, found: SearchReply, shown: SearchReply, room: int) -> Reply:
    """The reply with so many tokens of text."""
    if found.coverage == "none":
        # What does not answer the question is named, not told at length.
        room = min(room, LEAST_OF_A_HIT * len(shown.hits))
    weights = [max(1, FIRST_WEIGHS - place) for place in range(len(shown.hits))]
    cuts = cut_fairly([hit.text for hit in shown.hits], room, call.count, weights)
    record = search_record(shown, shown.hits, cuts)
    record["truncated"] = len(shown.hits) < len(found.hits) or not all(cut.whole for cut in cuts)
    steps = []
    short = [hit.section.id for hit, cut in zip(shown.hits, cuts, strict=True) if not cut.whole]
    if short:
        steps.append(f"The rest of a section: {call_with(READ, name=short[0])}.")
    if shown.next_cursor:
        steps.append(f"More sections: {SEARCH} with the same query and cursor {shown.next_cursor}.")
    record["next"] = " ".join(steps)
    record = {key: value for key, value in record.items() if value != "" or key == "query"}
    return Reply(record, show_search(record), tuple(hit.section.id for hit in shown.hits))


def search_record(reply: SearchReply, hits: Sequence[Hit], cuts: Sequence[Cut]) -> Record:
    """The `search` record with texts as they were cut."""
    return {
        "query": reply.query, "generation": reply.generation, "degraded": list(reply.degraded),
        "coverage": reply.coverage, "hint": reply.hint,
        "hits": [hit_part(hit, cut) for hit, cut in zip(hits, cuts, strict=True)],
        "truncated": True, "next_cursor": reply.next_cursor,
    }  # fmt: skip


def hit_part(hit: Hit, cut: Cut) -> Record:
    """One hit; of a text that was cut, `char_end` is where."""
    record = hit_record(hit) | {"text": cut.text, "char_end": hit.char_start + len(cut.text)}
    part = {"section": record.pop("section"), "uri": uri_of(hit.section.id), **record}
    return part if cut.whole else part | {"truncated": True}


def show_search(record: Record) -> str:
    """The record as text."""
    head = f"Coverage: {record['coverage']}. {record.get('hint', '')}".strip()
    parts = [head, *degraded_lines(record)]
    for number, hit in enumerate(record["hits"], start=1):
        title = " › ".join(hit["heading_path"])
        why = f"\n(not for this project: {hit['why']})" if "why" in hit else ""
        parts.append(f"{number}. {title}\n{hit['section']} {hit['uri']}{why}")
        parts.append(hit["text"] + ("\n[...]" if hit.get("truncated") else ""))
    return joined(*parts, record.get("next", ""))


def degraded_lines(record: Record) -> list[str]:
    """What does not work, said once."""
    lost = [WORDS_ALONE if code == "dense" else code for code in record.get("degraded", ())]
    return [f"Degraded: {', '.join(lost)}."] if lost else []


def ask_tool(call: Call) -> Reply:
    """An answer of quotes; the agent's own model writes, so that none is asked here."""
    words = max(SHORTEST, min(call.most // TOKENS_PER_WORD, LONGEST))
    query = Query(
        call["question"], only=Filter(topics=tuple(call["topics"])), method=method_of(call), wish="extractive",
        words=None if words >= LONGEST_USUAL else words,
    )  # fmt: skip
    made = answer(call.service, query)
    return fitted(call.most, call.counter, lambda room: ask_reply(call, made, room))


def ask_reply(call: Call, made: Answer, room: int) -> Reply:
    """The reply with so many tokens of answer and quotes."""
    text = cut_text(made.text, room // 2, call.count)
    cited = by_section(made)
    quotes = [quote for citations in cited.values() for quote in citations]
    shares = cut_quotes(call, [quote.quote for quote in quotes], room - call.count(text.text))
    whole = text.whole and shares == len(quotes)
    shown = set(quotes[:shares])
    citations = [citation_part(found, [quote for quote in found if quote in shown]) for found in cited.values()]
    record: Record = {
        "question": made.question, "status": made.status, "coverage": coverage_of(made), "confidence": made.confidence,
        "text": text.text, "citations": citations,
    } | without_empty({
        "suggestions": list(made.suggestions), "inapplicable": dict(made.inapplicable), "degraded": list(made.degraded),
        "hint": hint_for(made.status, made.suggestions),
    }) | {"generation": made.stamp.generation, "truncated": not whole}  # fmt: skip
    if not whole:
        read_on = f", or {call_with(READ, name=next(iter(cited)))}" if cited else ""
        record["next"] = f"Call again with a larger max_tokens{read_on}."
    return Reply(record, show_answer(record), tuple(cited))


def coverage_of(made: Answer) -> str:
    """How far the playbook covers a question."""
    return {"answered": "full", "partial": "partial", "abstained": "none"}[made.status]


def by_section(made: Answer) -> dict[str, list[Citation]]:
    """The citations of an answer by section, each once, in reading order."""
    found: dict[str, list[Citation]] = {}
    for citation in dict.fromkeys(c for statement in made.statements for c in statement.citations):
        found.setdefault(citation.section, []).append(citation)
    return found


def cut_quotes(call: Call, quotes: Sequence[str], room: int) -> int:
    """How many quotes fit."""
    for number, quote in enumerate(quotes):
        room -= call.count(quote)
        if room < 0:
            return number
    return len(quotes)


def citation_part(found: Sequence[Citation], shown: Sequence[Citation]) -> Record:
    """A section that is cited, with the exact words."""
    first = found[0]
    return {
        "n": first.n, "section": first.section, "uri": uri_of(first.section), "document": first.document,
        "heading_path": list(first.heading_path), "quotes": [citation.quote for citation in shown],
    }  # fmt: skip


def show_answer(record: Record) -> str:
    """The record as text."""
    head = f"Status: {record['status']}, coverage {record['coverage']}, confidence {record['confidence']:g}."
    parts = [head, record.get("hint", ""), *degraded_lines(record), record["text"]]
    for page, why in record.get("inapplicable", {}).items():
        parts.append(f"{page} is not for this project: {why}")
    for cited in record["citations"]:
        title = " › ".join(cited["heading_path"])
        quotes = "\n".join(f'"{quote}"' for quote in cited["quotes"])
        parts.append(f"[{cited['n']}] {title}\n{cited['section']} {cited['uri']}\n{quotes}".rstrip())
    told = record.get("hint", "")
    if any(section not in told for section in record.get("suggestions", [])):
        parts.append(f"See also: {', '.join(record['suggestions'])}")
    return joined(*parts, record.get("next", ""))


def read_tool(call: Call) -> Reply:
    """A page or section from a place on, as far as there is room; an artefact by its URI, or the list of pages."""
    text = artefact_text(call.service, call["name"])
    if text is not None:
        return read_artefact(call, text)

    def build(room: int) -> Reply:
        made = read(call.service, ReadRequest(call["name"], max(room, 1), call["cursor"]), call.count)
        return read_reply(made, sections_for(call, made))

    return fitted(call.most, call.counter, build)


def read_artefact(call: Call, text: str) -> Reply:
    """A text that is no page, from the cursor on."""
    name = call["name"].strip() or INDEX
    paging = paging_of(call["cursor"], name, text)

    def build(room: int) -> Reply:
        end = cut(text, paging.start, len(text), max(room, 1), call.count)
        following = write_cursor(end, paging.key) if end < len(text) else ""
        more = f"The rest: {call_with(READ, name=name, cursor=following)}." if following else ""
        record: Record = {"name": name, "uri": name, "text": text[paging.start : end].strip("\n")} | {
            "truncated": bool(following), **without_empty({"next_cursor": following, "next": more}),
        }  # fmt: skip
        return Reply(record, joined(name, record["text"], more))

    return fitted(call.most, call.counter, build)


def sections_for(call: Call, made: ReadReply) -> list[str]:
    """The sections of a page, told once, as far as they leave room for its words."""
    if made.reading.section or call["cursor"].strip():
        return []
    listed = json.dumps(made.sections)
    return list(made.sections) if count_mixed(call.counter, listed, ()) <= call.most * MOST_SECTIONS else []


def read_reply(made: ReadReply, sections: Sequence[str] | None = None) -> Reply:
    """The record of what was read, and its text; a page has the list of its sections unless other ones are given."""
    if sections is None:
        sections = () if made.reading.section else made.sections
    plain = read_reply_record(made)
    section = str(plain["section"])
    record: Record = {
        "name": section, "uri": uri_of(section), "document": plain["document"], "heading_path": plain["heading_path"],
        "text": made.text.rstrip(), "char_start": made.char_start, "char_end": made.char_end,
        "truncated": made.truncated,
    } | without_empty({
        "reviewed": plain["reviewed"], "sources": [source_part(s) for s in plain["sources"] if cites(made.text, s)],
        "sections": list(sections), "next_cursor": made.next_cursor,
        "next": f"The rest: {call_with(READ, name=section, cursor=made.next_cursor)}." if made.truncated else "",
    })  # fmt: skip
    return Reply(record, show_read(record), (section,))


def cites(text: str, source: dict[str, str]) -> bool:
    """Whether a text rests on a source."""
    return f"[^{source.get('key', '')}]" in text


def source_part(source: dict[str, str]) -> Record:
    """A source in short."""
    return without_empty({key: source.get(key, "") for key in ("key", "title", "url")})


def show_read(record: Record) -> str:
    """The record as text."""
    reviewed = f" (reviewed {record['reviewed']})" if "reviewed" in record else ""
    head = f"{' › '.join(record['heading_path'])}{reviewed}\n{record['name']} {record['uri']}"
    sources = "\n".join(
        f"[^{s['key']}] {s.get('title', '')} {s.get('url', '')}".rstrip() for s in record.get("sources", [])
    )
    sections = ", ".join(record.get("sections", []))
    return joined(
        head, record["text"], f"Sources\n{sources}" if sources else "", f"Sections: {sections}" if sections else "",
        record.get("next", ""),
    )  # fmt: skip
