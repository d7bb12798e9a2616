"""What kind of answer a question asks for, by rules on its words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from mlplaybook.server.retrieval.words import STOP_WORDS, query_terms

Kind = Literal["definition", "number", "list", "steps", "comparison", "code", "table", "why", "yes-no", "plain"]

# The words that rules begin with and that are mistyped most; a word one slip away from one of them counts as it.
FRAME = ("what", "which", "when", "should", "difference", "between", "versus")
# The same for words too short for that.
SLIPS = {"hwo": "how", "wy": "why", "wat": "what", "wen": "when", "whats": "what is", "what's": "what is"}
WORD = re.compile(r"[a-z][a-z']*")
QUOTES = str.maketrans({"’": "'", '"': None, "“": None, "”": None})
# A sentence with a question mark; a full stop between two characters ends none.
ASKED = re.compile(r"(?:^|(?<=[.!?])\s)\s*((?:[^.!?]|[.](?=\w))+)\?")

# Plural nouns that ask for several things, nouns that are answered with a figure, and what else rules share.
SEVERAL = (
    r"(?:approach|cause|check|choice|component|criteri|dimension|dut|element|example|field|item|kind|label|measure|method|metric"
    r"|mistake|option|part|phase|pillar|practice|principle|reason|requirement|role|rule|sign|source|stage|strateg|symptom"
    r"|tag|technique|test|thing|tool|trigger|type|way|weakness)(?:s|es|ies|a)"
)
QUANTITY = (
    r"(?:threshold|cut-?off|number|size|rate|percentage|share|limit|level|fraction|score|amount|budget|minimum|maximum|ratio"
    r"|duration|price|cost|temperature|interval|length|retention|period|deadline|date|value|discount|utili[sz]ation)"
)
BOUND = r"(?:minimum|maximum|optimal|default|typical|acceptable|recommended|best|right)"
VERB = r"(?:is|are|was|do|does|did|can|could|should|may|must|will|would|has|have|am)"
DEGREE = r"(?:many|much|large|big|small|long|often|wide|far|fast|slow|old|high|low|late|early|soon|few)"
CONTENTS = r"(?:contain|include|log|record|cap|report|version|send|in|into)"
# Where a clause begins: a question may follow what it is about.
CLAUSE = r"(?:^|[,:;] |^(?:and|so|but|then) )"
# What "or" stands before when it joins no two sides: another clause, or a mere afterthought.
NO_SIDE = rf"(?:{VERB}|not|so|more|less|fewer|even|only|without|other)"
# In this order: the first kind with a rule that matches is the one.
RULES: Mapping[Kind, tuple[str, ...]] = {
    "code": (
        r"\b(?:code|snippet|script|boilerplate)(?: (?:for|to|that|in|of|example)\b|$)",
        r"\b(?:example|sample|python|sql|show) code\b|\b(?:python|sql) (?:function|query|example)\b",
        r"\b(?:dockerfile|makefile|one-liner)\b|\bin (?:python|sql|pandas|numpy)\b",
        r"^(?!how\b)(?:[\w-]+ ){1,5}(?:yaml|json|sql|python|pandas)$",
        r"\bwrite (?:a|the) (?:function|class|query|command|test)\b",
    ),
    "table": (
        r"^table\b|\b(?:a|the|as|in) table (?:of|with|that|for)\b|\bas a table\b",
        r"\bmatrix of\b|\bcheat ?sheet\b|\bside by side\b",
    ),
    "definition": (
        r"^what (?:is|does|do) (?!th[ei]s|that|those)(?:[\w@&-]+ ){1,4}(?:mean|stand for)\b",
        r"^define\b|\b(?:definition|meaning)(?: of\b|$)",
        rf"^(?:what (?:is|are)|explain) (?!.*\b(?:{BOUND}|difference)\b)(?:an? |the )?(?:[\w@&-]+,? ?){{1,6}}(?:\([^)]*\))?"
        r"(?:$|, and )",
    ),
    "why": (r"\bwhy\b|^how come\b|\bwhat (?:is|are|was) the reasons?\b",),
    "comparison": (
        r"\bdifferen(?:ce|ces|t from)\b|\bdiffers?\b|\b(?:versus|vs|trade-?offs?|pros and cons)\b",
        r"\bcompared? (?:to|with)\b|\bsame (?:as|thing as)\b|\bbetter than\b|\bdecides between\b",
        r"\bsuits? .+, and which\b|\band what into\b",
        rf"^(?!(?:how|what|which|when|where|who)\b(?!.*:)).*?[\w%)-] or (?!{NO_SIDE}\b)\w",
    ),
    "steps": (
        r"\b(?:steps?|step by step|checklist|workflow|procedure|recipe|sequence|runbook)\b|\bin (?:what|which) order\b",
        rf"{CLAUSE}(?:\w+ )?how (?:do|can|should|would|could|must|might|to|we)\b",
        r"^how (?:is|are) .+ (?:set up|built|done|made|run|handled)\b",
    ),
    "number": (
        rf"\bhow {DEGREE}\b|\b(?:what|which) (?:is (?:the |a |an )?)?(?:[\w@-]+ ){{0,3}}{QUANTITY}\b",
        r"^(?:from|at|above|below) (?:what|which)\b|\bby when\b",
        rf"^{BOUND}\b|^(?:[\w-]+ ){{1,4}}{QUANTITY}$",
    ),
    "list": (
        rf"\b(?:which|what)(?: are)?(?: the)? (?:[\w-]+ ){{0,3}}{SEVERAL}\b|^(?:[\w-]+ ){{0,4}}{SEVERAL}(?: of\b|$)",
        r"^list\b|\b(?:list|kinds|types|examples) of\b|\bbest practices\b",
        r"\bwhat (?:has|have|needs?) to (?:be|stand)\b|\bwhat (?:else )?do (?:i|we) need\b",
        rf"\bwhat (?:must|should|goes|belongs)\b.*\b{CONTENTS}\b",
    ),
    "yes-no": (rf"{CLAUSE}{VERB} (?!not\b)\w+",),
}
COMPILED = {kind: re.compile("|".join(patterns)) for kind, patterns in RULES.items()}
# A question that begins with its verb asks for a verdict, whatever quantity or list it names.
VERB_FIRST = re.compile(rf"^(?:and |so |but |then )?{VERB}\b")
BEFORE_VERDICT: tuple[Kind, ...] = ("code", "why", "comparison")
SUBJECT = re.compile(
    r"^(?:what (?:is|are|does|do)|define|explain|(?:the )?(?:meaning|definition) of) (?:an? |the )?(.+?)"
    r"(?: (?:mean|means|stand for|in|for|of|when|on|and)\b.*)?$|^(.+?) (?:meaning|definition)$"
)
SIDES = re.compile(r"\bbetween (.+?) and (.+)|^(.+?) (?:or|versus|vs\.?|compared (?:to|with)) (.+)")


def kind_of(question: str) -> Kind:
    """The kind of answer that suits a question; `plain` where no rule speaks.

    >>> kind_of("What is drift?"), kind_of("How many rows does a test set need?"), kind_of("Which checks come first?")
    ('definition', 'number', 'list')
    >>> kind_of("How do I roll back a model?"), kind_of("Batch or online serving?"), kind_of("Dockerfile for training")
    ('steps', 'comparison', 'code')
    >>> kind_of("Table of split sizes"), kind_of("Wy does accuracy mislead?"), kind_of("It is 99%. Is accuracy enough?")
    ('table', 'why', 'yes-no')
    >>> kind_of("ADR for machine learning")
    'plain'
    """
    asked = asked_part(mended(question))
    first: Kind = next((kind for kind, rule in COMPILED.items() if rule.search(asked)), "plain")
    return "yes-no" if VERB_FIRST.match(asked) and first not in BEFORE_VERDICT else first


def asked_part(question: str) -> str:
    """The first sentence with a question mark, without what leads up to it; all of a text that has none.

    >>> asked_part("we have 2.5 gb. what is the limit? and why?")
    'what is the limit'
    """
    found = ASKED.search(question)
    return (found[1] if found else question).strip(" .!?")


def subject_of(question: str) -> str:
    """What a definition is wanted of: the words behind "what is", up to the next preposition.

    >>> subject_of("What does SRM mean in an experiment report?"), subject_of("What is a golden set?")
    ('srm', 'golden set')
    """
    found = SUBJECT.search(asked_part(mended(question)))
    return (found[1] or found[2]).split(" (")[0].strip(" ,") if found else ""


def sides_of(question: str) -> tuple[tuple[str, ...], ...]:
    """The content words of each side of a comparison that the other side lacks; nothing where no two sides are named.

    >>> sides_of("Batch or online serving?"), sides_of("What is the difference between a canary and a shadow test?")
    ((('batch',), ('online', 'serving')), (('canary',), ('shadow', 'test')))
    """
    found = SIDES.search(asked_part(mended(question)))
    if found is None:
        return ()
    left, right = (query_terms(side) for side in (found[1] or found[3], found[2] or found[4]))
    return tuple(tuple(term for term in mine if term not in other) for mine, other in ((left, right), (right, left)))


def mended(question: str) -> str:
    """Lower case with one space between words, and the slips in the words that rules begin with put right.

    >>> mended("Waht  is the diffrence, and wen?")
    'what is the difference, and when?'
    """
    lower = " ".join(question.lower().translate(QUOTES).split())
    return WORD.sub(lambda match: SLIPS.get(match[0]) or mended_word(match[0]), lower)


def mended_word(word: str) -> str:
    """The frame word that this is one slip away from, or the word itself."""
    if len(word) < 4 or word in STOP_WORDS:
        return word
    return next((frame for frame in FRAME if frame[0] == word[0] and one_slip(word, frame)), word)


def one_slip(word: str, other: str) -> bool:
    """Whether two words differ by one letter that is missing, added or wrong, or by two neighbours swapped.

    >>> one_slip("wich", "which"), one_slip("waht", "what"), one_slip("wheel", "which")
    (True, True, False)
    """
    short, long = sorted((word, other), key=len)
    if len(short) != len(long):
        return len(long) - len(short) == 1 and any(long[:n] + long[n + 1 :] == short for n in range(len(long)))
    wrong = [n for n, (a, b) in enumerate(zip(short, long, strict=True)) if a != b]
    swapped = len(wrong) == 2 and short[wrong[0]] == long[wrong[1]] and short[wrong[1]] == long[wrong[0]]
    return len(wrong) == 1 or (swapped and wrong[1] == wrong[0] + 1)
