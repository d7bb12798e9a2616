"""A sentence-transformers model to ONNX; run as a module in a process of its own, because it imports torch.

    python -m mlplaybook.ingest.export SOURCE FOLDER NAME [ADAPTER ADAPTER_FOLDER]

SOURCE is a folder or a hub name. FOLDER receives model.onnx, model.weights, tokenizer.json, projection.npy and encoder.json. An
adapter is merged into the weights first, so that it costs nothing later. Exit 1 with one line on stderr when the export does not
give the vectors that sentence-transformers gives.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from huggingface_hub import try_to_load_from_cache
from safetensors.torch import load_file
from sentence_transformers import SentenceTransformer

from mlplaybook.ingest.adapter import ADAPTER_FACTS, ADAPTER_WEIGHTS
from mlplaybook.ingest.checksums import sha256_of
from mlplaybook.ingest.encoder import (
    ENCODER_FILE,
    MODEL_FILE,
    PROJECTION_FILE,
    TENSORS_FILE,
    TOKENIZER_FILE,
    load_encoder,
)
from mlplaybook.ingest.projection import CALIBRATION, TOKEN_DIMENSIONS, calibration_texts, fit_projection

OPSET = 17
# A tensor below this stays in the graph: it takes less than a page of memory.
SMALL_BYTES = 4096
# Largest difference of a vector component, ONNX against torch, that float32 arithmetic explains (measured: 2e-7).
TOLERANCE = 1e-4
SAMPLES = ("How do I detect data drift?", "A population stability index above 0.2 is a convention, not a law.", "x")


class Body(torch.nn.Module):  # type: ignore[misc]  # torch is not followed by the type checker
    """The transformer alone: pooling is left to the reader, who also wants the token vectors."""

    def __init__(self, encoder: Any) -> None:  # noqa: ANN401
        super().__init__()
        self.encoder = encoder

    def forward(self, input_ids: Any, attention_mask: Any) -> Any:  # noqa: ANN401, D102
        return self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state


def export(source: str, folder: Path, name: str, adapter: str = "", adapter_folder: Path = Path()) -> None:
    """Write the files; `name`, and that of the adapter if there is one, become part of the encoder's id."""
    model = SentenceTransformer(source, device="cpu")
    mark = ""
    if adapter:
        merge_adapter(model[0].auto_model, adapter_folder)
        mark = f"+{adapter}-{sha256_of(adapter_folder / ADAPTER_WEIGHTS)[:8]}"
    folder.mkdir(parents=True, exist_ok=True)
    write_model(model, folder / MODEL_FILE)
    weights = find_weights(model, source)
    tokenizer = Path(model.tokenizer.name_or_path) / TOKENIZER_FILE
    if tokenizer.is_file():
        shutil.copyfile(tokenizer, folder / TOKENIZER_FILE)
    else:
        model.tokenizer.backend_tokenizer.save(str(folder / TOKENIZER_FILE))
    pooling = "cls" if getattr(model[1], "pooling_mode", "mean") in ("cls", ("cls",)) else "mean"
    facts = {
        "id": f"{name}@{weights[:12]}{mark}/onnx{OPSET}",
        "name": name,
        "dimensions": model.get_embedding_dimension(),
        "max_tokens": model.max_seq_length,
        "pooling": pooling,
        "query_prompt": (model.prompts or {}).get("query", ""),
        "weights_sha256": weights,
        "sha256": {file: sha256_of(folder / file) for file in (MODEL_FILE, TENSORS_FILE, TOKENIZER_FILE)},
        "exported_with": f"torch {torch.__version__}, onnxruntime {importlib.metadata.version('onnxruntime')}",
    }
    write_facts(folder, facts)
    compare(model, folder)
    write_projection(folder, facts)


def write_facts(folder: Path, facts: dict[str, Any]) -> None:
    """The file that names and describes the others."""
    (folder / ENCODER_FILE).write_text(json.dumps(facts, indent=2) + "\n", "utf-8")


def write_projection(folder: Path, facts: dict[str, Any]) -> None:
    """Fit the token vectors' projection on the calibration text, as the export reads it, and name it in the id."""
    texts = calibration_texts()
    tokens = np.concatenate([encoded.tokens for encoded in load_encoder(folder).encode_documents(texts)])
    if tokens.shape[1] <= TOKEN_DIMENSIONS:
        return
    np.save(folder / PROJECTION_FILE, fit_projection(tokens, TOKEN_DIMENSIONS), allow_pickle=False)
    hashes = facts["sha256"] | {PROJECTION_FILE: sha256_of(folder / PROJECTION_FILE)}
    write_facts(folder, facts | {"id": f"{facts['id']}/t{TOKEN_DIMENSIONS}.{CALIBRATION}", "sha256": hashes})


def merge_adapter(body: Any, folder: Path) -> None:  # noqa: ANN401
    """Add the low-rank products to the weights in place: W + (alpha / r) B A (Hu et al., LoRA, ICLR 2022).

    :param body: the transformer; :param folder: an adapter as `peft` saves it.
    """
    facts = json.loads((folder / ADAPTER_FACTS).read_text("utf-8"))
    tensors = load_file(folder / ADAPTER_WEIGHTS)
    scale = facts["lora_alpha"] / facts["r"]
    for key, low in tensors.items():
        if ".lora_A." not in key:
            continue
        path = key.removeprefix("base_model.model.").split(".lora_A.")[0]
        high = tensors[key.replace(".lora_A.", ".lora_B.")]
        body.get_submodule(path).weight.data += scale * (high.float() @ low.float())


def write_model(model: SentenceTransformer, path: Path) -> None:
    """Trace the transformer with free batch and sequence axes."""
    sample = model.tokenizer(list(SAMPLES), padding=True, return_tensors="pt")
    axes = {0: "batch", 1: "sequence"}
    names = ["input_ids", "attention_mask"]
    torch.onnx.export(
        Body(model[0].auto_model.eval()),
        tuple(sample[key] for key in names),
        str(path),
        input_names=names,
        output_names=["last_hidden_state"],
        dynamic_axes=dict.fromkeys((*names, "last_hidden_state"), axes),
        opset_version=OPSET,
        dynamo=False,
    )
    onnx.save_model(
        onnx.load(path), path, save_as_external_data=True, location=TENSORS_FILE, size_threshold=SMALL_BYTES
    )
    # onnx writes it for the owner alone.
    shutil.copymode(path, path.parent / TENSORS_FILE)


def find_weights(model: SentenceTransformer, source: str) -> str:
    """SHA-256 of the weights: of the file where it is at hand, of the tensors for a hub name."""
    file = Path(source) / "model.safetensors"
    if file.is_file():
        return sha256_of(file)
    cached = try_to_load_from_cache(source, "model.safetensors")
    if isinstance(cached, str):
        return sha256_of(Path(cached))
    return sha256_of_tensors(model)


def sha256_of_tensors(model: SentenceTransformer) -> str:
    """SHA-256 over the tensors in name order, for weights whose file is not at hand."""
    digest = hashlib.sha256()
    for key, tensor in sorted(model.state_dict().items()):
        digest.update(key.encode())
        digest.update(tensor.cpu().numpy().tobytes())
    return digest.hexdigest()


def compare(model: SentenceTransformer, folder: Path) -> None:
    """Refuse an export whose vectors are not those of sentence-transformers."""
    expected = model.encode(list(SAMPLES), normalize_embeddings=True)
    exported = np.stack([encoded.sentence for encoded in load_encoder(folder).encode_documents(SAMPLES)])
    gap = float(np.abs(expected - exported).max())
    if not gap < TOLERANCE:
        sys.exit(
            f"the ONNX export differs from sentence-transformers by {gap:.1e} (at most {TOLERANCE:.0e} is rounding)"
        )


if __name__ == "__main__":
    adapter, adapter_folder = sys.argv[4:6] or ("", "")
    export(sys.argv[1], Path(sys.argv[2]), sys.argv[3], adapter, Path(adapter_folder))
