"""An adapter is merged only into the weights it belongs to, and only when it is the one that is trusted."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from mlplaybook.ingest.adapter import (
    ADAPTER_FACTS,
    ADAPTER_WEIGHTS,
    Adapter,
    bundled_adapters,
    bundled_folder,
    check_adapter,
    find_adapter,
)
from mlplaybook.ingest.errors import BadSetting, WeightsRefused
from mlplaybook.ingest.export import merge_adapter

LARGEST = 3 * 1024 * 1024


def write_adapter(folder: Path) -> str:
    """W is 2x2; rank 1, alpha 2, so W + 2 B A. Returns the SHA-256 of the weights."""
    folder.mkdir(exist_ok=True)
    low, high = torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0], [0.5]])
    prefix = "base_model.model.layer.0"
    save_file({f"{prefix}.lora_A.weight": low, f"{prefix}.lora_B.weight": high}, folder / ADAPTER_WEIGHTS)
    (folder / ADAPTER_FACTS).write_text(json.dumps({"r": 1, "lora_alpha": 2}), "utf-8")
    return hashlib.sha256((folder / ADAPTER_WEIGHTS).read_bytes()).hexdigest()


def test_none_means_the_bare_model() -> None:
    assert find_adapter("none", "any") is None
    assert find_adapter("", "any") is None


def test_a_folder_of_ones_own_must_be_trusted(tmp_path: Path) -> None:
    digest = write_adapter(tmp_path / "mine")
    with pytest.raises(WeightsRefused, match=f"MLPLAYBOOK_TRUSTED={digest}"):
        find_adapter(str(tmp_path / "mine"), "any")
    assert find_adapter(str(tmp_path / "mine"), "any", (digest,)) == Adapter("mine", tmp_path / "mine", digest)


def test_an_unknown_name_is_refused_with_what_there_is() -> None:
    with pytest.raises(BadSetting, match=r"MLPLAYBOOK_ADAPTER=nothing is neither .*none nor a folder"):
        find_adapter("nothing", "any")


@pytest.mark.parametrize("entry", bundled_adapters(), ids=lambda entry: entry["name"])
def test_a_bundled_adapter_is_small_pinned_and_bound_to_its_base(entry: dict[str, str]) -> None:
    found = find_adapter(entry["name"], entry["base"])
    assert found == Adapter(entry["name"], bundled_folder(entry["name"]), entry["sha256"])
    check_adapter(found)
    assert (found.folder / ADAPTER_WEIGHTS).stat().st_size <= LARGEST
    assert find_adapter(entry["name"], "of other weights") is None


def test_a_changed_adapter_is_refused(tmp_path: Path) -> None:
    write_adapter(tmp_path / "mine")
    with pytest.raises(WeightsRefused, match="has SHA-256"):
        check_adapter(Adapter("mine", tmp_path / "mine", "0" * 64))


def test_merging_adds_the_scaled_product(tmp_path: Path) -> None:
    """Identity + 2 * [[3], [0.5]] @ [[1, 2]] = [[7, 12], [1, 3]]."""
    write_adapter(tmp_path / "mine")
    body = torch.nn.ModuleDict({"layer": torch.nn.ModuleList([torch.nn.Linear(2, 2, bias=False)])})
    weight = body.get_submodule("layer.0").weight
    with torch.no_grad():
        weight.copy_(torch.eye(2))
    merge_adapter(body, tmp_path / "mine")
    assert weight.tolist() == [[7.0, 12.0], [1.0, 3.0]]
