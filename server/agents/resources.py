"""Pages, sections and artefacts as resources, under the URIs that search results name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError
from mcp.server.mcpserver.resources import FunctionResource

from mlplaybook.ingest.catalog import read_document, read_sections
from mlplaybook.ingest.errors import PlaybookError
from mlplaybook.server.agents.artefact_text import INDEX, TEXTS, index_text
from mlplaybook.server.agents.completion import near
from mlplaybook.server.agents.deps import Deps
from mlplaybook.server.agents.reading import read_reply
from mlplaybook.server.calls.library import Kind, artefact_names, list_pages
from mlplaybook.server.calls.read import ReadReply
from mlplaybook.server.pages import read_page
from mlplaybook.server.service import Service

MARKDOWN = "text/markdown"
PAGE, SECTION = "playbook://page/{id}", "playbook://page/{id}/{heading}"
ABOUT: dict[Kind, tuple[str, str]] = {
    "template": (
        "Template",
        "What a document asks for, field by field, with a good example each; fill_template fills it.",
    ),
    "checklist": ("Checklist", "Checks with the reason for each, by the moment at which they are gone through."),
    "decision": ("Decision table", "Inputs and rows of a decision; the tool decide runs it."),
    "rubric": ("Rubric", "Dimensions of a score with what each rating means; the tool decide applies it."),
    "calculator": ("Calculator", "A formula with its inputs; the tool decide works it out."),
}
# In errors; what was asked for may be anything.
LONGEST_NAME = 80


def register_resources(server: MCPServer[Any], deps: Deps) -> None:
    """The list of pages as a resource, everything else by templates: a list of it would cost each client that reads it."""
    server.add_resource(
        FunctionResource(
            uri=INDEX, name="index", title="What the playbook holds", mime_type=MARKDOWN, fn=lambda: read(deps, index_text),
            description="Every page by folder, and the ids of templates, checklists, decisions, rubrics and calculators.",
        )
    )  # fmt: skip
    register_pages(server, deps)
    for kind, (title, description) in ABOUT.items():
        server.resource(
            f"playbook://{kind}/{{id}}", name=kind, title=title, description=description, mime_type=MARKDOWN
        )(artefact_reader(deps, kind))


def register_pages(server: MCPServer[Any], deps: Deps) -> None:
    """Pages and their sections."""

    @server.resource(
        PAGE, name="page", title="Page", mime_type=MARKDOWN, description="A whole page with its sources."
    )  # fmt: skip
    def page(id: str) -> str:  # noqa: A002 (the URI's name for it)
        return read(deps, lambda service: page_text(service, id))

    @server.resource(
        SECTION, name="section", title="Section", mime_type=MARKDOWN,
        description="A section of a page with everything below its heading; shorter than the page.",
    )  # fmt: skip
    def section(id: str, heading: str) -> str:  # noqa: A002
        return read(deps, lambda service: page_text(service, id, heading))


def artefact_reader(deps: Deps, kind: Kind) -> Callable[[str], str]:
    """Reads artefacts of a kind by id."""

    def artefact(id: str) -> str:  # noqa: A002
        return read(deps, lambda _: artefact_by_id(kind, id))

    return artefact


def read(deps: Deps, text: Callable[[Service], str]) -> str:
    """A text on the newest generation; errors of ours keep their words, others say nothing."""
    with deps.live.lend() as service:
        try:
            return text(service)
        except PlaybookError as error:
            raise ResourceError(f"{error.cause} {error.remedy}") from error


def page_text(service: Service, page: str, heading: str = "") -> str:
    """A page, or one of its sections, as the tool read_playbook gives it, whole.

    Only exact names are taken: what is no id of a page or heading is looked up nowhere.

    :raises ResourceNotFoundError: there is none of that name; the error names the nearest ones.
    """
    catalog = service.index.catalog
    if read_document(catalog, page) is None:
        raise not_found("page", page, [entry.id for entry in list_pages(service)])
    sections = read_sections(catalog, page)
    anchors = [section.anchor for section in sections]
    if heading and heading not in anchors:
        raise not_found("section", heading, anchors, f" of the page {page}", f"playbook://page/{page}")
    found = read_page(service.index, f"{page}#{heading}" if heading else page)
    ids = tuple(section.id for section in sections)
    return read_reply(ReadReply(found, found.text, found.char_start, found.char_end, ids)).text + "\n"


def artefact_by_id(kind: Kind, name: str) -> str:
    """An artefact as text.

    :raises ResourceNotFoundError: there is none of that name; the error names the nearest ones.
    """
    known = artefact_names(kind)
    if name not in known:
        raise not_found(kind, name, known)
    return TEXTS[kind](name)


def not_found(
    kind: str, name: str, known: tuple[str, ...] | list[str], of: str = "", all_of_it: str = INDEX
) -> ResourceNotFoundError:
    """What to say where there is nothing of that name."""
    close = near(name[:LONGEST_NAME], known)
    offer = f" Nearest: {', '.join(close)}." if close else ""
    return ResourceNotFoundError(f"There is no {kind} '{shown(name)}'{of}.{offer} All are in {all_of_it}.")


def shown(name: str) -> str:
    """A name as an error may repeat it: not too long, and nothing in it that cannot be seen."""
    return "".join(sign if sign.isprintable() else "?" for sign in name[:LONGEST_NAME])
