"""Ingest is incremental, atomic and honest about what it left out."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from mlplaybook.ingest import generation as gen
from mlplaybook.ingest.build import Job, Report, ingest, is_current
from mlplaybook.ingest.errors import BadSetting, BadSource, IndexCorrupt, IngestBusy, StorageFailed
from tests.conftest import DRIFT, LEAKAGE, WordEncoder, WritePages

CreateJob = Callable[..., Job]


def work(report: Report) -> tuple[bool, int, int]:
    return report.changed, report.embedded, report.reused


def test_an_unchanged_source_embeds_and_writes_nothing(
    write_pages: WritePages, job: CreateJob, encoder: WordEncoder
) -> None:
    write_pages({"drift.md": DRIFT, "leakage.md": LEAKAGE})
    first = ingest(job())
    encoder.encoded.clear()
    steps: list[str] = []
    second = ingest(job(), step=steps.append)
    assert work(first) == (True, 5, 0)
    assert work(second) == (False, 0, 5)
    assert (encoder.encoded, steps, second.folder) == ([], [], first.folder)


def test_an_edited_page_embeds_only_what_changed(write_pages: WritePages, job: CreateJob, encoder: WordEncoder) -> None:
    write_pages({"drift.md": DRIFT, "leakage.md": LEAKAGE})
    ingest(job())
    encoder.encoded.clear()
    write_pages({"leakage.md": LEAKAGE.replace("before any scaling", "before any imputing")})
    assert work(ingest(job())) == (True, 1, 4)
    assert [text.splitlines()[0] for text in encoder.encoded] == ["Preventing leakage > When should data be split?"]


def test_a_removed_page_leaves_the_index(write_pages: WritePages, job: CreateJob) -> None:
    source = write_pages({"drift.md": DRIFT, "leakage.md": LEAKAGE})
    ingest(job())
    (source / "drift.md").unlink()
    report = ingest(job())
    assert (report.manifest.documents, report.manifest.chunks, report.embedded) == (1, 2, 0)


def test_the_same_content_gives_the_same_generation(write_pages: WritePages, job: CreateJob) -> None:
    write_pages({"leakage.md": LEAKAGE})
    first = ingest(job())
    again = ingest(job(rebuild=True))
    assert first.manifest.generation == again.manifest.generation
    assert first.folder != again.folder


def test_two_generations_are_kept(write_pages: WritePages, job: CreateJob, tmp_path: Path) -> None:
    for number in range(4):
        write_pages({"leakage.md": f"{LEAKAGE}\nRevision {number}.\n"})
        last = ingest(job())
    folders = sorted(path for path in (tmp_path / "index" / "handbook").glob("gen-*"))
    assert len(folders) == 2
    assert last.folder in folders


def test_incremental_and_fresh_builds_hold_the_same(write_pages: WritePages, job: CreateJob, tmp_path: Path) -> None:
    write_pages({"drift.md": DRIFT, "leakage.md": LEAKAGE})
    ingest(job())
    write_pages({"leakage.md": LEAKAGE.replace("Split", "Divide")})
    mended = ingest(job())
    fresh = ingest(job(index=tmp_path / "other"))
    assert mended.manifest.generation == fresh.manifest.generation
    names = ("sentences.f32", "tokens.i8", "offsets.i64")
    assert [(mended.folder / n).read_bytes() for n in names] == [(fresh.folder / n).read_bytes() for n in names]


def test_bad_pages_are_named_in_the_manifest_and_fatal_only_when_strict(
    write_pages: WritePages, job: CreateJob
) -> None:
    write_pages({"a.md": LEAKAGE, "b.md": "x\x00y", "c.md": "# C\n\n```py\nnever closed\n"})
    manifest = ingest(job()).manifest
    assert [entry.split(":")[0] for entry in manifest.rejected] == ["b.md"]
    assert manifest.warnings == ("c.md: line 3: the code fence is never closed; add its closing line",)
    with pytest.raises(BadSource, match=r"2 of the pages cannot be used: b.md: byte 1 is NUL.*; c.md: line 3"):
        ingest(job(strict=True))


def test_a_page_for_a_kind_of_project_that_there_is_not_is_named_and_kept(
    write_pages: WritePages, job: CreateJob
) -> None:
    write_pages({"a.md": "---\napplies_to: {modelType: [cnn]}\n---\nText.\n"})
    manifest = ingest(job()).manifest
    assert (manifest.documents, len(manifest.warnings)) == (1, 1)
    assert manifest.warnings[0].startswith("a.md: applies_to names modelType 'cnn'")
    with pytest.raises(BadSource, match=r"1 of the pages cannot be used: a\.md: applies_to"):
        ingest(job(strict=True, rebuild=True))


def test_strict_refuses_even_when_nothing_changed(write_pages: WritePages, job: CreateJob) -> None:
    write_pages({"a.md": LEAKAGE, "b.md": "x\x00y"})
    ingest(job())
    with pytest.raises(BadSource):
        ingest(job(strict=True))


def test_nothing_to_ingest_is_an_error_that_names_the_first_bad_page(write_pages: WritePages, job: CreateJob) -> None:
    write_pages({"b.md": "x\x00y"})
    with pytest.raises(BadSource, match=r"can be ingested \(1 pages left out\). First: b.md"):
        ingest(job())


def test_a_second_writer_is_told_at_once(write_pages: WritePages, job: CreateJob, tmp_path: Path) -> None:
    write_pages({"a.md": LEAKAGE})
    folder = tmp_path / "index" / "handbook"
    folder.mkdir(parents=True)
    with FileLock(folder / gen.LOCK), pytest.raises(IngestBusy, match="Another process is ingesting"):
        ingest(job())


def test_without_an_encoder_the_index_has_words_only(write_pages: WritePages, job: CreateJob) -> None:
    write_pages({"a.md": LEAKAGE})
    report = ingest(job(encoder_id="", encoder=lambda: None))
    assert (report.manifest.encoder, report.manifest.tokens) == ("", 0)
    assert not (report.folder / "chroma").exists()


def test_vectors_are_embedded_anew_when_the_encoder_changes(
    write_pages: WritePages, job: CreateJob, encoder: WordEncoder
) -> None:
    write_pages({"a.md": LEAKAGE})
    ingest(job())
    encoder.id = "other@test"
    assert work(ingest(job(encoder_id="other@test"))) == (True, 2, 0)


@pytest.mark.parametrize("name", ["", "A b", "../up", "a/b", ".hidden", "x" * 65])
def test_a_corpus_name_that_is_no_file_name_is_refused(write_pages: WritePages, job: CreateJob, name: str) -> None:
    write_pages({"a.md": LEAKAGE})
    with pytest.raises(BadSetting, match="is no corpus name"):
        ingest(job(corpus=name))


def test_a_failing_disk_becomes_one_line_and_the_old_index_serves(
    write_pages: WritePages, job: CreateJob, tmp_path: Path
) -> None:
    write_pages({"a.md": LEAKAGE})
    before = ingest(job())
    write_pages({"a.md": LEAKAGE + "\nMore.\n"})

    def full(name: str) -> None:
        if name == "vectors":
            raise OSError(28, "No space left on device")

    with pytest.raises(StorageFailed, match="No space left on device"):
        ingest(job(), step=full)
    assert gen.current_folder(tmp_path / "index" / "handbook") == before.folder
    assert list((tmp_path / "index" / "handbook").glob("building-*")) == []


def test_damage_is_repaired_by_the_next_run(write_pages: WritePages, job: CreateJob) -> None:
    write_pages({"a.md": LEAKAGE})
    first = ingest(job())
    (first.folder / "sentences.f32").write_bytes(b"short")
    assert work(ingest(job())) == (True, 2, 0)


def test_a_lost_pointer_is_an_error_with_a_remedy(write_pages: WritePages, job: CreateJob, tmp_path: Path) -> None:
    write_pages({"a.md": LEAKAGE})
    report = ingest(job())
    shutil.rmtree(report.folder)
    with pytest.raises(IndexCorrupt, match="names 'gen-") as error:
        gen.current_folder(tmp_path / "index" / "handbook")
    assert error.value.remedy == "Build it again: mlplaybook ingest --rebuild --corpus handbook"


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"format": 99}', "\udcff"])
def test_a_manifest_of_another_kind_is_refused(write_pages: WritePages, job: CreateJob, content: str) -> None:
    write_pages({"a.md": LEAKAGE})
    folder = ingest(job()).folder
    (folder / gen.MANIFEST).write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(IndexCorrupt):
        gen.read_manifest(folder)


def test_progress_ends_at_all_new_chunks(write_pages: WritePages, job: CreateJob) -> None:
    write_pages({"drift.md": DRIFT})
    seen: list[tuple[int, int]] = []
    ingest(job(), progress=lambda done, total: seen.append((done, total)))
    assert (seen[0], seen[-1]) == ((0, 3), (3, 3))


def test_the_manifest_lists_every_file_with_its_hash(write_pages: WritePages, job: CreateJob) -> None:
    write_pages({"a.md": LEAKAGE})
    folder = ingest(job()).folder
    listed = set(json.loads((folder / gen.MANIFEST).read_text())["files"])
    assert listed == {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()} - {gen.MANIFEST}


def test_a_first_build_leaves_what_another_writer_has_published_meanwhile(
    write_pages: WritePages, job: CreateJob, tmp_path: Path
) -> None:
    write_pages({"leakage.md": LEAKAGE})
    whole = ingest(job())
    by_words = ingest(job(encoder_id="", encoder=lambda: None, first=True))
    assert (by_words.changed, by_words.folder, by_words.manifest.encoder) == (
        False,
        whole.folder,
        whole.manifest.encoder,
    )
    assert ingest(job(encoder_id="", encoder=lambda: None)).changed


def test_whether_a_run_would_change_anything_is_known_without_it(
    write_pages: WritePages, job: CreateJob, encoder: WordEncoder
) -> None:
    write_pages({"leakage.md": LEAKAGE})
    assert not is_current(job())
    ingest(job())
    encoder.encoded.clear()
    assert is_current(job())
    assert not is_current(job(encoder_id="another@test"))
    write_pages({"leakage.md": LEAKAGE + "\nMore.\n"})
    assert not is_current(job())
    assert encoder.encoded == []
