"""Objects and lists out of a stream of nearly-JSON: each as soon as its bracket closes, whatever stands around it.

Models wrap JSON in prose and code fences, end it in the middle, forget commas and brackets, leave quotes inside strings as
they are, and write as Python does. All of it is read here in one pass, and nothing raises.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

# Longer strings are no statement and no quote: they are read over and become None.
LONGEST_STRING = 65_536
# What lies deeper is read over. The replies we ask for have five levels.
DEEPEST = 40
# What a list or object holds at most; the rest is dropped.
MOST_MEMBERS = 500
# To see whether a quote ends a string, so much of what follows is enough.
FURTHEST_LOOK = 200

MATCHING = {"}": "{", "]": "["}
# What begins a string -> what may end it.
ENDS = {'"': '"', "'": "'", "“": '”“"', "”": '”"'}
STOPS = {opener: re.compile(rf"[\\{ends}]") for opener, ends in ENDS.items()}
OPENER = re.compile(r"[{\[]")
SPACE = re.compile(r"\s*")
BARE = re.compile(r"[^\s{}\[\],:\"'“”]{1,1000}")
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "/": "/", "\\": "\\", '"': '"', "'": "'"}
UNICODE = re.compile(r"u[0-9a-fA-F]{4}")
NUMBER = re.compile(r"-?[0-9]{1,15}")
CONSTANTS: dict[str, object] = {"true": True, "false": False, "null": None, "none": None, "nan": None}
WORD = re.compile(r"\w+\s*")
# A key whose comma before it was forgotten, and the beginning of one.
KEY = re.compile(r"[\"'“]\w+[\"'”]\s*:")
KEY_BEGUN = re.compile(r"[\"'“]\w*([\"'”]\s*)?")


@dataclass(frozen=True, slots=True)
class Closed:
    """An object or list that is complete; `keys` are those it lies under, outermost first, in `depth` brackets."""

    value: dict[str, Any] | list[Any]
    keys: tuple[str, ...] = ()
    depth: int = 0


@dataclass(slots=True)
class Frame:
    """A bracket that is open. `key` is the one whose value comes, after a colon; `spare` may turn out to be a key."""

    opener: str
    value: dict[str, Any] | list[Any]
    key: str | None = None
    colon: bool = False
    filled: bool = False
    spare: str | None = None

    def add(self, value: object, *, bare: bool = False) -> None:
        """Take a key or a value, whichever is due."""
        if isinstance(self.value, list):
            if len(self.value) < MOST_MEMBERS:
                self.value.append(value)
        elif self.filled:
            self.join(value, bare)
        elif self.key is not None and self.colon:
            self.put(self.key, value)
            self.filled = True
        elif not isinstance(value, dict | list):
            self.key = str(value)

    def join(self, value: object, bare: bool) -> None:
        """A second value without a comma: more words of an unquoted one, or the next key."""
        held = self.value.get(self.key or "") if isinstance(self.value, dict) else None
        if bare and isinstance(held, str) and len(held) < LONGEST_STRING:
            self.put(self.key or "", f"{held} {value}")
        elif isinstance(value, str):
            self.spare = value

    def put(self, key: str, value: object) -> None:
        """Set a member; a list under a key that comes twice is continued."""
        if not isinstance(self.value, dict) or (key not in self.value and len(self.value) >= MOST_MEMBERS):
            return
        held = self.value.get(key)
        if isinstance(held, list) and isinstance(value, list):
            value = [*held, *value][:MOST_MEMBERS]
        self.value[key] = value

    def on_colon(self) -> None:
        """What came last was a key."""
        if self.spare is not None:
            self.key, self.spare, self.filled = self.spare, None, False
        self.colon = self.key is not None

    def on_comma(self) -> None:
        """The next member begins."""
        self.key, self.spare, self.colon, self.filled = None, None, False, False


@dataclass(slots=True)
class Open:
    """A string that has not ended."""

    quote: str
    pieces: list[str] = field(default_factory=list)
    length: int = 0

    def add(self, piece: str) -> None:
        """Some more characters, up to the longest string."""
        self.length += len(piece)
        if self.length <= LONGEST_STRING:
            self.pieces.append(piece)

    def text(self) -> str | None:
        """The whole string with pairs of surrogates joined; None if it is too long."""
        return mended("".join(self.pieces)) if self.length <= LONGEST_STRING else None


class Scanner:
    """Feed it a stream in pieces of any size; `feed` returns what has closed since the last time."""

    def __init__(self) -> None:
        self._rest = ""
        self._frames: list[Frame] = []
        self._deeper = 0
        self._string: Open | None = None
        self._before = ""
        self._closed: list[Closed] = []

    def feed(self, text: str, *, final: bool = False) -> list[Closed]:
        """What this piece closes, inner before outer. With `final` nothing follows: what is open is dropped."""
        source = self._rest + text
        at = 0
        while at < len(source):
            moved = self._in_string(source, at, final) if self._string else self._in_structure(source, at, final)
            if moved == at:
                break
            at = moved
        self._rest = "" if final else source[at:]
        closed, self._closed = self._closed, []
        return closed

    @property
    def at_rest(self) -> bool:
        """Whether every bracket is closed."""
        return not self._frames

    def _in_structure(self, source: str, at: int, final: bool) -> int:
        """Read one character or bare word outside a string; the same position where more has to come first."""
        if not self._frames:
            found = OPENER.search(source, at)
            if found is None:
                return len(source)
            at = found.start()
        char = source[at]
        if char.isspace():
            return past_space(source, at)
        if char in ENDS and (char == '"' or self._before in "{[,:"):
            self._string = Open(char)
            return at + 1
        bare = BARE.match(source, at)
        if bare:
            if bare.end() == len(source) and not final and bare.end() - at < FURTHEST_LOOK:
                return at
            self._value(constant(bare[0]), bare=True)
            self._before = "a"
            return bare.end()
        self._mark(char)
        return at + 1

    def _mark(self, char: str) -> None:
        """A bracket, comma or colon; other characters mean nothing."""
        self._before = char
        if char in "{[":
            self._open(char)
        elif char in MATCHING:
            self._close(MATCHING[char])
        elif self._deeper == 0 and char in ",:":
            frame = self._frames[-1]
            frame.on_comma() if char == "," else frame.on_colon()

    def _open(self, opener: str) -> None:
        if len(self._frames) >= DEEPEST:
            self._deeper += 1
        else:
            self._frames.append(Frame(opener, {} if opener == "{" else []))

    def _close(self, opener: str) -> None:
        """Close the nearest bracket of that kind, and those inside it that were forgotten."""
        if self._deeper:
            self._deeper -= 1
            return
        if not any(frame.opener == opener for frame in self._frames):
            return
        while self._frames:
            frame = self._frames.pop()
            keys = tuple(outer.key for outer in self._frames if outer.key is not None)
            self._closed.append(Closed(frame.value, keys, len(self._frames)))
            self._value(frame.value)
            if frame.opener == opener:
                return

    def _value(self, value: object, *, bare: bool = False) -> None:
        if self._frames and self._deeper == 0:
            self._frames[-1].add(value, bare=bare)

    def _in_string(self, source: str, at: int, final: bool) -> int:
        """Read on to the next quote or backslash, or past it; the same position where more has to come first."""
        string = self._string
        assert string is not None
        stop = STOPS[string.quote].search(source, at)
        end = stop.start() if stop else len(source)
        if end > at:
            string.add(source[at:end])
            return end
        if source[at] == "\\":
            return escape(string, source, at, final)
        rest = source[at + 1 : at + 1 + FURTHEST_LOOK]
        frame = self._frames[-1]
        is_key = frame.opener == "{" and (frame.filled or not frame.colon)
        ends = ends_string(rest, is_key, final or len(rest) == FURTHEST_LOOK)
        if ends is None:
            return at
        if ends:
            self._string, self._before = None, "a"
            self._value(string.text())
        else:
            string.add(source[at])
        return at + 1


def read_object(text: str) -> dict[str, Any] | None:
    """The first whole object of a text, None where there is none.

    >>> read_object('Sure! ```json {"question": "What is drift?",} ```')
    {'question': 'What is drift?'}
    """
    closed = Scanner().feed(mended(text), final=True)
    return next((one.value for one in closed if one.depth == 0 and isinstance(one.value, dict)), None)


def is_whole(text: str) -> bool:
    """Whether a text has an object in it and ends outside of any."""
    scanner = Scanner()
    return bool(scanner.feed(text, final=True)) and scanner.at_rest


def ends_string(rest: str, is_key: bool, final: bool) -> bool | None:
    """Whether a quote before `rest` ends its string or belongs to it; None where more has to be seen.

    >>> ends_string(', "citations": []', is_key=False, final=False), ends_string(", he said", is_key=False, final=False)
    (True, False)
    """
    at = past_space(rest, 0)
    if at == len(rest):
        return True if final else None
    char = rest[at]
    if is_key or char in "}]":
        return char in ":,}]"
    if char in ENDS:
        if KEY.match(rest, at):
            return True
        return None if KEY_BEGUN.fullmatch(rest, at) and not final else False
    return ends_before_comma(rest, past_space(rest, at + 1), final) if char == "," else False


def ends_before_comma(rest: str, at: int, final: bool) -> bool | None:
    """The same where a comma stands before `at`: an unquoted word has to be a key or a constant, not the text's next word."""
    if at == len(rest):
        return True if final else None
    word = WORD.match(rest, at)
    if word is None or not rest[at].isalpha():
        return True
    if word.end() == len(rest):
        return False if final else None
    return rest[word.end()] in ":,}]"


def escape(string: Open, source: str, at: int, final: bool) -> int:
    """Read a backslash and what it escapes; one that escapes nothing stays. The same position where more has to come."""
    after = source[at + 1 : at + 6]
    if not final and (not after or (after[0] == "u" and len(after) < 5)):
        return at
    if UNICODE.match(after):
        string.add(chr(int(after[1:], 16)))
        return at + 6
    string.add(ESCAPES.get(after[:1], f"\\{after[:1]}"))
    return at + 1 + len(after[:1])


def past_space(text: str, at: int) -> int:
    """The position of the next character that is no white space."""
    found = SPACE.match(text, at)
    return found.end() if found else at


def constant(word: str) -> object:
    """What an unquoted word stands for."""
    if NUMBER.fullmatch(word):
        return int(word)
    return CONSTANTS.get(word.lower(), word)


def mended(text: str) -> str:
    """The text with pairs of surrogates joined and single ones replaced, so that it can be encoded."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
