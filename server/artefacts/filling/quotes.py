"""Where in a project's inputs the words stand that a model quotes, and whether they are words that count."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from mlplaybook.ingest.sentences import sentence_spans
from mlplaybook.server.answers.locate import Folded, fold, locate
from mlplaybook.server.artefacts.filling.passages import Passage
from mlplaybook.server.artefacts.records import Evidence
from mlplaybook.server.llm.cite import Reference

# One word is no evidence: it says nothing of what it is about. A key and its value are two.
FEWEST_WORDS = 2
# The prompt allows 60 words; a whole page quoted is no evidence for a value.
LONGEST_QUOTE = 900
LIST_SIGN = re.compile(r"(?:^|\s)(?:[-*+•]|#{1,6})\s+")
WORDS = re.compile(r"\w+(?:[.,]\d+)*")
# Text that speaks to a program: it is data like any other, and no fact about the project.
ORDERS = re.compile(
    r"\b(?:ignor(?:e|ing)|disregard|forget|overrid(?:e|ing)|bypass|skip)\b[^.\n]{0,50}"
    r"\b(?:rules?|instructions?|prompts?|guidelines?|guardrails?|earlier|previous|prior|above|verif\w+|citations?)\b"
    r"|\b(?:you are (?:now )?|act as |pretend to be )(?:an? |the )?(?:\w+ ){0,2}(?:ai|assistant|model|chatbot|bot|agent|tool)\b"
    r"|\b(?:notes?|messages?|instructions?|attention|dear|hello|hey)[ ,:]*(?:to|for)?[ ,:]*(?:the |any |all )?"
    r"(?:ai|a\.i\.|llm|language model|assistants?|models?|(?:coding |ai )?agents?|chatbots?|extractors?|programs?|software)\b"
    r"\s*[:,!]"
    r"|(?:^|\n)\W{0,4}(?:system|developer|assistant)\s*(?:prompt|message|override|note)?\s*[:\]>]"
    r"|\b(?:new|updated|real|hidden|special) (?:(?:system )?(?:instructions?|prompt)\b|rules?:)"
    r"|\b(?:fill|set|write|put|enter|answer|return|output|reply|respond|report)\b[^.\n]{0,60}"
    r"\b(?:fields?|json|verbatim|as (?:the |its )?value|whatever (?:else|the)|no matter what|regardless of|instead of the real)\b"
    r"|\b(?:begin|end) (?:system|admin)\b|<\|",
    re.IGNORECASE,
)
# A field's full name as the object of an order; no note about a project has that.
SETS = r"\b(?:set|fill|write|put|change|make|use|enter|mark|leave|answer|report)\b"
MUST = r"(?:must|should|has to|is to|shall) (?:be|say|read)\b"


class Shelf:
    """The inputs and the passages they were shown as; `find` looks quotes up in them.

    :param texts: source to text.
    :param names: the fields asked for; a sentence that gives one an order by its full name is no fact.
    """

    def __init__(self, texts: Mapping[str, str], passages: Sequence[Passage], names: Sequence[str] = ()) -> None:
        self._texts = texts
        self._passages = {passage.section: passage for passage in passages}
        self._folded: dict[str, Folded] = {}
        dotted = "|".join(re.escape(name) for name in names if "." in name)
        self._names = (
            re.compile(rf"{SETS}[^\n]{{0,80}}(?:{dotted})|(?:{dotted})\W{{1,6}}{MUST}", re.I) if dotted else None
        )

    def find(self, reference: Reference) -> Evidence | None:
        """The words where the input has them: in the passage named, in its input, or in whichever was shown."""
        quote = reference.quote.strip()
        if not quote or len(quote) > LONGEST_QUOTE:
            return None
        # Lines of a list quoted as one line have their signs in the middle, where the page has them at the beginning.
        for words in dict.fromkeys((quote, LIST_SIGN.sub(" ", quote))):
            for source, begin, stop in self._places(reference.section):
                found = locate(self._fold(source, begin, stop), words)
                if found is not None:
                    evidence = self._evidence(source, begin + found[0], begin + found[1])
                    if evidence is not None:
                        return evidence
        return None

    def _evidence(self, source: str, start: int, end: int) -> Evidence | None:
        """The range as evidence; a single word counts only where it is all that the input says."""
        text = self._texts[source]
        whole = text[start:end].strip() == text.strip()
        if len(WORDS.findall(text[start:end])) < FEWEST_WORDS and not whole:
            return None
        return Evidence(source, text[start:end], start, end)

    def is_order(self, evidence: Evidence) -> bool:
        """Whether a quote belongs to a paragraph that tells a program what to do."""
        paragraph = paragraph_around(self._texts[evidence.source], evidence.char_start, evidence.char_end)
        if ORDERS.search(paragraph):
            return True
        return self._names is not None and bool(self._names.search(self.sentence(evidence)))

    def sentence(self, evidence: Evidence) -> str:
        """The whole sentences, items or lines that a quote was taken from."""
        return sentence_around(self._texts[evidence.source], evidence.char_start, evidence.char_end)

    def context(self, evidence: Evidence) -> str:
        """The words of the passage around a quote, with its title."""
        for passage in self._passages.values():
            end = passage.char_start + len(passage.text)
            if passage.source == evidence.source and passage.char_start <= evidence.char_start < end:
                return f"{passage.title}\n{passage.text}"
        return evidence.quote

    def _places(self, section: str) -> Iterator[tuple[str, int, int]]:
        named = self._passages.get(section)
        if named:
            yield named.source, named.char_start, named.char_start + len(named.text)
        source = named.source if named else section.rpartition("#")[0] or section
        if source in self._texts:
            yield source, 0, len(self._texts[source])
        yield from ((other, 0, len(text)) for other, text in self._texts.items() if other != source)

    def _fold(self, source: str, begin: int, stop: int) -> Folded:
        key = f"{begin}:{stop}:{source}"
        if key not in self._folded:
            self._folded[key] = fold(self._texts[source][begin:stop])
        return self._folded[key]


def paragraph_around(text: str, start: int, end: int) -> str:
    r"""What stands between the blank lines around a range.

    >>> paragraph_around("One.\n\nTwo.\nThree.\n\nFour.", 6, 9)
    'Two.\nThree.'
    """
    before = [match.end() for match in re.finditer(r"\n[ \t]*\n", text[:start])]
    after = re.search(r"\n[ \t]*\n", text[end:])
    return text[before[-1] if before else 0 : end + after.start() if after else len(text)].strip()


def sentence_around(text: str, start: int, end: int) -> str:
    """The sentences of the lines around a range that the range touches."""
    begin = text.rfind("\n\n", 0, start) + 1
    stop = text.find("\n\n", end)
    stop = len(text) if stop < 0 else stop
    spans = [span for span in sentence_spans(text, begin, stop) if span.start < end and start < span.end]
    return text[spans[0].start : spans[-1].end] if spans else text[start:end]
