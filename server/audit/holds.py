"""Whether an answer that somebody kept is one that could have been given here."""

from __future__ import annotations

from collections.abc import Iterator

from mlplaybook.ingest.catalog import read_document, read_sections
from mlplaybook.ingest.sections import reading_path
from mlplaybook.server.answers.ask import refusal
from mlplaybook.server.answers.records import Answer, Citation
from mlplaybook.server.answers.render import render
from mlplaybook.server.answers.support import supported
from mlplaybook.server.answers.verify import invented_numbers
from mlplaybook.server.audit.quotes import check_quotes
from mlplaybook.server.retrieval.index import Index


def holds(index: Index, answer: Answer) -> bool:
    """Whether an answer is of the serving generation, and says nothing but what its quotes there carry.

    A cache that others can write to may hold anything: quotes, the sections they are said to stand in, the words around them
    and the suggestions are looked up again. Which model wrote it and what that cost is believed.
    """
    stamp, manifest = answer.stamp, index.manifest
    if (stamp.corpus, stamp.generation) != (manifest.corpus, manifest.generation) or answer.degraded:
        return False
    if not all(is_section(index, section) for section in answer.suggestions):
        return False
    if not answer.statements:
        return answer.status == "abstained" and answer.text == refusal(index, searched(answer))
    return (
        answer.text == render(answer.statements)
        and all(check.state == "holds" for check in check_quotes(index, answer))
        and all(stands_in_its_section(index, citation) for citation in citations_of(answer))
        and carried(answer)
    )


def carried(answer: Answer) -> bool:
    """Whether every statement has quotes, and their words and numbers."""
    for statement in answer.statements:
        headings = [heading for one in statement.citations for heading in one.heading_path]
        if not statement.citations or invented_numbers(statement.text, statement.citations):
            return False
        if not supported(statement, [*headings, searched(answer)]):
            return False
    return True


def stands_in_its_section(index: Index, citation: Citation) -> bool:
    """Whether a citation names the section that its words are in, with its headings."""
    document = read_document(index.catalog, citation.document)
    if document is None:
        return False
    return any(
        section.id == citation.section
        and section.char_start <= citation.char_start
        and citation.char_end <= section.char_end
        and reading_path(document.title or document.id, section.heading_path) == citation.heading_path
        for section in read_sections(index.catalog, citation.document)
    )


def citations_of(answer: Answer) -> Iterator[Citation]:
    """Every citation once."""
    yield from dict.fromkeys(one for statement in answer.statements for one in statement.citations)


def is_section(index: Index, name: str) -> bool:
    """Whether there is a section of this id."""
    document, _, anchor = name.partition("#")
    found = index.catalog.connection.execute(
        "SELECT 1 FROM sections WHERE document = ? AND anchor = ?", (document, anchor)
    ).fetchone()
    return found is not None


def searched(answer: Answer) -> str:
    """The question that was searched for."""
    return answer.stamp.asked.searched if answer.stamp.asked and answer.stamp.asked.searched else answer.question
