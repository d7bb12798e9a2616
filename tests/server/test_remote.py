from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlplaybook.server.retrieval.chroma_server import ChromaServer
from mlplaybook.server.retrieval.dense import ChromaNearest, create_exact_nearest
from mlplaybook.server.retrieval.index import Index, close_index, open_folder
from mlplaybook.server.retrieval.remote import KEPT, ServerNearest, collection_name, open_server, outlived
from mlplaybook.server.settings import Settings
from tests.conftest import WordEncoder

CHROMA = Path(sys.executable).parent / "chroma"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Chroma server on a free port of this machine."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    command = [
        str(CHROMA),
        "run",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--path",
        str(tmp_path_factory.mktemp("chroma")),
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v2/heartbeat", timeout=1).close()
            break
        time.sleep(0.1)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(20)


@pytest.fixture
def remote(handbook: Index, encoder: WordEncoder, url: str) -> Iterator[Index]:
    """The handbook, with its neighbours from the server."""
    index = open_folder(handbook.folder, lambda wanted: (encoder, ""), url)
    yield index
    close_index(index)


def test_a_server_finds_what_comparing_every_vector_finds(remote: Index, encoder: WordEncoder) -> None:
    assert remote.vectors is not None
    assert isinstance(remote.nearest, ServerNearest)
    question = encoder.encode_query("split rows by time").sentence
    assert remote.nearest(question, 5) == create_exact_nearest(remote.vectors.sentences)(question, 5)
    assert remote.troubles == ()


def test_a_collection_is_filled_once_and_is_named_by_its_generation(remote: Index, url: str) -> None:
    server = ChromaServer(url, 10)
    said = server.collections()[collection_name(remote.manifest)]
    open_server(url, remote.manifest, remote.catalog, np.zeros((0, 0), np.float32))
    assert server.collections()[collection_name(remote.manifest)] == said
    assert said["corpus"] == "handbook"


def test_a_collection_that_is_not_whole_is_filled_again(remote: Index, encoder: WordEncoder, url: str) -> None:
    server = ChromaServer(url, 10)
    collection = server.collection(collection_name(remote.manifest), {"corpus": "handbook"})
    lost = remote.catalog.connection.execute("SELECT id FROM chunks LIMIT 2").fetchall()
    server._ask("POST", f"/{collection}/delete", {"ids": [found[0] for found in lost]})
    assert server.count(collection) == remote.manifest.chunks - 2
    close_index(open_folder(remote.folder, lambda wanted: (encoder, ""), url))
    assert server.count(collection) == remote.manifest.chunks


def test_a_collection_that_was_taken_away_is_done_without(remote: Index, encoder: WordEncoder, url: str) -> None:
    server = ChromaServer(url, 10)
    server.delete(collection_name(remote.manifest))
    assert remote.nearest is not None
    assert len(remote.nearest(encoder.encode_query("split rows by time").sentence, 5)) == 5


def test_without_the_server_every_vector_is_compared_and_that_is_said(handbook: Index, encoder: WordEncoder) -> None:
    index = open_folder(handbook.folder, lambda wanted: (encoder, ""), "http://127.0.0.1:9")
    assert index.degraded == ["chroma"]
    assert index.troubles[0].text.startswith("The Chroma server http://127.0.0.1:9 cannot be used: ")
    assert index.nearest is not None
    assert len(index.nearest(encoder.encode_query("drift").sentence, 3)) == 3
    close_index(index)


def test_a_server_that_fails_is_left_alone_for_a_while(handbook: Index) -> None:
    asked: list[int] = []

    class Gone(ChromaServer):
        def query(self, collection: str, question: Any, count: int) -> list[str]:
            asked.append(count)
            raise OSError("gone")

    now = [0.0]
    nearest = ServerNearest(Gone("", 1), "", handbook.catalog, lambda question, count: [7] * count, lambda: now[0])
    question = np.zeros(3, np.float32)
    assert [nearest(question, 2) for _ in range(3)] == [[7, 7]] * 3
    assert asked == [2]
    now[0] = 31.0
    nearest(question, 1)
    assert asked == [2, 1]


def test_a_server_that_hangs_is_waited_for_as_long_as_said() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        started = time.monotonic()
        with pytest.raises(TimeoutError):
            ChromaServer(f"http://127.0.0.1:{silent.getsockname()[1]}", 0.3).collections()
        assert time.monotonic() - started < 3


def test_collections_of_other_corpora_and_the_newest_of_this_one_stay(handbook: Index) -> None:
    ours = {f"mlplaybook-{n}": {"corpus": "handbook", "made": f"2026-0{n}"} for n in range(1, 6)}
    others = {"mlplaybook-x": {"corpus": "other", "made": "2020"}, "somebody-s": {"corpus": "handbook", "made": "2020"}}
    assert outlived(ours | others, handbook.manifest) == [f"mlplaybook-{n}" for n in range(1, 6 - (KEPT - 1))]


def test_without_an_address_the_index_s_own_chroma_is_searched(handbook: Index) -> None:
    assert isinstance(handbook.nearest, ChromaNearest)


@pytest.mark.parametrize("address", ["chroma:8000", "ftp://chroma", "http://", "http://chroma/path"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="no address"):
        Settings(chroma_url=address)
