from mlplaybook.server.artefacts.filling.logs import (
    is_log,
    is_report,
    read_header,
    read_log,
    read_mlflow,
    read_named_numbers,
    read_report,
)
from mlplaybook.server.artefacts.filling.records import InputText

REPORT = """\
              precision    recall  f1-score   support

        good       0.99      0.98      0.98      5569
       crack       0.71      0.84      0.77       431

    accuracy                           0.97      6000
   macro avg       0.85      0.91      0.88      6000
"""
LOG = """\
2026-05-09 22:19:47 INFO  epoch 1/2 train_loss 0.6120 val_f1 0.702
2026-05-09 22:25:30 INFO  epoch 2/2 train_loss=0.3388 val_f1=0.811
2026-05-09 22:49:10 INFO  test necks_w19 n=6000 recall 0.926
"""


def values(leaves: object) -> list[tuple[str, object]]:
    return [(leaf.dotted, leaf.value) for leaf in leaves]  # type: ignore[attr-defined]


def test_a_report_of_scikit_learn_gives_every_number() -> None:
    assert is_report(REPORT)
    found = dict(values(read_report(InputText("r.txt", REPORT))))
    assert (found["report.crack.recall"], found["report.accuracy"], found["report.macro avg.f1"]) == (0.84, 0.97, 0.88)


def test_a_training_log_gives_epochs_and_the_test_line() -> None:
    assert is_log(LOG)
    assert values(read_log(InputText("train.log", LOG))) == [
        ("epochs.1.train_loss", 0.612),
        ("epochs.1.val_f1", 0.702),
        ("epochs.2.train_loss", 0.3388),
        ("epochs.2.val_f1", 0.811),
        ("test.n", 6000),
        ("test.recall", 0.926),
        ("test.dataset", "necks_w19"),
    ]


def test_a_run_export_gives_parameters_and_the_last_value_of_a_metric() -> None:
    metric = read_mlflow(InputText("run/metrics/f1", "10 0.7 1\n30 0.9 3\n20 0.8 2\n"), "metrics", "f1")
    parameter = read_mlflow(InputText("run/params/lr", "0.03"), "params", "lr")
    assert values((*metric, *parameter)) == [("run.metrics.f1", 0.9), ("run.params.lr", 0.03)]


def test_a_header_gives_its_columns_and_a_row_of_numbers_none() -> None:
    assert values(read_header(InputText("h.csv", "id;age;fee\n1;2;3\n"))) == [("columns", ["id", "age", "fee"])]
    assert read_header(InputText("h.csv", "1,2,3\n")) == ()


def test_two_lines_of_a_name_and_a_number_are_a_table() -> None:
    text = "Results\nmape       10.9\ncoverage   0.773\n\nalone      3\n"
    assert values(read_named_numbers(InputText("n.txt", text))) == [("report.mape", 10.9), ("report.coverage", 0.773)]
