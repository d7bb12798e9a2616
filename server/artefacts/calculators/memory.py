"""Bytes of a KV cache and of stored embeddings."""

from __future__ import annotations

from mlplaybook.server.artefacts.calculators.inputs import refuse
from mlplaybook.server.artefacts.calculators.records import Calculator, Figure, Parameter, Values, Worked
from mlplaybook.server.artefacts.calculators.show import bytes_of, count_of, number, size

GB = 1e9
# Of a card, 10% stays free (gpu-selection-and-memory).
USABLE = 0.9
BYTES = {"fp32": 4.0, "bf16": 2.0, "fp16": 2.0, "fp8": 1.0, "int8": 1.0, "int4": 0.5}
HNSW_LINKS = 8
VALUE_BYTES = {"float32": 4.0, "float16": 2.0, "int8": 1.0, "binary": 0.125}


def kv_bytes(tokens: float, layers: int, kv_heads: int, head_dim: int, bytes_per_value: float = 2.0) -> float:
    """Bytes of keys and values of so many tokens held at once.

    >>> kv_bytes(1, 32, 8, 128), kv_bytes(64 * 3000, 32, 8, 128) / 1e9
    (131072.0, 25.165824)
    """
    return 2 * layers * kv_heads * head_dim * bytes_per_value * tokens


def kv_cache(values: Values) -> Worked:
    """The cache of all sequences held at once, and how many the memory left over takes."""
    shape = (values["layers"], values["kv_heads"], values["head_dim"], BYTES[values["precision"]])
    each = kv_bytes(1, *shape)
    held = values["tokens"] * values["batch"]
    whole = each * held
    steps = [
        f"bytes per token = 2 × {shape[0]:,} × {shape[1]:,} × {shape[2]:,} × {number(shape[3])} = {number(each)}",
        f"{values['tokens']:,} tokens × {values['batch']:,} sequences = {held:,} tokens; × {number(each)} = {size(whole)}",
    ]
    more = [bytes_of("per token", each), bytes_of("per sequence", each * values["tokens"]),
            Figure("in binary units", whole / 2**30, "GiB", f"{number(whole / 2**30)} GiB")]  # fmt: skip
    meaning, verdict = "Give memory and weights to see how many sequences fit beside the model.", ""
    if values["memory"] is not None:
        room, step = room_for_cache(values)
        steps.append(step)
        fitting = max(int(room * GB // each), 0)
        more += [count_of("tokens that fit", fitting, "tokens"),
                 count_of("sequences that fit", fitting // values["tokens"], "sequences")]  # fmt: skip
        fits = whole <= room * GB
        verdict = "fits" if fits else "too-large"
        meaning = (
            f"It {'fits' if fits else 'does not fit'}: {size(whole)} of {size(max(room, 0) * GB)} left for the cache."
        )
    notes = ["full attention: sliding-window, latent (MLA) and linear attention need less",
             "layers, KV heads and head size are read from the model's config.json"]  # fmt: skip
    return Worked(bytes_of("KV cache", whole), tuple(steps), meaning, verdict, tuple(more), tuple(notes),
                  unused=frozenset(() if values["memory"] is not None else ("gpus", "overhead")))  # fmt: skip


def room_for_cache(values: Values) -> tuple[float, str]:
    """GB left for the cache beside weights and overhead, with the arithmetic."""
    if values["weights"] is None:
        cause = "memory says how much a GPU has, and weights is not given"
        raise refuse("kv-cache", cause, "Add weights=16GB: parameters × bytes per parameter.")
    memory = values["memory"] * values["gpus"]
    room = memory * USABLE - values["overhead"] - values["weights"]
    step = f"left = {number(memory)} × {USABLE} − {number(values['overhead'])} − {number(values['weights'])}"
    return room, f"{step} = {number(room)} GB"


def vector_bytes(dimensions: int, bytes_per_value: float, links: int | None) -> float:
    """Bytes of one vector, with the neighbours of an HNSW graph where there is one: 4d + 8M.

    >>> vector_bytes(128, 4, 32) * 10_000_000 / 1e9, vector_bytes(1536, 4, None)
    (7.68, 6144)
    """
    return dimensions * bytes_per_value + (HNSW_LINKS * links if links is not None else 0)


def embedding_storage(values: Values) -> Worked:
    """Bytes of all vectors with their index and what is stored beside them."""
    links = values["m"] if values["index"] == "hnsw" else None
    per_value = VALUE_BYTES[values["precision"]]
    each = vector_bytes(values["dimensions"], per_value, links)
    copies = values["replicas"]
    vectors = values["vectors"] * each
    texts = values["vectors"] * values["payload"]
    whole = (vectors + texts) * copies
    graph = f" + {HNSW_LINKS} × {links} for the graph" if links is not None else ""
    copied = f" × {copies} copies" if copies > 1 else ""
    steps = [
        f"bytes per vector = {values['dimensions']:,} × {number(per_value)}{graph} = {number(each)}",
        f"vectors: {values['vectors']:,} × {number(each)} = {size(vectors)}",
    ]
    if texts:
        steps.append(f"beside them: {values['vectors']:,} × {number(values['payload'])} = {size(texts)}")
    if texts or copies > 1:
        steps.append(f"({size(vectors)} + {size(texts)}){copied} = {size(whole)}")
    section = "raw storage, without the database's own overhead, logs and snapshots"
    short = "a shortened vector needs a model trained for it (Matryoshka); renormalise after cutting"
    return Worked(
        bytes_of("storage", whole), tuple(steps),
        "Take the smallest dimension that keeps recall on your own questions.", "",
        (bytes_of("per vector", each), bytes_of("vectors and index, one copy", vectors)), (section, short),
        unused=frozenset({"m"} if links is None else ()),
    )  # fmt: skip


KV_CACHE = Calculator(
    "kv-cache", "KV cache of a language model",
    "bytes = 2 × layers × KV heads × head size × bytes per value × tokens held at once",
    "llm-serving#how-many-bytes-does-the-kv-cache-need",
    (
        Parameter("layers", "count", "layers of the model", "32", required=True, minimum=1),
        Parameter("kv_heads", "count", "key-value heads (fewer than heads with grouped-query attention)", "8",
                  required=True, minimum=1),
        Parameter("head_dim", "count", "size of one head", "128", required=True, minimum=1),
        Parameter("precision", "choice", "of the cache", "bf16", default="bf16", allowed=tuple(BYTES)),
        Parameter("tokens", "count", "tokens of one sequence, prompt and answer", "3000", unit="tokens", default=1,
                  minimum=1),
        Parameter("batch", "count", "sequences held at once", "64", default=1, minimum=1),
        Parameter("memory", "storage", "of one GPU, to see what fits", "80GB", unit="GB", above=0),
        Parameter("gpus", "count", "GPUs that share weights and cache", "1", default=1, minimum=1),
        Parameter("weights", "storage", "of the model, beside memory", "16.06GB", unit="GB", minimum=0),
        Parameter("overhead", "storage", "of the serving engine", "2GB", unit="GB", default=2, minimum=0),
    ),
    kv_cache,
    ("kv-cache layers=32 kv_heads=8 head_dim=128 tokens=3000 batch=64",
     "kv-cache layers=32 kv_heads=8 head_dim=128 tokens=3000 batch=137 memory=80GB weights=16.06GB"),
    ("kv", "key-value-cache"),
)  # fmt: skip
EMBEDDINGS = Calculator(
    "embedding-storage", "Storage of embeddings",
    "bytes = vectors × (dimensions × bytes per value + 8 × M for an HNSW graph + payload) × copies",
    "rag-design#which-embedding-model-and-how-many-dimensions",
    (
        Parameter("vectors", "count", "chunks that are embedded", "1M", required=True, minimum=1),
        Parameter("dimensions", "count", "values of one vector", "1536", required=True, minimum=1),
        Parameter("precision", "choice", "of a value", "float32", default="float32", allowed=tuple(VALUE_BYTES)),
        Parameter("index", "choice", "flat keeps vectors alone, hnsw adds a graph", "hnsw", default="flat",
                  allowed=("flat", "hnsw")),
        Parameter("m", "count", "neighbours of a vector in the graph (M)", "32", default=32, minimum=2, maximum=512),
        Parameter("payload", "storage", "text and metadata kept beside each vector", "2kB", unit="B", default=0, minimum=0),
        Parameter("replicas", "count", "copies of the whole", "1", default=1, minimum=1),
    ),
    embedding_storage,
    ("embedding-storage vectors=1M dimensions=1536", "embedding-storage vectors=10M dimensions=128 index=hnsw m=32"),
    ("embeddings", "vector-storage"),
)  # fmt: skip
