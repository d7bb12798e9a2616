"""Training logs, scikit-learn reports, MLflow run exports and CSV headers into leaves."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

from mlplaybook.server.artefacts.filling.records import InputText, Leaf

NUMBER = r"[-+]?(?:\d+\.\d+|\d+|\.\d+)(?:[eE][-+]?\d+)?"
# "val_f1 0.702", "loss=0.31", "Val AUC: 0.84"; the value is a number that does not go on as something else.
ENTRY = re.compile(rf"(?P<key>[A-Za-z][\w@/.%-]*?)\s*[=:]?\s+?(?P<value>{NUMBER}%?)(?=$|[\s,;|)\]])|"
                   rf"(?P<key2>[A-Za-z][\w@/.%-]*)\s*[=:]\s*(?P<value2>{NUMBER}%?)(?=$|[\s,;|)\]])")  # fmt: skip
EPOCH = re.compile(r"\bepoch\s*[:=#]?\s*\[?(?P<number>\d+)(?:\s*(?:/|of)\s*(?P<of>\d+))?", re.IGNORECASE)
TEST_LINE = re.compile(r"\b(?:test|holdout|hold-out|final eval\w*)\b", re.IGNORECASE)
NAMED_SET = re.compile(r"\b(?:test|holdout|eval\w*|on)\s+(?P<name>[A-Za-z][\w-]*[_\d][\w.-]*)")
REPORT_HEADER = re.compile(r"^\s*precision\s+recall\s+f1-score\s+support\s*$", re.MULTILINE)
REPORT_ROW = re.compile(
    rf"^\s*(?P<name>\S.*?)\s{{2,}}(?P<precision>{NUMBER})\s+(?P<recall>{NUMBER})\s+(?P<f1>{NUMBER})\s+(?P<support>\d+)\s*$"
)
ACCURACY_ROW = re.compile(rf"^\s*accuracy\s+(?P<accuracy>{NUMBER})\s+(?P<support>\d+)\s*$")
METRIC_LINE = re.compile(rf"\d+[ \t]+(?P<value>{NUMBER})(?:[ \t]+(?P<step>\d{{1,12}}))?$")
MLFLOW_FOLDERS = {"metrics", "params", "tags"}


def is_report(text: str) -> bool:
    """Whether a text holds scikit-learn's classification report."""
    return bool(REPORT_HEADER.search(text))


def is_log(text: str) -> bool:
    """Whether a text is a training log: at least two lines that name an epoch and a number."""
    return sum(bool(EPOCH.search(line)) for line in text.splitlines()) >= 2


def lines_of(text: str) -> Iterator[tuple[int, str]]:
    """Every line with its offset."""
    position = 0
    for line in text.splitlines(keepends=True):
        yield position, line.rstrip("\r\n")
        position += len(line)


def read_report(given: InputText) -> tuple[Leaf, ...]:
    """`report.<class>.<metric>` of a scikit-learn report; averages are classes called macro_avg and weighted_avg."""
    leaves: list[Leaf] = []
    for position, line in lines_of(given.text):
        match = REPORT_ROW.match(line) or ACCURACY_ROW.match(line)
        if match is None:
            continue
        names = match.groupdict()
        name = names.pop("name", None)
        for metric, words in names.items():
            path = (
                ("report", metric) if name is None and metric == "accuracy" else ("report", name or "accuracy", metric)
            )
            start = position + match.start(metric)
            value = int(words) if metric == "support" else float(words)
            leaves.append(
                Leaf(given.source, path, value, position + len(line) - len(line.lstrip()), start, start + len(words))
            )
    return tuple(leaves)


def read_log(given: InputText) -> tuple[Leaf, ...]:
    """`test.<metric>` of the lines about a test set, and `epochs.<n>.<metric>` of the lines about epochs."""
    leaves: list[Leaf] = []
    for position, line in lines_of(given.text):
        epoch = EPOCH.search(line)
        if epoch is None and not TEST_LINE.search(line):
            continue
        prefix = ("epochs", epoch["number"]) if epoch else ("test",)
        begin = epoch.end() if epoch else 0
        for match in ENTRY.finditer(line, begin):
            key, words = match["key"] or match["key2"], match["value"] or match["value2"]
            start = position + match.start("value" if match["key"] else "value2")
            leaves.append(
                Leaf(
                    given.source, (*prefix, key), as_number(words), position + match.start(), start, start + len(words)
                )
            )
        named = NAMED_SET.search(line) if not epoch else None
        if named:
            leaves.append(Leaf(given.source, ("test", "dataset"), named["name"], position + named.start(),
                               position + named.start("name"), position + named.end("name")))  # fmt: skip
    return tuple(leaves)


def as_number(words: str) -> float | int:
    """A number as it was written; per cent are divided by a hundred nowhere: the sign is dropped."""
    words = words.rstrip("%")
    return int(words) if re.fullmatch(r"[-+]?\d+", words) else float(words)


def mlflow_part(source: str) -> tuple[str, str] | None:
    """(folder, name) of a file of an MLflow run export, None for other files.

    >>> mlflow_part("run/metrics/val_f1"), mlflow_part("run/meta.yaml"), mlflow_part("notes/metrics.json")
    (('metrics', 'val_f1'), None, None)
    """
    parts = source.replace("\\", "/").split("/")
    for number in range(len(parts) - 2, -1, -1):
        if parts[number] in MLFLOW_FOLDERS and number < len(parts) - 1:
            name = "/".join(parts[number + 1 :])
            return None if re.search(r"\.(?:md|txt|ya?ml|json|csv|log)$", name) else (parts[number], name)
    return None


def read_mlflow(given: InputText, folder: str, name: str) -> tuple[Leaf, ...]:
    """One file of a run: a parameter, a tag, or the last value of a metric ("timestamp value step" by line)."""
    text = given.text
    if folder != "metrics":
        words = text.strip()
        if not words or "\n" in words:
            return ()
        start = text.index(words)
        value: str | float | int = as_number(words) if re.fullmatch(NUMBER, words) else words
        return (Leaf(given.source, ("run", folder, name), value, start, start, start + len(words)),)
    rows = [(position, match) for position, line in lines_of(text) if (match := METRIC_LINE.match(line))]
    if not rows:
        return ()
    position, last = max(rows, key=lambda row: int(row[1]["step"] or 0))
    start, end = position + last.start("value"), position + last.end()
    return (Leaf(given.source, ("run", "metrics", name), as_number(last["value"]), position, start, end),)


def read_header(given: InputText) -> tuple[Leaf, ...]:
    """`columns`, the names in a CSV header, as one leaf whose words are the header line."""
    line = given.text.splitlines()[0] if given.text.strip() else ""
    delimiter = max(",;\t|", key=line.count)
    names = next(csv.reader([line], delimiter=delimiter), [])
    if len(names) < 2 or any(re.fullmatch(NUMBER, name.strip()) for name in names):
        return ()
    return (Leaf(given.source, ("columns",), [name.strip() for name in names], 0, 0, len(line)),)


# A row about what was, will be or might be is no amount of today.
NO_AMOUNT = re.compile(
    r"\b(?:old|previous|former|last year|until|if we|would|vendor|supplier|switched off|planned?|quoted?|"
    r"offer|next|wanted|wish|maybe|"
    r"idea|estimate[sd]?|guess|pilot|test|staging|competitor|hope|example|was|used to|other team)\b",
    re.IGNORECASE,
)


def read_sheet(given: InputText) -> tuple[Leaf, ...]:
    """A leaf for each row of a sheet of amounts: what it is with its unit as the key, its one number as the value."""
    delimiter = max(",;\t|", key=given.text.count)
    found: list[Leaf] = []
    rows = [(at, line) for at, line in lines_of(given.text) if line.strip()]
    for position, line in rows:
        cells = [cell.strip() for cell in next(csv.reader([line.strip()], delimiter=delimiter), [])]
        numbers = [n for n, cell in enumerate(cells[:3]) if re.fullmatch(NUMBER, cell)]
        if len(cells) < 2 or numbers[:1] != [1] or re.search(r"\d{5,}|^\W*$", cells[0]) or NO_AMOUNT.search(line):
            continue
        key = re.sub(r"[^\w%]+", " ", " ".join((cells[0], *cells[2:3]))).strip()
        start = position + line.index(cells[1])
        found.append(Leaf(given.source, (key,), as_number(cells[1]), position, start, start + len(cells[1])))
    return tuple(found) if len(found) >= max(3, 0.6 * (len(rows) - 2)) else ()


NAMED_NUMBER = re.compile(rf"^\s*(?P<name>[A-Za-z][\w@/.%-]*)(?:\s{{2,}}|\t|\s?[=:]\s*)(?P<value>{NUMBER})\s*%?\s*$")


def read_named_numbers(given: InputText) -> tuple[Leaf, ...]:
    """`report.<name>` of two or more lines in a row that are a name and a number, as a pasted table of metrics is."""
    found: list[list[Leaf]] = [[]]
    for position, line in lines_of(given.text):
        match = NAMED_NUMBER.match(line)
        if match is None:
            found.append([])
            continue
        start = position + match.start("value")
        leaf = Leaf(given.source, ("report", match["name"]), as_number(match["value"]), position + match.start("name"), start,
                    position + match.end("value"))  # fmt: skip
        found[-1].append(leaf)
    return tuple(leaf for leaves in found if len(leaves) > 1 for leaf in leaves)
