"""The playbook as it is shipped."""

from __future__ import annotations

import re
from datetime import date

import pytest
import sqlglot

from mlplaybook.knowledge import pages_folder
from mlplaybook.server.authoring.check import check
from mlplaybook.server.authoring.coverage import coverage_rows
from mlplaybook.server.authoring.pages import Playbook, read_playbook


@pytest.fixture(scope="module")
def playbook() -> Playbook:
    return read_playbook(pages_folder())


def test_the_playbook_is_sound_on_the_day_of_its_last_review(playbook: Playbook) -> None:
    reviewed = max(date.fromisoformat(page.document.reviewed) for page in playbook.pages)
    assert [str(finding) for finding in check(playbook, reviewed)] == []


def test_there_are_eighty_pages_in_twelve_folders(playbook: Playbook) -> None:
    assert len(playbook.pages) == 80
    assert len({page.document.folder for page in playbook.pages}) == 12


def test_every_row_stands_somewhere(playbook: Playbook) -> None:
    assert [row for row, _, where, _ in coverage_rows(playbook) if where == "missing"] == []


def test_every_template_row_can_be_filled_and_every_rubric_scored(playbook: Playbook) -> None:
    data = {row for artefact in playbook.artefacts for row in artefact.values["features"]}
    wanted = {row for row in playbook.features if row[0] in "TR"}
    assert wanted - data == set()


def test_sql_on_the_pages_parses(playbook: Playbook) -> None:
    """Dialects differ; a block is sound when one of those that the pages use can read it."""
    for page in playbook.pages:
        for code in re.findall(r"```sql\n(.*?)```", page.document.text, re.DOTALL):
            errors = []
            for dialect in ("postgres", "duckdb", "bigquery", "snowflake"):
                try:
                    sqlglot.parse(code, read=dialect)
                    break
                except sqlglot.errors.ParseError as error:
                    errors.append(str(error))
            else:
                pytest.fail(f"{page.id}: {errors}")


def test_pages_name_only_templates_that_there_are(playbook: Playbook) -> None:
    templates = {artefact.values["id"] for artefact in playbook.artefacts if artefact.kind == "template"}
    named = {name for page in playbook.pages for name in page.values["templates"]}
    assert named - templates == set()
