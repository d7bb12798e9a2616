"""A project's own pages, and the topics that nobody covers."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from mlplaybook.ingest.build import Job, ingest
from mlplaybook.ingest.errors import BadSetting, PageMissing
from mlplaybook.ingest.watch import Snapshot, changes, snapshot
from mlplaybook.server.authoring.gaps import Gap, read_gaps, record_gap
from mlplaybook.server.authoring.own import find_page, reset_own, select, start_own
from mlplaybook.server.authoring.pages import read_playbook
from tests.conftest import DRIFT, ID, LEAKAGE, WordEncoder, WritePages


def test_an_own_page_starts_from_the_shipped_one_and_is_never_overwritten(
    write_pages: WritePages, tmp_path: Path
) -> None:
    playbook = read_playbook(write_pages({"ops/drift.md": DRIFT}))
    target = start_own(playbook, "drift", tmp_path / "own")
    assert target.read_text() == DRIFT
    with pytest.raises(BadSetting, match="exists already"):
        start_own(playbook, "drift", tmp_path / "own")
    assert reset_own("drift", tmp_path / "own") == target
    assert not target.exists()


def test_a_page_that_is_not_there_names_what_is(write_pages: WritePages, tmp_path: Path) -> None:
    playbook = read_playbook(write_pages({"ops/drift.md": DRIFT}))
    with pytest.raises(PageMissing, match="Try one of: drift"):
        find_page(playbook, "drif")
    with pytest.raises(PageMissing, match=r"it has: none"):
        reset_own("drift", tmp_path)


def test_pages_are_listed_by_folder_topic_and_volatility(write_pages: WritePages) -> None:
    tagged = LEAKAGE.replace("# Preventing", "---\ntopics: [split]\nvolatility: stable\n---\n# Preventing")
    pages = read_playbook(write_pages({"ops/drift.md": DRIFT, "data/leakage.md": tagged})).pages
    assert [page.id for page in select(pages, "ops", "", "")] == ["drift"]
    assert [page.id for page in select(pages, "", "split", "stable")] == ["data/leakage"]
    assert select(pages, "ops", "split", "") == []


def test_an_own_page_replaces_the_shipped_one_and_others_join(write_pages: WritePages, tmp_path: Path) -> None:
    source = write_pages({"drift.md": DRIFT, "leakage.md": LEAKAGE})
    own = tmp_path / "own"
    own.mkdir()
    (own / "drift.md").write_text(DRIFT.replace("above 0.2", "above 0.3"))
    (own / "house.md").write_text("# House rules\n\nAsk the data office first.\n")
    encoder = WordEncoder()
    base = Job(source, "playbook", tmp_path / "index", ID, lambda: encoder)
    ingest(base)
    encoder.encoded.clear()
    report = ingest(Job(source, "mine", tmp_path / "index", ID, lambda: encoder, own=own, donor="playbook"))
    assert report.manifest.documents == 3
    assert report.manifest.warnings == (".mlplaybook/knowledge/drift.md: replaces the shipped page 'drift'",)
    assert (report.embedded, report.reused) == (2, 4)
    assert (
        ingest(Job(source, "mine", tmp_path / "index", ID, lambda: encoder, own=own, donor="playbook")).changed is False
    )


def test_gaps_count_topics_and_keep_no_question(tmp_path: Path) -> None:
    file = tmp_path / "gaps.sqlite"
    assert read_gaps(file) == []
    for question, day in (("How do I deploy Whisper?", 1), ("Whisper: how to deploy it?", 2), ("What is TTS?", 2)):
        record_gap(file, question, date(2026, 11, day))
    assert read_gaps(file) == [Gap("deploy-whisper", 2, "2026-11-02"), Gap("tts", 1, "2026-11-02")]
    assert b"How do I" not in file.read_bytes()


def test_a_watch_reports_what_changed_and_nothing_else(tmp_path: Path) -> None:
    a, b = tmp_path / "a.md", tmp_path / "b.md"
    states: list[Snapshot] = [{a: (1, 1)}, {a: (1, 1)}, {a: (2, 1)}, {a: (2, 1), b: (3, 1)}, {b: (3, 1)}]
    looks = iter(states)
    seen = changes(tmp_path, sleep=lambda seconds: None, look=lambda source: next(looks))
    assert [next(seen) for _ in range(3)] == [{a}, {b}, {a}]


def test_a_snapshot_sees_pages_only(write_pages: WritePages) -> None:
    source = write_pages({"a.md": "x", "b.py": "y"})
    assert set(snapshot(source)) == {source / "a.md"}
    assert set(snapshot(source / "a.md")) == {source / "a.md"}
