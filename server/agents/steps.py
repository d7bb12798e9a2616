"""The 21 development steps: an instruction with what the playbook has for the step and the project, in words of the tools."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from mlplaybook.ingest.errors import BadQuestion
from mlplaybook.server.agents.commands import PromptArgument, fill_in, read_text, settle
from mlplaybook.server.agents.definitions import CHECK, DECIDE, FILL, READ
from mlplaybook.server.agents.results import call_with
from mlplaybook.server.artefacts.guiding.pieces import DEPTHS
from mlplaybook.server.artefacts.guiding.records import DEPTH, TOKENS, Guide, Wish
from mlplaybook.server.artefacts.guiding.steps import NO_CHANGE, Step, read_changes, read_steps
from mlplaybook.server.calls.artefacts import guide
from mlplaybook.server.retrieval.profiles import read_project_file
from mlplaybook.server.service import Service
from mlplaybook.server.settings import Settings
from mlplaybook.server.wiring import project_folder, project_profile

PREFIX = "step-"
FEWEST, MOST = 500, 20_000
SIZES = ("1000", "2000", "4000", "8000")
LEAST, DEEPEST = min(DEPTHS), max(DEPTHS)
STEP_ARGUMENTS = (
    PromptArgument("focus", "What you work on now; decides which sections come first.", "what it needs of this step"),
    PromptArgument("tokens", f"Size of the guidance, {FEWEST} to {MOST}; {TOKENS} if left out.", "", SIZES),
    PromptArgument(
        "depth", f"From {LEAST} ({DEPTHS[LEAST]}) to {DEEPEST} ({DEPTHS[DEEPEST]}); {DEPTH} if left out.", "",
        tuple(map(str, DEPTHS)),
    ),
)  # fmt: skip
TASK = "step.md"
# The guide speaks to people at a command line; the same calls have other names here.
CALLS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"`mlplaybook (?:decide|score) ([a-z0-9-]+)`"), lambda m: f"`{call_with(DECIDE, name=m[1])}`"),
    (re.compile(r"`mlplaybook fill ([a-z0-9-]+) --from README\.md -o ([^`]+)`"),
     lambda m: f"`{call_with(FILL, template=m[1])}`, for {m[2]}"),
    (re.compile(r"`mlplaybook fill ([a-z0-9-]+) --from README\.md`"), lambda m: f"`{call_with(FILL, template=m[1])}`"),
    (re.compile(r"`mlplaybook check FILE`"), lambda m: f"{CHECK}"),
    (re.compile(r"`mlplaybook read (PAGE(?:#HEADING)?)`( prints)?"),
     lambda m: f"`{call_with(READ, name=m[1])}`{' gives' if m[2] else ''}"),
    (re.compile(r"`--(tokens|depth)`"), lambda m: f"`{m[1]}`"),
    (re.compile(r"- `mlplaybook` also: "), lambda m: "- Also: "),
)  # fmt: skip


def is_step(prompt: str) -> bool:
    """Whether a prompt is one of a step."""
    return prompt.startswith(PREFIX) and prompt.removeprefix(PREFIX) in read_steps()


def describe(step: Step) -> str:
    """What a step's prompt gives, in a sentence."""
    return f"Step {step.number} of {step.of}: pages, checks, decisions and documents of the playbook for this project."


def step_text(service: Service, settings: Settings, name: str, given: Mapping[str, str]) -> str:
    """The instruction for a step with its guide, for the project in whose folder the server runs.

    :raises BadSetting: the project's file cannot be understood, or so few tokens are too few.
    """
    step = read_steps()[name]
    said = settle(STEP_ARGUMENTS, given)
    change = read_changes(read_project_file(project_folder(settings))).get(name, NO_CHANGE)
    wish = Wish(
        name, project_profile(settings), number(said.get("tokens", ""), TOKENS, FEWEST, MOST),
        number(said.get("depth", ""), DEPTH, LEAST, DEEPEST), said.get("focus", ""), change,
    )  # fmt: skip
    made = guide_for(service, wish)
    facts = {"title": step.title, "number": str(step.number), "of": str(step.of)}
    return f"{fill_in(read_text(TASK), STEP_ARGUMENTS, said, facts)}\n{in_calls(made.text)}"


def guide_for(service: Service, wish: Wish) -> Guide:
    """The guide; a focus that cannot be searched for stands in the instruction, but chooses nothing."""
    try:
        return guide(service, wish)
    except BadQuestion:
        return guide(service, replace(wish, question=""))


def number(text: str, default: int, least: int, most: int) -> int:
    """A whole number within its bounds, the default where there is none.

    >>> number("99", 3, 1, 5), number("many", 3, 1, 5)
    (5, 3)
    """
    found = re.search(r"\d{1,9}", text)
    return max(least, min(int(found[0]), most)) if found else default


def in_calls(text: str) -> str:
    """A guide with commands as tool calls.

    >>> in_calls("`mlplaybook decide averaging`")
    '`decide {"name": "averaging"}`'
    """
    for pattern, call in CALLS:
        text = pattern.sub(call, text)
    return text
