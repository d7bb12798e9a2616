"""Rules for what a page says: numbers with units and sources, no hidden text, nobody addressed but the engineer."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Callable, Iterator
from datetime import date

import yaml

from mlplaybook.ingest.plain import SOURCE_MARK
from mlplaybook.server.authoring.findings import Finding
from mlplaybook.server.authoring.pages import Page, Playbook
from mlplaybook.server.authoring.rules_pages import plain_prose, prose

# A claim that draws a line: such a number comes from somewhere, or is our own and says so.
THRESHOLD = re.compile(
    r"(?:\b(?:above|below|under|over|more than|less than|fewer than|at least|at most|exceeds?)\s|[<>≤≥]\s?)[~$€£]?\d"
)
OWN = re.compile(
    r"\b(?:defaults?|conventions?|we|our|ours|rule of thumb|choice|recommend|suggest|example|worked|assum\w+|suppose|say"
    r"|simulat\w+|comput\w+|calculat\w+|arithmetic|invented|if|budget)\b",
    re.IGNORECASE,
)
# Quantities that mean nothing without a unit.
BARE = re.compile(
    r"\b(?:latency|timeout|time-out|time to live|TTL|response time)\b(?: (?:of|is|below|above|under|over|at most))+ (\d[\d.,]*)"
    r"(?![\d.,]*\s?(?:ms|s\b|sec|min|h\b|hour|day|µs|%|x\b|×|times|to\b|and\b|–|-))",
    re.IGNORECASE,
)
HIDDEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\u00ad\U000e0000-\U000e007f]")
TO_A_MACHINE = re.compile(
    r"\b(?:as an (?:AI|LLM|assistant)|you are an? (?:AI|LLM|helpful|language model|assistant|expert)"
    r"|ignore (?:all |any )?(?:previous|prior|above) instructions|dear (?:AI|assistant|model)"
    r"|(?:the )?(?:AI|assistant|agent|model) (?:reading|that reads) this)\b",
    re.IGNORECASE,
)
QUOTED = re.compile(r"`[^`]*`|\"[^\"]*\"|“[^”]*”")
PARSERS: dict[str, Callable[[str], object]] = {
    "python": ast.parse,
    "yaml": lambda code: list(yaml.safe_load_all(code)),
    "yml": lambda code: list(yaml.safe_load_all(code)),
    "json": json.loads,
    "toml": tomllib.loads,
}


def thresholds_have_a_source(playbook: Playbook, today: date) -> Iterator[Finding]:
    """A section that draws a line by a number names where it comes from, or says that it is the playbook's own.

    The summary repeats what the sections below it source.
    """
    for page in playbook.pages:
        for section in page.sections:
            text = prose(page, section.body_start, section.char_end)
            match = THRESHOLD.search(text)
            if match and section.level > 2 and not SOURCE_MARK.search(text) and not OWN.search(text):
                yield Finding(
                    "numbers", section.id, f"'{around(text, match)}' has no source; mark one or say that it is ours"
                )


def quantities_have_a_unit(playbook: Playbook, today: date) -> Iterator[Finding]:
    """A latency or timeout says what it is counted in."""
    for page in playbook.pages:
        for section in page.sections:
            text = plain_prose(page, section.body_start, section.char_end)
            for match in BARE.finditer(text):
                yield Finding("numbers", section.id, f"'{around(text, match)}' has no unit")


def nothing_is_hidden(playbook: Playbook, today: date) -> Iterator[Finding]:
    """No invisible characters and no HTML comments: a person must see what a machine reads."""
    for page in playbook.pages:
        text = page.document.text
        for match in HIDDEN.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            yield Finding("hidden", page.id, f"line {line}: invisible character U+{ord(match[0]):04X}")
        if "<!--" in text:
            yield Finding("hidden", page.id, f"line {text.count(chr(10), 0, text.index('<!--')) + 1}: an HTML comment")


def nobody_but_the_engineer_is_addressed(playbook: Playbook, today: date) -> Iterator[Finding]:
    """No instructions to an AI outside code and quotation marks."""
    for page in playbook.pages:
        for section in page.sections:
            text = QUOTED.sub("", prose(page, section.body_start, section.char_end))
            match = TO_A_MACHINE.search(text)
            if match:
                yield Finding("address", section.id, f"'{match[0]}' speaks to a machine; pages speak to engineers")


def code_can_be_read_by_its_language(playbook: Playbook, today: date) -> Iterator[Finding]:
    """Python compiles; YAML, JSON and TOML parse; every fence is closed and names its language."""
    for page in playbook.pages:
        for block in page.blocks:
            if block.kind == "code":
                yield from check_code(page, page.document.text[block.start : block.end], closed=block.closed)


def check_code(page: Page, source: str, *, closed: bool) -> Iterator[Finding]:
    """The findings of one code block."""
    opening, _, rest = source.partition("\n")
    language = opening.strip("`~ ").split(" ")[0].lower()
    first = rest.split("\n", 1)[0][:40]
    if not closed:
        yield Finding("code", page.id, f"the block that begins '{first}' is never closed")
    elif not language:
        yield Finding("code", page.id, f"the block that begins '{first}' names no language")
    elif language in PARSERS:
        try:
            PARSERS[language](rest.rsplit("\n", 1)[0])
        except (SyntaxError, ValueError, yaml.YAMLError) as error:
            yield Finding(
                "code", page.id, f"{language} block that begins '{first}': {' '.join(str(error).split())[:120]}"
            )


def around(text: str, match: re.Match[str]) -> str:
    """The words about a match, on one line."""
    return " ".join(text[max(0, match.start() - 25) : match.end() + 25].split())
