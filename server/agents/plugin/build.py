"""The plugin folder written, or compared with what it should be."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mlplaybook.ingest.errors import BadSetting, StorageFailed

SKILLS = Path(__file__).parents[1] / "skills"
NAME = "ml-playbook"
# What an agent or a person may put into the folder beside what is generated.
IGNORED = ("evals", ".git", "__pycache__")


@dataclass(frozen=True, slots=True)
class Drift:
    """How a folder differs from the files it should have, by path."""

    missing: tuple[str, ...]
    changed: tuple[str, ...]
    left_over: tuple[str, ...]

    @property
    def any(self) -> bool:
        """Whether it differs."""
        return bool(self.missing or self.changed or self.left_over)

    def below(self, folder: str) -> Drift:
        """The same with paths from above that folder."""
        return Drift(*(tuple(f"{folder}/{name}" for name in names) for names in dataclasses.astuple(self)))

    def beside(self, other: Drift) -> Drift:
        """Both together."""
        pairs = zip(dataclasses.astuple(self), dataclasses.astuple(other), strict=True)
        return Drift(*(tuple(sorted((*mine, *theirs))) for mine, theirs in pairs))


def skill_texts(folder: Path = SKILLS / NAME) -> dict[str, str]:
    """The skill's texts by path below its folder."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in paths}


def compare(folder: Path, files: Mapping[str, bytes], *, shared: bool = False) -> Drift:
    """What is missing, changed or too much in a folder; one that is `shared` holds what it likes beside these files."""
    paths = [folder / name for name in files] if shared else folder.rglob("*")
    there = {path.relative_to(folder).as_posix(): path for path in paths if path.is_file()}
    ours = {name: path for name, path in there.items() if name.split("/")[0] not in IGNORED}
    return Drift(
        tuple(sorted(set(files) - set(there))),
        tuple(sorted(name for name in set(files) & set(there) if there[name].read_bytes() != files[name])),
        tuple(sorted(set(ours) - set(files))),
    )


def write_files(folder: Path, files: Mapping[str, bytes], *, shared: bool = False) -> Drift:
    """Write every file that is missing or changed; what was too much stays and is named, unless the folder is `shared`.

    :raises BadSetting: the folder holds something, and no plugin of this name.
    :raises StorageFailed: it cannot be written.
    """
    try:
        taken = folder.is_dir() and any(folder.iterdir()) and not is_plugin(folder)
        if folder.is_file() or (taken and not shared):
            raise BadSetting(f"{folder} is not empty and holds no plugin.", "Name an empty or new folder.")
        drift = compare(folder, files, shared=shared)
        for name in (*drift.missing, *drift.changed):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(files[name])
    except OSError as error:
        raise StorageFailed(f"{folder} cannot be written: {error.strerror or error}.", "Check the folder.") from error
    return drift


def is_plugin(folder: Path) -> bool:
    """Whether this plugin was written there before."""
    try:
        return f'"{NAME}"' in (folder / ".claude-plugin" / "plugin.json").read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return False
