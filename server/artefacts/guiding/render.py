"""A guide as Markdown in seven sections that always stand in the same order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlplaybook.server.artefacts.guiding.draft import Draft
from mlplaybook.server.artefacts.guiding.fit import Piece
from mlplaybook.server.artefacts.guiding.pieces import DEPTHS, LINE
from mlplaybook.server.artefacts.guiding.records import PageUsed, SectionUsed
from mlplaybook.server.retrieval.profiles import PROJECT_FILE
from mlplaybook.server.retrieval.search import SUMMARY_ANCHOR

WORK = (
    "Read section 4 and follow it; decide and fill what section 6 names; `mlplaybook check FILE` until it finds nothing; "
    "tick section 5 only with evidence."
)
USED = (
    "Each page with the start of its SHA-256 and what is shown of it. "
    "`mlplaybook read PAGE#HEADING` prints a section with its sources; `--tokens` and `--depth` give more."
)
USED_BRIEF = "Pages with the start of their SHA-256; `mlplaybook read PAGE` and more `--tokens` give more."
# So much of a page's hash tells its versions apart.
SHORT_HASH = 8


def render(
    draft: Draft, used: Sequence[PageUsed], pages: Sequence[Sequence[Piece]], checks: Sequence[Sequence[Piece]],
    tasks: Sequence[Piece], unknown: Sequence[str], *, brief: bool = False,
) -> str:  # fmt: skip
    """The text of a guide with the pieces that were taken; a brief one says less of what was used and of what was not."""
    step = draft.step
    sections = {
        "Step": [f"{step.title} (`{step.id}`), step {step.number} of {step.of}. {reads(len(draft.sources))}"],
        "Project": list(project_lines(draft, unknown)),
        "Method": list(method_lines(draft, brief=brief)),
        "Knowledge": list(page_lines(used, pages)),
        "Checks": list(check_lines(draft, checks)),
        "Documents and decisions": list(task_lines(draft, tasks, brief=brief)),
        "Used": list(used_lines(draft, used, checks, brief=brief)),
    }
    parts = [f"# Guide: {step.title}"]
    for number, (name, lines) in enumerate(sections.items(), start=1):
        parts += [f"## {number} {name}", *(lines or ["Nothing for this step."])]
    return "\n\n".join(parts) + "\n"


def reads(count: int) -> str:
    """How many pages apply.

    >>> reads(1)
    '1 page of the playbook applies.'
    """
    return f"{count} page{'s' * (count != 1)} of the playbook appl{'y' if count != 1 else 'ies'}."


def project_lines(draft: Draft, unknown: Sequence[str]) -> Iterator[str]:
    """What is known of the project and what is not."""
    known = ", ".join(f"{name} {value}" for name, value in draft.wish.profile.options)
    if known:
        yield f"{known}."
    if unknown:
        yield (
            f"Not known: {', '.join(unknown)}. Pages that depend on that are here and say so; "
            f"`mlplaybook init` writes it into {PROJECT_FILE}."
        )
    if draft.wish.change.replace or draft.wish.change.append:
        yield f"{PROJECT_FILE} changes the pages of this step."


def method_lines(draft: Draft, *, brief: bool) -> Iterator[str]:
    """How deep, in how many tokens, by which question, and what to do with it."""
    asked = f" Sections were chosen by the question: {draft.question}" if draft.question else ""
    depth = draft.wish.depth
    yield f"Depth {depth} of {len(DEPTHS)} ({DEPTHS[depth]}), at most {draft.wish.tokens:,} tokens.{asked}"
    if not brief:
        yield WORK


def page_lines(used: Sequence[PageUsed], pages: Sequence[Sequence[Piece]]) -> Iterator[str]:
    """Every page with why it is here and what was taken of it, in the order of the page."""
    for page, pieces in zip(used, pages, strict=True):
        depends = f", only {page.depends}" if page.depends else ""
        yield f"### {page.title} (`{page.page}`{depends})"
        yield page.reason
        yield from runs(sorted(pieces, key=lambda piece: piece.place))


def runs(pieces: Sequence[Piece]) -> Iterator[str]:
    """Pieces with an empty line between them, but none between the points of a list."""
    block: list[str] = []
    for piece in pieces:
        if block and not (is_point(block[-1]) and is_point(piece.text)):
            yield "\n".join(block)
            block = []
        block.append(piece.text)
    if block:
        yield "\n".join(block)


def is_point(text: str) -> bool:
    """Whether a piece is an item of a list."""
    return text.startswith(("- ", "* ", "+ "))


def check_lines(draft: Draft, checks: Sequence[Sequence[Piece]]) -> Iterator[str]:
    """The lists of which anything was taken, each with how much of it that is."""
    if draft.wish.depth == LINE:
        lines = [piece.text for pieces in checks for piece in pieces]
        yield from ["\n".join(lines)] if lines else []
        return
    for checklist, pieces in zip(draft.checklists, checks, strict=True):
        if pieces:
            rest = len(checklist.checks) - len(pieces)
            more = [f"- … {rest} more"] if rest else []
            yield "\n".join([*(piece.text for piece in pieces), *more])


def task_lines(draft: Draft, tasks: Sequence[Piece], *, brief: bool) -> Iterator[str]:
    """What to decide, fill and score; what did not fit by name."""
    shown = {piece.place for piece in tasks}
    rest = [f"{task.verb.lower()} {task.id}" for place, task in enumerate(draft.tasks) if place not in shown]
    lines = [piece.text for piece in sorted(tasks, key=lambda piece: piece.place)]
    if rest:
        lines.append(f"- … {len(rest)} more" if brief else f"- `mlplaybook` also: {', '.join(rest)}.")
    if lines:
        yield "\n".join(lines)


def used_lines(
    draft: Draft, used: Sequence[PageUsed], checks: Sequence[Sequence[Piece]], *, brief: bool
) -> Iterator[str]:
    """In which version each page was used and where it goes on; which lists did not fit; which pages do not apply."""
    yield USED if not brief else USED_BRIEF
    if used and brief:
        yield ", ".join(f"{page.page} {page.sha256[:SHORT_HASH]}" for page in used)
    elif used:
        yield "\n".join(used_line(page) for page in used)
    hidden = [c.title for c, pieces in zip(draft.checklists, checks, strict=True) if not pieces]
    if hidden:
        names = "" if brief else f": {'; '.join(hidden)}"
        yield f"No room for {len(hidden)} of the checklists{names}."
    groups: dict[str, list[str]] = {}
    for left in draft.left_out:
        groups.setdefault(left.why, []).append(left.name)
    if groups:
        yield "\n".join(["Left out:", *(f"- {', '.join(names)}: {why}" for why, names in groups.items())])


def used_line(page: PageUsed) -> str:
    """One page: its version, how much of it is shown, and what comes next.

    >>> sections = (SectionUsed("drift#summary", 3, 8, False), SectionUsed("drift#psi", 1, 1, True))
    >>> used_line(PageUsed("drift", "", "", "", "2026-11-21", "", "3a1b9c4d5e6f", 90, sections, ("drift#summary",)))
    '- `drift` 3a1b9c4d: 3 of 8 points, 1 of 1 sections; next `#summary`'
    """
    anchor = page.left[0].removeprefix(page.page) if page.left else ""
    rest = f"; next `{anchor}`" if anchor else ""
    return f"- `{page.page}` {page.sha256[:SHORT_HASH]}: {amounts(page.sections)}{rest}"


def amounts(sections: Sequence[SectionUsed]) -> str:
    """How much of a page is shown: points of its summary, and sections at least begun."""
    points = [each for each in sections if each.section.endswith(f"#{SUMMARY_ANCHOR}")]
    others = [each for each in sections if each not in points]
    shown = [f"{each.shown} of {each.of} points" for each in points]
    shown += [f"{sum(bool(each.shown) for each in others)} of {len(others)} sections"] if others else []
    return ", ".join(shown) or "by name"
