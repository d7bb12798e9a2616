"""What may be asked of chunks, what is refused, and what a corpus remembers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlplaybook.ingest import generation as gen
from mlplaybook.ingest.build import Job, Report, ingest
from mlplaybook.ingest.chunking import (
    DEFAULT,
    SECTION_TOKENS,
    STRATEGIES,
    Chunking,
    ChunkingOptions,
    chunked_before,
    chunking_name,
    create_chunking,
    merged,
    read_chunking_name,
)
from mlplaybook.ingest.errors import BadSetting
from tests.conftest import DRIFT, LEAKAGE, WordEncoder, WritePages

CreateJob = Callable[..., Job]
SENTENCES = Chunking("sentences", 64, 32)


def test_what_is_left_open_stays_as_it_was_before() -> None:
    assert create_chunking(ChunkingOptions()) == DEFAULT
    assert create_chunking(ChunkingOptions(), SENTENCES) == SENTENCES
    assert create_chunking(ChunkingOptions(tokens=100), SENTENCES) == Chunking("sentences", 100, 32)
    assert create_chunking(ChunkingOptions(headings=False), SENTENCES) == Chunking("sentences", 64, 32, False)


def test_naming_a_strategy_starts_from_its_defaults() -> None:
    assert create_chunking(ChunkingOptions("blocks"), SENTENCES) == DEFAULT
    assert create_chunking(ChunkingOptions("section"), SENTENCES) == Chunking("section", SECTION_TOKENS)
    assert create_chunking(ChunkingOptions("fixed", 250, 50), SENTENCES) == Chunking("fixed", 250, 50)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (ChunkingOptions("words"), "called 'words'. Set --chunk-strategy .* one of: blocks, sentences, section, fixed"),
        (ChunkingOptions(tokens=31), "cannot be 31 tokens long. Set --chunk-tokens .* to 32 up to 512"),
        (ChunkingOptions(tokens=513), "cannot be 513 tokens"),
        (ChunkingOptions(overlap=-1), "220 tokens cannot overlap by -1. Set --chunk-overlap .* to 0 up to 110"),
        (ChunkingOptions("sentences", 101, 51), "101 tokens cannot overlap by 51. .* to 0 up to 50"),
        (ChunkingOptions("section", 100), "take no size .* name another --chunk-strategy"),
        (ChunkingOptions("section", overlap=10), "do not overlap"),
    ],
    ids=lambda value: "" if isinstance(value, str) else str(value).removeprefix("ChunkingOptions"),
)
def test_a_value_that_cannot_be_used_is_refused_with_what_can(options: ChunkingOptions, words: str) -> None:
    with pytest.raises(BadSetting, match=words):
        create_chunking(options)


def test_what_is_said_first_wins() -> None:
    command, environment = ChunkingOptions(tokens=64, headings=False), ChunkingOptions("fixed", 250, 0, True)
    assert merged(command, environment) == ChunkingOptions("fixed", 64, 0, False)


@given(
    st.sampled_from(STRATEGIES),
    st.integers(32, 512),
    st.floats(0, 0.5),
    st.booleans(),
)
def test_a_chunking_is_read_back_from_its_name(strategy: str, tokens: int, share: float, headings: bool) -> None:
    sized = strategy != "section"
    options = ChunkingOptions(strategy, tokens if sized else None, int(share * tokens) if sized else None, headings)
    chunking = create_chunking(options)
    assert read_chunking_name(chunking_name(chunking)) == chunking


@pytest.mark.parametrize("name", ["1", "", "9:blocks", "1:words:1:1:bare", "1:blocks:7:0:bare", "1:blocks:x:0:bare"])
def test_a_name_that_says_nothing_is_the_default(name: str) -> None:
    assert read_chunking_name(name) == DEFAULT


def work(report: Report) -> tuple[str, bool, int]:
    return report.manifest.chunker, report.changed, report.embedded


def test_another_chunking_is_another_generation_with_the_vectors_that_stay_the_same(
    write_pages: WritePages, job: CreateJob, encoder: WordEncoder, tmp_path: Path
) -> None:
    write_pages({"drift.md": DRIFT, "leakage.md": LEAKAGE})
    folder = tmp_path / "index" / "handbook"
    assert chunked_before(folder) == DEFAULT
    first = ingest(job())
    assert work(first) == ("1:blocks:220:0:headings", True, 5)
    second = ingest(job(chunking=SENTENCES))
    assert work(second)[:2] == ("1:sentences:64:32:headings", True)
    assert 0 < second.embedded < second.manifest.chunks
    assert second.manifest.generation != first.manifest.generation
    assert chunked_before(folder) == SENTENCES
    assert ingest(job(chunking=SENTENCES)).changed is False


def test_an_index_without_headings_holds_other_vectors_in_chroma_too(write_pages: WritePages, job: CreateJob) -> None:
    """Its verification fails if Chroma kept the vectors of the same words with headings."""
    write_pages({"drift.md": DRIFT, "leakage.md": LEAKAGE})
    ingest(job())
    assert work(ingest(job(chunking=Chunking(heading_prefix=False)))) == ("1:blocks:220:0:bare", True, 5)


def test_a_generation_of_another_format_still_says_how_it_was_cut(
    write_pages: WritePages, job: CreateJob, tmp_path: Path
) -> None:
    write_pages({"leakage.md": LEAKAGE})
    manifest = ingest(job(chunking=SENTENCES)).folder / gen.MANIFEST
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "format": 99}))
    assert chunked_before(tmp_path / "index" / "handbook") == SENTENCES


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"chunker": 1}'])
def test_a_manifest_that_cannot_be_read_remembers_nothing(
    write_pages: WritePages, job: CreateJob, tmp_path: Path, content: str
) -> None:
    write_pages({"leakage.md": LEAKAGE})
    (ingest(job(chunking=SENTENCES)).folder / gen.MANIFEST).write_text(content)
    assert chunked_before(tmp_path / "index" / "handbook") == DEFAULT
