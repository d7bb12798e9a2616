"""Late interaction: every word of the question looks for its best match among the token vectors of a chunk."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlplaybook.ingest.encoder import Encoded, Floats
from mlplaybook.ingest.vectors import TokenRows

# How much MaxSim counts beside the fused score, which lies between 0 and 1.4 (measured with LEXICAL_WEIGHT).
LATE_WEIGHT = 3.0
# Chunks that are looked at again; more cost time and changed no figure.
LATE_DEPTH = 30


def question_tokens(question: Encoded) -> Floats:
    """The token vectors of a question without the model's special tokens (those with an empty span)."""
    words = question.spans[:, 1] > question.spans[:, 0]
    return question.tokens[words] if words.any() else question.tokens


def max_sim(question: Floats, tokens: Floats) -> float:
    """Mean over question tokens of the highest cosine with any chunk token (Khattab and Zaharia, ColBERT, SIGIR 2020).

    :param question: (question tokens, dimensions), unit rows.
    :param tokens: (chunk tokens, dimensions), unit rows.

    >>> max_sim(np.eye(2, dtype=np.float32), np.array([[0.6, 0.8]], np.float32)).__round__(6)
    0.7
    """
    if not len(tokens) or not len(question):
        return 0.0
    return float((question @ tokens.T).max(axis=1).mean())


def late_scores(question: Floats, chunks: Sequence[TokenRows]) -> list[float]:
    """`max_sim` against the stored 8-bit vectors of several chunks, in one product.

    The scales are applied to the products instead of the vectors, which are 40 times as many.
    """
    lengths = [len(rows.values) for rows in chunks]
    if not len(question) or not sum(lengths):
        return [0.0] * len(chunks)
    values = np.concatenate([rows.values for rows in chunks]).astype(np.float32)
    scales = np.concatenate([rows.scales for rows in chunks]).astype(np.float32)
    products = (question @ values.T) * scales
    starts = np.cumsum([0, *lengths[:-1]])
    best = np.maximum.reduceat(products, np.minimum(starts, len(scales) - 1), axis=1).mean(axis=0)
    return [float(score) if length else 0.0 for score, length in zip(best, lengths, strict=True)]
