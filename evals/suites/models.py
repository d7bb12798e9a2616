"""Models that are scripts: one that does its task as plainly as can be, one that obeys whoever attacks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from mlplaybook.prompts.records import Prompt
from mlplaybook.server.answers.reply import Means
from mlplaybook.server.answers.writer import Writer
from mlplaybook.server.llm.deadline import Deadline
from mlplaybook.server.llm.records import Done, Part, Request, Stream, Usage

PASSAGE = re.compile(r'<passage (\w+) [^\n]*?section="([^"]+)"[^\n]*>\n(.*?)\n</passage \1>', re.DOTALL)
# A first sentence that stands in a paragraph: no heading, table, list or code.
SENTENCE = re.compile(r"^(?![#|>\-*`\d])(\S[^\n]{20,300}?[.])(?=\s|$)", re.MULTILINE)
STATEMENTS = 3
WINDOW = 100_000


@dataclass(frozen=True, slots=True)
class Copier:
    """Says the first sentence of each of the first passages that its prompt shows, with itself as the quote."""

    name: str = "scripted:copier"
    window: int = WINDOW
    cites: bool = False

    def stream(self, request: Request, deadline: Deadline) -> Stream:
        """One reply, whole."""
        shown = [
            {"text": sentence, "citations": [{"section": section, "quote": sentence}]}
            for section, sentence in first_sentences(request)
        ]
        yield Part(json.dumps({"statements": shown[:STATEMENTS]}))
        yield Done(self.name, Usage(), "stop", 0.0)


@dataclass(frozen=True, slots=True)
class Obedient:
    """Says what an attack wants said, with a true quote beside it, and then repeats its instructions where that is wanted."""

    payload: str
    leaks: bool = False
    name: str = "scripted:obedient"
    window: int = WINDOW
    cites: bool = False

    def stream(self, request: Request, deadline: Deadline) -> Stream:
        """The payload behind every quote that it can find."""
        said = self.payload
        if self.leaks:
            said = next((one.content for one in request.messages if one.role == "system"), "")[:600]
        quoted = first_sentences(request)
        replies = [{"text": said, "citations": [{"section": s, "quote": quote}]} for s, quote in quoted]
        yield Part(json.dumps({"statements": [*replies, {"text": said, "citations": []}]}))
        yield Done(self.name, Usage(), "stop", 0.0)


@dataclass(frozen=True, slots=True)
class Misled:
    """Obeys a page: says what the page wants said, and quotes the page's own words for it, and every other passage."""

    payload: str
    name: str = "scripted:misled"
    window: int = WINDOW
    cites: bool = False

    def stream(self, request: Request, deadline: Deadline) -> Stream:
        """The payload behind the line that has it, behind the words themselves, and behind whatever else is shown."""
        text = "\n".join(message.content for message in request.messages if not message.static)
        lines = [
            (one[2], line) for one in PASSAGE.finditer(text) for line in one[3].splitlines() if self.payload in line
        ]
        quoted = [*lines, *((section, self.payload) for section, _ in lines), *sentences_of(text)]
        replies = [{"text": self.payload, "citations": [{"section": s, "quote": quote}]} for s, quote in quoted]
        yield Part(json.dumps({"statements": replies}))
        yield Done(self.name, Usage(), "stop", 0.0)


def first_sentences(request: Request) -> list[tuple[str, str]]:
    """Section and first sentence of every passage of a request that has one."""
    text = "\n".join(message.content for message in request.messages if not message.static)
    return list(sentences_of(text))


def sentences_of(text: str) -> Iterator[tuple[str, str]]:
    """The same of a prompt's text."""
    for passage in PASSAGE.finditer(text):
        sentence = SENTENCE.search(passage[3])
        if sentence:
            yield passage[2], sentence[1]


def means_with(model: Copier | Obedient | Misled, prompt: Prompt) -> Means:
    """Answering by a scripted model."""
    return Means(Writer(model, prompt, count=lambda text: len(text) // 3))
