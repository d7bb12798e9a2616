"""Completion of arguments: ids, headings and choices that begin with what was typed, hold it, or are spelled like it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Any

import anyio.to_thread
from mcp.server import MCPServer
from mcp.types import Completion, CompletionArgument, CompletionContext, PromptReference, ResourceTemplateReference

from mlplaybook.ingest.catalog import read_sections
from mlplaybook.server.agents.commands import choices as argument_choices
from mlplaybook.server.agents.commands import find_command, plain
from mlplaybook.server.agents.deps import Deps
from mlplaybook.server.agents.steps import STEP_ARGUMENTS, is_step
from mlplaybook.server.calls.library import KINDS, artefact_names, list_pages
from mlplaybook.server.service import Service

# The protocol's limit on one reply.
MOST = 100
# Below this likeness a spelling is another word.
LIKENESS, NEAR = 0.6, 3
TEMPLATE = re.compile(r"playbook://([a-z]+)/")
PAGES = "page"


def register_completion(server: MCPServer[Any], deps: Deps) -> None:
    """Complete the arguments of resource templates and prompts; a reference to neither completes to nothing."""

    @server.completion()  # type: ignore[no-untyped-call, untyped-decorator]
    async def complete(
        ref: PromptReference | ResourceTemplateReference,
        argument: CompletionArgument,
        context: CompletionContext | None,
    ) -> Completion:
        given = (context.arguments if context else None) or {}
        name = (ref.type, ref.name if isinstance(ref, PromptReference) else ref.uri)
        values = await anyio.to_thread.run_sync(choices, deps, name, argument.name, given)
        found = matching(argument.value, values)
        return Completion(values=found[:MOST], total=len(found), has_more=len(found) > MOST)


def choices(deps: Deps, reference: tuple[str, str], argument: str, given: Mapping[str, str]) -> tuple[str, ...]:
    """All values of an argument; needs the index, so that it belongs into a worker thread.

    :param reference: the type of the reference, and the prompt's name or the template's URI.
    """
    kind, name = reference
    with deps.live.lend() as service:
        return prompt_choices(name, argument) if kind == "ref/prompt" else uri_choices(service, name, argument, given)


def uri_choices(service: Service, uri: str, argument: str, given: Mapping[str, str]) -> tuple[str, ...]:
    """The ids of a kind; the headings of the page that is given as `id`."""
    match = TEMPLATE.match(uri)
    kind = match[1] if match else ""
    if argument == "heading" and kind == PAGES:
        return tuple(section.anchor for section in read_sections(service.index.catalog, given.get("id", "")))
    if argument != "id":
        return ()
    if kind == PAGES:
        return tuple(page.id for page in list_pages(service))
    return next((artefact_names(known) for known in KINDS if known == kind), ())


def prompt_choices(prompt: str, argument: str) -> tuple[str, ...]:
    """What a prompt's argument offers; nothing where it takes free words."""
    command = find_command(prompt)
    arguments = command.arguments if command else STEP_ARGUMENTS if is_step(prompt) else ()
    return next((argument_choices(one) for one in arguments if one.name == argument), ())


def matching(typed: str, known: Sequence[str]) -> list[str]:
    """Names that fit what was typed, the best first: they begin with it, a word of theirs does, they hold all its words.

    Where none does, those that are spelled like it.

    >>> matching("drift", ("data-drift", "drift-response", "cost")), matching("dirft", ("data-drift", "drift", "cost"))
    (['drift-response', 'data-drift'], ['drift'])
    """
    wanted = plain(typed)
    words = [word for word in wanted.split("-") if word]
    tiers: tuple[list[str], list[str], list[str]] = ([], [], [])
    for name in known:
        here = plain(name)
        if here.startswith(wanted):
            tiers[0].append(name)
        elif f"-{wanted}" in here:
            tiers[1].append(name)
        elif all(word in here for word in words):
            tiers[2].append(name)
    return [name for tier in tiers for name in tier] or near(typed, known)


def near(typed: str, known: Sequence[str]) -> list[str]:
    """Up to three names that share most words with what was typed or are spelled like it, the likest first.

    >>> near("psi drift", ("drift-response", "cost-sheet")), near("model-crad", ("model-card", "cost-sheet"))
    (['drift-response'], ['model-card'])
    """
    words = set(plain(typed).split("-")) - {""}
    spelled = difflib.get_close_matches(plain(typed), [plain(name) for name in known], NEAR, LIKENESS)
    ranked = sorted(
        (
            -len(words & set(plain(name).split("-"))),
            spelled.index(plain(name)) if plain(name) in spelled else NEAR,
            place,
        )
        for place, name in enumerate(known)
    )
    return [known[place] for shared, spelling, place in ranked if shared or spelling < NEAR][:NEAR]
