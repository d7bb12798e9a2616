"""The table of chunk options: what is known is not measured again, and what is missing leaves its cell empty."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from benchmarks.chunking import WAYS, Row, measure_missing, read_rows, table
from mlplaybook.ingest.chunking import DEFAULT, create_chunking
from mlplaybook.server.settings import Settings


def test_the_first_way_is_the_default_and_every_way_can_be_used() -> None:
    made = [create_chunking(options) for options in WAYS.values()]
    assert made[0] == DEFAULT
    assert len(set(made)) == len(made)


def test_what_the_file_has_is_not_measured_again(tmp_path: Path) -> None:
    out = tmp_path / "results.jsonl"
    rows = [Row(way, "playbook", [0.5, 1.0], 0.75, 100, 9.0) for way in WAYS]
    out.write_text("".join(json.dumps(dataclasses.asdict(row)) + "\n" for row in rows))
    assert list(measure_missing(Settings(home=tmp_path), [None], out)) == rows == read_rows(out)


def test_a_line_a_way_and_a_column_a_set() -> None:
    """The differences 0, 0 and 0.3 have the standard deviation 0.1732, over the root of three questions 0.1."""
    rows = [
        Row("blocks", "playbook", [1.0, 0.5, 0.0], 0.91195, 2063, 86.9),
        Row("blocks", "real", [0.865], 0.945, 157, 3.0),
        Row("section", "playbook", [1.0, 0.5, 0.3], 0.9, 984, 91.2),
    ]
    assert table(rows) == (
        "| way | playbook | real | chunks | ingest, CPU s |\n"
        "|---|---|---|---|---|\n"
        "| blocks | 0.500 / 0.912 | 0.865 / 0.945 | 2,063 | 87 |\n"
        "| section | 0.600 ± 0.100 / 0.900 |  | 984 | 91 |"
    )
