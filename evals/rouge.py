"""ROUGE-L: how much of a reference answer an answer says, in the same order."""

from __future__ import annotations

import re
from collections.abc import Sequence

TOKEN = re.compile(r"[a-z0-9]+")


def rouge_l_recall(reference: str, answer: str) -> float:
    """Longest common subsequence of words over the words of the reference (Lin, ROUGE, ACL 2004 workshop); 1 says all of it.

    Lin's example: of "police killed the gunman", the answer "police kill the gunman" has three words in order, and
    "the gunman kill police" has two.

    >>> rouge_l_recall("police killed the gunman", "police kill the gunman")
    0.75
    >>> rouge_l_recall("police killed the gunman", "the gunman kill police")
    0.5
    """
    wanted, said = tokens(reference), tokens(answer)
    return longest_common(wanted, said) / len(wanted) if wanted else 0.0


def tokens(text: str) -> list[str]:
    """Lower-case runs of letters and digits, as the reference implementation of ROUGE has them, not stemmed.

    >>> tokens("PSI > 0.2 isn't small.")
    ['psi', '0', '2', 'isn', 't', 'small']
    """
    return TOKEN.findall(text.lower())


def longest_common(first: Sequence[str], second: Sequence[str]) -> int:
    """Length of the longest common subsequence, by the textbook table of which one row is kept.

    >>> longest_common("ABCBDAB", "BDCABA")
    4
    """
    row = [0] * (len(second) + 1)
    for item in first:
        diagonal = 0
        for place, other in enumerate(second, start=1):
            above = row[place]
            row[place] = diagonal + 1 if item == other else max(above, row[place - 1])
            diagonal = above
    return row[-1]
