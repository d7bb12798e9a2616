import json
from pathlib import Path

import pytest

from mlplaybook.evals.fill_cases import count, read_documents, score_document, share_right
from mlplaybook.evals.fill_command import fill_command
from mlplaybook.ingest.errors import BadSource
from mlplaybook.server.artefacts.library import load_template
from mlplaybook.server.artefacts.records import Evidence, Field, Fill, Filled

GOLD = """\
description: a case
gold:
  - template: label-join-query
    from: [n.md]
    fields:
      predictions_table: {must: [log.p], quote: log.p}
      window: {value: 7 d, quote: one week}
    absent: [labels_table, label_delay]
    open: [row_filter]
"""


def field(kind: str) -> Field:
    return Field("x", kind, True, "", "", None, None, "")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "gold", "value", "share"),
    [
        ("text", {"must": ["2.7%"], "must_not": ["80%"]}, "2.7%  leave", 1),
        ("text", {"must": ["2.7%"], "must_not": ["80%"]}, "2.7% leave, 80% found", 0),
        ("list", {"items": [["a", "1"], ["b"]]}, ["a 1", "c"], 0.5),
        ("mapping", {"entries": {"roc_auc": 0.8, "f1": 0.5}}, {"ROC-AUC": 0.8}, 0.5),
        ("duration", {"value": "30 d"}, "720 h", 1),
        ("enum", {"one_of": ["a", "b"]}, "b", 1),
        ("money", {"value": 31000}, "GBP 31000", 1),
        ("boolean", {"value": False}, 0, 0),
    ],
)
def test_values_are_compared_by_what_they_mean(kind: str, gold: dict, value: object, share: float) -> None:  # type: ignore[type-arg]
    assert share_right(field(kind), gold, value) == share


def test_a_document_is_scored_field_by_field(tmp_path: Path) -> None:
    case = tmp_path / "dev" / "one"
    case.mkdir(parents=True)
    (case / "gold.yaml").write_text(GOLD)
    (case / "n.md").write_text("log.p holds one week")
    (document,) = read_documents("dev", tmp_path)
    missing = Filled(None, "missing")
    made = Fill(
        "label-join-query",
        dict.fromkeys((f.name for f in load_template("label-join-query").fields), missing)
        | {
            "predictions_table": Filled("log.p", "filled", (Evidence("n.md", "log.p", 0, 5),)),
            "labels_table": Filled("made.up", "filled"),
        },
    )
    verdicts = score_document(document, made)
    score = count(verdicts)
    assert [(v.field.name, v.wanted, v.right, v.proven) for v in verdicts][:2] == [
        ("predictions_table", True, True, True),
        ("labels_table", False, False, False),
    ]
    assert (score.right, score.filled, score.wanted, score.unproven) == (1, 2, 2, 1)
    assert (score.precision, score.recall) == (0.5, 0.5)


def test_a_split_without_cases_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadSource, match="no fill cases"):
        read_documents("dev", tmp_path)


def test_a_folder_of_ones_own_cases_is_measured_instead_of_the_split(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = tmp_path / "mine" / "wards"
    case.mkdir(parents=True)
    (case / "n.md").write_text("predictions_table: log.p\nwindow: one week\n", "utf-8")
    (case / "gold.yaml").write_text(GOLD, "utf-8")
    fill_command(cases=tmp_path / "mine", words_only=True, as_json=True)
    records = {record["field"]: record for record in map(json.loads, capsys.readouterr().out.splitlines())}
    assert {record["case"] for record in records.values()} == {"wards"}
    assert (records["predictions_table"]["right"], records["predictions_table"]["value"]) == (True, "log.p")
    assert "row_filter" not in records
