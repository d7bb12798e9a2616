"""An index is brought up to date in another process, by one server of several, and never in the server itself."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest

from mlplaybook.ingest import generation as gen
from mlplaybook.ingest.errors import CorpusMissing, IngestBusy, PlaybookError
from mlplaybook.server.renewing import GATE, STARTER, needs_renewing, open_renewed, renew, run_apart, turn
from mlplaybook.server.retrieval.index import close_index
from mlplaybook.server.settings import Settings
from mlplaybook.server.wiring import PLAYBOOK, open_by_words


@pytest.fixture(scope="module")
def by_words(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The playbook's index without vectors, and no weights that could be used."""
    folder = tmp_path_factory.mktemp("words")
    (folder / "models").mkdir()
    settings = Settings(home=folder, project=folder, models=folder / "models")
    close_index(open_by_words(settings, PLAYBOOK))
    return settings


def generations(settings: Settings) -> list[str]:
    return sorted(path.name for path in (settings.index_folder / PLAYBOOK).glob("gen-*"))


def test_weights_that_are_refused_are_said_and_what_serves_is_opened(by_words: Settings) -> None:
    before, lines = generations(by_words), list[str]()
    index = open_renewed(by_words, PLAYBOOK, lines.append)
    close_index(index)
    assert index.degraded == ["dense"]
    assert len(lines) == 1
    assert lines[0].startswith(f"serving the index as it is: MLPLAYBOOK_MODELS={by_words.models} holds neither")
    assert generations(by_words) == before


def test_nothing_is_started_where_there_is_no_encoder_to_export(by_words: Settings) -> None:
    # A model by its hub name is fetched by `ingest` alone.
    settings = by_words.model_copy(update={"models": None, "encoder": "somebody/model"})
    assert not needs_renewing(settings)
    lines: list[str] = []
    close_index(open_renewed(settings, PLAYBOOK, lines.append))
    assert lines == []


def test_what_the_other_process_cannot_do_is_an_error_in_its_words(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, project=tmp_path, models=tmp_path)
    with pytest.raises(
        PlaybookError, match=r"holds neither encoder\.json nor model\.safetensors\. Point it at a folder"
    ):
        run_apart(settings, lambda line: None)
    assert generations(settings) == []


def test_a_process_that_dies_is_said_and_leaves_what_serves(tmp_path: Path) -> None:
    lines: list[str] = []
    dies = [sys.executable, "-c", "import sys; sys.stdin.read(); sys.exit('no memory left')"]
    run_apart(Settings(home=tmp_path), lines.append, dies)
    assert lines == ["serving the index as it is: building it ended with status 1. no memory left"]


def test_who_comes_second_waits_for_the_first(by_words: Settings) -> None:
    lines: list[str] = []
    with ThreadPoolExecutor(1) as pool:
        with turn(by_words, STARTER):
            waiting = pool.submit(renew, by_words, lines.append)
            assert wait([waiting], 0.5).not_done
            assert lines == []
        waiting.result(60)
    assert len(lines) == 1


def test_a_process_that_never_ends_is_not_waited_for_for_ever(by_words: Settings) -> None:
    with turn(by_words, GATE), pytest.raises(IngestBusy, match="for more than 0 seconds"), turn(by_words, GATE, 0):
        pass


def test_another_corpus_is_opened_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(CorpusMissing, match="handbook"):
        open_renewed(Settings(home=tmp_path), "handbook", lambda line: None)


def test_a_project_s_pages_have_a_gate_of_their_own(by_words: Settings, tmp_path: Path) -> None:
    own = tmp_path / ".mlplaybook" / "knowledge"
    own.mkdir(parents=True)
    (own / "ours.md").write_text("# Ours\n\nOurs alone.\n", "utf-8")
    with turn(by_words, GATE), turn(by_words.model_copy(update={"project": tmp_path}), GATE, 0):
        assert gen.published_corpora(by_words.index_folder) == [PLAYBOOK]
