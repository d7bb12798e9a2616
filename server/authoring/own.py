"""A project's own version of a page: started from the shipped one, and given back."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from mlplaybook.ingest.errors import BadSetting, PageMissing
from mlplaybook.server.authoring.pages import Page, Playbook
from mlplaybook.server.pages import nearest


def find_page(playbook: Playbook, identifier: str) -> Page:
    """A page by id; raises PageMissing naming the nearest ones."""
    for page in playbook.pages:
        if page.id == identifier:
            return page
    names = [page.id for page in playbook.pages]
    raise PageMissing(f"The playbook has no page '{identifier}'.", nearest(identifier, names))


def start_own(playbook: Playbook, identifier: str, folder: Path) -> Path:
    """Copy the shipped page into the project's folder, where it wins from the next question on.

    :raises BadSetting: the project already has one; it is not overwritten.
    """
    page = find_page(playbook, identifier)
    target = folder / f"{identifier}.md"
    if target.exists():
        raise BadSetting(f"{target} exists already.", "Edit it, or remove it first with: mlplaybook knowledge reset")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(page.document.text, "utf-8")
    return target


def reset_own(identifier: str, folder: Path) -> Path:
    """Remove the project's version, so that the shipped page serves again; raises PageMissing when there is none."""
    target = folder / f"{identifier}.md"
    if not target.is_file():
        own = ", ".join(sorted(path.stem for path in folder.glob("*.md"))) or "none"
        raise PageMissing(f"The project has no page '{identifier}' of its own (it has: {own}).", f"Looked in {folder}.")
    target.unlink()
    return target


def select(pages: Iterable[Page], folder: str, topic: str, volatility: str) -> list[Page]:
    """Pages below a folder, with a topic and of a volatility; an empty filter lets all pass."""
    return [
        page
        for page in pages
        if (not folder or page.document.folder.startswith(folder))
        and (not topic or topic in page.document.topics)
        and (not volatility or page.document.volatility == volatility)
    ]
