"""What can drift is generated, and this notices when it was not."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    return generate


def test_the_page_of_commands_is_what_the_commands_say(generate: ModuleType) -> None:
    assert (ROOT / "docs" / "commands.md").read_text("utf-8") == generate.render()


def test_the_coverage_table_is_what_the_pages_say(generate: ModuleType) -> None:
    coverage = generate.coverage_page(generate.read_playbook(generate.pages_folder()))
    assert (ROOT / "docs" / "coverage.md").read_text("utf-8") == coverage


def test_the_page_of_guides_shows_a_profile_and_a_guide_as_they_are(generate: ModuleType, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "guide.md").read_text("utf-8")
    assert page == generate.guide_page(page, tmp_path)
    changed = page.replace("## 1 Step", "## 9 Step").replace('"classical"', '"llm"')
    assert page == generate.guide_page(changed, tmp_path)


def test_the_page_of_filling_shows_a_brief_as_it_is(generate: ModuleType) -> None:
    page = (ROOT / "docs" / "fill.md").read_text("utf-8")
    assert page == generate.fill_page(page)
    assert page == generate.fill_page(page.replace("# filled", "# guessed"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?://)([^)#]+)", page.read_text("utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_the_page_of_settings_is_what_the_settings_say(generate: ModuleType) -> None:
    assert (ROOT / "docs" / "settings.md").read_text("utf-8") == generate.settings_page()


def test_every_setting_has_a_meaning(generate: ModuleType) -> None:
    page = generate.settings_page()
    assert [line for line in page.splitlines() if line.startswith("| `") and line.endswith("|  |")] == []


def test_the_readme_names_its_two_commands_first() -> None:
    first = (ROOT / "README.md").read_text("utf-8").split("\n## ")[0]
    assert 'make ask Q="How do I detect data drift?"' in first
    assert "make test" in first
