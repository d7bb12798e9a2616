"""`evals tune` in a process of its own, with real weights: fitted, used by `ask`, named by `doctor`, forgotten."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.server.conftest import Run, one_line

ALERT = "Which cut-offs raise an alert?"
SUBJECTS = (
    "the stability index raises an alert", "an index counts as stable", "row counts are compared", "a unit has changed",
    "a category is new", "the owner of the upstream table is asked", "bin shares differ", "drift is detected",
    "data of today is compared with training", "the index is computed in Python",
)  # fmt: skip
FAR = ("bake bread", "prune roses", "win at chess", "ride a horse", "tune a guitar", "paint a wall", "catch a fish")


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    """Twenty covered questions, twenty-one that no page answers, and one labelled wrongly, which what ships answers."""
    covered = [
        {"question": f"{ask} {subject}?", "relevant": ["drift"]} for subject in SUBJECTS for ask in ("When", "How")
    ]
    far = [
        {"question": f"{ask} {what}?", "relevant": []} for what in FAR for ask in ("How do I", "Where do I", "May I")
    ]
    wrong = {"question": ALERT, "relevant": []}
    path = tmp_path / "labels.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in [*covered, *far, wrong]))
    return path


@pytest.fixture
def tune(home: Path, models: Path) -> Run:
    def run_tune(*arguments: str) -> subprocess.CompletedProcess[str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("MLPLAYBOOK_")}
        return subprocess.run(
            [sys.executable, "-m", "mlplaybook.evals", "tune", "--corpus", "handbook", *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            env={**kept, "MLPLAYBOOK_HOME": str(home), "HOME": str(home), "MLPLAYBOOK_MODELS": str(models)},
        )

    return run_tune


def test_a_corpus_is_tuned_asked_named_and_forgotten(tune: Run, run: Run, labels: Path, home: Path) -> None:
    done = tune(str(labels), "--false-answers", "0", "--json", "--plot", str(home / "curve.svg"))
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert (record["corpus"], record["questions"], record["not_covered"]) == ("handbook", 20, 22)
    assert Path(record["written"]) == home / "index" / "handbook" / "tuned.json"
    assert (home / "curve.svg").read_text().startswith("<?xml")
    stamp = json.loads(run("ask", ALERT, "--corpus", "handbook", "--json").stdout)["stamp"]
    assert (stamp["tuned"], len(stamp["tuned_config"])) == (True, 12)
    assert stamp["tuned_config"] in run("doctor").stdout
    assert tune("--forget").stdout == "handbook: forgotten; the defaults serve\n"
    assert tune("--forget").stdout == "handbook: was not tuned\n"
    assert not json.loads(run("ask", ALERT, "--corpus", "handbook", "--json").stdout)["stamp"]["tuned"]


def test_a_dry_run_shows_and_keeps_nothing(tune: Run, labels: Path, home: Path) -> None:
    done = tune(str(labels), "--dry-run")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("20 questions and 22 that are not covered; measured on held-out fifths.\n")
    assert "covered, but not answered" in done.stdout
    assert done.stdout.endswith("Nothing is written (--dry-run).\n")
    assert not (home / "index" / "handbook" / "tuned.json").exists()


def test_a_corpus_that_is_not_there_is_made_of_the_labelled_folder(tune: Run, tmp_path: Path, home: Path) -> None:
    folder = tmp_path / "set"
    (folder / "qrels").mkdir(parents=True)
    texts = [f"{subject} when the {word} is read" for subject in SUBJECTS for word in ("log", "table")]
    documents = [{"_id": f"d{n}", "title": "", "text": text} for n, text in enumerate(texts)]
    queries = [{"_id": f"q{n}", "text": text} for n, text in enumerate(texts)]
    for name, records in (("corpus", documents), ("queries", queries)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    rows = "".join(f"q{n}\td{n}\t1\n" for n in range(len(texts)))
    (folder / "qrels" / "test.tsv").write_text(f"query-id\tcorpus-id\tscore\n{rows}")
    done = tune(str(folder), "--corpus", "fresh", "--dry-run", "--json")
    assert done.returncode == 0, done.stderr
    assert f"ingesting {folder / 'corpus.jsonl'} as 'fresh'" in done.stderr
    assert json.loads(done.stdout)["figures"]["ndcg10_before"] > 0.9
    assert (home / "index" / "fresh" / "CURRENT").exists()


def test_labels_are_needed(tune: Run) -> None:
    assert one_line(tune()).startswith("There are no labelled questions to tune with.")
