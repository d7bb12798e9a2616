"""`mlplaybook check` as people and agents run it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from mlplaybook.ingest.errors import BadDocument
from mlplaybook.server.console.check_command import check_command

app = typer.Typer()
app.command("check")(check_command)
DECENT = Path(__file__).parent / "checking" / "decent"
SHEET = "ml_costs:\n  currency: dollars\n"


def run(*arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(app, arguments, input=given, env={"COLUMNS": "100"})


def test_a_clean_document_ends_with_0_and_says_so() -> None:
    done = run(str(DECENT / "costs-translation.yaml"))
    assert done.exit_code == 0
    assert done.stdout.endswith(
        "costs-translation.yaml: cost-sheet (its root key is ml_costs), 16 of 16 fields have a value\n\nNothing to mend.\n"
    )


def test_findings_are_listed_by_severity_and_errors_end_with_1(tmp_path: Path) -> None:
    file = tmp_path / "sheet.yaml"
    file.write_text(SHEET)
    done = run(str(file))
    assert done.exit_code == 1
    assert "\n\n16 errors\n" in done.stdout
    assert (
        "  line 2  ml_costs.currency  [currency-is-no-code]\n"
        "    “dollars”\n"
        "    Several currencies share a sign or a name.\n"
        "    → Write the ISO 4217 code, for example USD.\n"
        "    cost-tracking#which-fields-does-an-ml-cost-sheet-contain\n"
    ) in done.stdout
    assert done.stdout.endswith("\n16 errors, 0 warnings, 0 notes\n")


def test_warnings_alone_end_with_0() -> None:
    assert run(str(DECENT / "README.md")).exit_code == 0


def test_a_record_for_programs_from_stdin() -> None:
    done = run("-", "--json", given=SHEET)
    record = json.loads(done.stdout)
    assert done.exit_code == 1
    assert {key: record[key] for key in record if key != "findings"} == {
        "file": "-", "template": "cost-sheet", "reason": "its root key is ml_costs", "filled": 1, "fields": 16,
        "errors": 16, "warnings": 0, "notes": 0,
    }  # fmt: skip
    assert set(record["findings"][0]) == {"severity", "field", "words", "problem", "remedy", "section", "rule", "line"}


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00", b"", b"a" * 1_000_001])
def test_what_cannot_be_read_is_an_error_of_status_2(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "brief.yaml"
    if content is not None:
        file.write_bytes(content)
    done = run(str(file))
    assert isinstance(done.exception, BadDocument)
    assert done.exception.exit_code == 2
