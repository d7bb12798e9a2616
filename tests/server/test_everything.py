"""A model with a large window reads every page; one without reads the best sections and says so."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mlplaybook.ingest.build import Job, ingest
from mlplaybook.prompts.library import load_prompt
from mlplaybook.server.answers.ask import Means, ask
from mlplaybook.server.answers.everything import read_everything
from mlplaybook.server.answers.writer import Writer, create_request, put, room_left
from mlplaybook.server.llm.records import ModelFailed, Request
from mlplaybook.server.retrieval.filters import EVERYTHING, Filter, create_filter
from mlplaybook.server.retrieval.index import Index, open_index
from mlplaybook.server.retrieval.profiles import create_profile
from mlplaybook.server.retrieval.search import Method
from mlplaybook.server.service import Query, Service, answer, create_means, create_purse, key_of, open_service
from mlplaybook.server.settings import Settings
from mlplaybook.server.tracing.spans import NOOP
from tests.conftest import DRIFT, ID, LEAKAGE, WordEncoder, WritePages
from tests.server.test_writer import CUT_OFFS, QUESTION, QUOTE, Scripted, reply

SECTIONS = [
    "data/leakage#preventing-leakage",
    "data/leakage#when-should-data-be-split",
    "drift#drift-detection",
    "drift#which-cut-offs-raise-an-alert",
    "drift#how-is-the-index-computed-in-python",
]
TRUE = reply(("An index above 0.2 raises an alert.", CUT_OFFS, QUOTE))
# Nothing on the pages is like it, so that the search abstains.
FOREIGN = "Who won the football championship?"


@pytest.fixture
def service(handbook: Index, tmp_path: Path) -> Iterator[Service]:
    with open_service(Settings(home=tmp_path), handbook, pytest.fail) as opened:
        yield opened


def with_model(
    service: Service, text: str, window: int = 100_000, name: str = "test:scripted"
) -> tuple[Service, Scripted]:
    """The service with a model that says this."""
    model = Scripted([text], window=window, name=name)
    return dataclasses.replace(service, models=(model,)), model


class Failing(Scripted):
    """A model of a provider that is down."""

    def stream(self, request: Request, deadline: object) -> Iterator[object]:  # type: ignore[override]
        raise ModelFailed("server", self.name)
        yield


def everything(question: str = QUESTION, only: Filter = EVERYTHING, prompt: str = "") -> Query:
    return Query(question, only=only, wish="full-context", prompt=prompt)


def too_small(service: Service) -> int:
    """One token less than the request for every page takes."""
    service, _ = with_model(service, TRUE)
    writer = create_means(service, everything(), create_purse(service, everything()), NOOP).writer
    assert writer is not None
    return (
        writer.model.window - room_left(writer, put(writer, QUESTION, read_everything(service.index, EVERYTHING))) - 1
    )


def passages_in(request: Request) -> list[str]:
    """The sections of a prompt's passages, in order."""
    text = "".join(message.content for message in request.messages if message.role == "user")
    return [part.partition('"')[0] for part in text.split(' section="')[1:]]


def test_every_section_is_shown_in_reading_order(service: Service) -> None:
    service, model = with_model(service, TRUE)
    made = answer(service, everything())
    assert passages_in(model.asked[0]) == SECTIONS
    assert (made.mode, made.status, made.text) == ("llm", "answered", "An index above 0.2 raises an alert. [1]")
    assert (made.degraded, made.stamp.prompt) == ((), load_prompt("answer", audience="full-context").stamp)
    assert made.stamp.asked is not None
    assert made.stamp.asked.mode == "full-context"


def test_a_section_is_shown_whole_however_long(
    write_pages: WritePages, job: Callable[..., Job], tmp_path: Path, encoder: WordEncoder
) -> None:
    rows = " ".join(f"Row {n} says that value {n} is fine." for n in range(400))
    write_pages({"long.md": f"# Long\n\n## Rows\n\n{rows}\n"})
    ingest(job())
    index = open_index(tmp_path / "index", "handbook", lambda wanted: (encoder, ID))
    assert [hit.text for hit in read_everything(index, EVERYTHING)] == [rows]


def test_a_filter_leaves_out_what_it_does_not_let_pass(service: Service) -> None:
    service, model = with_model(service, reply())
    answer(service, everything(only=create_filter(folders=["data"])))
    assert passages_in(model.asked[0]) == SECTIONS[:2]


def test_what_is_sent_before_the_question_is_the_same_bytes_for_every_question(service: Service) -> None:
    service, model = with_model(service, TRUE)
    for question in (QUESTION, "When should data be split?"):
        answer(service, everything(question))
    one, two = (request.messages for request in model.asked)
    assert [(message.role, message.static, message.kept) for message in one] == [
        ("system", True, True), ("user", False, True), ("user", False, False),
    ]  # fmt: skip
    assert one[:-1] == two[:-1]
    assert one[-1].content.replace(QUESTION, "?") == two[-1].content.replace("When should data be split?", "?")
    assert "<passage" not in one[-1].content


def test_nothing_is_kept_at_the_provider_for_sections_that_change_with_the_question(service: Service) -> None:
    service, model = with_model(service, TRUE)
    answer(service, Query(QUESTION, prompt="answer@3"))
    assert [message.kept for message in model.asked[0].messages] == [False, False, False]


def test_a_window_that_is_too_small_gets_the_best_sections_by_their_own_prompt(service: Service) -> None:
    window = too_small(service)
    service, model = with_model(service, TRUE, window=window)
    made = answer(service, dataclasses.replace(everything(), k=2))
    shown = passages_in(model.asked[0])
    assert (shown[0], len(shown)) == (CUT_OFFS, 2)
    assert made.degraded == (
        f"full-context: 5 sections do not fit into the {window:,} tokens of test:scripted; only the best ones were looked at",
    )
    assert (made.mode, made.stamp.prompt) == ("llm", load_prompt("answer").stamp)
    assert [message.kept for message in model.asked[0].messages] == [False, False]


def test_a_pinned_prompt_stays_where_not_everything_fits(service: Service) -> None:
    service, _ = with_model(service, TRUE, window=too_small(service))
    assert answer(service, everything(prompt="answer@2")).stamp.prompt.startswith("answer@2#")


def test_a_model_on_this_machine_has_its_own_prompt_for_the_best_sections(service: Service) -> None:
    service, _ = with_model(service, TRUE, window=too_small(service), name="ollama:small")
    assert answer(service, everything()).stamp.prompt.startswith("answer@2#")


def test_what_the_search_missed_and_the_model_finds_is_a_part_of_an_answer(service: Service) -> None:
    assert answer(service, Query(FOREIGN, wish="extractive")).status == "abstained"
    service, model = with_model(service, reply(("Split the rows by time.", SECTIONS[1], "Split the rows by time")))
    made = answer(service, everything(FOREIGN))
    assert len(model.asked) == 1
    assert (made.status, made.text, made.mode) == ("partial", "Split the rows by time. [1]", "llm")


def test_a_model_that_finds_nothing_on_any_page_abstains(service: Service) -> None:
    service, model = with_model(service, '{"statements": []}')
    for _ in range(2):
        made = answer(service, everything())
        assert (made.status, made.mode, made.degraded, made.stamp.cached) == ("abstained", "llm", (), False)
        assert made.suggestions
    assert len(model.asked) == 2


def test_a_model_that_fails_costs_the_prose_only(service: Service) -> None:
    service = dataclasses.replace(service, models=(Failing([], name="test:failing"),))
    covered, foreign = answer(service, everything()), answer(service, everything(FOREIGN))
    assert (covered.status, covered.mode) == ("answered", "extractive")
    assert covered.degraded == ("llm: test:failing failed on the provider's side",)
    assert (foreign.status, foreign.statements, len(foreign.degraded)) == ("abstained", (), 1)


def test_a_cited_page_that_the_search_did_not_find_says_that_it_is_for_others(
    write_pages: WritePages, job: Callable[..., Job], tmp_path: Path, encoder: WordEncoder
) -> None:
    leakage = f"---\nid: leakage\napplies_to: {{modelType: [llm]}}\n---\n{LEAKAGE}"
    write_pages({"drift.md": DRIFT, "data/leakage.md": leakage})
    ingest(job())
    index = open_index(tmp_path / "index", "handbook", lambda wanted: (encoder, ID))
    text = reply(("Split the rows by time.", "leakage#when-should-data-be-split", "Split the rows by time"))
    writer = Writer(Scripted([text]), load_prompt("answer", 3), len)
    method = Method(profile=create_profile({"modelType": "classical"}))
    made = ask(index, QUESTION, k=1, method=method, means=Means(writer, everything=True))
    assert made.inapplicable == {"leakage": "for modelType llm; the project's is classical"}


def test_an_answer_from_every_page_is_kept_apart_from_one_from_the_best(service: Service) -> None:
    service, model = with_model(service, TRUE)
    made = [answer(service, Query(QUESTION, wish=wish)) for wish in ("llm", "full-context", "llm", "full-context")]
    assert [one.stamp.cached for one in made] == [False, False, True, True]
    assert len(model.asked) == 2
    assert [one.stamp.prompt[:8] for one in made] == ["answer@1", "answer@3"] * 2


def test_another_window_or_server_has_another_key(service: Service) -> None:
    def key(service: Service) -> str:
        return key_of(
            service, everything(), create_means(service, everything(), create_purse(service, everything()), NOOP)
        )

    service, _ = with_model(service, TRUE)
    first = key(service)
    elsewhere = dataclasses.replace(service, settings=service.settings.model_copy(update={"llm_base_url": "http://a"}))
    keys = {first, key(elsewhere)}
    service, _ = with_model(service, TRUE, window=50_000)
    assert len(keys | {key(service)}) == 3


def test_without_a_model_it_is_said_and_the_pages_are_quoted(service: Service) -> None:
    made = answer(service, everything())
    assert (made.mode, made.status) == ("extractive", "answered")
    assert made.degraded[0].startswith("llm: no model is named")


def test_a_quote_of_any_page_is_found(handbook: Index) -> None:
    """The desk looks in everything that was shown, not only in what the search found."""
    hits = read_everything(handbook, EVERYTHING)
    writer = Writer(Scripted([json.dumps({"statements": []})]), load_prompt("answer", 3), len)
    _, shown = create_request(writer, QUESTION, hits)
    assert [hit.section.id for hit in shown] == SECTIONS
    assert all(hit.document.text[hit.char_start : hit.char_end] == hit.text for hit in shown)
