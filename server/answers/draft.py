"""What a model claims to statements that quote the page: only what is found there, in what was retrieved, gets a citation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mlplaybook.ingest.blocks import Span
from mlplaybook.server.answers.locate import Folded, fold, locate
from mlplaybook.server.answers.orders import inside, order_spans
from mlplaybook.server.answers.records import Citation, Statement, quote_hash
from mlplaybook.server.answers.support import supported
from mlplaybook.server.answers.verify import verify
from mlplaybook.server.llm.cite import Reference
from mlplaybook.server.llm.parse import Claim
from mlplaybook.server.retrieval.search import Hit

# Fewer words stand on every page and support nothing.
SHORTEST_QUOTE = 3
# A whole section quoted is no evidence for a sentence.
LONGEST_QUOTE = 1_500


@dataclass(frozen=True, slots=True)
class Shown:
    """A section that the model was shown, with its text as quotes are looked up in it; what gives orders is no evidence."""

    hit: Hit
    folded: Folded
    number: int
    orders: tuple[Span, ...]


class Desk:
    """Turns claims into verified statements, one after the other; `removed` counts those that were not kept.

    :param secret: texts that no statement may repeat, such as the instructions.
    """

    def __init__(self, hits: Sequence[Hit], question: str, secret: Sequence[str] = ()) -> None:
        self._shown = {hit.section.id: show(hit, n) for n, hit in enumerate(hits, start=1)}
        self._documents = {hit.document.id: hit.document for hit in hits}
        self._question = question
        self._secret = secret
        self._said: set[str] = set()
        self._numbers: dict[str, int] = {}
        self.removed = 0

    def check(self, claim: Claim) -> Statement | None:
        """The statement with its citations, or None when it is not supported or said before."""
        citations = tuple(dict.fromkeys(filter(None, (self._cite(one) for one in claim.citations))))
        draft = Statement(claim.text, citations)
        kept, _ = verify([draft], self._documents)
        headings = [heading for one in citations for heading in one.heading_path]
        if not kept or not supported(draft, [*headings, self._question], self._secret):
            self.removed += 1
            return None
        folded = fold(claim.text).text.casefold()
        if folded in self._said:
            return None
        self._said.add(folded)
        return numbered(kept[0], self._numbers)

    def _cite(self, reference: Reference) -> Citation | None:
        """The citation of a reference: in the section it names, or else in whichever of those shown has the words."""
        words = len(reference.quote.split())
        if words < SHORTEST_QUOTE or len(reference.quote) > LONGEST_QUOTE:
            return None
        named = self._shown.get(reference.section)
        others = [shown for shown in self._shown.values() if shown is not named]
        for shown in ([named] if named else []) + others:
            found = locate(shown.folded, reference.quote)
            if found is not None and not inside(shown.orders, *found):
                return create_citation(shown.hit, *found)
        return None


def show(hit: Hit, number: int) -> Shown:
    """A hit as the model sees it, under its number."""
    return Shown(hit, fold(hit.text), number, order_spans(hit.text, 0, len(hit.text)))


def create_citation(hit: Hit, start: int, end: int) -> Citation:
    """The citation of a range of what a hit shows; its number is given when the statement is kept."""
    begin, stop = hit.char_start + start, hit.char_start + end
    quote = hit.document.text[begin:stop]
    return Citation(0, hit.document.id, hit.section.id, hit.path, begin, stop, quote, quote_hash(quote))


def numbered(statement: Statement, numbers: dict[str, int]) -> Statement:
    """The statement with its sections counted in the order in which an answer first cites them."""
    cited = (replace(one, n=numbers.setdefault(one.section, len(numbers) + 1)) for one in statement.citations)
    return replace(statement, citations=tuple(cited))


def shown_numbers(hits: Sequence[Hit]) -> Mapping[int, str]:
    """The sections as the passages of a prompt are counted."""
    return {number: hit.section.id for number, hit in enumerate(hits, start=1)}
