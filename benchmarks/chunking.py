"""Ways of cutting pages into chunks, measured by the default search on questions that are for choosing.

    python -m benchmarks.chunking FOLDER-OR-FILE ... --out results.jsonl

For every way a throw-away index of the playbook is asked its development questions, and one of each labelled set named
(a BEIR-format folder, or a JSONL file of question and answer pairs) its own. Results are appended to the file as they come
and not measured again; then the Markdown table of docs/retrieval.md is printed. The test questions are not looked at.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, stdev

from mlplaybook.evals.golden import answerable, read_cases
from mlplaybook.evals.metrics import DEPTH, grade
from mlplaybook.evals.questions import Question, read_labelled
from mlplaybook.evals.retrieval import rank_documents
from mlplaybook.ingest.build import ingest
from mlplaybook.ingest.chunking import ChunkingOptions
from mlplaybook.ingest.weights import find_exported
from mlplaybook.knowledge import pages_folder
from mlplaybook.server.answers.assess import find
from mlplaybook.server.retrieval.index import Index, open_index
from mlplaybook.server.retrieval.search import Method
from mlplaybook.server.settings import Settings, read_settings
from mlplaybook.server.threads import one_thread_for_products
from mlplaybook.server.wiring import PLAYBOOK, create_encoder_loader, create_job

# The default first; the others are what it must beat. Fixed windows have 1,000 characters and share 200, as is usual.
WAYS: Mapping[str, ChunkingOptions] = {
    "blocks 220 (default)": ChunkingOptions("blocks", 220),
    "blocks 120": ChunkingOptions("blocks", 120),
    "blocks 350": ChunkingOptions("blocks", 350),
    "blocks 500": ChunkingOptions("blocks", 500),
    "blocks 120, overlap 40": ChunkingOptions("blocks", 120, 40),
    "blocks 220, overlap 40": ChunkingOptions("blocks", 220, 40),
    "blocks 350, overlap 100": ChunkingOptions("blocks", 350, 100),
    "blocks 500, overlap 100": ChunkingOptions("blocks", 500, 100),
    "sentences 220": ChunkingOptions("sentences", 220),
    "sentences 220, overlap 40": ChunkingOptions("sentences", 220, 40),
    "sentences 220, overlap 80": ChunkingOptions("sentences", 220, 80),
    "section": ChunkingOptions("section"),
    "fixed 250, overlap 50": ChunkingOptions("fixed", 250, 50),
    "blocks 220, no headings": ChunkingOptions("blocks", 220, headings=False),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One way on one set: nDCG@10 a question, hit@5, chunks of the index, processor seconds of a fresh ingest."""

    way: str
    set: str
    ndcg10: list[float]
    hit5: float
    chunks: int
    seconds: float


def measure_way(settings: Settings, way: str, source: Path | None) -> Row:
    """A fresh index in a temporary folder, asked and thrown away; no source means the playbook.

    :raises PlaybookError: the set cannot be read, or there is no exported encoder.
    """
    with tempfile.TemporaryDirectory(prefix="mlplaybook-chunking-") as scratch:
        if source is None:
            index, seconds = build(settings, way, PLAYBOOK, pages_folder(), Path(scratch))
            grades = grade_sections(index, answerable(index.catalog, read_cases("dev")))
            return create_row(way, PLAYBOOK, grades, index, seconds)
        labelled = read_labelled(source, Path(scratch))
        index, seconds = build(settings, way, "labelled", labelled.corpus, Path(scratch))
        grades = [grade(rank_documents(index, q.text, Method()), q.relevant) for q in labelled.questions]
        return create_row(way, source.stem, grades, index, seconds)


def grade_sections(index: Index, questions: Sequence[Question]) -> list[tuple[float, float, float, float]]:
    """The grades of the playbook's questions, whose relevant documents are sections, as `evals playbook` gives them."""
    return [grade([hit.section.id for hit in find(index, q.text, DEPTH).hits], q.relevant) for q in questions]


def create_row(
    way: str, name: str, grades: Sequence[tuple[float, float, float, float]], index: Index, seconds: float
) -> Row:
    """The row of a set; grades are nDCG@10, MRR@10, hit@1 and hit@5."""
    ndcg10, _, _, hit5 = zip(*grades, strict=True)
    return Row(way, name, [round(value, 6) for value in ndcg10], fmean(hit5), index.manifest.chunks, round(seconds, 1))


def build(settings: Settings, way: str, corpus: str, source: Path, scratch: Path) -> tuple[Index, float]:
    """An index below the scratch folder, cut in one of the ways, and the processor seconds that it took.

    They say what the way costs where others use the machine at the same time.
    """
    own = settings.model_copy(update={"home": scratch})
    started = time.process_time()
    ingest(create_job(own, corpus, source, find_exported(settings.weights), cut=WAYS[way]))
    seconds = time.process_time() - started
    return open_index(own.index_folder, corpus, create_encoder_loader(settings)), seconds


def measure_missing(settings: Settings, sources: Sequence[Path | None], out: Path) -> Iterator[Row]:
    """Every way on every set, way by way; what the file has is taken from there, what it has not is appended to it."""
    known = {(row.way, row.set): row for row in read_rows(out)}
    for way in WAYS:
        for source in sources:
            name = PLAYBOOK if source is None else source.stem
            row = known.get((way, name))
            if row is None:
                row = measure_way(settings, way, source)
                with out.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(dataclasses.asdict(row)) + "\n")
                sys.stderr.write(f"{way}, {name}: {cell(row, row)}\n")
            yield row


def read_rows(path: Path) -> list[Row]:
    """The results that a file has; none where it is not there."""
    return [Row(**json.loads(line)) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def table(rows: Sequence[Row]) -> str:
    """A Markdown table: a line a way, nDCG@10 and hit@5 a set, and what the first set's index took.

    After nDCG@10 stands the standard error of its difference from the first way, question by question.
    """
    sets = list(dict.fromkeys(row.set for row in rows))
    cells = {(row.way, row.set): row for row in rows}
    lines = [f"| way | {' | '.join(sets)} | chunks | ingest, CPU s |", "|---" * (len(sets) + 3) + "|"]
    for way in dict.fromkeys(row.way for row in rows):
        found = [cells.get((way, name)) for name in sets]
        quality = [cell(row, cells[rows[0].way, row.set]) if row else "" for row in found]
        size = f"{found[0].chunks:,} | {found[0].seconds:.0f}" if found[0] else " | "
        lines.append(f"| {way} | {' | '.join(quality)} | {size} |")
    return "\n".join(lines)


def cell(row: Row, first: Row) -> str:
    """The figures of one way on one set, beside those of the first way."""
    error = ""
    if row != first:
        differences = [a - b for a, b in zip(row.ndcg10, first.ndcg10, strict=True)]
        error = f" ± {stdev(differences) / math.sqrt(len(differences)):.3f}"
    return f"{fmean(row.ndcg10):.3f}{error} / {row.hit5:.3f}"


def main() -> None:
    """Measure what is missing and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chunking", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("sets", nargs="*", type=Path, help="labelled sets beside the playbook's development questions")
    parser.add_argument("--out", type=Path, required=True, help="JSONL file that results are kept in")
    given = parser.parse_args()
    one_thread_for_products()
    rows = list(measure_missing(read_settings(), [None, *given.sets], given.out))
    sys.stdout.write(table(rows) + "\n")


if __name__ == "__main__":
    main()
