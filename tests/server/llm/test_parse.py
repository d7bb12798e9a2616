from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlplaybook.server.llm.cite import Reference
from mlplaybook.server.llm.parse import MOST_STATEMENTS, Claim, Parser

CUT_OFFS, LEAKAGE = "drift#cut-offs", "data/leakage#when"
NUMBERS = {1: CUT_OFFS, 2: LEAKAGE}
WELL = json.dumps(
    {
        "statements": [
            {"text": "Above 0.2 raises an alert.", "citations": [{"section": CUT_OFFS, "quote": "above 0.2 raises"}]},
            {"text": "Split by time.", "citations": [{"section": LEAKAGE, "quote": "Split the rows by time"}]},
        ]
    }
)
FIRST = Claim("Above 0.2 raises an alert.", (Reference(CUT_OFFS, "above 0.2 raises"),))
SECOND = Claim("Split by time.", (Reference(LEAKAGE, "Split the rows by time"),))


def parse(text: str, numbers: Mapping[int, str] = NUMBERS) -> list[Claim]:
    parser = Parser(numbers)
    return parser.feed(text) + parser.finish()


def cited(raw: str) -> tuple[Reference, ...]:
    """The citations of a statement that has `raw` for them."""
    return parse(f'{{"statements": [{{"text": "A.", "citations": {raw}}}]}}')[0].citations


def test_the_form_asked_for() -> None:
    assert parse(WELL) == [FIRST, SECOND]


def test_a_statement_is_given_with_the_character_that_completes_it() -> None:
    parser = Parser(NUMBERS)
    end = WELL.index("}]}") + 3
    assert parser.feed(WELL[: end - 1]) == []
    assert parser.feed(WELL[end - 1 : end]) == [FIRST]
    assert parser.feed(WELL[end:]) + parser.finish() == [SECOND]


@pytest.mark.parametrize(
    "reply",
    [
        f"```json\n{WELL}\n```",
        f"Here is the answer, {{as asked}}:\n\n{WELL}\n\nI hope that helps [1].",
        WELL.replace('"}]}', '"},],}'),
        json.dumps(json.loads(WELL)["statements"]),
        "\n".join(json.dumps(statement) for statement in json.loads(WELL)["statements"]),
        json.dumps({"statements": json.dumps(json.loads(WELL)["statements"])}),
        json.dumps({"name": "reply", "arguments": WELL}),
        json.dumps({"answer": "In short.", **json.loads(WELL)}),
        str(json.loads(WELL)),
        WELL + WELL,
        f"[ 'tis so: {WELL}",
    ],
    ids="fence prose commas list lines string tool answer python twice apostrophe".split(),
)
def test_looser_forms_say_the_same(reply: str) -> None:
    assert parse(reply) == [FIRST, SECOND]


def test_of_a_reply_that_is_cut_short_the_whole_statements_are_kept() -> None:
    assert parse(WELL[:-20]) == [FIRST]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ('{"section": "drift#cut-offs", "quote": "q"}', [(CUT_OFFS, "q")]),
        ('[{"section": "[drift#cut-offs]", "quote": "“q”"}]', [(CUT_OFFS, "q")]),
        ('[{"section": 2, "quote": "q"}]', [(LEAKAGE, "q")]),
        ('[{"source": "1", "text": "q"}]', [(CUT_OFFS, "q")]),
        ('[{"id": "DRIFT#Cut-Offs", "quotes": ["q", "r"]}]', [(CUT_OFFS, "q"), (CUT_OFFS, "r")]),
        ('[{"drift#cut-offs": "q", "data/leakage#when": "r"}]', [(CUT_OFFS, "q"), (LEAKAGE, "r")]),
        ('"[{\\"section\\": \\"drift#cut-offs\\", \\"quote\\": \\"q\\"}]"', [(CUT_OFFS, "q")]),
        ('"[\\"drift#cut-offs\\"]"', [(CUT_OFFS, "")]),
        ('["drift#cut-offs: a quote: with a colon"]', [(CUT_OFFS, "a quote: with a colon")]),
        ('["[1]", "[2] q", "【2†source】", "[^1]"]', [(CUT_OFFS, ""), (LEAKAGE, "q"), (LEAKAGE, "")]),
        ('["[1, 2]"]', [(CUT_OFFS, ""), (LEAKAGE, "")]),
        ('"[drift#cut-offs]"', [(CUT_OFFS, "")]),
        ("[1, 2, 3]", [(CUT_OFFS, ""), (LEAKAGE, "")]),
        ('["only a quote, with no section"]', [("", "only a quote, with no section")]),
        ('[{"section": "made-up#page", "quote": "q"}]', [("made-up#page", "q")]),
        ("[drift#cut-offs]", [(CUT_OFFS, "")]),
        ("null", []),
        ('[{"section": null, "quote": {"a": 1}}]', []),
    ],
)
def test_citations_in_every_form_seen(raw: str, expected: list[tuple[str, str]]) -> None:
    assert cited(raw) == tuple(Reference(*pair) for pair in expected)


def test_section_and_quote_may_stand_beside_the_text() -> None:
    assert parse('{"text": "A.", "source": 1, "quote": "q"}') == [Claim("A.", (Reference(CUT_OFFS, "q"),))]


def test_marks_in_the_text_are_citations_where_there_are_no_others_and_are_taken_out() -> None:
    assert parse('{"statements": ["Above 0.2 [1].", {"text": "A【2】 b.", "citations": []}]}') == [
        Claim("A b.", (Reference(LEAKAGE, ""),)),
        Claim("Above 0.2.", (Reference(CUT_OFFS, ""),)),
    ]


def test_brackets_that_name_no_section_stay() -> None:
    text = "Between [0.1, 0.2], see [the guide](https://example.org), `x[7]`."
    assert parse(json.dumps({"text": text})) == [Claim(text)]


def test_prose_with_marks_is_read_by_sentences() -> None:
    reply = (
        "Above 0.2 raises an alert. [1] Split by time【2】.\n- Below 0.1 is stable [drift#cut-offs]\nNobody knows more."
    )
    assert parse(reply) == [
        Claim("Above 0.2 raises an alert.", (Reference(CUT_OFFS, ""),)),
        Claim("Split by time.", (Reference(LEAKAGE, ""),)),
        Claim("Below 0.1 is stable", (Reference(CUT_OFFS, ""),)),
    ]


def test_sections_are_known_by_their_form_where_they_were_not_counted() -> None:
    assert parse('{"text": "A [drift#cut-offs]. B [1]."}', {}) == [Claim("A. B [1].", (Reference(CUT_OFFS, ""),))]


@pytest.mark.parametrize(
    "reply", ["", "I cannot help with that.", "{}", '{"statements": []}', '{"statements": "none"}']
)
def test_a_reply_that_states_nothing_gives_nothing(reply: str) -> None:
    assert parse(reply) == []


def test_an_echo_of_the_schema_states_nothing() -> None:
    item = {"type": "object", "properties": {"text": {"type": "string"}, "citations": {"type": "array"}}}
    assert parse(json.dumps({"type": "object", "properties": {"statements": {"type": "array", "items": item}}})) == []


def test_repetitions_and_floods_end() -> None:
    assert len(parse(json.dumps({"text": "A."}) * 50)) == 1
    assert len(parse("".join(json.dumps({"text": f"A {n}."}) for n in range(1_000)))) == MOST_STATEMENTS
    assert parse(json.dumps({"text": "x" * 70_000})) == []


def test_control_characters_and_lone_surrogates_do_not_pass() -> None:
    assert parse('{"text": "a\\u001b[31m b\\ud800 c"}') == [Claim("a[31m b\ufffd c")]
    assert parse('{"text": "a\ud800b"}') == [Claim("a\ufffdb")]


NEARLY = st.lists(
    st.sampled_from(
        [
            *"{}[]:,\"'`\\ \n1",
            '"text"',
            '"citations"',
            '"statements"',
            "[1]",
            "【2†x】",
            "drift#cut-offs",
            ": ",
            '{"text": "A."}',
        ]
    )
    | st.text(max_size=5),
    max_size=40,
).map("".join)


@given(NEARLY, st.lists(st.integers(0, 150), max_size=4))
@settings(max_examples=500, deadline=None)
def test_nothing_raises_and_cuts_do_not_matter(text: str, cuts: list[int]) -> None:
    parser, claims = Parser(NUMBERS), list[Claim]()
    for start, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(text)], strict=True):
        claims += parser.feed(text[start:end])
    claims += parser.finish()
    assert claims == parse(text)
    for claim in claims:
        assert claim.text.encode()
        assert len(claim.citations) <= 20


@given(st.binary(max_size=200))
@settings(max_examples=300, deadline=None)
def test_no_bytes_raise(data: bytes) -> None:
    parse(data.decode("utf-8", "surrogateescape"))
    parse(WELL[:60] + data.decode("utf-8", "replace") + WELL[60:])
