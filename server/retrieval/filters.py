"""Which pages may be found at all."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mlplaybook.ingest.errors import BadSetting, PageMissing
from mlplaybook.ingest.frontmatter import VOLATILITIES
from mlplaybook.server.retrieval.index import Index


@dataclass(frozen=True, slots=True)
class Filter:
    """Only these pages, below these folders, with one of these topics, of these volatilities; empty means all.

    What is given must hold together; of several values of one kind one is enough.
    """

    pages: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    volatilities: tuple[str, ...] = ()

    def passes(self, page: str, folder: str, topics: Iterable[str], volatility: str) -> bool:
        """Whether a page passes."""
        return (
            (not self.pages or page in self.pages)
            and (not self.folders or any(folder == name or folder.startswith(f"{name}/") for name in self.folders))
            and (not self.topics or not {*map(topic_key, self.topics)}.isdisjoint(map(topic_key, topics)))
            and (not self.volatilities or volatility in self.volatilities)
        )


EVERYTHING = Filter()


def create_filter(
    pages: Sequence[str] = (), folders: Sequence[str] = (), topics: Sequence[str] = (), volatilities: Sequence[str] = ()
) -> Filter:
    """A filter from what a person wrote.

    :raises BadSetting: there is no such volatility.
    """
    for volatility in volatilities:
        if volatility not in VOLATILITIES:
            cause = f"There is no volatility '{volatility}'."
            raise BadSetting(cause, f"Use one of: {', '.join(VOLATILITIES)}.")
    return Filter(tuple(pages), tuple(folders), tuple(topics), tuple(volatilities))


def topic_key(topic: str) -> str:
    """A topic as it is compared: case and hyphens do not count.

    >>> topic_key("Data-Drift") == topic_key("data drift")
    True
    """
    return " ".join(topic.casefold().replace("-", " ").split())


def allowed_rows(index: Index, only: Filter) -> frozenset[int] | None:
    """Chunk rows that the filter leaves, or None for all of them."""
    if only == EVERYTHING:
        return None
    connection = index.catalog.connection
    pages = connection.execute("SELECT id, folder, topics, volatility FROM documents")
    allowed = {
        page
        for page, folder, topics, volatility in pages
        if only.passes(page, folder, json.loads(topics) if only.topics else (), volatility)
    }
    rows = connection.execute("SELECT row, document FROM chunks")
    return frozenset(row for row, document in rows if document in allowed)


def nothing_passes(index: Index, only: Filter) -> PageMissing:
    """The error for a filter that no page passes; for a topic that no page has it names the nearest that exist."""
    volatilities = (f"volatility {volatility}" for volatility in only.volatilities)
    wanted = ", ".join([*only.pages, *only.folders, *(f"topic {topic}" for topic in only.topics), *volatilities])
    cause = f"No page of '{index.manifest.corpus}' passes the filter ({wanted})."
    lists = index.catalog.connection.execute("SELECT topics FROM documents")
    topics = {topic for (found,) in lists for topic in json.loads(found)}
    unknown = {*map(topic_key, only.topics)} - {*map(topic_key, topics)}
    if only.topics and not topics:
        return PageMissing(cause, "Its pages have no topics: leave out --topic.")
    if unknown:
        return PageMissing(cause, near_topics(sorted(unknown), topics))
    if only.topics or only.volatilities:
        return PageMissing(cause, "All that is given must hold together: leave something out.")
    return PageMissing(cause, "Name pages by id and folders by path, such as 07-operations.")


def near_topics(unknown: Sequence[str], topics: Iterable[str]) -> str:
    """A remedy that names, for every topic that does not exist, the nearest that do."""
    keys = {topic_key(topic): topic for topic in sorted(topics)}
    close = dict.fromkeys(near for topic in unknown for near in difflib.get_close_matches(topic, keys, n=3, cutoff=0.5))
    if not close:
        return f"No topic is near; some there are: {', '.join(sorted(topics)[:5])}."
    return f"Topics near it: {', '.join(keys[key] for key in close)}."
