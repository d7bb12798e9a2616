"""What extractive answers say: against reference answers, against facts and passages, and what they cost.

    python -m benchmarks.extractive [PAIRS.jsonl...] [--texts]

Pairs are lines of `{"question", "answer"}`; those that the playbook answers are compared with their answers, and apart from
them those that it covers: whose reference is near one of the chunks that were found. The other questions are the playbook's
development questions; the test questions are not looked at. Prints Markdown tables, with `--texts` every answer before them.
Timings are of one run beside whatever else the machine does.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median

from mlplaybook.evals.golden import Case, Gold, read_cases
from mlplaybook.evals.rouge import rouge_l_recall
from mlplaybook.ingest.catalog import read_document
from mlplaybook.server.answers.assess import Findings, find
from mlplaybook.server.answers.compose import compose
from mlplaybook.server.answers.records import Citation, Statement
from mlplaybook.server.answers.render import render
from mlplaybook.server.answers.verify import normalise, verify
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.settings import read_settings
from mlplaybook.server.threads import one_thread_for_products
from mlplaybook.server.wiring import open_corpus

# As many hits as `ask` reads.
SHOWN = 5
# Cosine of a reference answer with the best chunk found, from which on the playbook holds something of it (read on 40 pairs).
COVERED = 0.45
# Words that point back, to a sentence that must stand before them.
POINTS_BACK = re.compile(
    r"(This|These|That|Those|It|Its|They|Their|Such|Both|Otherwise|However|Then|Thus|Hence|Therefore|But|And|So|Also|Instead)\b"
)
MARK = re.compile(r"\s*\[\d+\]")
WORD = re.compile(r"\w+(?:[-'’.,]\w+)*")


@dataclass(frozen=True, slots=True)
class Said:
    """An answer as it is shown, without marks; `search` and `answer` are milliseconds."""

    question: str
    text: str
    statements: tuple[Statement, ...]
    found: Findings
    removed: int
    search: float
    answer: float

    @property
    def words(self) -> int:
        """Words as a reader counts them, those of table headers too."""
        return len(WORD.findall(self.text))


@dataclass(frozen=True, slots=True)
class CaseRow:
    """What one development question gained; `facts` and `passages` are the shares that the answer has.

    `gold` says whether it cites any passage, `opens` whether its first statement does.
    """

    slice: str
    facts: float
    gold: float
    opens: float
    passages: float
    rouge: float
    words: int


@dataclass(frozen=True, slots=True)
class PairRow:
    """How near an answer comes to a reference."""

    rouge: float
    cosine: float
    words: int
    covered: bool


def say(index: Index, question: str) -> Said:
    """What `ask` answers, timed in two parts; without statements where it abstains."""
    started = time.perf_counter()
    found = find(index, question, SHOWN)
    searched = time.perf_counter()
    statements, removed = write(index, found) if found.status != "abstained" else ((), 0)
    text = MARK.sub("", render(statements))
    ended = time.perf_counter()
    return Said(question, text, statements, found, removed, 1000 * (searched - started), 1000 * (ended - searched))


def write(index: Index, found: Findings) -> tuple[tuple[Statement, ...], int]:
    """The verified statements and how many were removed."""
    drafts = compose(index, found.question, found.hits, found.relevance)
    return verify(drafts, {hit.document.id: hit.document for hit in found.hits})


def grade_case(index: Index, case: Case, said: Said) -> CaseRow:
    """One development question."""
    shown = normalise(said.text).lower()
    facts = fmean(normalise(fact).lower() in shown for fact in case.facts)
    cited = [overlaps(index, gold, said.statements) for gold in case.gold]
    opens = any(overlaps(index, gold, said.statements[:1]) for gold in case.gold)
    reference = " ".join(normalise(gold.quote) for gold in case.gold)
    rouge = rouge_l_recall(reference, normalise(said.text))
    return CaseRow(case.slice, facts, float(any(cited)), float(opens), fmean(cited), rouge, said.words)


def overlaps(index: Index, gold: Gold, statements: Iterable[Statement]) -> bool:
    """Whether a citation shares characters with a passage."""
    document = read_document(index.catalog, gold.page)
    start = -1 if document is None else document.text.find(gold.quote, document.body_start)
    cited = (citation for statement in statements for citation in statement.citations)
    return any(c.document == gold.page and c.char_start < start + len(gold.quote) and start < c.char_end for c in cited)


def grade_pair(index: Index, answer: str, said: Said) -> PairRow:
    """One question with a reference answer."""
    assert index.encoder is not None
    assert index.vectors is not None
    ours, theirs = (index.encoder.encode_query(normalise(text)).sentence for text in (said.text, answer))
    best = max(float(index.vectors.sentences[hit.row] @ theirs) for hit in said.found.hits)
    rouge = rouge_l_recall(normalise(answer), normalise(said.text))
    return PairRow(rouge, float(ours @ theirs), said.words, best >= COVERED)


def faults(said: Said) -> list[str]:
    """What reads badly: sentences that point back to one that is not there, lead-ins without what they announce."""
    texts = {hit.document.id: hit.document.text for hit in said.found.hits}
    found, before = [], None
    for place, statement in enumerate(said.statements):
        here = own(statement)
        gap = (
            texts[here.document][before.char_end : here.char_start]
            if before and before.section == here.section
            else "?"
        )
        if statement.kind in {"sentence", "item"} and POINTS_BACK.match(statement.text) and gap.strip():
            found.append(f"points back: {statement.text}")
        following = said.statements[place + 1 : place + 2]
        if statement.text.endswith(":") and not (following and own(following[0]).section == here.section):
            found.append(f"announces nothing: {statement.text}")
        before = here
    return found


def own(statement: Statement) -> Citation:
    """The citation of the statement's own words: behind the header of a row, before pages that say the same."""
    return statement.citations[1 if statement.kind == "row" else 0]


def read_pairs(path: Path) -> list[tuple[str, str]]:
    """Questions and their answers."""
    records = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    return [(record["question"], record["answer"]) for record in records if record.get("answer")]


def pairs_table(name: str, rows: Sequence[PairRow]) -> str:
    """The means over pairs."""
    lines = ["| pairs | number | ROUGE-L recall | cosine | words |", "|---|---|---|---|---|"]
    for title, part in ((f"{name}, answered", rows), (f"{name}, covered", [row for row in rows if row.covered])):
        rouge, cosine, words = (fmean(getattr(row, field) for row in part) for field in ("rouge", "cosine", "words"))
        lines.append(f"| {title} | {len(part)} | {rouge:.3f} | {cosine:.3f} | {words:.0f} |")
    return "\n".join(lines)


def cases_table(rows: Sequence[CaseRow]) -> str:
    """The means by slice, all questions first."""
    head = "| slice | questions | facts | a passage cited | opens with one | passages cited | ROUGE-L recall | words |"
    lines = [head, "|---|" + "---|" * 7]
    for name in ("", *sorted({row.slice for row in rows})):
        part = [row for row in rows if name in ("", row.slice)]
        means = (
            fmean(getattr(row, field) for row in part) for field in ("facts", "gold", "opens", "passages", "rouge")
        )
        cells = [f"{value:.3f}" for value in means]
        lines.append(
            f"| {name or 'all'} | {len(part)} | {' | '.join(cells)} | {fmean(row.words for row in part):.0f} |"
        )
    return "\n".join(lines)


def times_line(said: Sequence[Said]) -> str:
    """Medians of search and answer, and how much longer asking takes than searching."""
    search, answer = median(s.search for s in said), median(s.answer for s in said)
    whole = median(s.search + s.answer for s in said)
    removed = sum(s.removed for s in said)
    return f"search p50 {search:.1f} ms, answer {answer:.1f} ms, ask {whole / search:.2f} x search; removed {removed}"


def main() -> None:
    """Measure and print."""
    one_thread_for_products()
    paths = [Path(name) for name in sys.argv[1:] if not name.startswith("--")]
    index = open_corpus(read_settings(), "playbook", lambda line: None, lambda done, total: None)
    cases = [case for case in read_cases("dev") if case.gold]
    answers = [say(index, case.question) for case in cases]
    if "--texts" in sys.argv:
        for case, said in zip(cases, answers, strict=True):
            row = grade_case(index, case, said)
            sys.stdout.write(f"=== {case.id} [{case.slice}] {said.question}\n")
            sys.stdout.write(f"--- facts {row.facts:.2f} of {case.facts}, {row.words} words\n{said.text}\n\n")
            sys.stdout.writelines(f"!!! {fault}\n" for fault in faults(said))
    for path in paths:
        said = [(answer, say(index, question)) for question, answer in read_pairs(path)]
        rows = [grade_pair(index, answer, entry) for answer, entry in said if entry.statements]
        sys.stdout.write(pairs_table(path.stem, rows) + "\n\n")
    sys.stdout.write(cases_table([grade_case(index, c, s) for c, s in zip(cases, answers, strict=True)]) + "\n\n")
    sys.stdout.write(f"{sum(bool(faults(said)) for said in answers)} of {len(answers)} answers have a loose end\n")
    sys.stdout.write(times_line(answers) + "\n")


if __name__ == "__main__":
    main()
