"""What can be wrong with prompts. This room imports nothing of ours: `server/prompting.py` makes the tree's errors of these."""

from __future__ import annotations


class PromptError(Exception):
    """Base: what was wrong with its value, then what to do."""

    code = "bad-prompt"

    def __init__(self, cause: str, remedy: str) -> None:
        super().__init__(cause, remedy)
        self.cause = cause
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.cause} {self.remedy}"


class BadPromptFile(PromptError):
    """A prompt file or lock that cannot be understood."""


class BadPin(PromptError):
    """A pin or split that is not written `name@version` or `name@version: share%`."""

    code = "bad-pin"


class InputMissing(PromptError):
    """A prompt was rendered with an input too few, too many, or of a kind that cannot be put into text."""

    code = "bad-input"


class PromptMissing(PromptError):
    """There is no such prompt or version."""

    code = "prompt-missing"


class PromptChanged(PromptError):
    """A prompt file is not what the lock says."""

    code = "prompt-changed"
