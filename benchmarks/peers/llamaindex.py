# mypy: disable-error-code="import-not-found"
"""LlamaIndex: sentence splitter, vector index and BM25, fused by reciprocal rank without further queries."""

from __future__ import annotations

from pathlib import Path

from llama_index.core import Document, StorageContext, VectorStoreIndex, load_index_from_storage
from llama_index.core.llms import MockLLM
from llama_index.core.retrievers import QueryFusionRetriever
from llama_index.embeddings.huggingface import HuggingFaceEmbedding
from llama_index.retrievers.bm25 import BM25Retriever

from benchmarks.peers.documents import best_documents, packaged_weights, read_texts
from benchmarks.peers.protocol import DEPTH, Search

WORDS_FOLDER = "bm25"


def prepare(cache: Path) -> Path:
    """Nothing but finding the weights."""
    return packaged_weights()


def load(weights: Path) -> HuggingFaceEmbedding:
    """The sentence-transformers model."""
    return HuggingFaceEmbedding(model_name=str(weights))


def ingest(model: HuggingFaceEmbedding, corpus: Path, index: Path) -> Search:
    """Split by the default splitter, embed, and persist both indexes."""
    documents = [Document(text=text.text, id_=text.id) for text in read_texts(corpus)]
    vectors = VectorStoreIndex.from_documents(documents, embed_model=model)
    words = BM25Retriever.from_defaults(docstore=vectors.docstore, similarity_top_k=DEPTH)
    vectors.storage_context.persist(str(index))
    words.persist(str(index / WORDS_FOLDER))
    return fuse(vectors, words)


def open_index(weights: Path, index: Path) -> Search:
    """Load both indexes."""
    storage = StorageContext.from_defaults(persist_dir=str(index))
    vectors = load_index_from_storage(storage, embed_model=load(weights))
    return fuse(vectors, BM25Retriever.from_persist_dir(str(index / WORDS_FOLDER)))


def fuse(vectors: VectorStoreIndex, words: BM25Retriever) -> Search:
    """Both retrievers as one; it wants a language model, which one query a question never calls."""
    retriever = QueryFusionRetriever(
        [vectors.as_retriever(similarity_top_k=DEPTH), words],
        llm=MockLLM(),
        similarity_top_k=DEPTH,
        num_queries=1,
        mode="reciprocal_rerank",
    )
    return lambda question: best_documents(str(found.node.ref_doc_id) for found in retriever.retrieve(question))
