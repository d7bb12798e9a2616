"""A score as an SVG of horizontal bars: no script, no fonts or files from elsewhere, light and dark."""

from __future__ import annotations

import math
from collections.abc import Iterator
from xml.sax.saxutils import escape

from mlplaybook.server.artefacts.scoring.bars import Bar, bars_of, headline
from mlplaybook.server.artefacts.scoring.records import Rubric, Score

# Pixels. A letter of 13 px is up to 7.6 px wide on average, in the widest of the common sans serif fonts.
NARROWEST, MARGIN, ROW, BAR, TOP, INDENT, GAP = 560, 24, 26, 14, 92, 14, 12
LETTER, BAR_SPACE = 7.6, 300
# Contrast of text on its ground is above 7:1, of bars on their track above 3:1, in both schemes.
STYLE = """
  .ground{fill:#ffffff;stroke:#d0d7de} text{font:13px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;fill:#1f2328}
  .title{font-size:17px;font-weight:600} .soft{fill:#4d5560} .head{font-weight:600} .track{fill:#e7ebef}
  .bar{fill:#1f6feb} .sum{fill:#57606a} .low{fill:#b3261e} .grid{stroke:#b6bec7;stroke-dasharray:2 3}
  @media (prefers-color-scheme:dark){.ground{fill:#0d1117;stroke:#30363d} text{fill:#e6edf3} .soft{fill:#aab4bf}
  .track{fill:#21262d} .bar{fill:#58a6ff} .sum{fill:#8b949e} .low{fill:#ff8f85} .grid{stroke:#3d444d}}
"""


def draw_score(rubric: Rubric, score: Score) -> str:
    """The whole picture as SVG text, the same bytes for the same score."""
    bars = bars_of(rubric, score)
    nested = any(bar.heading for bar in bars)
    left = MARGIN + (INDENT if nested else 0) + GAP + length(*(bar.label for bar in bars))
    width = max(NARROWEST, left + BAR_SPACE + GAP + length(*map(words_beside, bars)) + MARGIN)
    width = max(width, 2 * MARGIN + length(headline(score)))
    height = TOP + ROW * len(bars) + MARGIN
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
        ' role="img" aria-labelledby="title desc">',
        f'<title id="title">{escape(f"{score.title}: {headline(score)}")}</title>',
        f'<desc id="desc">{escape(described(bars))}</desc>',
        f"<style>{STYLE}</style>",
        f'<rect class="ground" x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="8"/>',
        f'<text class="title" x="{MARGIN}" y="34">{escape(score.title)}</text>',
        f'<text class="soft" x="{MARGIN}" y="56">{escape(headline(score))}</text>',
        *grid(rubric, left, height),
    ]
    for place, bar in enumerate(bars):
        lines.extend(row(bar, left, TOP + ROW * place, indented=nested))
    return "\n".join([*lines, "</svg>", ""])


def length(*texts: str) -> int:
    """Pixels that the longest of some texts needs."""
    return math.ceil(LETTER * max(map(len, texts)))


def words_beside(bar: Bar) -> str:
    """What stands beside a bar."""
    return f"{bar.words} · {bar.below}" if bar.below else bar.words


def described(bars: tuple[Bar, ...]) -> str:
    """Every bar in words, for those who do not see them."""
    return "; ".join(f"{bar.label}: {bar.words}{f', {bar.below}' if bar.below else ''}" for bar in bars) + "."


def grid(rubric: Rubric, left: int, height: int) -> Iterator[str]:
    """A line and a figure at each whole rating; groups have another scale than their tests, so they get none."""
    if any(dimension.group for dimension in rubric.dimensions):
        return
    for rating in range(int(rubric.minimum), int(rubric.maximum) + 1):
        x = left + BAR_SPACE * rating / rubric.maximum
        yield f'<line class="grid" x1="{x:g}" x2="{x:g}" y1="{TOP - 4}" y2="{height - MARGIN + 2}"/>'
        yield f'<text class="soft" x="{x:g}" y="{TOP - 8}" text-anchor="middle">{rating}</text>'


def row(bar: Bar, left: int, y: int, *, indented: bool) -> Iterator[str]:
    """Label, track, bar and words of one row."""
    middle, x = y + ROW / 2 + 4.5, MARGIN + (INDENT if indented and not bar.heading else 0)
    filled = BAR_SPACE * (bar.value or 0) / bar.full if bar.full else 0
    kind = "low" if bar.below else "sum" if bar.heading else "bar"
    weight = ' class="head"' if bar.heading else ""
    yield f'<text{weight} x="{x}" y="{middle:g}">{escape(bar.label)}</text>'
    yield f'<rect class="track" x="{left}" y="{y + 6}" width="{BAR_SPACE}" height="{BAR}" rx="3"/>'
    if filled:
        yield f'<rect class="{kind}" x="{left}" y="{y + 6}" width="{filled:g}" height="{BAR}" rx="3"/>'
    yield f'<text class="soft" x="{left + BAR_SPACE + GAP}" y="{middle:g}">{escape(words_beside(bar))}</text>'
