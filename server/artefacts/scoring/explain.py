"""What a score means and what to do first: a model's statements as far as the sheet or the playbook has their words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from mlplaybook.ingest.documents import Chunk, Document, Section
from mlplaybook.ingest.sentences import sentence_spans
from mlplaybook.prompts.library import render
from mlplaybook.server.answers.draft import Desk, create_citation
from mlplaybook.server.answers.everything import NO_SCORES, read_sections_of
from mlplaybook.server.answers.records import Citation, Statement
from mlplaybook.server.answers.writer import Writer, checked, room_left
from mlplaybook.server.artefacts.scoring.records import Score
from mlplaybook.server.llm.deadline import create_deadline
from mlplaybook.server.llm.parse import Parser
from mlplaybook.server.llm.records import Done, Message, ModelFailed, Part, Request, Restart
from mlplaybook.server.prompting import prompts_refused
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.retrieval.search import Hit

SHEET = "score-sheet"
# The weakest dimensions have a section each, and an action each on perhaps another one.
MOST_SECTIONS = 6
# Of a long section its beginning says what the dimension is about.
LONGEST_SECTION = 4_000
SHORTEST_SENTENCE = 5


@dataclass(frozen=True, slots=True)
class Explanation:
    """Statements with their citations, of which `score-sheet` is the sheet itself; `removed` counts those not kept."""

    statements: tuple[Statement, ...]
    sheet: str
    mode: str = "extractive"
    degraded: tuple[str, ...] = ()
    removed: int = 0
    model: str = ""
    prompt: str = ""
    tokens: int = 0
    cost_usd: float | None = 0.0


def explain(index: Index, score: Score, writer: Writer | None) -> Explanation:
    """The explanation by a model; without one, or when it fails, the sections' own first words.

    :raises PromptRefused: the prompt cannot be rendered.
    """
    sheet, hits = sheet_of(score), tuple(weak_sections(index, score))
    plain = Explanation(tuple(own_words(hits)), sheet)
    if writer is None:
        return plain
    plain = replace(plain, prompt=writer.prompt.stamp)
    try:
        return by_model(writer, score, sheet, hits)
    except ModelFailed as failed:
        return replace(plain, degraded=(f"llm: {failed.public}",))


def sheet_of(score: Score) -> str:
    """The result as text: total with band, broken floors, and a line for each dimension."""
    return "\n".join(sheet_lines(score))


def sheet_lines(score: Score) -> Iterator[str]:
    """The lines of the sheet."""
    reached = f"{score.total:g}" if score.total is not None else f"between {score.lowest:g} and {score.highest:g}"
    band = f', band "{score.band.label}": {score.band.meaning}' if score.band else ", band not settled"
    yield f"{score.title}: {reached} of {score.maximum:g}{band}"
    titles = {rated.name: rated.title for rated in score.ratings}
    for broken in score.broken:
        title = titles.get(broken.dimension, broken.dimension)
        yield f"- Floor missed: {title} is {broken.score:g} and needs {broken.minimum:g}. {broken.meaning}"
    for rated in score.ratings:
        points = f"{rated.points:g} of {rated.full:g} points"
        yield f"- {rated.title}: rated {rated.score:g}, {points}{f', {rated.anchor}' if rated.anchor else ''}"


def weak_sections(index: Index, score: Score) -> Iterator[Hit]:
    """The sections on the weakest dimensions, then those that the next actions point to, each once, as far as they exist."""
    sections = {rated.name: rated.section for rated in score.ratings}
    wanted = [sections[name] for name in score.weakest if name in sections]
    wanted += [step.section for step in score.next_steps]
    for name in list(dict.fromkeys(wanted))[:MOST_SECTIONS]:
        known = index.catalog.connection.execute(
            "SELECT 1 FROM documents WHERE id = ?", (name.partition("#")[0],)
        ).fetchone()
        found = read_sections_of(index, name.partition("#")[0]) if known else []
        for hit in (hit for hit in found if hit.section.id == name):
            yield replace(hit, char_end=min(hit.char_end, hit.char_start + LONGEST_SECTION))


def own_words(hits: Sequence[Hit]) -> Iterator[Statement]:
    """The first sentence of each section, quoted."""
    for number, hit in enumerate(hits, start=1):
        for span in sentence_spans(hit.text, 0, len(hit.text)):
            text = hit.text[span.start : span.end]
            if len(text.split()) >= SHORTEST_SENTENCE and text[0].isalnum() and "\n" not in text:
                yield Statement(text, (replace(create_citation(hit, span.start, span.end), n=number),))
                break


def by_model(writer: Writer, score: Score, sheet: str, hits: Sequence[Hit]) -> Explanation:
    """The statements of one reply that hold.

    :raises ModelFailed: there is no reply, or nothing of it holds.
    """
    request, shown = create_request(writer, sheet, hits)
    page = sheet_hit(sheet, score.title)
    names = {number: hit.section.id for number, hit in enumerate(shown, start=1)}
    secret = [message.content for message in request.messages if message.static]
    parser, desk, kept = Parser(names), Desk((*shown, page), score.title, secret), list[Statement]()
    for item in writer.model.stream(request, create_deadline(writer.seconds)):
        if isinstance(item, Restart):
            parser, desk, kept = Parser(names), Desk((*shown, page), score.title, secret), []
            continue
        kept += checked(desk, parser.feed(item.text) if isinstance(item, Part) else parser.finish())
        if isinstance(item, Done):
            return explanation(writer, sheet, kept, desk.removed, item)
    raise ModelFailed("garbage", writer.model.name)


def explanation(writer: Writer, sheet: str, kept: Sequence[Statement], removed: int, done: Done) -> Explanation:
    """The record of a reply; raises ModelFailed when nothing of it is left."""
    if not kept:
        raise ModelFailed("garbage", done.model)
    tokens = done.usage.prompt_tokens + done.usage.completion_tokens
    named = tuple(replace(one, citations=tuple(map(of_sheet, one.citations))) for one in kept)
    return Explanation(named, sheet, "llm", (), removed, done.model, writer.prompt.stamp, tokens)


def of_sheet(citation: Citation) -> Citation:
    """A citation of the sheet by its name, without the sign of a heading."""
    return replace(citation, section=SHEET) if citation.document == SHEET else citation


def create_request(writer: Writer, sheet: str, hits: Sequence[Hit]) -> tuple[Request, tuple[Hit, ...]]:
    """What the model is told, with as many of the sections as leave room for the reply.

    :raises ModelFailed: not even the sheet fits.
    """
    for shown in (tuple(hits[:count]) for count in range(len(hits), -1, -1)):
        passages = [{"section": h.section.id, "title": " > ".join(h.path), "text": h.text} for h in shown]
        with prompts_refused():
            rendered = render(writer.prompt, sheet=sheet, passages=passages)
        messages = tuple(Message(one.role, one.content, one.static) for one in rendered)
        request = Request(messages, writer.max_tokens, writer.temperature, writer.prompt.output)
        if room_left(writer, request) >= 0:
            return request, shown
    raise ModelFailed("too-long", writer.model.name)


def sheet_hit(sheet: str, title: str) -> Hit:
    """The sheet as a section that statements can cite."""
    document = Document(SHEET, title, sheet, SHEET)
    section = Section(SHEET, "", (title,), 1, 0, 0, 0, len(sheet))
    chunk = Chunk(SHEET, SHEET, section.id, (title,), 0, 0, len(sheet), sheet, sheet)
    return Hit(document, section, chunk, 0, NO_SCORES, 0, len(sheet))
