"""The command as a person uses it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from mlplaybook.ingest.errors import BadDocument, BadName, BadSetting
from mlplaybook.server.artefacts.calculators.registry import CALCULATORS
from mlplaybook.server.console.calculate_command import calculate_command

app = typer.Typer()
app.command("calculate")(calculate_command)
QUINTILES = ("psi", "reference=200,200,200,200,200", "current=100,150,200,250,300")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "100"})


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "then.csv").write_text("age,plan\n" + "".join(f"{n},a\n" for n in range(100)), "utf-8")
    (tmp_path / "now.csv").write_text("age;plan\n" + "".join(f"{n + 30};b\n" for n in range(100)), "utf-8")
    return tmp_path


def test_a_result_is_shown_with_its_arithmetic() -> None:
    lines = run(*QUINTILES, "smoothing=none").stdout.splitlines()
    assert lines == [
        "Population Stability Index (PSI)",
        "  PSI = Σ (qᵢ − pᵢ) × ln(qᵢ / pᵢ) over bins, p reference shares, q current shares",
        "",
        "→ PSI: 0.1354",
        "  Minor drift (0.1 to 0.2): watch; alarm after three such windows.",
        "  expected without drift: 0.008",
        "  99% of PSI without drift stay below: 0.0266",
        "",
        "Inputs",
        "  reference  200, 200, 200, 200, 200",
        "  current    100, 150, 200, 250, 300",
        "  smoothing  none",
        "  not given, so: cuts=default",
        "",
        "Arithmetic",
        "  PSI = 0.0693 + 0.0144 + 0.0000 + 0.0112 + 0.0405 = 0.1354",
        "  without drift: (5 − 1) × (1/1,000 + 1/1,000) = 0.008",
        "",
        "  bin    reference  current     p     q  (q − p) ln(q/p)",
        "  bin 1        200      100   20%   10%           0.0693",
        "  bin 2        200      150   20%   15%           0.0144",
        "  bin 3        200      200   20%   20%           0.0000",
        "  bin 4        200      250   20%   25%           0.0112",
        "  bin 5        200      300   20%   30%           0.0405",
        "  sum        1,000    1,000  100%  100%           0.1354",
        "",
        "Assumed",
        "  the bins are as given",
        "  nothing was added to the counts",
        "  rows are independent; rows of one user or hour are not, and make more noise",
        '  mlplaybook read "drift-detection#how-is-the-population-stability-index-psi-computed"',
    ]


def test_the_record_for_programs() -> None:
    record = json.loads(run("kv-cache", "layers=32", "kv_heads=8", "head_dim=128", "--json").stdout)
    assert record["result"] == {"name": "KV cache", "value": 131072.0, "unit": "bytes", "text": "131 kB"}
    assert record["section"] == "llm-serving#how-many-bytes-does-the-kv-cache-need"


def test_without_a_name_all_are_listed() -> None:
    assert run().stdout.splitlines()[0] == "psi                  Population Stability Index (PSI)"
    assert len(json.loads(run("--json").stdout)["calculators"]) == len(run().stdout.splitlines())


def test_without_inputs_a_calculator_says_what_it_asks() -> None:
    shown = run("gpu-cost").stdout
    assert "price               price of one GPU, per hour [needed]" in shown
    assert "mlplaybook calculate gpu-cost gpu_hours=4129 price=3USD" in shown
    assert json.loads(run("gpu-cost", "--json").stdout)["id"] == "gpu-cost"


def test_columns_of_two_files_are_compared(files: Path) -> None:
    done = run("psi", "--csv", files / "now.csv", "--column", "age", "--reference", files / "then.csv", "--json")
    assert json.loads(done.stdout)["verdict"] == "act"


def test_a_plot_is_written_and_not_over_another(files: Path) -> None:
    path = files / "psi.svg"
    done = run(*QUINTILES, "--plot", path)
    assert (done.exit_code, done.stderr) == (0, f"mlplaybook: {path} written\n")
    first = path.read_bytes()
    again = run(*QUINTILES, "smoothing=none", "--plot", path).exception
    assert isinstance(again, BadSetting)
    assert path.read_bytes() == first
    assert run(*QUINTILES, "smoothing=none", "--plot", path, "--force").exit_code == 0
    assert path.read_bytes() != first


def test_a_plot_follows_no_link(files: Path) -> None:
    target, link = files / "precious.svg", files / "link.svg"
    target.write_text("precious", "utf-8")
    link.symlink_to(target)
    assert isinstance(run(*QUINTILES, "--plot", link, "--force").exception, BadSetting)
    assert target.read_text("utf-8") == "precious"


@pytest.mark.parametrize(
    ("arguments", "kind", "words"),
    [
        (("kvcash",), BadName, "There is no calculator 'kvcash'."),
        (("kv-cache", "layers"), BadDocument, "'layers' is no key=value."),
        (("kv-cache", "layers=1", "layers=2"), BadDocument, "layers is given twice"),
        (
            (*QUINTILES, "--plot", "x.pdf"),
            BadSetting,
            "--plot x.pdf cannot be drawn. Name a file that ends in .png or .svg.",
        ),
        (("error-budget", "target=99%", "--plot", "x.svg"), BadSetting, "error-budget has no plot."),
        ((*QUINTILES, "--plot", "nowhere/x.svg"), BadSetting, "nowhere/x.svg cannot be written"),
        (("psi", "--csv", "nowhere.csv"), BadDocument, "nowhere.csv cannot be read"),
        (("psi", "--column", "age"), BadDocument, "psi has no file for its columns. Add --csv FILE."),
    ],
)
def test_an_error_says_what_was_wrong(arguments: tuple[str, ...], kind: type[Exception], words: str) -> None:
    error = run(*arguments).exception
    assert isinstance(error, kind)
    assert re.search(re.escape(words), str(error))


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"age\n\xff\n")
    error = run("psi", "--csv", tmp_path / "a.csv").exception
    assert isinstance(error, BadDocument)
    assert "is not UTF-8" in str(error)


def test_the_page_shows_what_the_command_prints() -> None:
    page = (Path(__file__).parents[2] / "docs" / "calculate.md").read_text("utf-8")
    call, shown = re.findall(r"```console\n\$ mlplaybook calculate (.*)\n```\n\n```text\n(.*?)```", page, re.DOTALL)[0]
    assert run(*call.split()).stdout == shown


def test_the_page_lists_every_calculator() -> None:
    page = (Path(__file__).parents[2] / "docs" / "calculate.md").read_text("utf-8")
    assert re.findall(r"^\| `([\w-]+)`", page, re.MULTILINE) == [c.id for c in CALCULATORS]
