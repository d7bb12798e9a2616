"""What a question must be before anything looks for its answer."""

from __future__ import annotations

import re
import unicodedata

from mlplaybook.ingest.errors import BadQuestion
from mlplaybook.server.retrieval.words import WORD

# Six hundred words; whoever pastes more has a document, not a question.
LONGEST = 4_000
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
SURROGATE = re.compile(r"[\ud800-\udfff]")
# Below this share of Latin letters a question is in another script than an English corpus.
LATIN_SHARE = 0.5
# Function words that the other language does not share, two of which in one question are no accident.
FUNCTION_WORDS = {
    "English": "the what how which when why does should is are do can my with for from and that this these it of to",
    "French": "le les des est une dans pour comment quel quelle quels pourquoi avec sur pas mes les données du aux que qui",
    "German": "der die das und ist wie ich ein eine einen nicht mit für von wann warum welche welcher soll wird man zu",
    "Spanish": "el los las una cómo qué cuál cuándo para con por del debo entre mis datos cuáles es mi está son puedo",
    "Portuguese": "os uma como qual quando para com por dos das não devo entre meus dados quais são meu está posso em",
    "Italian": "il gli una come quale quando per con dei delle devo tra miei dati quali è sono posso che della nel perché",
    "Dutch": "het een hoe wat welke wanneer voor met van niet mijn zijn moet waarom tussen kan ik wordt bij ook naar",
}
FUNCTION_SETS = {language: frozenset(words.split()) for language, words in FUNCTION_WORDS.items()}


def clean_question(question: str) -> str:
    """The question without needless space.

    :raises BadQuestion: it is empty, too long, not text, or not in the Latin script.
    """
    if SURROGATE.search(question):
        raise BadQuestion("The question holds bytes that are not UTF-8 text.", "Type it anew or convert it to UTF-8.")
    if CONTROL.search(question):
        bad = CONTROL.search(question)
        assert bad is not None
        cause = (
            f"The question holds a control character (U+{ord(bad[0]):04X} at {bad.start()}), so it is not plain text."
        )
        raise BadQuestion(cause, "Ask in plain words.")
    cleaned = " ".join(question.split())
    if not cleaned:
        raise BadQuestion(
            "The question is empty.", 'Ask one, for example: mlplaybook ask "How do I detect data drift?"'
        )
    if len(cleaned) > LONGEST:
        cause = f"The question has {len(cleaned):,} characters; at most {LONGEST:,} are read."
        raise BadQuestion(cause, "Ask the question itself and leave out what it is about.")
    if not WORD.search(cleaned):
        raise BadQuestion(f"The question {cleaned[:40]!r} has no word in it.", "Ask in plain words.")
    return cleaned


def refuse_other_script(question: str) -> None:
    """Raise BadQuestion when most letters are not Latin: the encoder and an English corpus know no other script."""
    letters = [letter for letter in question if letter.isalpha()]
    latin = sum("LATIN" in unicodedata.name(letter, "") for letter in letters)
    if letters and latin < LATIN_SHARE * len(letters):
        script = unicodedata.name(letters[0], "another").split()[0].capitalize()
        raise BadQuestion(f"The question is in {script} script; this corpus is English.", "Ask it in English.")


def other_language(question: str) -> str:
    """The language a question seems to be in when that is not English, else an empty string.

    >>> other_language("Comment détecter la dérive des données dans un modèle ?")
    'French'
    >>> other_language("What is PSI?")
    ''
    """
    words = [word.lower() for word in WORD.findall(question)]
    counts = {name: sum(word in known for word in words) for name, known in FUNCTION_SETS.items()}
    best = max(counts, key=lambda name: (counts[name], name == "English"))
    return best if best != "English" and counts[best] >= max(2, counts["English"] + 1) else ""
