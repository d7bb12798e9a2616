"""GPU memory, hours and money of a training run."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from mlplaybook.server.artefacts.calculators.inputs import need, refuse
from mlplaybook.server.artefacts.calculators.memory import GB, USABLE
from mlplaybook.server.artefacts.calculators.records import Calculator, Figure, Parameter, Table, Values, Worked
from mlplaybook.server.artefacts.calculators.show import bytes_of, count_of, number, scaled, size

NODE = 8
# Bytes per parameter: weights and gradients, and the float32 copy that mixed precision keeps.
PRECISIONS = {"mixed": (2.0, 2.0, 4.0), "fp32": (4.0, 4.0, 0.0), "bf16": (2.0, 2.0, 0.0)}
# Bytes of optimiser state per parameter (fine-tuning).
OPTIMISERS = {"adamw": 8.0, "adamw-bf16": 4.0, "adamw-8bit": 2.0, "lion": 4.0, "sgd-momentum": 4.0, "sgd": 0.0}
# Bytes of a frozen weight, None where every weight is trained.
METHODS: dict[str, float | None] = {"full": None, "lora": 2.0, "qlora": 0.5}
# Which terms ZeRO divides among GPUs: weights, gradients, optimiser state.
SHARDED = {
    "none": (False, False, False), "zero1": (False, False, True), "zero2": (False, True, True), "zero3": (True, True, True)
}  # fmt: skip
# Hidden states that one layer keeps for the backward pass, and bytes of a logit with its float32 copy.
COPIES, LOGIT_BYTES, HIDDEN_BYTES = 28, 6, 2


@dataclass(frozen=True, slots=True)
class Term:
    """One part of the memory: bytes per parameter of so many parameters, and whether GPUs share it."""

    name: str
    per_parameter: float
    parameters: float
    sharded: bool

    def on_each(self, gpus: int) -> float:
        """Bytes on one GPU."""
        return self.per_parameter * self.parameters / (gpus if self.sharded else 1)


def state_terms(
    parameters: float, method: str, share: float, precision: str, optimiser: str, sharding: str
) -> list[Term]:
    """Weights, gradients and optimiser state.

    >>> terms = state_terms(7e9, "full", 1, "mixed", "adamw", "zero2")
    >>> [(t.name, t.per_parameter, t.sharded) for t in terms]
    [('weights', 2.0, False), ('gradients', 2.0, True), ('optimiser state', 12.0, True)]
    >>> sum(t.on_each(8) for t in terms) / 1e9
    26.25
    """
    weights, gradients, master = PRECISIONS[precision]
    frozen = METHODS[method]
    trained = parameters if frozen is None else parameters * share
    shard = SHARDED[sharding]
    base = [] if frozen is None else [Term("frozen weights", frozen, parameters, shard[0])]
    return [
        *base,
        Term("weights", weights, trained, shard[0]),
        Term("gradients", gradients, trained, shard[1]),
        Term("optimiser state", master + OPTIMISERS[optimiser], trained, shard[2]),
    ]


def activation_bytes(
    tokens: float, hidden: int, layers: int, vocabulary: int, *, checkpointing: bool
) -> tuple[float, float, float]:  # fmt: skip
    """Bytes of the layer at work (or of all layers), of checkpoints, and of logits, for so many tokens at once.

    >>> [round(part / 2**30, 1) for part in activation_bytes(4096, 4096, 32, 128256, checkpointing=True)]
    [0.9, 1.0, 2.9]
    """
    copy = HIDDEN_BYTES * tokens * hidden
    logits = LOGIT_BYTES * tokens * vocabulary
    return (COPIES * copy, copy * layers, logits) if checkpointing else (COPIES * copy * layers, 0.0, logits)


def memory(values: Values) -> Worked:
    """Memory of one GPU, part by part, and what would fit."""
    if values["sharding"] != "none" and values["gpus"] == 1:
        raise refuse("training-memory", "one GPU has nobody to share with", "Say gpus=8, or leave sharding out.")
    terms = state_terms(
        *(values[n] for n in ("parameters", "method", "trainable", "precision", "optimizer", "sharding"))
    )
    gpus = values["gpus"]
    activations, note = activations_of(values)
    other = activations + values["overhead"] * GB
    states = sum(term.on_each(gpus) for term in terms)
    rows = [
        (t.name, f"{number(t.per_parameter)} × {scaled(t.parameters)}" + (f" / {gpus}" if t.sharded else ""),
         size(t.on_each(gpus)))
        for t in terms
    ]  # fmt: skip
    rows += [("activations", note, size(activations)), ("overhead", "kernels and libraries", size(values["overhead"] * GB)),
             ("sum", "", size(states + other))]  # fmt: skip
    whole = sum(t.per_parameter * t.parameters for t in terms)
    verdict, meaning, more = what_fits(values, terms, states, other)
    return Worked(
        bytes_of("memory of one GPU", states + other),
        (f"states: {' + '.join(row[1] for row in rows[: len(terms)])} = {size(states)}",
         f"{size(states)} + activations {size(activations)} + overhead {size(values['overhead'] * GB)} = "
         f"{size(states + other)}"),
        meaning, verdict, (bytes_of("states before sharding", whole), *more),
        ("frameworks that keep gradients in float32 need 2 bytes per parameter more",
         *(("activations are not counted: give activations, or sequence, hidden and layers",) if not activations else ())),
        Table(("part", "bytes", "on each GPU"), tuple(rows)),
        unused=frozenset(
            (("trainable",) if values["method"] == "full" else ())
            + (("micro_batch", "vocabulary", "checkpointing") if values["hidden"] is None else ())
        ),
    )  # fmt: skip


def activations_of(values: Values) -> tuple[float, str]:
    """Bytes of activations on a GPU, as given or from the model's shape, with how they were found."""
    shape = {name: values[name] for name in ("sequence", "hidden", "layers")}
    if values["activations"] is not None:
        return values["activations"] * GB, "as given"
    if all(value is None for value in shape.values()):
        return 0.0, "not counted"
    need("training-memory", "to estimate activations", **shape)
    tokens = values["sequence"] * values["micro_batch"]
    kept = values["checkpointing"] == "yes"
    parts = activation_bytes(tokens, values["hidden"], values["layers"], values["vocabulary"], checkpointing=kept)
    how = "one layer + checkpoints + logits" if kept else "all layers + logits"
    return sum(parts), f"{how}: {' + '.join(size(part) for part in parts if part)}"


def what_fits(
    values: Values, terms: list[Term], states: float, other: float
) -> tuple[str, str, tuple[Figure, ...]]:  # fmt: skip
    """Whether it fits 90% of the card, and how many cards would with these terms shared as they are."""
    if values["gpu_memory"] is None:
        return "", f"Plan a card of {size((states + other) / USABLE)} or more: 10% of it stays free.", ()
    room = values["gpu_memory"] * USABLE * GB
    fits = states + other <= room
    text = f"{size(states + other)} of {size(room)} usable (90%) on each GPU"
    fixed = other + sum(t.on_each(1) for t in terms if not t.sharded)
    shared = sum(t.on_each(1) for t in terms if t.sharded)
    if not shared:
        return ("fits" if fits else "too-large"), f"It {'fits' if fits else 'does not fit'}: {text}.", ()
    if fixed >= room:
        return (
            "too-large",
            f"It does not fit, with any number of GPUs: {text}. Share more (zero3), or shrink the rest.",
            (),
        )
    least = max(ceil(shared / (room - fixed)), 1)
    more = (count_of("fewest GPUs", least, "GPUs"),)
    nodes = f"{least} GPUs are the fewest, {ceil(least / NODE) * NODE} in whole nodes of {NODE}"
    return ("fits" if fits else "too-large"), f"It {'fits' if fits else 'does not fit'}: {text}; {nodes}.", more


MEMORY = Calculator(
    "training-memory", "GPU memory of training",
    "bytes per GPU = parameters × (weights + gradients + optimiser state), each / GPUs if sharded, + activations + overhead",
    "gpu-selection-and-memory#how-much-gpu-memory-do-the-weights-gradients-and-optimiser-state-need",
    (
        Parameter("parameters", "count", "parameters of the model", "7B", required=True, minimum=1),
        Parameter("method", "choice", "all weights, or an adapter on frozen ones", "full", default="full",
                  allowed=tuple(METHODS)),
        Parameter("trainable", "share", "of the parameters, for lora and qlora", "0.5%", default=0.005, above=0, maximum=1),
        Parameter("precision", "choice", "mixed keeps a float32 copy of the weights", "mixed", default="mixed",
                  allowed=tuple(PRECISIONS)),
        Parameter("optimizer", "choice", "its state is most of the memory", "adamw", default="adamw",
                  allowed=tuple(OPTIMISERS)),
        Parameter("sharding", "choice", "ZeRO stage; zero3 is FSDP", "zero3", default="none", allowed=tuple(SHARDED)),
        Parameter("gpus", "count", "GPUs that share", "8", default=1, minimum=1),
        Parameter("activations", "storage", "on each GPU, if measured", "20GB", unit="GB", minimum=0),
        Parameter("sequence", "count", "tokens of a sequence, to estimate activations", "4096", minimum=1),
        Parameter("micro_batch", "count", "sequences at once on a GPU", "1", default=1, minimum=1),
        Parameter("hidden", "count", "hidden size of the model", "4096", minimum=1),
        Parameter("layers", "count", "layers of the model", "32", minimum=1),
        Parameter("vocabulary", "count", "tokens in the vocabulary", "128256", default=0, minimum=0),
        Parameter("checkpointing", "choice", "of activations", "yes", default="yes", allowed=("yes", "no")),
        Parameter("overhead", "storage", "of kernels and libraries", "2GB", unit="GB", default=2, minimum=0),
        Parameter("gpu_memory", "storage", "of one card, to see whether it fits", "80GB", unit="GB", above=0),
    ),
    memory,
    ("training-memory parameters=7B", "training-memory parameters=70B sharding=zero3 gpus=24 activations=20GB gpu_memory=80GB",
     "training-memory parameters=8.03B method=lora trainable=0.5% sequence=4096 hidden=4096 layers=32 vocabulary=128256"),
    ("gpu-memory", "vram", "fine-tuning-memory"),
)  # fmt: skip
