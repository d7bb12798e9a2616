"""The page of benchmarks is what the kept results say, and the results are small."""

from __future__ import annotations

import doctest
import importlib
import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.peers.environments import BLUEPRINT, OURS
from benchmarks.report.__main__ import DOCS, IMAGES, PAGE, report
from benchmarks.report.machine import taken
from benchmarks.report.page import render
from benchmarks.report.plots import draw_all
from benchmarks.report.results import LARGEST_BYTES, RESULTS, Results, keep, read_results
from mlplaybook.ingest.errors import BadSource

MACHINE = {
    "cpu": "One CPU", "cores": 2, "memory_mb": 16000, "system": "Linux x86_64", "python": "3.11.7",
    "started": "2026-11-21T08:00:00+00:00", "commit": "abc", "other_cores": 0.02,
}  # fmt: skip


def figures(factor: float) -> dict[str, float]:
    names = (
        "ndcg10 mrr10 success1 success5 p50_ms p95_ms p50_best_ms documents_per_s nothing_s cold_start_s query_peak_mb"
        " ingest_peak_mb"
    )
    return dict.fromkeys(names.split(), 0.123456 * factor)


def a_system(factor: float) -> dict[str, Any]:
    extra = {"ingests": [], "rounds": [{"latencies_ms": [1.0] * 1000}], "ranked": {"q1": ["d1"] * 10}}
    return {"figures": figures(factor), "ratios": {}, "ranks_alike_in_every_round": True, **extra}


def a_peers_run(**machine: object) -> dict[str, Any]:
    systems = {OURS: a_system(6.0), BLUEPRINT: a_system(4.0)}
    datasets = [{"name": name, "documents": 20, "questions": 10, "systems": systems} for name in ("faq", "papers")]
    made = {"once_s": 1.0, "weights_sha256": "x", "versions": {"NumPy": "2.0", "chromadb": "1.5.9"}}
    about = {"machine": {**MACHINE, **machine}, "ingests": 3, "rounds": 3, "systems": {OURS: made, BLUEPRINT: made}}
    return about | {"datasets": datasets}


def a_size(chunks: int, factor: float, **build: object) -> dict[str, Any]:
    grades = {"questions": 2, "ndcg10": 0.6, "mrr10": 0.5, "success1": 0.4, "success5": 0.8}
    return {
        "build": {
            "size": chunks, "pages": chunks // 10, "chunks": chunks, "source_mb": 0.1, "seconds": 10 * factor,
            "pages_per_s": 1.0, "chunks_per_s": 10.0, "peak_mb": 300.0, "stages_s": {"embed": 9.0 * factor},
            "disk_mb": {"chroma": 2.0 * factor, "tokens.i8": 1.0 * factor}, "commit": "abc", "other_cores": 0.0, **build,
        },
        "ask": {
            "p50_ms": 8.0 * factor, "p95_ms": 10.0 * factor, "cold_start_s": 1.0, "peak_mb": 200.0, "anonymous_mb": None,
            "dense_recall": 0.995, "stages_ms": {"lexical": factor, "other": 2.0}, "quality": {"all": grades, "named": grades},
        },
    }  # fmt: skip


def a_scale_run() -> dict[str, Any]:
    about = {"machine": MACHINE, "versions": {"numpy": "2.0"}, "seed": 1, "questions": 2, "rounds": 3}
    return about | {"sizes": [a_size(1_000, 1.0), a_size(10_000, 1.5)]}


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A folder of results with both kinds."""
    for name, record in (("peers.json", a_peers_run()), ("scale.json", a_scale_run())):
        (tmp_path / name).write_text(json.dumps(record))
        keep(tmp_path / name, tmp_path / "results")
    return tmp_path / "results"


def test_the_page_in_the_repository_is_what_the_results_say() -> None:
    found = read_results(RESULTS)
    page = DOCS / PAGE
    if found.empty:
        assert not page.exists()
    else:
        assert page.read_text("utf-8") == render(found)


def test_results_in_the_repository_are_small() -> None:
    assert [path.name for path in RESULTS.glob("*") if path.stat().st_size > LARGEST_BYTES] == []


def test_a_dataset_is_kept_without_single_questions(kept: Path) -> None:
    record = read_results(kept).peers["faq"]
    assert record["dataset"]["systems"][OURS] == {
        "figures": {name: round(value, 4) for name, value in figures(6.0).items()},
        "ratios": {},
        "ranks_alike_in_every_round": True,
    }
    assert (record["machine"], "datasets" in record) == (MACHINE, False)
    assert sorted(path.name for path in kept.iterdir()) == ["peers-faq.json", "peers-papers.json", "scale.json"]


@pytest.mark.parametrize("text", ["{}", "nothing", None])
def test_what_no_run_wrote_is_refused(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "x.json").write_text(text)
    with pytest.raises(BadSource):
        keep(tmp_path / "x.json", tmp_path / "results")


def test_a_result_too_large_to_be_kept_is_refused(tmp_path: Path) -> None:
    run = a_scale_run() | {"versions": {f"package-{n}": "1" * 50 for n in range(2_000)}}
    (tmp_path / "scale.json").write_text(json.dumps(run))
    with pytest.raises(BadSource, match="at most 100,000 are kept"):
        keep(tmp_path / "scale.json", tmp_path / "results")


def test_every_figure_stands_beside_its_multiple_of_the_blueprints(kept: Path) -> None:
    page = render(read_results(kept))
    assert "### faq: 20 documents, 10 questions" in page
    assert "| ours | 0.741 (1.50×) | 0.741 (1.50×) | 0.741 (1.50×) | 0.741 (1.50×) |" in page
    assert "| blueprint | 0.494 | 0.494 | 0.494 | 0.494 |" in page
    assert "Against `blueprint`, `ours` has 1.50 times the nDCG@10, 1.50 times the memory, 1.50 times the p50" in page
    assert "- `ours`: mlplaybook not installed, onnxruntime not installed, chromadb 1.5.9" in page


def test_growth_stands_beside_its_multiple_of_the_smallest_size(kept: Path) -> None:
    page = render(read_results(kept))
    assert "| 1,000 | 8.0 | 10.0 | 1.00 | 200 | – |" in page
    assert "| 10,000 | 12.0 (1.50×) | 15.0 (1.50×) | 1.00 (1.00×) | 200 (1.00×) | – |" in page
    assert "| 10,000 | 0.600 | 0.800 | 0.600 | 0.800 | 99.5 % |" in page
    assert "| 10,000 | 3.0 | 1.5 |" in page


def test_the_machine_the_day_and_the_commit_are_named() -> None:
    assert taken(MACHINE) == (
        "Taken 2026-11-21 at commit `abc` on One CPU, 2 cores, 16 GB, Linux x86_64, Python 3.11.7; "
        "0.02 cores busy with something else."
    )


def test_times_of_a_busy_machine_are_not_summed_up() -> None:
    run = a_peers_run(other_cores=0.5)
    one = {name: value for name, value in run.items() if name != "datasets"} | {"dataset": run["datasets"][0]}
    page = render(Results({"faq": one}, None))
    assert "The machine was busy" in page
    assert "times the p50" not in page
    assert "1.50 times the nDCG@10" in page


def test_a_size_built_on_a_busy_machine_or_at_another_commit_says_so() -> None:
    run = a_scale_run() | {"sizes": [a_size(1_000, 1.0, other_cores=1.0), a_size(10_000, 1.5, commit="older")]}
    page = render(Results({}, run))
    assert "Built on a busy machine: 1,000 chunks" in page
    assert "Built at commit `older`." in page


def test_plots_are_the_same_bytes_for_the_same_results(kept: Path, tmp_path: Path) -> None:
    found = read_results(kept)
    first, second = draw_all(found, tmp_path / "first"), draw_all(found, tmp_path / "second")
    assert [path.name for path in first] == [
        "bench-quality.svg", "bench-latency.svg", "bench-scale-latency.svg", "bench-scale-build.svg",
    ]  # fmt: skip
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    assert ">llamaindex<" not in first[0].read_text("utf-8")
    assert ">ours<" in first[0].read_text("utf-8")


def test_the_command_keeps_a_run_and_writes_page_and_plots(kept: Path, tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    report([tmp_path / "peers.json"], tmp_path / "others", docs)
    page = (docs / PAGE).read_text("utf-8")
    assert page == render(read_results(tmp_path / "others"))
    assert "Growth with size" not in page
    assert sorted(path.name for path in (docs / IMAGES).iterdir()) == ["bench-latency.svg", "bench-quality.svg"]


def test_without_results_there_is_no_page(tmp_path: Path) -> None:
    with pytest.raises(BadSource, match="holds no results"):
        report([], tmp_path, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_docstring_examples_hold() -> None:
    assert doctest.testmod(importlib.import_module("benchmarks.report.tables")).failed == 0
