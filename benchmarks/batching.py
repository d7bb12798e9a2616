"""What it saves that questions of several clients are encoded together: `python -m benchmarks.batching MODEL_FOLDER`.

Every client asks one question after the other; with and without batching take turns, so that other work on the machine
falls on both. Times of the processor are those of this process.
"""

from __future__ import annotations

import argparse
import json
import statistics
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mlplaybook.ingest.encoder import Encoded, Encoder, OnnxEncoder, load_encoder
from mlplaybook.server.rest.batching import BatchingEncoder

CASES = Path(__file__).parents[1] / "evals" / "cases" / "followups.jsonl"
QUESTIONS, ROUNDS = 200, 5


def measure(encoder: Encoder, questions: Sequence[str], clients: int, known: dict[str, Encoded]) -> tuple[float, ...]:
    """Questions a second, processor milliseconds a question, and the median and 95th percentile of waiting, ms."""
    todo, lock, waited = iter(questions), threading.Lock(), list[float]()

    def ask() -> None:
        while True:
            with lock:
                question = next(todo, None)
            if question is None:
                return
            started = time.perf_counter()
            encoded = encoder.encode_query(question)
            waited.append((time.perf_counter() - started) * 1000)
            assert np.array_equal(encoded.sentence, known[question].sentence)

    threads = [threading.Thread(target=ask) for _ in range(clients)]
    started, cpu = time.perf_counter(), time.process_time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    p95 = statistics.quantiles(waited, n=20)[-1]
    return len(questions) / seconds, cpu * 1000 / len(questions), statistics.median(waited), p95


def compare(encoder: OnnxEncoder, questions: Sequence[str], clients: int) -> dict[str, list[float]]:
    """Medians over the rounds, alone and together."""
    known = {question: encoder.encode_query(question) for question in questions}
    ways: dict[str, Encoder] = {"alone": encoder, "together": BatchingEncoder(encoder)}
    rounds: dict[str, list[tuple[float, ...]]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            rounds[name].append(measure(way, questions, clients, known))
    return {
        name: [round(statistics.median(one), 1) for one in zip(*many, strict=True)] for name, many in rounds.items()
    }


def main() -> None:
    """Print a line of JSON for each number of clients."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, help="a folder of exported weights")
    encoder = load_encoder(parser.parse_args().model)
    asked = [json.loads(line)["standalone"] for line in CASES.read_text("utf-8").splitlines()]
    questions = [asked[number % len(asked)] for number in range(QUESTIONS)]
    for clients in (1, 8, 32):
        print(json.dumps({"clients": clients, **compare(encoder, questions, clients)}))  # noqa: T201


if __name__ == "__main__":
    main()
