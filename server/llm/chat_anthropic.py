"""Anthropic: passages go as documents that it cites by itself, and its citations come back in our form."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import anthropic

from mlplaybook.server.llm.chat import key_of, open_chat, replies, takes_temperature, window_of
from mlplaybook.server.llm.line import client_settings, library_of
from mlplaybook.server.llm.provider import Provider, Reader, Setup, TextReader
from mlplaybook.server.llm.records import Message, Request, Source

KEPT = {"cache_control": {"type": "ephemeral"}}
# A passage is cited by whole blocks, so that its paragraphs are blocks of their own.
PARAGRAPH = re.compile(r".+?(?:\n\s*\n|\Z)", re.DOTALL)
SENTENCE_END = re.compile(r"[.!?:]['\")\]]*(?:\s+|$)|\n+")
# Bullets, and the punctuation that is left over after cited words.
AROUND = re.compile(r"^(?:[\s.,;:]|[-*•]\s)+|\s+$")
WORD = re.compile(r"\w")
# What answer@4 asks for where the documents do not answer; some say more all the same.
NOTHING = re.compile(r"\W*NOT COVERED\b")
EMPTY_REPLY = '{"statements": []}\n'


def create(setup: Setup) -> Provider:
    """A model of Anthropic's."""
    connection = client_settings(library_of(anthropic), setup.line, setup.limits, setup.base_url)
    key = key_of(setup, "ANTHROPIC_API_KEY", "anthropic")
    chat = open_chat("anthropic", setup.name, {"api_key": key, "base_url": setup.base_url, "max_retries": 0})
    # langchain-anthropic 1.7 takes no client; it keeps the one it makes in this attribute.
    vars(chat)["_client"] = anthropic.Anthropic(
        api_key=key,
        base_url=setup.base_url,
        max_retries=0,
        timeout=connection["timeout"],
        http_client=anthropic.DefaultHttpxClient(**connection),
    )

    def ask(request: Request, plain: bool) -> Iterator[Any]:
        options = {"max_tokens": request.max_tokens, **({} if plain else takes_temperature(chat, request))}
        sources = request.sources if setup.cites else ()
        # Anthropic refuses a schema together with citations.
        if request.schema is not None and not plain and not sources:
            options["response_format"] = json.loads(json.dumps(dict(request.schema)))
        return replies(chat, blocks_of(request, sources), options, setup.streaming)

    def read(request: Request) -> Reader:
        return CitationReader(request.sources) if setup.cites and request.sources else TextReader()

    return Provider(ask, window_of(setup, chat.profile), setup.cites, read)


def blocks_of(request: Request, sources: Sequence[Source]) -> list[dict[str, Any]]:
    """Messages as blocks: what is the same for every question is marked to be kept, sources stand before the question."""
    system = [message for message in request.messages if message.role == "system"]
    others = [message for message in request.messages if message.role != "system"]
    messages = [{"role": "system", "content": marked(system)}] if system else []
    for place, message in enumerate(others):
        content = marked([message])
        if place == len(others) - 1:
            content = [*documents(sources, kept=request.sources_kept), *content]
        messages.append({"role": message.role, "content": content})
    return messages


def marked(messages: list[Message]) -> list[dict[str, Any]]:
    """Text blocks; the last one that is the same for other questions too ends the part that the provider keeps."""
    blocks: list[dict[str, Any]] = [{"type": "text", "text": message.content} for message in messages]
    static = next((n for n, message in enumerate(messages) if not message.static and not message.kept), len(messages))
    if static:
        blocks[static - 1] |= KEPT
    return blocks


def documents(sources: Sequence[Source], *, kept: bool) -> list[dict[str, Any]]:
    """Passages as documents; where they are to be kept, the last one ends the part that the provider keeps."""
    blocks = [document(source) for source in sources]
    if kept and blocks:
        blocks[-1] |= KEPT
    return blocks


def document(source: Source) -> dict[str, Any]:
    """A passage that can be cited by its paragraphs.

    A `search_result` would do as well, but langchain-anthropic 1.7 streams the text between search results without the
    numbers of its blocks, and which words a citation belongs to would be lost.
    """
    paragraphs = [found[0] for found in PARAGRAPH.finditer(source.text) if found[0].strip()]
    return {
        "type": "document",
        "source": {"type": "content", "content": [{"type": "text", "text": paragraph} for paragraph in paragraphs]},
        "title": source.title,
        "context": source.section,
        "citations": {"enabled": True},
    }


class CitationReader:
    """Blocks of text with citations to statements in our form, one JSON object a line.

    Claude writes a sentence in several blocks, the cited words in one of their own: words before them that end no sentence
    belong to it. A reply that is JSON itself stays as it is.
    """

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources
        self._verbatim: bool | None = None
        self._block: object = None
        self._lead = ""
        self._text = ""
        self._citations: list[dict[str, str]] = []

    def read(self, content: object) -> str:
        """The statements that this content completes."""
        blocks = content if isinstance(content, list) else [{"type": "text", "text": content}]
        return "".join(self._read(block) for block in blocks if isinstance(block, Mapping))

    def end(self) -> str:
        """The last statements."""
        if self._verbatim:
            return ""
        if not self._citations and NOTHING.match(self._lead + self._text):
            return EMPTY_REPLY
        return self._close() + line_of(self._lead, [])

    def _read(self, block: Mapping[str, Any]) -> str:
        if block.get("type") != "text":
            return ""
        text = str(block.get("text") or "")
        if self._verbatim is None and text.strip():
            self._verbatim = text.lstrip()[0] in "{[`"
        if self._verbatim:
            return text
        number = block.get("index")
        closed = self._close() if number is None or number != self._block else ""
        self._block = number
        self._text += text
        self._citations += [quoted for citation in block.get("citations") or [] if (quoted := self._quote(citation))]
        return closed

    def _close(self) -> str:
        """End a block: with citations it is a statement; without, its whole sentences are, and the rest leads to the next."""
        text, citations = self._lead + self._text, self._citations
        self._lead, self._text, self._citations = "", "", []
        if citations:
            return line_of(text, citations)
        ends = list(SENTENCE_END.finditer(text))
        whole = ends[-1].end() if ends else 0
        self._lead = text[whole:]
        return line_of(text[:whole], [])

    def _quote(self, citation: Mapping[str, Any]) -> dict[str, str]:
        """Section and quote of a citation, by its place among the sources; empty for one of another kind."""
        place = citation.get("document_index", citation.get("search_result_index"))
        quote = str(citation.get("cited_text") or "").strip()
        if not isinstance(place, int) or not 0 <= place < len(self._sources) or not quote:
            return {}
        return {"section": self._sources[place].section, "quote": quote}


def line_of(text: str, citations: list[dict[str, str]]) -> str:
    """A statement as a line of JSON; nothing for words without a citation that state nothing, as `Three checks:`."""
    stripped = AROUND.sub("", text)
    if not WORD.search(stripped) or (not citations and stripped.endswith(":")):
        return ""
    return json.dumps({"text": stripped, "citations": citations}, ensure_ascii=False) + "\n"
