"""The page stands by itself, says the verdict first, and nothing that a case says can run in it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

from mlplaybook.evals.config import read_plan
from mlplaybook.evals.gate.baseline import from_run
from mlplaybook.evals.gate.gate import judge_run
from mlplaybook.evals.records import Result, Run, create_run, failed, run_record
from mlplaybook.evals.reports.losses import find_losses, group_losses
from mlplaybook.evals.reports.panels import chosen
from mlplaybook.evals.reports.sides import Report, Side, before_from
from mlplaybook.evals.reports.web_page import embed, hash_of, to_html
from tests.evals.reports.worlds import GOOD, LOST, WORSE, report, run_with
from tests.page.payloads import PAYLOADS

# The longest the page may take of a disk for a run of these cases.
LARGEST = 600_000


class Page(HTMLParser):
    """Words, tags and scripts of a page as a browser would take them."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.words, self.tags, self.attributes = list[str](), list[str](), list[tuple[str, str | None]]()
        self.within = ""
        self.data = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self.within = "data" if dict(attrs).get("id") == "data" else tag

    def handle_endtag(self, tag: str) -> None:
        self.within = ""

    def handle_data(self, data: str) -> None:
        if self.within == "data":
            self.data += data
        elif self.within not in {"script", "style"}:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    @property
    def book(self) -> Any:
        return json.loads(self.data)


def hostile(result: Result, payload: str) -> Result:
    """A case in which everything is a payload."""
    case = replace(
        result.case,
        slice=payload,
        file=payload,
        input={"question": payload},
        gold={"gold": [{"page": payload, "quote": payload}], "facts": [payload]},
    )
    output = {name: payload if isinstance(value, str) else [payload] for name, value in result.output.items()}
    return replace(result, case=case, output=output)


def hostile_run(run: Run) -> Run:
    """The same run with a payload in every case, the first ones in those that got worse."""
    results = [hostile(one, PAYLOADS[int(one.case.id[-3:]) % len(PAYLOADS)]) if one.case.id[-1].isdigit() else one
               for one in run.results]  # fmt: skip
    return replace(run, results=tuple(results))


def test_the_verdict_stands_before_what_got_worse_and_that_before_all_metrics() -> None:
    text = Page(to_html(report())).text
    places = [
        text.index(words)
        for words in ("▼ Worse", "Begin with retrieval", "What got worse 13", "Metrics Change", "Slices Means")
    ]
    assert places == sorted(places)
    assert "13 questions or cases lost something" in text
    assert "compared with evals/baselines/core.json" in text


def test_what_must_pass_does_not_take_all_the_room() -> None:
    groups = report().last, before_from(GOOD)
    found = group_losses(groups[0], find_losses(*groups, read_plan()))
    must = [group for group in found if group.must] * 20
    others = [group for group in found if not group.must]
    assert [sum(group.must for group in chosen([*must, *some])) for some in (others, others[:1], [])] == [4, 7, 8]
    assert len(chosen([*must, *others])) == len(chosen(others)) == 8


def test_a_run_that_is_as_before_says_passed_and_lists_nothing() -> None:
    text = Page(to_html(report(GOOD))).text
    assert "✓ Passed" in text
    assert "What got worse" not in text


def test_a_run_without_a_baseline_says_that_only_floors_count() -> None:
    page = Page(to_html(report(WORSE, None)))
    assert "compared with nothing: only floors count" in page.text
    assert (page.book["base"], page.book["columns"]) == (None, ["default"])


def test_cases_whose_pages_differ_are_not_evaluable() -> None:
    made = replace(WORSE.fingerprint, pages="other")
    assert "? Not evaluable" in Page(to_html(report(replace(WORSE, fingerprint=made)))).text


def test_the_browser_has_every_case_with_both_columns() -> None:
    book = Page(to_html(report())).book
    assert (len(book["cases"]), book["columns"], book["base"]) == (len(WORSE.results), ["baseline", "now"], 0)
    one = next(case for case in book["cases"] if case["i"] == "retrieval/drift-000")
    assert (one["st"], one["d"]) == (["failing", "flip", "worse"], 4.0)
    assert [column["v"] for column in one["c"]] == [[1.0] * 4, [0.0] * 4]
    assert book["whys"][one["c"][1]["w"][3]] == "no expected section is among the first five"
    assert book["texts"][one["c"][0]["o"]] == [["found", ["1. prompts#summary", ["2. drift#0", "good"]]]]


def test_what_came_the_same_is_written_once_and_what_was_not_kept_is_missing() -> None:
    book = Page(to_html(report())).book
    same = next(case for case in book["cases"] if case["i"] == "retrieval/drift-059")
    scores_only = Page(to_html(report(outputs=False))).book["cases"]
    assert same["c"][1]["o"] == same["c"][0]["o"]
    assert len(book["texts"]) == len({json.dumps(text) for text in book["texts"]})
    assert {case["c"][0]["o"] for case in scores_only} == {None}


def test_several_runs_stand_side_by_side_against_the_first() -> None:
    plan, first, second = read_plan(), run_with(0, "a"), run_with(LOST, "b")
    sides = (Side(first, judge_run(first, plan)), Side(second, judge_run(second, plan, from_run(first))))
    page = Page(to_html(Report(plan, sides)))
    assert page.book["columns"] == ["a", "b"]
    assert "▼ Worse: b" in page.text
    assert "compared with a" in page.text


def test_a_case_that_could_not_be_measured_is_counted_and_marked() -> None:
    broken = replace(WORSE.results[0], scores={"abstention/f1": failed("KeyError: x")}, output={"error": "KeyError: x"})
    page = Page(to_html(report(replace(WORSE, results=(broken, *WORSE.results[1:])))))
    assert "1 cases could not be measured" in page.text
    assert next(case for case in page.book["cases"] if case["i"] == broken.case.id)["st"] == ["error"]


def test_nothing_of_the_page_comes_from_elsewhere() -> None:
    page = Page(to_html(report()))
    assert {name for name, _ in page.attributes} & {"src", "srcset", "onclick", "onerror", "style", "action"} == set()
    linked = {value for name, value in page.attributes if name == "href" and value and not value.startswith("#")}
    assert linked == {"data:,"}


def test_only_what_the_policy_names_by_its_hash_may_run() -> None:
    text = to_html(report())
    style, script = (
        re.findall(r"<style>(.*?)</style>", text, re.DOTALL),
        re.findall(r"<script>(.*?)</script>", text, re.DOTALL),
    )
    policy = next(value for name, value in Page(text).attributes if name == "content" and value and "default" in value)
    assert (len(style), len(script)) == (1, 1)
    assert f"script-src '{hash_of(script[0])}'" in policy
    assert f"style-src '{hash_of(style[0])}'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_fifty_payloads_in_every_case_stay_words() -> None:
    plain, page = Page(to_html(report())), Page(to_html(report(hostile_run(WORSE), hostile_run(GOOD))))
    added = set(page.tags) - set(plain.tags)
    assert added == set()
    assert page.tags.count("script") == plain.tags.count("script") == 2
    titles = {case["t"] for case in page.book["cases"]}
    assert {" ".join(payload.split()) for payload in PAYLOADS} <= titles


def test_data_cannot_leave_its_element() -> None:
    said = "</script><script>xss()</script><!--\u2028"
    assert not set("<>&\u2028") & set(embed({"said": said}))
    assert json.loads(embed({"said": said})) == {"said": said}


def test_half_a_character_does_not_keep_the_page_from_being_written() -> None:
    first = replace(WORSE.results[0], output={"said": "\ud800"})
    assert to_html(report(replace(WORSE, results=(first, *WORSE.results[1:])))).encode("utf-8")


def test_a_page_made_again_from_what_the_run_left_has_the_same_bytes() -> None:
    again = create_run(json.loads(json.dumps(run_record(WORSE))))
    assert to_html(report(again)) == to_html(report())


def test_the_page_is_small() -> None:
    assert len(to_html(report()).encode()) < LARGEST
