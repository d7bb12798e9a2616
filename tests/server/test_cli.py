"""The command as people run it: real processes, real weights, an empty home."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import DRIFT, LEAKAGE

pytestmark = pytest.mark.weights
Run = Callable[..., subprocess.CompletedProcess[str]]

# Where `make test` has the exported encoder from an earlier run; else it is exported once for all these tests.
STATE = Path(os.environ.get("MLPLAYBOOK_HOME", Path(__file__).parents[2] / ".state"))


def command(
    *arguments: str | bytes, home: Path, stdin: str | None = None, **env: str
) -> subprocess.CompletedProcess[str]:
    """Run mlplaybook with nothing of the user's around it."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("MLPLAYBOOK_")}
    return subprocess.run(
        [sys.executable, "-m", "mlplaybook.server", *arguments],
        capture_output=True,
        text=True,
        input=stdin,
        check=False,
        timeout=120,
        env={**kept, "MLPLAYBOOK_HOME": str(home), "HOME": str(home), **env},
    )


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the exported encoder."""
    if not any((STATE / "models").glob("*/encoder.json")):
        source = tmp_path_factory.mktemp("first") / "a.md"
        source.write_text(LEAKAGE)
        done = command("ingest", str(source), home=STATE)
        assert done.returncode == 0, done.stderr
        shutil.rmtree(STATE / "index" / "a")
    return next((STATE / "models").glob("*/encoder.json")).parent


@pytest.fixture(scope="session")
def ingested(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Path:
    """A home with one small corpus; tests that change it work on a copy."""
    home = tmp_path_factory.mktemp("ingested")
    source = home / "source"
    (source / "data").mkdir(parents=True)
    (source / "drift.md").write_text(DRIFT)
    (source / "data" / "leakage.md").write_text(LEAKAGE)
    done = command("ingest", str(source), "--corpus", "handbook", home=home, MLPLAYBOOK_MODELS=str(models))
    assert done.returncode == 0, done.stderr
    return home


@pytest.fixture
def home(tmp_path: Path, ingested: Path) -> Path:
    shutil.copytree(ingested, tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def run(home: Path, models: Path) -> Run:
    def run_command(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        return command(*arguments, **{"home": home, "MLPLAYBOOK_MODELS": str(models), **options})

    return run_command


def one_line(done: subprocess.CompletedProcess[str], status: int = 2) -> str:
    """The only line on stderr of a command that failed cleanly."""
    assert "Traceback" not in done.stderr, done.stderr
    lines = done.stderr.strip().splitlines()
    assert (done.returncode, len(lines)) == (status, 1), done.stderr
    return lines[0].removeprefix("mlplaybook: ")


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


def test_a_page_that_is_not_there_names_the_nearest(run: Run) -> None:
    assert one_line(run("read", "drifts", "--corpus", "handbook")) == (
        "The corpus 'handbook' has no page 'drifts'. Try one of: drift."
    )


def test_filters_reach_the_search(run: Run) -> None:
    done = run("search", "index", "--corpus", "handbook", "--json", "--folder", "data")
    assert {hit["document"] for hit in json.loads(done.stdout)["hits"]} == {"data/leakage"}


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


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("", "The question is empty."),
        ("  \n ", "The question is empty."),
        ("x" * 20_000, "20,000 characters; at most 4,000"),
        ("a\x01b", "control character (U+0001 at 1)"),
        ("drift \udcff", "bytes that are not UTF-8"),
        ("Что такое дрейф?", "in Cyrillic script"),
    ],
    ids=["empty", "white space", "20,000 characters", "binary", "not UTF-8", "not Latin"],
)
def test_a_question_that_cannot_be_asked_gets_one_line(run: Run, question: str, words: str) -> None:
    assert words in one_line(run("ask", question, "--corpus", "handbook"))


def test_errors_are_records_too_when_json_is_asked_for(run: Run) -> None:
    done = run("ask", "", "--corpus", "handbook", "--json")
    assert set(json.loads(done.stdout)["error"]) == {"code", "cause", "remedy"}
    assert done.returncode == 2


def test_a_missing_corpus_names_those_that_there_are(run: Run) -> None:
    line = one_line(run("ask", "What?", "--corpus", "nope"))
    assert "There is no corpus 'nope'" in line
    assert "(there: handbook)" in line
    assert line.endswith("mlplaybook ingest FOLDER --corpus nope")


def test_a_damaged_catalog_is_refused_with_the_remedy(run: Run, home: Path) -> None:
    catalog = next((home / "index" / "handbook").glob("gen-*/catalog.sqlite"))
    data = bytearray(catalog.read_bytes())
    data[len(data) // 2] ^= 0xFF
    catalog.write_bytes(data)
    line = one_line(run("ask", "Which cut-offs raise an alert?", "--corpus", "handbook"))
    assert "catalog.sqlite" in line
    assert line.endswith("mlplaybook ingest --rebuild --corpus handbook")
    assert run("ingest", "--corpus", "handbook").returncode == 0
    assert run("ask", "Which cut-offs raise an alert?", "--corpus", "handbook").returncode == 0


@pytest.mark.parametrize("damage", ["truncate", "remove", "flip"])
def test_a_damaged_chroma_folder_is_said_and_the_answer_is_the_same(run: Run, home: Path, damage: str) -> None:
    question = ("ask", "Which cut-offs raise an alert?", "--corpus", "handbook", "--json")
    whole = json.loads(run(*question).stdout)
    database = next((home / "index" / "handbook").glob("gen-*/chroma/chroma.sqlite3"))
    data = database.read_bytes()
    if damage == "remove":
        database.unlink()
    else:
        database.write_bytes(
            data[:1000] if damage == "truncate" else data[:5000] + bytes([data[5000] ^ 1]) + data[5001:]
        )
    done = run(*question)
    assert "degraded (chroma): Damaged: chroma/chroma.sqlite3." in one_line(done, status=5)
    assert (json.loads(done.stdout)["text"], json.loads(done.stdout)["degraded"]) == (whole["text"], ["chroma"])


def test_an_unreadable_source_is_named(run: Run, tmp_path: Path) -> None:
    assert "no such file or folder" in one_line(run("ingest", str(tmp_path / "gone")))


def test_bad_pages_are_named_and_the_rest_is_served(run: Run, tmp_path: Path) -> None:
    source = tmp_path / "mixed"
    source.mkdir()
    (source / "good.md").write_text(LEAKAGE)
    (source / "bad.md").write_bytes(b"---\nid: [\n---\nx\n")
    done = run("ingest", str(source))
    assert (done.returncode, "mixed: 1 documents" in done.stdout) == (4, True)
    assert "mlplaybook: bad.md: front matter, line 3" in done.stderr
    assert "1 of the pages cannot be used" in one_line(run("ingest", str(source), "--strict"))


@pytest.mark.parametrize("limit", [200, 4_000, 40_000, 90_000, 250_000])
def test_a_disk_that_fills_up_is_one_line_and_the_old_index_serves(
    home: Path, models: Path, limit: int, tmp_path: Path
) -> None:
    """No file may grow beyond `limit` bytes, which every writer (files, SQLite, Chroma) meets as a failing disk."""
    (home / "source" / "more.md").write_text("# More\n\n" + "".join(f"Fact {n} about drift.\n\n" for n in range(2_000)))
    code = (
        "import resource, signal, sys\nfrom mlplaybook.server.__main__ import main\n"
        f"signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\nresource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\nmain()"
    )
    env = {**os.environ, "MLPLAYBOOK_HOME": str(home), "MLPLAYBOOK_MODELS": str(models), "TMPDIR": str(tmp_path)}
    before = (home / "index" / "handbook" / "CURRENT").read_text()
    done = subprocess.run(
        [sys.executable, "-c", code, "ingest", str(home / "source"), "--corpus", "handbook"],
        capture_output=True,
        text=True,
        env=env,
        check=False,
    )
    lines = [line for line in done.stderr.splitlines() if "embedding: " not in line]
    assert (done.returncode, len(lines), "Traceback" in done.stderr) == (2, 1, False), done.stderr
    assert lines[0].endswith("the old index still serves.")
    assert (home / "index" / "handbook" / "CURRENT").read_text() == before
    assert list((home / "index" / "handbook").glob("building-*")) == []


def test_ctrl_c_stops_with_one_line_and_leaves_nothing_half_done(home: Path, models: Path) -> None:
    (home / "source" / "more.md").write_text(
        "# More\n\n" + "".join(f"Fact {n} about drift.\n\n" for n in range(20_000))
    )
    env = {**os.environ, "MLPLAYBOOK_HOME": str(home), "MLPLAYBOOK_MODELS": str(models)}
    call = [sys.executable, "-m", "mlplaybook.server", "ingest", str(home / "source"), "--corpus", "handbook"]
    before = (home / "index" / "handbook" / "CURRENT").read_text()
    with subprocess.Popen(call, stderr=subprocess.PIPE, text=True, env=env) as child:
        assert child.stderr is not None
        assert "embedding: 0 of" in child.stderr.readline()
        child.send_signal(signal.SIGINT)
        last = child.stderr.read().strip().splitlines()[-1]
    assert (child.returncode, last) == (130, "mlplaybook: stopped; the index that served before still serves")
    assert (home / "index" / "handbook" / "CURRENT").read_text() == before
    assert list((home / "index" / "handbook").glob("building-*")) == []


def test_a_home_that_cannot_be_written_is_named_with_the_way_out(run: Run, home: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    line = one_line(run("ingest", str(home / "source"), home=blocked))
    assert line.startswith(f"Writing below {blocked}/index/source failed: Not a directory.")
    assert "set MLPLAYBOOK_HOME to a folder you can write" in line


def test_a_read_only_index_is_read_and_never_written(run: Run, home: Path) -> None:
    """Root may write anywhere, so the proof is that nothing in the folder changes."""
    folder = home / "index"
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    for path in [*before, folder]:
        path.chmod(0o500 if path.is_dir() else 0o400)
    done = run("ask", "Which cut-offs raise an alert?", "--corpus", "handbook")
    for path in [folder, *before]:
        path.chmod(0o700)
    assert (done.returncode, done.stderr) == (0, "")
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_nothing_is_sent_and_nothing_is_left_in_the_home(run: Run, home: Path) -> None:
    """onnxruntime keeps a telemetry database below ~/.cache unless it is told not to."""
    run("ask", "Which cut-offs raise an alert?", "--corpus", "handbook")
    assert sorted(path.name for path in home.iterdir()) == ["index", "source"]


def test_weights_that_nobody_vouched_for_are_refused(run: Run, tmp_path: Path, home: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "model.safetensors").write_bytes(b"not the model")
    line = one_line(run("ingest", str(home / "source"), MLPLAYBOOK_MODELS=str(own)))
    assert "which is not on the list of trusted weights" in line
    assert "MLPLAYBOOK_TRUSTED=" in line


def test_an_export_that_was_changed_is_refused(run: Run, tmp_path: Path, models: Path) -> None:
    own = tmp_path / "changed"
    shutil.copytree(models, own)
    (own / "tokenizer.json").write_text("{}")
    done = run("ask", "Which cut-offs raise an alert?", "--corpus", "handbook", MLPLAYBOOK_MODELS=str(own))
    assert "tokenizer.json is not the file that was exported" in one_line(done, status=5)


def test_without_weights_the_words_still_answer(run: Run, tmp_path: Path) -> None:
    empty = tmp_path / "elsewhere"
    done = run("ask", "Which cut-offs raise an alert?", "--corpus", "handbook", "--json", MLPLAYBOOK_MODELS="")
    record = json.loads(done.stdout)
    assert (record["degraded"], record["status"], done.returncode) == (["dense"], "answered", 0)
    assert not empty.exists()


def test_a_setting_that_cannot_be_used_is_named(run: Run) -> None:
    assert "'A B' is no corpus name" in one_line(run("ask", "What?", MLPLAYBOOK_CORPUS="A B"))


def test_the_doctor_finds_what_is_wrong_and_says_how_to_mend_it(run: Run, home: Path) -> None:
    well = run("doctor")
    assert well.returncode == 0
    assert "ok      corpus handbook: generation" in well.stdout
    next((home / "index" / "handbook").glob("gen-*/tokens.i8")).write_bytes(b"")
    ill = run("doctor", "--json")
    check = next(c for c in json.loads(ill.stdout)["checks"] if c["name"] == "corpus handbook")
    assert (ill.returncode, check["level"]) == (1, "error")
    assert check["remedy"] == "Build it again: mlplaybook ingest --rebuild --corpus handbook"


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
