"""What goes wrong is one line with its cause and its remedy, and nothing is lost."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import LEAKAGE
from tests.server.conftest import Run, one_line

pytestmark = pytest.mark.weights


def test_a_page_that_is_not_there_names_the_nearest(run: Run) -> None:
    assert one_line(run("read", "drifts", "--corpus", "handbook")) == (
        "The corpus 'handbook' has no page 'drifts'. Try one of: drift."
    )


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


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--volatility", "slow"), "There is no volatility 'slow'. Use one of: stable, evolving, fast-moving."),
        (("--topic", "psi"), "passes the filter (topic psi). Its pages have no topics"),
        (("--profile", "modelType=cnn"), "modelType is 'cnn'; it can be classical, deep-learning, llm."),
        (("--profile", "llm"), "--profile 'llm' is no KEY=VALUE."),
        (("--mmr", "2"), "--mmr 2 is not between 0 and 1."),
    ],
    ids=["volatility", "topic", "profile value", "profile form", "mmr"],
)
def test_an_option_that_cannot_be_used_gets_one_line(run: Run, options: tuple[str, ...], words: str) -> None:
    assert words in one_line(run("search", "What is drift?", "--corpus", "handbook", *options))


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
