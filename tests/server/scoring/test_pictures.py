"""A score as bars, Markdown and SVG."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from markdown_it import MarkdownIt

from mlplaybook.server.artefacts.scoring.bars import bars_of, text_lines
from mlplaybook.server.artefacts.scoring.markdown import to_markdown
from mlplaybook.server.artefacts.scoring.rate import rate
from mlplaybook.server.artefacts.scoring.rubrics import load_rubric
from mlplaybook.server.artefacts.scoring.svg import draw_score

DATA, TESTS = load_rubric("data-quality"), load_rubric("ml-test-score")
NAMES = ("completeness", "accuracy", "consistency", "timeliness", "relevance", "volume")
CHURN = dict(zip(NAMES, (4, 3, 4, 1, 4, 3), strict=True))
SVG = "{http://www.w3.org/2000/svg}"


def test_bars_are_aligned_and_name_the_floor_that_is_broken() -> None:
    assert list(text_lines(bars_of(DATA, rate(DATA, CHURN)))) == [
        "Completeness  ████████████████░░░░  4 of 5",
        "Accuracy      ████████████░░░░░░░░  3 of 5",
        "Consistency   ████████████████░░░░  4 of 5",
        "Timeliness    ████░░░░░░░░░░░░░░░░  1 of 5, below the floor of 2 if it applies",
        "Relevance     ████████████████░░░░  4 of 5",
        "Volume        ████████████░░░░░░░░  3 of 5",
    ]


def test_groups_begin_with_their_sum_and_what_is_not_rated_is_empty() -> None:
    lines = list(text_lines(bars_of(TESTS, rate(TESTS, {"data_schema": 1, "data_features_help": 0.5}))))
    assert len(lines) == 32
    assert re.sub(" +", " ", lines[0]) == "Data ████░░░░░░░░░░░░░░░░ 1.5 of 7, 5 not rated"
    assert re.sub(" +", " ", lines[3]) == " No feature costs more than it gives ░░░░░░░░░░░░░░░░░░░░ not rated"


def test_the_page_holds_result_sum_floor_questions_actions_and_evidence() -> None:
    page = to_markdown(DATA, rate(DATA, CHURN, {"volume": "1,840 churners"}))
    assert page.startswith("# Data quality score\n\n**19 of 30: Stop or Proceed with a repair plan**\n")
    assert re.findall(r"^## (.+)$", page, re.MULTILINE) == ["Sum", "Floors", "Still to be rated", "Next", "Evidence"]
    assert "- Sum: 4 + 3 + 4 + 1 + 4 + 3 = 19 of 30" in page
    assert "| Volume | 3 | 1,000 to 4,999 | 1,840 churners |" in page


def test_evidence_cannot_break_the_page() -> None:
    bad = "a | b\n\n# Heading <script>alert(1)</script> [x](javascript:y) `code` **bold**"
    page = to_markdown(DATA, rate(DATA, CHURN, {"volume": bad}))
    html = MarkdownIt().enable("table").render(page)
    assert html.count("<h1>") == 1
    assert not re.search(r"<script|<a |<code>code|<strong>bold", html)
    assert html.count("<td>") == 4 * len(NAMES)


def test_the_picture_is_xml_with_a_title_and_every_bar_in_words() -> None:
    picture = draw_score(DATA, rate(DATA, CHURN))
    root = ElementTree.fromstring(picture)
    assert (root.get("role"), root.get("aria-labelledby")) == ("img", "title desc")
    assert root.findtext(f"{SVG}title") == "Data quality score: 19 of 30: Stop or Proceed with a repair plan"
    assert "Timeliness: 1 of 5, below the floor of 2 if it applies;" in (root.findtext(f"{SVG}desc") or "")
    widths = [float(bar.get("width", 0)) for bar in root.iter(f"{SVG}rect") if bar.get("class") in {"bar", "low"}]
    assert widths == [240, 180, 240, 60, 240, 180]
    assert [bar.get("class") for bar in root.iter(f"{SVG}rect")].count("low") == 1


def test_the_picture_loads_nothing_and_knows_dark_and_light() -> None:
    picture = draw_score(TESTS, rate(TESTS, {}))
    assert not re.search(r"<script|href|url\(|@import|<image|<foreignObject| on\w+=", picture)
    assert "prefers-color-scheme:dark" in picture
    assert picture == draw_score(TESTS, rate(TESTS, {}))


def test_every_row_of_the_picture_lies_inside_it() -> None:
    root = ElementTree.fromstring(draw_score(TESTS, rate(TESTS, {})))
    width, height = float(root.get("width", 0)), float(root.get("height", 0))
    for text in root.iter(f"{SVG}text"):
        # 7.6 px a letter is what the widest of the common fonts needs on average.
        start = float(text.get("x", 0))
        assert start + 7.6 * len(text.text or "") * (text.get("text-anchor") is None) <= width
        assert float(text.get("y", 0)) < height
