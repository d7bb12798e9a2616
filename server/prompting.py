"""Prompts as serving meets them: where a project keeps its own, and their errors as ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mlplaybook.ingest.errors import PlaybookError
from mlplaybook.prompts.errors import PromptError
from mlplaybook.prompts.library import load_prompt

# Where a project keeps versions of its own.
OWN_PROMPTS = ".mlplaybook/prompts"


class PromptRefused(PlaybookError):
    """A prompt is missing, was changed, cannot be understood or rendered; `code` says which."""

    def __init__(self, error: PromptError) -> None:
        super().__init__(error.cause, error.remedy)
        self.code = error.code


@contextmanager
def prompts_refused() -> Iterator[None]:
    """What goes wrong with prompts inside becomes a PromptRefused."""
    try:
        yield
    except PromptError as error:
        raise PromptRefused(error) from error


def own_prompts(project: Path) -> Path | None:
    """The folder of a project's own prompt versions, if it has one."""
    folder = project / OWN_PROMPTS
    return folder if folder.is_dir() else None


def stamp_now(stamp: str, project: Path) -> str:
    """The stamp that the prompt of a stamp has now, empty when there is no such version any more."""
    name, _, rest = stamp.partition("@")
    number = rest.partition("#")[0]
    try:
        return load_prompt(name, int(number), own=own_prompts(project)).stamp
    except (PromptError, ValueError):
        return ""
