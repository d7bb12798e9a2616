"""Documents onto the disk: only to the path that was named, whole or not at all, never over what somebody else wrote."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path

from mlplaybook.ingest.errors import BadSetting, StorageFailed
from mlplaybook.server.artefacts.documents.safe_yaml import LARGEST

# What the umask of the user leaves of it.
READABLE = 0o666


def check_target(path: Path) -> bool:
    """Whether there is a file at a path that a document may be written to.

    :raises BadSetting: the path is a link, a folder or no ordinary file, or a link on the way leads out of the current folder.
    """
    try:
        check_way(path)
        found = path.lstat()
    except FileNotFoundError:
        return False
    except (OSError, ValueError) as error:
        raise BadSetting(f"{str(path)!r} cannot be written to: {error}.", "Name another file with -o.") from error
    if stat.S_ISLNK(found.st_mode):
        raise BadSetting(f"{path} is a link.", f"Name the file itself: -o {os.path.realpath(path)}")
    if not stat.S_ISREG(found.st_mode):
        raise BadSetting(f"{path} is no ordinary file.", "Name a file, or a folder with a slash at its end.")
    return True


def check_way(path: Path) -> None:
    """Raise BadSetting where a relative path that never goes up ends outside the current folder all the same."""
    if path.is_absolute() or ".." in path.parts:
        return
    real = Path(os.path.realpath(path.parent))
    if not real.is_relative_to(os.path.realpath(Path.cwd())):
        raise BadSetting(
            f"{path.parent} is a link that leads out of this folder.", f"Name the folder itself: -o {real}/"
        )


def read_existing(path: Path) -> str:
    """The text of a file that is to be filled again.

    :raises BadSetting: as `check_target`, or it is no text of at most 1 MB.
    """
    check_target(path)
    try:
        data = path.read_bytes()
        if len(data) > LARGEST:
            raise BadSetting(
                f"{path} has more than {LARGEST:,} bytes.", "Name another file, or replace it with --force."
            )
        return data.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting(
            f"{path} cannot be read: {error}.", "Name another file, or replace it with --force."
        ) from error


def write_text(path: Path, text: str, *, replace: bool) -> None:
    """Writes a file aside and moves it into place; folders above it are made.

    Without `replace` a file that is there, or that appears meanwhile, stays as it is.

    :raises BadSetting: there is a file already, or the path is a link or no file.
    :raises StorageFailed: the disk does not take it.
    """
    if check_target(path) and not replace:
        raise exists(path)
    aside = path.parent / f".{path.name[:40]}.{secrets.token_hex(6)}.part"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, READABLE)
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode("utf-8", "backslashreplace"))
            file.flush()
            os.fsync(file.fileno())
        if replace and path.exists():
            aside.chmod(stat.S_IMODE(path.stat().st_mode))
        publish(aside, path, replace=replace)
    except OSError as error:
        raise StorageFailed(
            f"{path} cannot be written: {error}.", "Name a file in a folder of yours with -o."
        ) from error
    finally:
        with contextlib.suppress(OSError):
            aside.unlink(missing_ok=True)


def publish(aside: Path, path: Path, *, replace: bool) -> None:
    """Gives a finished file its name: over the old one, or only where there is none."""
    if replace:
        aside.replace(path)
        return
    try:
        os.link(aside, path)
    except FileExistsError as error:
        raise exists(path) from error


def exists(path: Path) -> BadSetting:
    """The error for a file that nobody said may be replaced."""
    return BadSetting(f"{path} is there already.", "Name another file with -o, or replace it with --force.")


def inside(folder: Path, name: str) -> Path:
    """A file directly in a folder; raises BadSetting for a name that would lead out of it."""
    if not name or name in {".", ".."} or Path(name).name != name or "\0" in name:
        raise BadSetting(f"{name!r} is no name for a file in {folder}.", "Name the file itself with -o.")
    return folder / name
