"""Documents are written to the named path alone, whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mlplaybook.ingest.errors import BadSetting, StorageFailed
from mlplaybook.server.artefacts.documents.write import inside, read_existing, write_text


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_and_the_folders_above_it_are_made(tmp_path: Path) -> None:
    write_text(tmp_path / "docs" / "a" / "brief.yaml", "one\n", replace=False)
    assert (tmp_path / "docs" / "a" / "brief.yaml").read_text() == "one\n"
    assert names_in(tmp_path / "docs" / "a") == ["brief.yaml"]


def test_a_file_that_is_there_stays_without_replace(tmp_path: Path) -> None:
    target = tmp_path / "brief.yaml"
    target.write_text("mine\n")
    with pytest.raises(BadSetting, match="is there already"):
        write_text(target, "new\n", replace=False)
    assert target.read_text() == "mine\n"
    write_text(target, "new\n", replace=True)
    assert target.read_text() == "new\n"


def test_permissions_are_kept(tmp_path: Path) -> None:
    target = tmp_path / "run.sh"
    target.write_text("old")
    target.chmod(0o750)
    write_text(target, "new", replace=True)
    assert target.stat().st_mode & 0o777 == 0o750


@pytest.mark.parametrize("replace", [True, False])
def test_a_link_is_never_followed(tmp_path: Path, replace: bool) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("safe\n")
    link, dangling = tmp_path / "link.yaml", tmp_path / "dangling.yaml"
    link.symlink_to(outside)
    dangling.symlink_to(tmp_path / "nowhere.txt")
    for path in (link, dangling):
        with pytest.raises(BadSetting, match="is a link"):
            write_text(path, "new\n", replace=replace)
    with pytest.raises(BadSetting, match="is a link"):
        read_existing(link)
    assert outside.read_text() == "safe\n"
    assert not (tmp_path / "nowhere.txt").exists()


def test_a_folder_that_is_a_link_out_of_the_project_is_not_entered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, outside = tmp_path / "project", tmp_path / "outside"
    project.mkdir()
    outside.mkdir()
    (project / "real").mkdir()
    (project / "docs").symlink_to(outside)
    (project / "alias").symlink_to(project / "real")
    monkeypatch.chdir(project)
    with pytest.raises(BadSetting, match="leads out of this folder"):
        write_text(Path("docs/brief.yaml"), "x", replace=False)
    with pytest.raises(BadSetting, match="leads out of this folder"):
        write_text(Path("docs/new/brief.yaml"), "x", replace=False)
    assert names_in(outside) == []
    write_text(Path("alias/brief.yaml"), "x", replace=False)
    write_text(Path("../outside/brief.yaml"), "x", replace=False)
    assert names_in(outside) == names_in(project / "real") == ["brief.yaml"]


def test_folders_pipes_and_odd_names_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(BadSetting, match="no ordinary file"):
            write_text(path, "x", replace=True)
    with pytest.raises(BadSetting, match="cannot be written to"):
        write_text(tmp_path / "a\0b", "x", replace=False)


def test_a_failure_leaves_the_old_file_and_no_rest(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old")
    with pytest.raises((StorageFailed, BadSetting)):
        write_text(tmp_path / "file" / "below.yaml", "new", replace=False)
    with pytest.raises(StorageFailed, match="cannot be written"):
        write_text(Path("/proc/none/x"), "new", replace=False)
    assert names_in(tmp_path) == ["file"]


def test_what_is_no_text_is_not_merged(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\xff\xfe")
    with pytest.raises(BadSetting, match="cannot be read"):
        read_existing(tmp_path / "a")
    (tmp_path / "b").write_bytes(b"x" * 1_000_001)
    with pytest.raises(BadSetting, match="more than 1,000,000 bytes"):
        read_existing(tmp_path / "b")


def test_a_name_in_a_folder_stays_in_it(tmp_path: Path) -> None:
    assert inside(tmp_path, "Dockerfile") == tmp_path / "Dockerfile"
