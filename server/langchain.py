"""The search as a LangChain retriever: the same sections, scores and judgement as `mlplaybook search`."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Mapping
from typing import Literal

from pydantic import ConfigDict, Field

from mlplaybook.server.answers.assess import COVERAGE, Findings, find, hit_record
from mlplaybook.server.retrieval.filters import Filter, create_filter
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.retrieval.profiles import UNKNOWN, Profile, create_profile
from mlplaybook.server.retrieval.search import Hit, Method
from mlplaybook.server.settings import Settings, read_settings
from mlplaybook.server.wiring import open_corpus, project_profile

try:
    from langchain_core.callbacks import AsyncCallbackManagerForRetrieverRun, CallbackManagerForRetrieverRun
    from langchain_core.documents import Document
    from langchain_core.retrievers import BaseRetriever
except ModuleNotFoundError as error:
    msg = f"No module named {error.name!r}. Run: pip install 'mlplaybook[langchain]'"
    raise ModuleNotFoundError(msg, name=error.name) from error

LOGGER = logging.getLogger(__name__)
# As many as the command gives.
MOST_SECTIONS = 100

# Finds at most so many sections for a question, among the pages that pass the filter, for a project.
Search = Callable[[str, int, Filter, Profile], Findings]
WhenUncovered = Literal["empty", "nearest"]


class PlaybookRetriever(BaseRetriever):
    """Sections of a corpus as LangChain documents, best first; made by `create_retriever`.

    `pages` (ids), `folders` (paths), `topics` and `volatilities` narrow the search; pages that are not for the project of
    `profile` come later. When the corpus does not cover a question the result is empty,
    or with `when_uncovered="nearest"` the nearest sections, whose `coverage` is then `none`. `invoke(question, k=3)`
    overrides `k` once.
    """

    model_config = ConfigDict(extra="forbid")

    search: Search = Field(exclude=True, repr=False)
    corpus: str
    k: int = Field(default=5, ge=1, le=MOST_SECTIONS)
    pages: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    volatilities: tuple[str, ...] = ()
    profile: Profile = UNKNOWN
    when_uncovered: WhenUncovered = "empty"

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun | None = None, k: int | None = None
    ) -> list[Document]:
        only = create_filter(self.pages, self.folders, self.topics, self.volatilities)
        found = self.search(query, self.k if k is None else k, only, self.profile)
        if found.status == "abstained" and self.when_uncovered == "empty":
            return []
        return [create_document(hit, COVERAGE[found.status]) for hit in found.hits]

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun | None = None, k: int | None = None
    ) -> list[Document]:
        return await asyncio.to_thread(self._get_relevant_documents, query, k=k)


def create_retriever(
    corpus: str = "",
    *,
    k: int = 5,
    pages: tuple[str, ...] = (),
    folders: tuple[str, ...] = (),
    topics: tuple[str, ...] = (),
    volatilities: tuple[str, ...] = (),
    profile: Mapping[str, object] | None = None,
    when_uncovered: WhenUncovered = "empty",
    settings: Settings | None = None,
) -> PlaybookRetriever:
    """A retriever on a corpus, or on the one that MLPLAYBOOK_CORPUS names; the playbook's index is built at its first use.

    It serves the generation that was published when it was made; make it again to see a later one. Without a `profile` that
    of the project's file counts; with an empty one nothing is known of the project.

    :raises PlaybookError: there is no such corpus, its index cannot be read, or the filter or profile has a wrong value.
    """
    settings = settings or read_settings()
    only = create_filter(pages, folders, topics, volatilities)
    known = project_profile(settings) if profile is None else create_profile(profile)
    index = open_corpus(settings, corpus or settings.corpus, LOGGER.info, lambda done, total: None)
    for trouble in index.troubles:
        LOGGER.warning("degraded (%s): %s", trouble.code, trouble.text)
    return PlaybookRetriever(
        search=create_search(index),
        corpus=index.manifest.corpus,
        k=k,
        pages=only.pages,
        folders=only.folders,
        topics=only.topics,
        volatilities=only.volatilities,
        profile=known,
        when_uncovered=when_uncovered,
    )


def create_search(index: Index) -> Search:
    """The search of an index for any thread, one question at a time: SQLite, Chroma and encoder are shared."""
    lock = threading.Lock()

    def search(question: str, k: int, only: Filter, profile: Profile) -> Findings:
        with lock:
            return find(index, question, k, only, Method(profile=profile))

    return search


def create_document(hit: Hit, coverage: str) -> Document:
    """A hit as `mlplaybook search --json` records it, its text as the content and the rest as metadata.

    `source` is the file below the ingested folder; `coverage` (`full`, `partial`, `none`) judges all hits together.
    """
    record = hit_record(hit)
    content = record.pop("text")
    metadata = {**record, "coverage": coverage, "source": hit.document.source}
    return Document(id=hit.section.id, page_content=content, metadata=metadata)
