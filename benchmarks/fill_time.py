"""How long filling takes: each template of the fill cases on 10 KB of their notes with a warm encoder, the best of three runs.

python -m benchmarks.fill_time
"""

from __future__ import annotations

import sys
import time

from mlplaybook.evals.fill_cases import Document, read_documents
from mlplaybook.ingest.encoder import Encoder, load_encoder
from mlplaybook.ingest.weights import find_exported
from mlplaybook.server.artefacts.filling.fill import fill
from mlplaybook.server.artefacts.filling.records import InputText
from mlplaybook.server.artefacts.library import load_template
from mlplaybook.server.settings import read_settings

SIZE = 10_240
RUNS = 3


def notes_of(documents: tuple[Document, ...], template: str) -> InputText:
    """SIZE bytes of prose, first of the cases of a template, then of the others."""
    own = sorted(documents, key=lambda document: document.template != template)
    texts = dict.fromkeys(i.text for d in own for i in d.inputs if i.source.endswith((".md", ".txt")))
    return InputText("notes.md", "\n\n".join(texts).encode()[:SIZE].decode("utf-8", "ignore"))


def seconds(template: str, given: InputText, encoder: Encoder) -> float:
    """The shortest of a few runs."""
    found = []
    for _ in range(RUNS):
        start = time.perf_counter()
        fill(load_template(template), [given], {}, encoder)
        found.append(time.perf_counter() - start)
    return min(found)


def main() -> None:
    """One line a template."""
    folder = find_exported(read_settings().weights).folder
    if folder is None:
        sys.exit("No encoder; run: mlplaybook ingest")
    encoder, documents = load_encoder(folder), read_documents("dev")
    for template in sorted({document.template for document in documents}):
        given = notes_of(documents, template)
        taken = seconds(template, given, encoder)
        sys.stdout.write(f"{template:20} {len(given.text):6} characters {taken:5.2f} s\n")


if __name__ == "__main__":
    main()
