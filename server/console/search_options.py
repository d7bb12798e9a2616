"""Options that `ask` and `search` share beside the question: which pages may be found, for whom, and how diverse."""

from __future__ import annotations

from typing import Annotated

import typer

Pages = Annotated[list[str], typer.Option("--page", help="Only this page; may be repeated.", show_default=False)]
Folders = Annotated[
    list[str], typer.Option("--folder", help="Only pages below this folder; may be repeated.", show_default=False)
]
Topics = Annotated[
    list[str], typer.Option("--topic", help="Only pages with this topic; may be repeated.", show_default=False)
]
Volatilities = Annotated[
    list[str],
    typer.Option(
        "--volatility", help="Only stable, evolving or fast-moving pages; may be repeated.", show_default=False
    ),
]
ProfileChoices = Annotated[
    list[str],
    typer.Option(
        "--profile",
        metavar="KEY=VALUE",
        help="What is true of your project, beside mlplaybook.toml, which 'none' ignores; may be repeated.",
        show_default=False,
    ),
]
Mmr = Annotated[
    float | None,
    typer.Option(
        "--mmr",
        metavar="LAMBDA",
        help="Prefer sections unlike those above them: 1 is relevance alone, 0 novelty alone.",
        show_default=False,
    ),
]
