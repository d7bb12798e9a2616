"""`mlplaybook ingest` cuts a corpus as it is told, and then as it did before."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.server.conftest import Run, one_line

pytestmark = pytest.mark.weights


def ingested_again(run: Run, *options: str, **env: str) -> dict[str, Any]:
    done = run("ingest", "--corpus", "handbook", "--json", *options, **env)
    assert done.returncode == 0, done.stderr
    record: dict[str, Any] = json.loads(done.stdout)
    return record


def test_the_options_are_kept_with_the_corpus_until_others_are_given(run: Run) -> None:
    cut = ingested_again(run, "--chunk-strategy", "sentences", "--chunk-tokens", "64", "--chunk-overlap", "32")
    assert (cut["chunker"], cut["changed"]) == ("1:sentences:64:32:headings", True)
    again = ingested_again(run)
    assert (again["chunker"], again["changed"]) == ("1:sentences:64:32:headings", False)
    assert ingested_again(run, "--rebuild")["chunker"] == "1:sentences:64:32:headings"
    assert ingested_again(run, "--no-chunk-headings")["chunker"] == "1:sentences:64:32:bare"
    assert ingested_again(run, "--chunk-strategy", "blocks")["chunker"] == "1:blocks:220:0:headings"


def test_the_environment_is_heard_where_no_option_speaks(run: Run) -> None:
    env = {"MLPLAYBOOK_CHUNK_STRATEGY": "fixed", "MLPLAYBOOK_CHUNK_TOKENS": "100", "MLPLAYBOOK_CHUNK_HEADINGS": "false"}
    record = ingested_again(run, "--chunk-overlap", "50", **env)
    assert record["chunker"] == "1:fixed:100:50:bare"


def test_overlapping_chunks_are_answered_from_like_others(run: Run, home: Path) -> None:
    ingested_again(run, "--chunk-strategy", "fixed", "--chunk-tokens", "32", "--chunk-overlap", "16")
    record = json.loads(run("ask", "Which cut-offs raise an alert?", "--corpus", "handbook", "--json").stdout)
    page = (home / "source" / "drift.md").read_text()
    assert record["text"].startswith("A population stability index above 0.2 raises an alert.")
    for statement in record["statements"]:
        for citation in statement["citations"]:
            assert page[citation["char_start"] : citation["char_end"]] == citation["quote"]


@pytest.mark.parametrize(
    ("options", "env", "words"),
    [
        (["--chunk-tokens", "8"], {}, "A chunk cannot be 8 tokens long. Set --chunk-tokens or MLPLAYBOOK_CHUNK_TOKENS to 32"),
        (["--chunk-strategy", "pages"], {}, "There is no way of cutting pages called 'pages'."),
        ([], {"MLPLAYBOOK_CHUNK_OVERLAP": "111"}, "Chunks of 220 tokens cannot overlap by 111."),
        ([], {"MLPLAYBOOK_CHUNK_TOKENS": "many"}, "MLPLAYBOOK_CHUNK_TOKENS='many' cannot be used"),
        ([], {"MLPLAYBOOK_CHUNK_HEADINGS": "maybe"}, "MLPLAYBOOK_CHUNK_HEADINGS='maybe' cannot be used"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_used_is_one_line(run: Run, options: list[str], env: dict[str, str], words: str) -> None:
    assert one_line(run("ingest", "--corpus", "handbook", *options, **env)).startswith(words)
