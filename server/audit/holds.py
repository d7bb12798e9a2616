"""Whether an answer that somebody kept is one that could have been given here."""

from __future__ import annotations

from collections.abc import Mapping

from mlplaybook.ingest.sections import reading_path
from mlplaybook.server.answers.ask import refusal
from mlplaybook.server.answers.records import Answer, Citation, Statement
from mlplaybook.server.answers.render import render
from mlplaybook.server.answers.support import supported
from mlplaybook.server.answers.verify import normalise, verify
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.retrieval.search import Whole, read_whole


def holds(index: Index, answer: Answer) -> bool:
    """Whether an answer is of the serving generation, and says nothing but what its quotes there carry.

    A cache that others can write to may hold anything: quotes, the sections they are said to stand in, the words around them
    and the suggestions are looked up again. Which model wrote it, what that cost and how sure it is are believed.
    """
    stamp, manifest = answer.stamp, index.manifest
    if (stamp.corpus, stamp.generation) != (manifest.corpus, manifest.generation) or answer.degraded:
        return False
    if not all(is_section(index, section) for section in answer.suggestions):
        return False
    if not answer.statements:
        return answer.status == "abstained" and answer.text == refusal(index, searched(answer))
    # Only what has citations can be rendered.
    return carried(index, answer) and answer.text == render(answer.statements)


def carried(index: Index, answer: Answer) -> bool:
    """Whether every statement has quotes on the pages, where they are said to be, and their words and numbers."""
    citations = [one for statement in answer.statements for one in statement.citations]
    names = dict.fromkeys(one.document for one in citations)
    if not all(is_page(index, name) for name in names):
        return False
    pages = {name: read_whole(index, name) for name in names}
    kept, _ = verify(answer.statements, {name: page.document for name, page in pages.items()})
    if kept != answer.statements or not all(stands_in_its_section(pages, one) for one in citations):
        return False
    return all(says_no_more(statement, searched(answer)) for statement in answer.statements)


def says_no_more(statement: Statement, question: str) -> bool:
    """Whether a statement is words of a quote, or is carried by its quotes as the desk wants it."""
    said = normalise(statement.text)
    if any(said in normalise(citation.quote) for citation in statement.citations):
        return True
    return supported(statement, [*(heading for one in statement.citations for heading in one.heading_path), question])


def stands_in_its_section(pages: Mapping[str, Whole], citation: Citation) -> bool:
    """Whether a citation names the section that its words are in, with its headings."""
    section = pages[citation.document].sections.get(citation.section)
    if section is None or not section.char_start <= citation.char_start <= citation.char_end <= section.char_end:
        return False
    document = pages[citation.document].document
    return citation.heading_path == reading_path(document.title or document.id, section.heading_path)


def is_page(index: Index, name: str) -> bool:
    """Whether there is a page of this id."""
    found = index.catalog.connection.execute("SELECT 1 FROM documents WHERE id = ?", (name,)).fetchone()
    return found is not None


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
