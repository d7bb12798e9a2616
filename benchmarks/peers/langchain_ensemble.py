# mypy: disable-error-code="import-not-found"
"""LangChain's EnsembleRetriever: BM25 and dense similarity, fused with equal weights."""

from __future__ import annotations

from pathlib import Path

from langchain_chroma import Chroma
from langchain_classic.retrievers import EnsembleRetriever
from langchain_community.retrievers import BM25Retriever
from langchain_core.documents import Document
from langchain_huggingface import HuggingFaceEmbeddings

from benchmarks.peers.blueprint import RESULTS, create_search, load, prepare, split
from benchmarks.peers.protocol import Search

__all__ = ["ingest", "load", "open_index", "prepare"]

WEIGHTS = [0.5, 0.5]


def ingest(model: HuggingFaceEmbeddings, corpus: Path, index: Path) -> Search:
    """Split, embed, write to a Chroma folder, and count words in memory."""
    chunks = split(corpus)
    return fuse(Chroma.from_documents(chunks, model, persist_directory=str(index)), chunks)


def open_index(weights: Path, index: Path) -> Search:
    """Open the Chroma folder and count the words of its chunks again: BM25Retriever cannot be saved."""
    store = Chroma(persist_directory=str(index), embedding_function=load(weights))
    kept = store.get()
    pairs = zip(kept["documents"], kept["metadatas"], strict=True)
    return fuse(store, [Document(page_content=text, metadata=metadata) for text, metadata in pairs])


def fuse(store: Chroma, chunks: list[Document]) -> Search:
    """Both retrievers, RESULTS chunks each."""
    words = BM25Retriever.from_documents(chunks, k=RESULTS)
    return create_search(
        EnsembleRetriever(retrievers=[words, store.as_retriever(search_kwargs={"k": RESULTS})], weights=WEIGHTS)
    )
