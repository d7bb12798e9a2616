"""The product of this checkout, by the functions that its commands call."""

from __future__ import annotations

from pathlib import Path

from benchmarks.peers.protocol import DEPTH, Search
from mlplaybook.evals.retrieval import rank_documents
from mlplaybook.ingest.build import Job
from mlplaybook.ingest.build import ingest as build
from mlplaybook.ingest.encoder import Encoder, load_encoder
from mlplaybook.ingest.errors import WeightsRefused
from mlplaybook.ingest.weights import prepare as export
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.retrieval.index import open_index as open_generation
from mlplaybook.server.retrieval.search import Method
from mlplaybook.server.settings import Settings
from mlplaybook.server.threads import one_thread_for_products
from mlplaybook.server.wiring import create_encoder_loader

CORPUS = "peers"


def prepare(cache: Path) -> Path:
    """Export the packaged weights to ONNX, which an installation does once."""
    found = export(Settings(home=cache).weights, lambda line: None)
    if found.folder is None:
        raise WeightsRefused(f"There is no encoder: {found.origin}.", "Install the product with its extra 'local'.")
    return found.folder


def load(weights: Path) -> Encoder:
    """The exported encoder, with the threads that the product's command sets."""
    one_thread_for_products()
    return load_encoder(weights)


def ingest(model: Encoder, corpus: Path, index: Path) -> Search:
    """One run of the product's ingest, verified and published."""
    folder = Settings(home=index).index_folder
    build(Job(source=corpus, corpus=CORPUS, index=folder, encoder_id=model.id, encoder=lambda: model))
    return create_search(open_generation(folder, CORPUS, lambda wanted: (model, "loaded for the ingest")))


def open_index(weights: Path, index: Path) -> Search:
    """Open the generation that serves."""
    one_thread_for_products()
    settings = Settings(home=index, models=weights)
    return create_search(open_generation(settings.index_folder, CORPUS, create_encoder_loader(settings)))


def create_search(index: Index) -> Search:
    """The default ranking, by document."""
    return lambda question: rank_documents(index, question, Method())[:DEPTH]
