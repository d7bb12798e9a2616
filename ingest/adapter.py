"""Which low-rank adapter, if any, is merged into the encoder's weights when they are exported."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from mlplaybook.ingest.checksums import sha256_of
from mlplaybook.ingest.errors import BadSetting, WeightsRefused

# The two files of an adapter in the format of the `peft` library.
ADAPTER_WEIGHTS, ADAPTER_FACTS = "adapter_model.safetensors", "adapter_config.json"
NO_ADAPTER = "none"
# What is merged unless a setting says otherwise.
DEFAULT_ADAPTER = "ml-1"


@dataclass(frozen=True, slots=True)
class Adapter:
    """A folder with low-rank weights; `sha256` is that of its safetensors file."""

    name: str
    folder: Path
    sha256: str

    @property
    def mark(self) -> str:
        """Tells exports with different adapters apart.

        >>> Adapter("ml-1", Path("x"), "0123456789abcdef").mark
        'ml-1-01234567'
        """
        return f"{self.name}-{self.sha256[:8]}"


def bundled_adapters() -> list[dict[str, str]]:
    """The adapters of this release: name, SHA-256 of the base weights they belong to, SHA-256 of their own."""
    listed: dict[str, Any] = json.loads(files(__package__).joinpath("trusted_models.json").read_text("utf-8"))
    adapters: list[dict[str, str]] = listed["adapters"]
    return adapters


def find_adapter(wanted: str, base: str, trusted: tuple[str, ...] = ()) -> Adapter | None:
    """The adapter to merge into weights whose SHA-256 is `base` (empty when not known), or None.

    :param wanted: `none`, the name of a bundled adapter, or a folder; a bundled one fits only the weights it was trained on.
    :raises BadSetting: there is no such adapter.
    :raises WeightsRefused: its file is not the one that this release or the user trusts.
    """
    if wanted in {"", NO_ADAPTER}:
        return None
    listed = {entry["name"]: entry for entry in bundled_adapters()}
    if wanted in listed:
        entry = listed[wanted]
        return Adapter(wanted, bundled_folder(wanted), entry["sha256"]) if entry["base"] == base else None
    folder = Path(wanted).expanduser()
    if not (folder / ADAPTER_WEIGHTS).is_file():
        cause = f"MLPLAYBOOK_ADAPTER={wanted} is neither {', '.join([*listed, NO_ADAPTER])} nor a folder with {ADAPTER_WEIGHTS}."
        raise BadSetting(cause, "Name one of these, or unset it.")
    digest = sha256_of(folder / ADAPTER_WEIGHTS)
    if digest not in trusted:
        cause = f"{folder / ADAPTER_WEIGHTS} has SHA-256 {digest}, which is not on the list of trusted weights."
        raise WeightsRefused(cause, f"Set MLPLAYBOOK_TRUSTED={digest} if you made or checked this adapter yourself.")
    return Adapter(folder.name, folder, digest)


def bundled_folder(name: str) -> Path:
    """Where an adapter of this release lies."""
    return Path(str(files(__package__))) / "adapters" / name


def check_adapter(adapter: Adapter) -> None:
    """Raise WeightsRefused unless the file is the one whose hash is pinned."""
    try:
        digest = sha256_of(adapter.folder / ADAPTER_WEIGHTS)
    except OSError as error:
        cause = f"The adapter {adapter.name} cannot be read: {error.strerror or error}."
        raise WeightsRefused(cause, "Reinstall mlplaybook, or set MLPLAYBOOK_ADAPTER=none.") from error
    if digest != adapter.sha256:
        cause = f"{adapter.folder / ADAPTER_WEIGHTS} has SHA-256 {digest}, not {adapter.sha256}."
        raise WeightsRefused(cause, "Reinstall mlplaybook, or set MLPLAYBOOK_ADAPTER=none.")
