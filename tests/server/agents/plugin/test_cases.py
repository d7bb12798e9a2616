from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from mlplaybook.knowledge import pages_folder
from mlplaybook.server.agents.definitions import DEFINITIONS
from mlplaybook.server.agents.plugin.cases import Case, eval_files, read_cases
from mlplaybook.server.agents.plugin.source import read_source

ROOT = Path(__file__).parents[4]
CASES = read_cases()
FILES = eval_files(CASES, "skills/ml-playbook", read_source())
PAGES = {path.stem for path in pages_folder().glob("[0-9][0-9]-*/*.md")}


def test_there_are_twenty_and_one_is_not_covered() -> None:
    assert len({case.id for case in CASES}) == len(CASES) == 20
    assert [case.id for case in CASES if not case.pages] == ["not-covered"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_task_names_pages_and_tools_that_exist(case: Case) -> None:
    assert set(case.pages) <= PAGES
    assert set(case.tools) <= {tool.name for tool in DEFINITIONS}
    assert case.tools
    assert re.fullmatch(r"[a-z0-9-]+", case.id)


def test_the_tasks_call_every_kind_of_tool() -> None:
    used = {tool for case in CASES for tool in case.tools}
    assert used == {"search_playbook", "fill_template", "check_document", "decide"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_no_task_is_a_question_of_the_evaluation_sets(case: Case) -> None:
    words = set(re.findall(r"\w+", case.prompt.lower()))
    for path in sorted((ROOT / "evals" / "cases").glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            asked = set(re.findall(r"\w+", json.loads(line).get("question", "").lower()))
            assert len(words & asked) < 0.6 * len(words | asked)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_task_has_a_prompt_and_graders_as_claude_plugin_eval_reads_them(case: Case) -> None:
    head, body = parts(f"evals/{case.id}/prompt.md")
    assert body.strip() == case.prompt
    assert set(head) == {"max_turns", "timeout_seconds", "allowed_tools"}
    graders = {
        path.rsplit("/", 1)[1][:-3]: parts(path) for path in FILES if path.startswith(f"evals/{case.id}/graders/")
    }
    kinds = {name: grader["type"] for name, (grader, _) in graders.items()}
    assert set(kinds.values()) <= {"regex", "tool_used", "file_exists", "llm"}
    assert kinds["good"] == "llm"
    assert graders["good"][1].startswith(case.good)
    assert ("cites" in kinds, "leaves-file" in kinds) == (bool(case.pages), bool(case.file))
    assert all(name.startswith("calls-") for name, kind in kinds.items() if kind == "tool_used")


def test_a_citation_of_an_expected_page_passes_and_another_does_not() -> None:
    head, _ = parts("evals/scaler-before-split/graders/cites.md")
    pattern = re.compile(head["pattern"])
    assert pattern.search('"Split first." (data-leakage#summary)')
    assert not pattern.search("see metric-choice#summary and data-leakage")


def test_agent_skills_get_the_same_tasks() -> None:
    record = json.loads(FILES["skills/ml-playbook/evals/evals.json"])
    assert record["skill_name"] == "ml-playbook"
    assert [(row["id"], row["prompt"]) for row in record["evals"]] == [
        (n, case.prompt) for n, case in enumerate(CASES, 1)
    ]
    assert set(record["evals"][0]) == {"id", "name", "prompt", "expected_output", "files", "assertions"}
    assert record["evals"][0]["assertions"][0] == CASES[0].good


def parts(path: str) -> tuple[dict[str, object], str]:
    """The YAML head of a file, and the rest."""
    before, head, body = FILES[path].decode().split("---\n", 2)
    assert before == ""
    return yaml.safe_load(head), body
