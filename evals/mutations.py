"""Six ways in which the playbook can get worse, made on purpose to see that the gate says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mlplaybook.evals.suites.world import Config, World
from mlplaybook.ingest.build import ingest
from mlplaybook.ingest.chunking import ChunkingOptions
from mlplaybook.ingest.encoder import Encoded, Encoder
from mlplaybook.ingest.weights import prepare
from mlplaybook.knowledge import pages_folder
from mlplaybook.prompts.library import load_prompt
from mlplaybook.prompts.records import Prompt
from mlplaybook.server.answers.abstain import model_of
from mlplaybook.server.answers.ask import ask
from mlplaybook.server.answers.assess import find
from mlplaybook.server.answers.records import Answer, Citation, Statement, quote_hash
from mlplaybook.server.answers.reply import Means
from mlplaybook.server.answers.writer import create_request
from mlplaybook.server.llm.deadline import create_deadline
from mlplaybook.server.llm.parse import Claim, Parser
from mlplaybook.server.llm.records import Part
from mlplaybook.server.retrieval.filters import Filter
from mlplaybook.server.retrieval.index import Index, open_index
from mlplaybook.server.retrieval.search import Method
from mlplaybook.server.retrieval.tuned import Tuned, Weights
from mlplaybook.server.settings import Settings
from mlplaybook.server.wiring import create_encoder_loader, create_job

CUT_NAME, CUT_METRICS = "chunker cut", ("retrieval/success@5", "retrieval/recall@10", "retrieval/ndcg@10")
# What none of the mutations can touch is left out.
MUTATED_SUITES = ("retrieval", "answers", "abstention", "redteam", "conversation")
CUT = ChunkingOptions(strategy="fixed", tokens=32, overlap=0, headings=False)
Nothing = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class OtherMeaning:
    """An encoder whose dimensions are in another order: vectors of the right length that mean something else."""

    encoder: Encoder

    @property
    def id(self) -> str:
        """What the index was made with, which is the mistake."""
        return self.encoder.id

    @property
    def dimensions(self) -> int:
        """Length of a sentence vector."""
        return self.encoder.dimensions

    @property
    def token_dimensions(self) -> int:
        """Length of a token vector."""
        return self.encoder.token_dimensions

    @property
    def max_tokens(self) -> int:
        """As the encoder has it."""
        return self.encoder.max_tokens

    def encode_documents(self, texts: Sequence[str]) -> Iterator[Encoded]:
        """Passages, turned."""
        return (turned(encoded) for encoded in self.encoder.encode_documents(texts))

    def encode_query(self, text: str) -> Encoded:
        """A question, turned."""
        return turned(self.encoder.encode_query(text))

    def count_tokens(self, text: str) -> int:
        """As the encoder counts."""
        return self.encoder.count_tokens(text)


def turned(encoded: Encoded) -> Encoded:
    """Vectors with their dimensions the other way round."""
    return replace(encoded, sentence=encoded.sentence[::-1].copy(), tokens=encoded.tokens[:, ::-1].copy())


def wrong_encoder(world: World) -> World:
    """Questions encoded by another model than pages."""
    assert world.index.encoder is not None
    return replace(world, index=replace(world.index, encoder=OtherMeaning(world.index.encoder)))


def no_fusion(world: World) -> World:
    """Words count nothing beside meaning."""
    return replace(world, config=Config("fusion weight 0", {"lexical_weight": 0.0}))


def broken_prompt(world: World) -> World:
    """A prompt that forgets to show the passages."""
    prompt = load_prompt("answer")
    return replace(world, own_prompt=without_passages(prompt))


def without_passages(prompt: Prompt) -> Prompt:
    """The prompt with every message that shows passages cut down to the question."""
    asked = "<question {{ mark }}>\n{{ question }}\n</question {{ mark }}>"
    messages = tuple(
        replace(message, content=asked) if "passages" in message.content and not message.static else message
        for message in prompt.messages
    )
    return replace(prompt, messages=messages)


def no_verifier(world: World) -> World:
    """What a model says is shown as it comes."""
    return replace(world, ask=ask_unverified)


def ask_unverified(index: Index, question: str, k: int, only: Filter, method: Method, means: Means) -> Answer:
    """An answer of a model's claims, none of them looked up."""
    made = ask(index, question, k, only, method, means)
    if means.writer is None or not made.statements:
        return made
    request, shown = create_request(means.writer, question, find(index, question, k, only, method).hits)
    parser = Parser({number: hit.section.id for number, hit in enumerate(shown, start=1)})
    parts = means.writer.model.stream(request, create_deadline())
    claims = [claim for part in parts if isinstance(part, Part) for claim in parser.feed(part.text)]
    return replace(made, statements=tuple(as_statement(claim) for claim in [*claims, *parser.finish()]), mode="llm")


def as_statement(claim: Claim) -> Statement:
    """A claim with citations that nobody checked."""
    cited = tuple(
        Citation(1, one.section.partition("#")[0], one.section, (), 0, len(one.quote), one.quote, quote_hash(one.quote))
        for one in claim.citations
    )
    return Statement(claim.text, cited)


def no_abstention(world: World) -> World:
    """Every question is answered."""
    index = world.index
    model = replace(model_of(index), answered=0.0, partial=0.0)
    manifest = index.manifest
    weights = index.tuned.weights if index.tuned else Weights()
    tuned = Tuned(manifest.encoder, manifest.generation, "", 0, 0, weights, model, {})
    return replace(world, index=replace(index, tuned=tuned))


# What each must be caught by: at least one of these metrics fails.
MUTATIONS: Mapping[str, tuple[Callable[[World], World], tuple[str, ...]]] = {
    "wrong encoder": (wrong_encoder, ("retrieval/success@5", "retrieval/recall@10", "retrieval/ndcg@10")),
    "fusion weight 0": (no_fusion, ("retrieval/recall@10", "retrieval/ndcg@10")),
    "prompt broken": (broken_prompt, ("answers/written",)),
    "verifier off": (no_verifier, ("redteam/held",)),
    "abstention off": (no_abstention, ("abstention/refuses-uncovered",)),
}


def cutter(settings: Settings, scratch: Path, say: Nothing) -> Callable[[World], World]:
    """A change that has the pages cut into pieces; they are embedded when it is made."""
    return lambda world: replace(world, index=cut_chunks(settings, scratch, say))


def cut_chunks(settings: Settings, scratch: Path, say: Nothing) -> Index:
    """The playbook's index with pages cut into small pieces without their headings; takes minutes."""
    own = settings.model_copy(update={"home": scratch})
    job = create_job(own, "playbook", pages_folder(), prepare(settings.weights, say), cut=CUT)
    ingest(job)
    return open_index(own.index_folder, "playbook", create_encoder_loader(settings))
