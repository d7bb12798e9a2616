"""The words by which a turn of a conversation leans on the others, or does not."""

from __future__ import annotations

import re

WH_WORDS = frozenset("what which how who whom whose when where why what's how's who's".split())
AUXILIARIES = frozenset(
    """is are am was were be been do does did can could should would will shall must may might has have had isn't aren't
    wasn't don't doesn't didn't can't couldn't shouldn't wouldn't won't what's how's who's that's it's""".split()
)
IMPERATIVES = frozenset("show give tell explain describe define list compare summarise summarize suggest".split())
# What somebody does: the word behind one of these is a verb, not what the question is about.
SUBJECTS = frozenset("i we you one they it he she who people".split())
# The word behind "to" is a verb when one of these stands before it.
BEFORE_TO_DO = frozenset("how want need like going way enough order try trying have".split())
CONNECTIVES = frozenset("and but or so then also plus though however".split())
PREPOSITIONS = frozenset(
    """about above across after against among as at because before below between beyond by compared concerning during
    except for from if in inside instead into like of on over per regarding since than through to toward under unless until
    versus via vs when while with within without""".split()
)
POSSESSIVES = frozenset("its their theirs".split())
# Where another clause begins: what stands before it may be what a pronoun behind it stands for.
BOUNDARIES = frozenset(
    "and or but when if while because so that which who than of after before until then how why".split()
)
DETERMINERS = frozenset("the each every both all any".split())
POINTERS = frozenset("they them their theirs its this these those such".split())
# Words that say what is wanted of a topic, not which topic it is.
THIN = frozenset(
    """add advantages alternative alternatives always answer applies apply bad benefits best better big bigger
    calculate calculated case cases cause cheaper choose choosing code come common compare compared compares compute
    computed cons default detail details difference different disadvantages done downsides drawbacks enough example
    examples exist explain faster first fit fits fix follow formula full good happen happens hard help helps high
    important instead keep keeps kept kind kinds large larger last latter long longer look looks low many matter
    matters mean means meant number often other others part pick please prevent prevented prove python quick rather
    recommended result results right second short shorter simple simpler simplest small smaller solve solved sql start
    step steps still stop sure take takes terms third tips trade-offs tradeoffs true value work works worse worst
    worth write writes wrong""".split()
)
# Thin words that still say what is done with a topic.
TOLD = frozenset("calculate choose compare large pick prevent python sql stop".split())
# Things of a kind: a fragment that names one ("and offline?") asks for it in the place of the others.
KINDS = tuple(
    frozenset(kind.split())
    for kind in (
        "tabular text image images video videos audio speech embeddings",
        "classification classifier regression ranking forecasting clustering segmentation recommendation recommendations",
        "training serving inference",
        "train validation test",
        "online offline",
        "batch stream streaming real-time",
        "global local",
        "above below",
        "precision recall",
        "input inputs output outputs label labels",
        "cpu gpu tpu cpus gpus",
        "latency memory energy cost throughput accuracy",
        "development staging production",
        "int8 fp16 fp8 quantisation pruning distillation",
        "mlflow w&b wandb",
        "pytorch tensorflow jax scikit-learn",
    )
)
# What people say when they ask nothing.
COURTESY = frozenset(
    """thanks thank thx ty cheers great good nice cool perfect awesome excellent brilliant wonderful helpful useful ok okay
    alright sure right yes yeah yep no nope hello hi hey bye goodbye morning evening afternoon lol haha hm hmm wow sorry
    welcome got understood clear helps helped today lot enough well done later interesting job work fine""".split()
)
# The second kind opens a turn only before a comma, a full stop or more of the same: "Good data or more?" is a question.
OPENING = re.compile(
    r"^(?:(?:ok(?:ay)?|thanks?(?: you)?(?: (?:a lot|so much|very much))?|thx|yes|yeah|hm+|hi|hello|hey|got it|i see|please"
    r"|understood)(?![\w-])[\s,.!:;-]*|(?:great|nice|cool|perfect|good|right|alright|sure|well|now|cheers)(?:[\s]*[,.!:;-]+\s*|\s*$"
    r"|\s+(?=(?:ok|thanks?|thx)\b)))+",
    re.IGNORECASE,
)
NEW_TOPIC = re.compile(
    r"(?:\b(?:different|another|new|other|unrelated|separate|next) (?:question|topic|subject|thing|issue)\b|\bby the way\b"
    r"|\bbtw\b|\bsomething (?:else|different|new)\b|\bnext\s*[:,]"
    r"|\bchang(?:e|ing) (?:of |the )?(?:subject|topic)\b|\bon another note\b"
    r"|\bswitch(?:ing)? (?:topics?|gears)\b|\bmoving on\b)[\s,.:;!-]*",
    re.IGNORECASE,
)
CORRECTION = re.compile(
    r"^(?:(?:no|nope|sorry|actually|rather|not quite|in fact|wrong \w+|that's not what i (?:asked|meant)|what i (?:wanted|want"
    r"|meant|mean|asked)(?: to know)?(?: is| was)?|i (?:meant|mean|was asking|was talking|am asking|asked|rather want|want"
    r"|wanted)(?: to know)?(?: about)?)(?![\w-])[\s,.:;!-]*)+",
    re.IGNORECASE,
)
NEGATED = re.compile(r"(?:^|,\s*)not (?:the |a |an |for |about |in |on )*([\w/&-]+)", re.IGNORECASE)
# Turns that lean on what was said before, whatever else they say.
LEANS = re.compile(
    r"^(?:what|how) (?:about|if)\b|^(?:the )?same\b|\bthe same (?:apply|applies|true|for|hold|holds|go|goes|way)\b"
    r"|\brule of thumb\b|^(?:why|how|when|where|who) (?:not|so|come|then|else)\b|\binstead\s*[?.!]*$"
    r"|\bwhat else\b|\bthe (?:other|former|latter|rest|others)\b|^which (?:one|ones|is|are|of)\b|^(?:any|some) other\b"
    r"|^(?:and |but |or |even )*if\b[^,]*$|\bdifference (?:to|from|with)\b|\bin that case\b"
    r"|\byou (?:said|mentioned|listed|gave)\b|\bthen\s*[?.!]*$",
    re.IGNORECASE,
)
BETTER = re.compile(
    r"\b(?:is|are|be|was|were)\b.{0,40}\b(?:better|worse|faster|slower|cheaper|safer|simpler|easier|larger|smaller|stronger)\b",
    re.IGNORECASE,
)
TWO_SIDES = re.compile(r"\b(?:than|or|vs|versus)\b", re.IGNORECASE)
# "It" that stands for nothing: "Is it worth using fp8?"
EMPTY_IT = re.compile(
    r"\bit (?:is |be |was )?(?:a good idea|worth|ok|okay|possible|safe|necessary|good|bad|true|useful|better|wise|fine|legal"
    r"|allowed)\b(?= \w)|\b(?:does|do|would|is) it (?:matter|make (?:sense|a difference|any difference))\b(?= \w)"
    r"|\bworth it\b",
    re.IGNORECASE,
)
# A turn that only names its topic: the name is what a later pronoun stands for.
NAMING = re.compile(
    r"^(?:(?:what|who)(?:'s| is| are| was)|what does|explain|define|describe|tell me about|(?:and )?(?:what|how) about)\s+"
    r"(?P<name>(?:[\w'&/.+-]+ ){0,6}?[\w'&/.+-]*\w)(?: to me| mean| do)?\s*[?.!]*$",
    re.IGNORECASE,
)
ARTICLE = re.compile(r"^(?:an?|the)\s+", re.IGNORECASE)
