"""The references of the packaged skill, made from the playbook itself.

`python -m mlplaybook.server.agents.skill_build` writes them.
SKILL.md is written by hand; a test says whether the references are those of the playbook as it is.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from mlplaybook.ingest.frontmatter import read_front_matter
from mlplaybook.ingest.read import page_paths
from mlplaybook.knowledge import pages_folder
from mlplaybook.server.agents.commands import Command, fill_in, read_commands, read_text
from mlplaybook.server.agents.definitions import CHECK, DECIDE, FILL, READ
from mlplaybook.server.agents.results import call_with
from mlplaybook.server.agents.skills_extension import FOLDER
from mlplaybook.server.agents.steps import PREFIX
from mlplaybook.server.artefacts.calculators.registry import Description, descriptions
from mlplaybook.server.artefacts.guiding.extras import find_tasks
from mlplaybook.server.artefacts.guiding.steps import Entry, Step, read_steps
from mlplaybook.server.artefacts.library import load, load_template, names

SKILL = FOLDER / "ml-playbook"
REFERENCES = "references"
# Written by hand, as SKILL.md is, of which Codex shows its model 8,000 characters: the table would leave no room for the rules.
CODE = "code.md"


def build() -> dict[str, str]:
    """Every reference by its file name."""
    made = {
        "pages.md": pages_text(), "documents.md": documents_text(), "decisions.md": decisions_text(),
        "checklists.md": checklists_text(), "steps.md": steps_text(), CODE: read_text(CODE),
    } | {f"{command.id}.md": command_text(command) for command in read_commands()}  # fmt: skip
    return {name: f"{text.strip()}\n" for name, text in made.items()}


def read_pages() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The folder and the front matter of every page, in their order."""
    root = pages_folder()
    for path in sorted(page_paths(root)):
        values = read_front_matter(path.read_text("utf-8")).values
        if "id" in values:
            yield path.parent.relative_to(root).as_posix(), values


def pages_text() -> str:
    """All pages by folder with what they decide."""
    step = f"Read one with `{call_with(READ, name='<id>')}`, in short with `#summary` behind the id, or `mlplaybook read <id>`."
    parts = ["# Pages of the playbook", step]
    for folder, pages in groupby(read_pages(), key=lambda page: page[0]):
        parts.append(
            f"## {folder}\n\n" + "\n".join(f"- `{v['id']}`: {v['title']}. {v['description']}" for _, v in pages)
        )
    return "\n\n".join(parts)


def documents_text() -> str:
    """All templates with their files."""
    call = call_with(FILL, template="<id>", notes="<what the project says>")
    fields = call_with(READ, name="playbook://template/<id>")
    step = (
        f"Fill one with `{call}` or `mlplaybook fill <id> notes.md`; check it with `{CHECK}`. "
        f"What each field asks for: `{fields}`."
    )
    rows = ["| Document | File | Fields | What for |", "|---|---|---|---|"]
    for name in names("templates"):
        one = load_template(name)
        rows.append(f"| `{name}` | {one.file or 'as you like'} | {len(one.fields)} | {one.title}. {one.description} |")
    return "\n\n".join(["# Documents", step, "\n".join(rows)])


def decisions_text() -> str:
    """Decisions with their inputs, rubrics with their dimensions, calculators with what they need."""
    step = f"All by `{call_with(DECIDE, name='<id>')}`: alone it lists its inputs with a question each; then give `inputs`."
    lists = {
        "Decisions": [decision_line(load("decisions", name)) for name in names("decisions")],
        "Rubrics": [rubric_line(load("rubrics", name)) for name in names("rubrics")],
        "Calculators": [calculator_line(description) for description in descriptions()],
    }
    parts = ["# Decisions, rubrics and calculators", step]
    return "\n\n".join(parts + [f"## {title}\n\n" + "\n".join(lines) for title, lines in lists.items()])


def decision_line(values: Mapping[str, Any]) -> str:
    """A decision: what for, then its inputs with the values they take."""
    inputs = "; ".join(
        f"{i['name']}{' (' + ', '.join(i['allowed']) + ')' if 'allowed' in i else ''}" for i in values["inputs"]
    )
    return f"- `{values['id']}`: {values['title']}. {values['description']} Inputs: {inputs}."


def rubric_line(values: Mapping[str, Any]) -> str:
    """A rubric: what for, then its dimensions."""
    dimensions = ", ".join(one["name"] for one in values["dimensions"])
    return f"- `{values['id']}`: {values['title']}. {values['description']} Dimensions: {dimensions}."


def calculator_line(one: Description) -> str:
    """A calculator: formula and inputs."""
    return f"- `{one.id}`: {one.title}. {one.formula}. Inputs: {', '.join(p.name for p in one.inputs)}."


def checklists_text() -> str:
    """All checklists with the moment for each."""
    step = f"Read one with `{call_with(READ, name='playbook://checklist/<id>')}`; tick a check only with evidence."
    lines = []
    for name in names("checklists"):
        values = load("checklists", name)
        lines.append(f"- `{name}`, {len(values['items'])} checks of the page `{values['page']}`. {values['when']}")
    return "\n\n".join(["# Checklists", step, "\n".join(lines)])


def steps_text() -> str:
    """The steps with their pages, decisions and documents."""
    intro = (
        f"A prompt `{PREFIX}<id>` gives the guidance for a step within a number of tokens, and so does `mlplaybook guide <id>`. "
        "Pages in brackets are for some projects only."
    )
    return "\n\n".join(["# Development steps", intro, *(step_lines(step) for step in read_steps().values())])


def step_lines(step: Step) -> str:
    """A step."""
    tasks = find_tasks([entry.page for entry in step.entries])
    found = {
        verb: [task.id for task in tasks if task.verb == verb] for verb in dict.fromkeys(task.verb for task in tasks)
    }
    lines = [f"- Read: {', '.join(map(entry_words, step.entries))}"]
    lines += [f"- {verb}: {', '.join(f'`{one}`' for one in ids)}" for verb, ids in found.items()]
    return f"## {step.number}. {step.title} (`{step.id}`)\n\n" + "\n".join(lines)


def entry_words(entry: Entry) -> str:
    """A page of a step, with the projects it is for."""
    when = " and ".join(f"{name} {' or '.join(values)}" for name, values in entry.when)
    return f"`{entry.page}`{f' ({when})' if when else ''}"


def command_text(command: Command) -> str:
    """A quick command's instruction where nothing was said with it."""
    ways = "\n".join(f"- {one.name}: {one.meaning} If nothing is said: {one.otherwise}." for one in command.arguments)
    return f"# {command.title}\n\n{command.description}\n\n{ways}\n\n{fill_in(command.text, command.arguments, {})}"


def main(folder: Path = SKILL / REFERENCES) -> None:
    """Write the references; those of which there is nothing any more are taken away."""
    made = build()
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.md"):
        if path.name not in made:
            path.unlink()
    for name, text in made.items():
        (folder / name).write_text(text, "utf-8", newline="\n")
    sys.stdout.write(f"{len(made)} references in {folder}\n")


if __name__ == "__main__":
    main()
