# mypy: disable-error-code="import-not-found"
"""The usual LangChain chain: characters split recursively, MiniLM, Chroma, maximal marginal relevance."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from langchain_chroma import Chroma
from langchain_core.documents import Document
from langchain_huggingface import HuggingFaceEmbeddings
from langchain_text_splitters import RecursiveCharacterTextSplitter

from benchmarks.peers.documents import best_documents, packaged_weights, read_texts
from benchmarks.peers.protocol import Search

CHUNK_SIZE, CHUNK_OVERLAP = 1000, 200
RESULTS, FETCHED = 10, 20


def prepare(cache: Path) -> Path:
    """Nothing but finding the weights."""
    return packaged_weights()


def load(weights: Path) -> HuggingFaceEmbeddings:
    """The sentence-transformers model."""
    return HuggingFaceEmbeddings(model_name=str(weights))


def ingest(model: HuggingFaceEmbeddings, corpus: Path, index: Path) -> Search:
    """Split, embed and write to a Chroma folder."""
    store = Chroma.from_documents(split(corpus), model, persist_directory=str(index))
    return create_search(create_dense_retriever(store))


def open_index(weights: Path, index: Path) -> Search:
    """Open the Chroma folder."""
    store = Chroma(persist_directory=str(index), embedding_function=load(weights))
    return create_search(create_dense_retriever(store))


def split(corpus: Path) -> list[Document]:
    """Chunks that know the document they are from."""
    splitter = RecursiveCharacterTextSplitter(chunk_size=CHUNK_SIZE, chunk_overlap=CHUNK_OVERLAP)
    documents = [Document(page_content=text.text, metadata={"document": text.id}) for text in read_texts(corpus)]
    chunks: list[Document] = splitter.split_documents(documents)
    return chunks


def create_dense_retriever(store: Chroma) -> Any:  # noqa: ANN401 (the library's types are not here)
    """The retriever of the chain."""
    return store.as_retriever(search_type="mmr", search_kwargs={"k": RESULTS, "fetch_k": FETCHED})


def create_search(retriever: Any) -> Search:  # noqa: ANN401
    """A retriever's chunks, by document."""
    return lambda question: best_documents(chunk.metadata["document"] for chunk in retriever.invoke(question))
