"""The command as people run it: real processes, real weights, an empty home."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import LEAKAGE
from tests.server.conftest import Run

pytestmark = pytest.mark.weights


def test_an_answer_for_a_person_ends_with_its_sources(run: Run) -> None:
    done = run("ask", "Which cut-offs raise an alert?", "--corpus", "handbook")
    assert (done.returncode, done.stderr) == (0, "")
    body, _, sources = done.stdout.partition("\nSources\n")
    assert body.startswith("A population stability index above 0.2 raises an alert.")
    assert "[1]" in body
    assert sources.startswith("[1] Drift detection › Which cut-offs raise an alert?\n    “A population stability")
    assert "\x1b" not in done.stdout


def test_the_answer_record_has_every_field_and_true_offsets(run: Run, home: Path) -> None:
    record = json.loads(run("ask", "Which cut-offs raise an alert?", "--corpus", "handbook", "--json").stdout)
    assert set(record) >= {
        "question", "status", "confidence", "text", "statements", "suggestions", "mode", "degraded", "stamp",
    }  # fmt: skip
    page = (home / "source" / "drift.md").read_text()
    for statement in record["statements"]:
        for citation in statement["citations"]:
            assert page[citation["char_start"] : citation["char_end"]] == citation["quote"]


def test_a_search_says_when_the_corpus_does_not_seem_to_cover_it(run: Run) -> None:
    near, far = (run("search", words, "--corpus", "handbook") for words in ("split rows by time", "football cup final"))
    assert (near.returncode, far.returncode) == (0, 0)
    assert ("does not seem to cover" in near.stderr, "does not seem to cover" in far.stderr) == (False, True)


def test_search_lists_sections_best_first(run: Run) -> None:
    done = run("search", "split rows by time", "--corpus", "handbook", "--json", "-k", "2")
    record = json.loads(done.stdout)
    assert set(record) == {"query", "generation", "degraded", "coverage", "hits"}
    assert next(hit["section"] for hit in record["hits"]) == "data/leakage#when-should-data-be-split"
    assert [hit["score"] for hit in record["hits"]] == sorted((hit["score"] for hit in record["hits"]), reverse=True)


def test_read_prints_a_section_and_the_sources(run: Run) -> None:
    done = run("read", "drift#which-cut-offs-raise-an-alert", "--corpus", "handbook")
    assert done.stdout.startswith("## Which cut-offs raise an alert?\n")
    assert "How is the index computed" not in done.stdout
    assert "siddiqi-2006: Credit Risk Scorecards https://example.org/book" in done.stdout


def test_filters_reach_the_search(run: Run) -> None:
    done = run("search", "index", "--corpus", "handbook", "--json", "--folder", "data")
    assert {hit["document"] for hit in json.loads(done.stdout)["hits"]} == {"data/leakage"}


def test_a_profile_of_the_project_and_of_the_command_reach_the_search(run: Run, home: Path, tmp_path: Path) -> None:
    page = home / "source" / "drift.md"
    page.write_text(page.read_text().replace("last-reviewed", "applies_to: {modelType: [llm]}\nlast-reviewed"))
    assert run("ingest", str(home / "source"), "--corpus", "handbook").returncode == 0
    file = tmp_path / ".mlplaybook" / "profile.yaml"
    file.parent.mkdir()
    file.write_text("modelType: classical\n")
    question = ("Which cut-offs raise an alert?", "--corpus", "handbook", "--json")

    def whys(*options: str) -> set[str]:
        done = run("search", *question, *options, MLPLAYBOOK_PROJECT=str(tmp_path))
        return {hit.get("why", "") for hit in json.loads(done.stdout)["hits"] if hit["document"] == "drift"}

    assert whys() == {"for modelType llm; the project's is classical"}
    assert whys("--profile", "modelType=llm") == whys("--profile", "none") == {""}
    answer = json.loads(run("ask", *question, MLPLAYBOOK_PROJECT=str(tmp_path)).stdout)
    assert answer["stamp"]["profile"] == {"modelType": "classical"}
    assert answer["inapplicable"] == {"drift": "for modelType llm; the project's is classical"}


def test_mmr_reorders_and_keeps_the_best_first(run: Run) -> None:
    question = ("search", "which index raises an alert", "--corpus", "handbook", "--json")
    plain, alone, diverse = (
        [hit["section"] for hit in json.loads(run(*question, *options).stdout)["hits"]]
        for options in ((), ("--mmr", "1"), ("--mmr", "0.1"))
    )
    assert plain == alone
    assert plain[0] == diverse[0]
    assert plain != diverse


def test_a_batch_answers_in_order_and_names_bad_lines(run: Run, tmp_path: Path) -> None:
    batch = tmp_path / "questions.jsonl"
    batch.write_text('{"id": "a", "question": "split rows"}\nnot json\n{"id": 3, "question": ""}\n{"id": "z"}\n')
    done = run("search", "--corpus", "handbook", "--batch", str(batch))
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(r.get("id"), r.get("error", {}).get("code")) for r in records] == [
        ("a", None), (None, "bad-source"), (3, "bad-question"), ("z", "bad-question"),
    ]  # fmt: skip
    assert done.returncode == 4


def test_a_batch_may_come_from_stdin(run: Run) -> None:
    done = run(
        "ask", "--corpus", "handbook", "--batch", "-", stdin='{"id": 1, "question": "Which cut-offs raise an alert?"}\n'
    )
    assert (json.loads(done.stdout)["id"], done.returncode) == (1, 0)


def test_what_is_not_covered_exits_3_and_names_sections(run: Run) -> None:
    done = run("ask", "Who won the football championship?", "--corpus", "handbook")
    assert done.returncode == 3
    assert done.stdout.startswith("The corpus 'handbook' does not answer this.\n\nNearest sections\n  mlplaybook read ")


def test_neither_torch_nor_the_playbook_is_touched_by_asking_a_corpus(ingested: Path, models: Path) -> None:
    code = (
        "import sys\nfrom mlplaybook.server.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert end.code in (0, None), end.code\n"
        "print(sorted({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)), file=sys.stderr)"
    )
    env = {**os.environ, "MLPLAYBOOK_HOME": str(ingested), "MLPLAYBOOK_MODELS": str(models)}
    for words in (["ask", "Which cut-offs raise an alert?"], ["search", "split"], ["read", "drift"]):
        done = subprocess.run(
            [sys.executable, "-c", code, *words, "--corpus", "handbook"],
            capture_output=True, text=True, env=env, check=True,
        )  # fmt: skip
        assert done.stderr.strip().splitlines()[-1] == "[]"


def test_nothing_is_sent_and_nothing_is_left_in_the_home(run: Run, home: Path) -> None:
    """onnxruntime keeps a telemetry database below ~/.cache unless it is told not to."""
    run("ask", "Which cut-offs raise an alert?", "--corpus", "handbook")
    assert sorted(path.name for path in home.iterdir()) == ["cache.sqlite", "index", "source", "usage.sqlite"]


def test_the_catalog_is_plain_sqlite_with_places_and_dates(home: Path) -> None:
    catalog = next((home / "index" / "handbook").glob("gen-*/catalog.sqlite"))
    connection = sqlite3.connect(catalog)
    row = connection.execute(
        "SELECT d.source, d.reviewed, d.modified != '', c.heading_path, c.ordinal FROM chunks c"
        " JOIN documents d ON d.id = c.document WHERE c.text LIKE 'A population%'"
    ).fetchone()
    connection.close()
    assert row == ("drift.md", "2026-11-01", 1, '["Drift detection", "Which cut-offs raise an alert?"]', 1)


def test_a_watch_shows_an_edit_within_three_seconds(home: Path, models: Path) -> None:
    env = {**os.environ, "MLPLAYBOOK_HOME": str(home), "MLPLAYBOOK_MODELS": str(models)}
    call = [
        sys.executable,
        "-m",
        "mlplaybook.server",
        "ingest",
        str(home / "source"),
        "--corpus",
        "handbook",
        "--watch",
    ]
    page = home / "source" / "data" / "leakage.md"
    with subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=env) as child:
        assert child.stdout is not None
        first = child.stdout.readline()
        # The watch has looked at the folder once its first interval is over.
        time.sleep(1)
        started = time.monotonic()
        page.write_text(LEAKAGE.replace("any scaling", "all scaling"))
        second = child.stdout.readline()
        took = time.monotonic() - started
        child.send_signal(signal.SIGINT)
    assert "2 documents" in first
    assert "1 embedded, 4 reused" in second
    assert (took < 3, child.returncode) == (True, 130)


def test_topics_that_are_not_covered_are_counted_only_when_asked_for(run: Run, home: Path) -> None:
    question = ("ask", "Who won the football championship?", "--corpus", "handbook")
    run(*question)
    assert not (home / "gaps.sqlite").exists()
    run(*question, MLPLAYBOOK_GAPS="1")
    listed = run("knowledge", "gaps", "--json", MLPLAYBOOK_GAPS="1")
    assert json.loads(listed.stdout)["topic"] == "championship-football-won"


def test_a_batch_counts_topics_as_single_questions_do(run: Run, home: Path, tmp_path: Path) -> None:
    batch = tmp_path / "questions.jsonl"
    asked = ("Who won the football championship?", "Which cut-offs raise an alert?", "Football championship: who won?")
    batch.write_text("".join(json.dumps({"question": question}) + "\n" for question in asked))
    run("ask", "--corpus", "handbook", "--batch", str(batch))
    assert not (home / "gaps.sqlite").exists()
    done = run("ask", "--corpus", "handbook", "--batch", str(batch), MLPLAYBOOK_GAPS="1")
    assert [json.loads(line)["status"] for line in done.stdout.splitlines()] == ["abstained", "answered", "abstained"]
    listed = [json.loads(line) for line in run("knowledge", "gaps", "--json").stdout.splitlines()]
    assert [(gap["topic"], gap["asked"]) for gap in listed] == [("championship-football-won", 2)]


def test_a_projects_own_page_is_started_listed_and_reset(run: Run, tmp_path: Path) -> None:
    started = run("knowledge", "update", "drift-detection", MLPLAYBOOK_PROJECT=str(tmp_path))
    own = tmp_path / ".mlplaybook" / "knowledge" / "drift-detection.md"
    assert (started.returncode, own.is_file()) == (0, True)
    assert run("knowledge", "reset", "drift-detection", MLPLAYBOOK_PROJECT=str(tmp_path)).returncode == 0
    assert not own.exists()
    listed = run("knowledge", "list", "--json", "--folder", "07-operations", "--topic", "psi")
    assert "drift-detection" in [json.loads(line)["page"] for line in listed.stdout.splitlines()]


def test_the_version_is_the_installed_one(run: Run) -> None:
    assert run("--version").stdout == "0.1.0\n"
