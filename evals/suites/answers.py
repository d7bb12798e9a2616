"""Whether an answer says what it should, in words that its pages have."""

from __future__ import annotations

from mlplaybook.evals.alce import Cited, citation_precision, citation_recall
from mlplaybook.evals.golden import Split
from mlplaybook.evals.records import Case, Measured, Score, not_applicable, ok
from mlplaybook.evals.rouge import rouge_l_recall
from mlplaybook.evals.suites.golden_cases import golden_cases
from mlplaybook.evals.suites.models import Copier, means_with
from mlplaybook.evals.suites.world import World, answer, answer_with, prompt_of, sentence_vector
from mlplaybook.ingest.catalog import read_document
from mlplaybook.server.answers.records import Answer, Citation
from mlplaybook.server.answers.verify import normalise

NAME = "answers"
METRICS = ("facts", "verified", "citation-recall", "citation-precision", "rouge-l", "similarity", "written")


def read(split: Split) -> tuple[Case, ...]:
    """Every covered question."""
    return golden_cases(NAME, split, covered=True)


def measure(world: World, case: Case) -> Measured:
    """The answer in the words of the pages, and whether a model that copies gets an answer through the prompt."""
    question = case.input["question"]
    made = answer(world, question)
    reference = " ".join(entry["quote"] for entry in case.gold["gold"])
    missing = [fact for fact in case.gold["facts"] if squash(fact) not in squash(made.text)]
    scores = {
        "facts": share_of_facts(case, missing),
        **citation_scores(world, made),
        "rouge-l": ok(rouge_l_recall(reference, made.text) if made.statements else 0.0),
        "similarity": similarity(world, reference, made),
        "written": written(world, question, made),
    }
    output = {"answer": made.text, "cites": cited_sections(made), "missing facts": missing, "status": made.status}
    return Measured(scores, output)


def cited_sections(made: Answer) -> list[str]:
    """The section behind every number of an answer."""
    cited = {citation.n: citation.section for one in made.statements for citation in one.citations}
    return [f"[{number}] {section}" for number, section in sorted(cited.items())]


def share_of_facts(case: Case, missing: list[str]) -> Score:
    """Of the facts that a right answer holds, those that are there."""
    facts = case.gold["facts"]
    return ok(1 - len(missing) / len(facts)) if facts else not_applicable("the case names no facts")


def citation_scores(world: World, made: Answer) -> dict[str, Score]:
    """Whether citations are words of their pages and carry what is said; a refusal has none to look at."""
    names = ("verified", "citation-recall", "citation-precision")
    if not made.statements:
        return dict.fromkeys(names, not_applicable("nothing is said"))
    cited = [Cited(one.text, tuple(citation.quote for citation in one.citations)) for one in made.statements]
    every = [citation for one in made.statements for citation in one.citations]
    true = sum(is_on_page(world, citation) for citation in every)
    values = (true / len(every) if every else 0.0, citation_recall(cited), citation_precision(cited))
    return dict(zip(names, map(ok, values), strict=True))


def is_on_page(world: World, citation: Citation) -> bool:
    """Whether the page has the quoted words where the citation says, read anew from the index."""
    document = read_document(world.index.catalog, citation.document)
    return document is not None and document.text[citation.char_start : citation.char_end] == citation.quote


def similarity(world: World, reference: str, made: Answer) -> Score:
    """Cosine of the answer with what it should quote, by the local encoder; blind to a negation."""
    if world.index.encoder is None:
        return not_applicable("there is no encoder")
    if not made.statements:
        return ok(0.0)
    pairs = zip(sentence_vector(world, reference), sentence_vector(world, made.text), strict=True)
    return ok(sum(one * other for one, other in pairs))


def written(world: World, question: str, made: Answer) -> Score:
    """Whether the copying model's statements come through prompt, parser and verifier."""
    if not made.statements:
        return not_applicable("nothing is said")
    copied = answer_with(world, question, means_with(Copier(), prompt_of(world)))
    return ok(copied.mode == "llm" and bool(copied.statements))


def squash(text: str) -> str:
    """Words as they compare: no markup, lower case, single spaces."""
    return normalise(text).casefold()
