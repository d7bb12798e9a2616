"""The scale benchmark: its invented corpus, what a build and a round of questions record, and what is not done twice."""

from __future__ import annotations

import dataclasses
import doctest
import importlib
import itertools
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from benchmarks.scale.__main__ import read_sizes
from benchmarks.scale.ask import STAGES, Asked, anonymous_mb, ask, read_asked, read_questions
from benchmarks.scale.build import BUILT, CORPUS, Built, build, disk_use, is_current, own_settings, read_built
from benchmarks.scale.figures import ask_record, size_record
from benchmarks.scale.grammar import read_grammar
from benchmarks.scale.pages import Page, first_pages, write_pages
from benchmarks.scale.questions import create_questions
from benchmarks.scale.run import ask_all, ensure_built, folder_of, write_questions
from mlplaybook.evals.questions import Question
from mlplaybook.ingest import generation as gen
from mlplaybook.ingest.build import Job, split_corpus
from mlplaybook.ingest.documents import Corpus, Document, section_id
from mlplaybook.ingest.errors import BadSetting
from mlplaybook.ingest.plain import slug
from mlplaybook.server.retrieval.index import open_index
from mlplaybook.server.settings import Settings
from tests.conftest import ID, WordEncoder

SIZE = 40
MODULES = ("build", "grammar", "__main__")


def parts_of(pages: Sequence[Page]) -> tuple[dict[str, str], list[str]]:
    """Texts of sections by id, and of chunks, as the product cuts them."""
    documents = tuple(Document(page.id, "", page.text, f"{page.id}.md") for page in pages)
    parts = split_corpus(Corpus(documents), (), None)
    texts = {document.id: document.text for document in documents}
    sections = {one.id: texts[one.document][one.body_start : one.char_end] for one in parts.sections}
    return sections, [chunk.text for chunk in parts.chunks]


def create_job(folder: Path, encoder: WordEncoder) -> Callable[[Path], Job]:
    """A job with the toy encoder."""
    index = own_settings(Settings(), folder).index_folder
    return lambda corpus: Job(source=corpus, corpus=CORPUS, index=index, encoder_id=ID, encoder=lambda: encoder)


@pytest.fixture
def built(tmp_path: Path, encoder: WordEncoder) -> Built:
    """The smallest corpus, built in tmp_path."""
    return build(tmp_path, SIZE, 1, create_job(tmp_path, encoder))


def an_asked(*latencies: float, first: float = 1.0) -> Asked:
    grades = {"named-0": (1.0, 1.0, 1.0, 1.0), "described-1": (0.5, 0.25, 0.0, 1.0)}
    return Asked(0.5, first, 200.0, 100.0, list(latencies), {"lexical": 1.0, "other": 2.0}, grades, 0.99)


def test_pages_are_the_same_for_the_same_seed_and_the_smaller_corpus_begins_the_larger() -> None:
    large = list(first_pages(200))
    assert list(first_pages(100)) == large[: len(list(first_pages(100)))]
    assert next(first_pages(1, seed=2)) != large[0]
    assert sum(page.chunks for page in large[:-1]) < 200 <= sum(page.chunks for page in large)


def test_every_section_is_one_chunk_and_no_two_say_the_same() -> None:
    pages = list(first_pages(400))
    sections, chunks = parts_of(pages)
    assert len(chunks) == len(sections) == sum(page.chunks for page in pages)
    assert len(set(chunks)) == len(chunks)


def test_no_two_services_have_a_name_or_a_description_in_common() -> None:
    subjects = [page.subject for page in first_pages(2_000)]
    assert len({one.name for one in subjects}) == len({one.described for one in subjects}) == len(subjects)


def test_a_question_has_one_section_that_holds_its_fact() -> None:
    pages = list(first_pages(200))
    values = {section_id(page.id, slug(fact.heading)): fact.value for page in pages for fact in page.facts}
    sections, _ = parts_of(pages)
    questions = create_questions(pages, 60, 1)
    assert len({question.id for question in questions}) == 60
    for question in questions:
        (section,) = question.relevant
        assert values[section].lower() in sections[section].lower()


def test_half_of_the_questions_name_their_service_and_the_others_describe_it() -> None:
    pages = list(first_pages(200))
    by_id = {page.id: page.subject for page in pages}
    for question in create_questions(pages, 60, 1):
        subject = by_id[next(iter(question.relevant)).split("#")[0]]
        named = question.id.startswith("named")
        assert (subject.name in question.text, subject.described in question.text) == (named, not named)


def test_no_slot_and_no_choice_is_left_in_a_text() -> None:
    assert [page.id for page in first_pages(600) if any(mark in page.text for mark in "<>[]")] == []


def test_every_aspect_asks_for_its_subject_and_says_its_value() -> None:
    for aspect in read_grammar().aspects:
        assert all("<whose>" in line for line in aspect.asks), aspect.name
        assert all("<value>" in line for line in aspect.says), aspect.name


def test_a_build_records_stages_and_files(tmp_path: Path, built: Built) -> None:
    assert (built.size, built.chunks) == (SIZE, sum(page.chunks for page in first_pages(SIZE)))
    assert built.pages == len(list((tmp_path / "corpus").rglob("*.md")))
    assert list(built.stages_s) == ["read and split", "catalog", "embed", "Chroma", "verify", "other"]
    assert sum(built.stages_s.values()) == pytest.approx(built.seconds)
    assert {"catalog.sqlite", "chroma", "sentences.f32", "tokens.i8"} <= set(built.disk_mb)
    assert read_built(tmp_path) == built


def test_a_record_of_another_seed_encoder_or_half_a_record_is_not_current(tmp_path: Path, built: Built) -> None:
    assert is_current(built, SIZE, 1, ID)
    assert not is_current(built, SIZE, 2, ID)
    assert not is_current(built, SIZE, 1, "another")
    assert not is_current(dataclasses.replace(built, format=gen.FORMAT - 1), SIZE, 1, ID)
    (tmp_path / BUILT).write_text("{")
    assert read_built(tmp_path) is None


def test_what_chroma_writes_counts_as_one() -> None:
    files = {"chroma/a": (2_000_000, ""), "chroma/b/c": (1_000_000, ""), "catalog.sqlite": (500_000, "")}
    values = {field.name: 0 for field in dataclasses.fields(gen.Manifest)}
    assert disk_use(gen.Manifest(**{**values, "files": files})) == {"chroma": 3.0, "catalog.sqlite": 0.5}  # type: ignore[arg-type]


def test_a_process_is_timed_from_its_start_and_every_question_is_graded(
    tmp_path: Path, built: Built, encoder: WordEncoder
) -> None:
    questions = write_questions(tmp_path, SIZE, 10, 1)
    index_folder = own_settings(Settings(), tmp_path).index_folder
    ticks = itertools.count(100)
    asked = ask(
        lambda: open_index(index_folder, CORPUS, lambda wanted: (encoder, "")),
        questions,
        90.0,
        lambda: float(next(ticks)),
    )
    assert (asked.open_s, asked.first_result_s, asked.latencies_ms) == (1.0, 12.0, [1000.0] * 10)
    assert list(asked.stages_ms) == [*STAGES, "other"]
    assert all(value > 0 for value in asked.stages_ms.values())
    assert list(asked.grades) == [question.id for question in questions]
    assert max(grades[3] for grades in asked.grades.values()) == 1.0
    assert asked.dense_recall == pytest.approx(1.0)
    assert read_questions(tmp_path / "questions.json") == questions


def test_an_answer_is_read_as_it_was_written(tmp_path: Path) -> None:
    (tmp_path / "answer.json").write_text(json.dumps(dataclasses.asdict(an_asked(1.0, 2.0))))
    assert read_asked(tmp_path / "answer.json") == an_asked(1.0, 2.0)


def test_memory_that_no_file_backs_is_what_linux_says(tmp_path: Path) -> None:
    (tmp_path / "status").write_text("VmRSS:\t 300 kB\nRssAnon:\t  1000 kB\n")
    assert anonymous_mb(tmp_path / "status") == pytest.approx(1.024)
    assert anonymous_mb(tmp_path / "none") is None


def test_what_is_built_is_not_built_again(tmp_path: Path, built: Built) -> None:
    started: list[Sequence[str]] = []

    def run(module: str, arguments: Sequence[str]) -> None:
        started.append([module, *arguments])
        folder, size = Path(arguments[0]), int(arguments[1])
        (folder / BUILT).write_text(json.dumps(dataclasses.asdict(dataclasses.replace(built, size=size))))

    out = tmp_path / "out"
    for _ in range(2):
        done = ensure_built(out, [50, 60], 1, ID, run, lambda line: None)
        assert [one.size for one in done] == [50, 60]
    assert started == [["benchmarks.scale.build", str(folder_of(out, size)), str(size), "1"] for size in (50, 60)]


def test_sizes_take_turns(tmp_path: Path) -> None:
    order = []

    def run(module: str, arguments: Sequence[str]) -> None:
        order.append(Path(arguments[0]).name)
        Path(arguments[2]).write_text(json.dumps(dataclasses.asdict(an_asked(float(len(order))))))

    asked = ask_all(tmp_path, [50, 60], 2, run, lambda line: None)
    assert order == ["50", "60", "50", "60"]
    assert {size: [one.latencies_ms for one in rounds] for size, rounds in asked.items()} == {
        50: [[1.0], [3.0]],
        60: [[2.0], [4.0]],
    }


def test_figures_are_medians_over_rounds_and_quality_is_told_by_kind() -> None:
    record = ask_record([an_asked(1.0, 3.0), an_asked(5.0, 7.0, first=3.0), an_asked(4.0, 4.0, first=2.0)])
    assert (record["p50_ms"], record["p50_best_ms"], record["cold_start_s"]) == (4.0, 2.0, 2.0)
    assert record["stages_ms"] == {"lexical": 1.0, "other": 2.0}
    assert record["quality"] == {
        "all": {"questions": 2, "ndcg10": 0.75, "mrr10": 0.625, "success1": 0.5, "success5": 1.0},
        "named": {"questions": 1, "ndcg10": 1.0, "mrr10": 1.0, "success1": 1.0, "success5": 1.0},
        "described": {"questions": 1, "ndcg10": 0.5, "mrr10": 0.25, "success1": 0.0, "success5": 1.0},
    }


def test_the_record_of_a_size_has_its_build_and_its_questions(built: Built) -> None:
    record = size_record(built, [an_asked(1.23456)])
    assert record["ask"]["p50_ms"] == 1.2346
    assert record["build"]["chunks"] == built.chunks


@pytest.mark.parametrize("text", ["", "1000,", "ten", "0", "-5"])
def test_what_is_no_list_of_sizes_is_refused(text: str) -> None:
    with pytest.raises(BadSetting, match="no number of chunks"):
        read_sizes(text)


def test_few_sections_give_few_questions(tmp_path: Path) -> None:
    pages = list(first_pages(1))
    assert len(create_questions(pages, 200, 1)) == len(pages[0].facts)
    assert write_pages(tmp_path, 1) == 1
    assert isinstance(create_questions(pages, 1, 1)[0], Question)


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples_hold(name: str) -> None:
    result = doctest.testmod(importlib.import_module(f"benchmarks.scale.{name}"))
    assert (result.attempted > 0, result.failed) == (True, 0)
