"""The options of a judge, and the person who is asked whether it may cost something."""

from __future__ import annotations

import sys
from decimal import Decimal
from typing import Annotated

import typer
from rich.prompt import Confirm

from mlplaybook.evals.judge.estimate import Estimate
from mlplaybook.evals.judge.seating import Choice, Consent, Mode
from mlplaybook.server.console.screen import create_screen, say
from mlplaybook.server.usage.budget import read_usd

JudgeMode = Annotated[Mode, typer.Option("--judge", help="Have a model judge answers; only `gate` can fail the run.")]
JudgeModel = Annotated[str, typer.Option(help="The judge's name at its server; MLPLAYBOOK_JUDGE_MODEL when not given.")]
JudgeUrl = Annotated[str, typer.Option(help="Another server with OpenAI's protocol than OpenAI's own.")]
MaxUsd = Annotated[str, typer.Option(help="Stop the judge before it has cost more than so many US dollars.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask whether the judge may cost what is estimated.")]


def read_limit(text: str) -> Decimal | None:
    """The limit of a run; raises BadSetting."""
    return read_usd(text, "--max-usd")


def create_consent(choice: Choice) -> Consent:
    """Tells what it will cost; asks a person, where one sits there and has not said yes already.

    Where nobody is, a limit is consent.
    """

    def consent(estimate: Estimate, line: str) -> bool:
        say(line)
        if choice.yes:
            return True
        if not sys.stdin.isatty():
            return choice.max_usd is not None
        return Confirm.ask("Go on?", console=create_screen(errors=True), default=False)

    return consent
