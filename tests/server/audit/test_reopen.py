from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from mlplaybook.ingest.build import Job, ingest
from mlplaybook.ingest.encoder import Encoder
from mlplaybook.ingest.errors import BadSetting, CorpusMissing, IndexCorrupt
from mlplaybook.server.answers.ask import ask
from mlplaybook.server.answers.records import Stamp
from mlplaybook.server.audit.reopen import open_recorded
from mlplaybook.server.retrieval.index import Index
from tests.conftest import DRIFT, WordEncoder, WritePages


@pytest.fixture
def stamp(handbook: Index) -> Stamp:
    return ask(handbook, "Which index raises an alert?").stamp


def load(wanted: str) -> tuple[Encoder, str]:
    return WordEncoder(), "test"


def test_the_generation_of_the_answer_is_opened_although_another_one_serves(
    stamp: Stamp, tmp_path: Path, write_pages: WritePages, job: Callable[..., Job]
) -> None:
    write_pages({"drift.md": DRIFT.replace("0.2", "0.25")})
    newer = ingest(job()).manifest.generation
    assert newer != stamp.generation
    assert open_recorded(tmp_path / "index", stamp, load).manifest.generation == stamp.generation


def test_the_one_that_serves_is_opened_when_it_is_gone(
    stamp: Stamp, tmp_path: Path, write_pages: WritePages, job: Callable[..., Job]
) -> None:
    for words in ("one", "two"):
        write_pages({"drift.md": DRIFT + words})
        newest = ingest(job()).manifest.generation
    assert open_recorded(tmp_path / "index", stamp, load).manifest.generation == newest


@pytest.mark.parametrize("generation", ["", "*", "../../etc", "gen-0"])
def test_a_stamp_cannot_name_another_folder(stamp: Stamp, tmp_path: Path, generation: str) -> None:
    odd = dataclasses.replace(stamp, generation=generation)
    assert open_recorded(tmp_path / "index", odd, load).manifest.generation == stamp.generation


def test_a_corpus_that_is_not_here_is_named(stamp: Stamp, tmp_path: Path) -> None:
    with pytest.raises(CorpusMissing, match="There is no corpus 'elsewhere'"):
        open_recorded(tmp_path / "index", dataclasses.replace(stamp, corpus="elsewhere"), load)
    with pytest.raises(BadSetting, match="is no corpus name"):
        open_recorded(tmp_path / "index", dataclasses.replace(stamp, corpus="../x"), load)


def test_a_damaged_generation_is_not_used(handbook: Index, stamp: Stamp, tmp_path: Path) -> None:
    (handbook.folder / "catalog.sqlite").write_bytes(b"damaged")
    with pytest.raises(IndexCorrupt, match=r"catalog\.sqlite in .* is not what was written"):
        open_recorded(tmp_path / "index", stamp, load)
