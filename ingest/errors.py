"""Everything that can go wrong in a way a person can mend: one small tree, each with the cause and the remedy."""

from __future__ import annotations


class PlaybookError(Exception):
    """Base of every error that reaches a person as one line: what was wrong, then what to do."""

    code = "error"
    exit_code = 2

    def __init__(self, cause: str, remedy: str) -> None:
        super().__init__(cause, remedy)
        self.cause = cause
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.cause} {self.remedy}"


class BadQuestion(PlaybookError):
    """The question cannot be searched for: empty, too long, binary, or in a script the corpus does not use."""

    code = "bad-question"


class BadSource(PlaybookError):
    """What was to be ingested cannot be read, or nothing in it can."""

    code = "bad-source"


class BadSetting(PlaybookError):
    """An option or environment variable has a value that cannot be used."""

    code = "bad-setting"


class BadName(PlaybookError):
    """There is no template, rubric, decision, step or calculator of that name."""

    code = "bad-name"


class BadDocument(PlaybookError):
    """A document to be filled, checked or scored cannot be read, or an input of a calculation cannot be used."""

    code = "bad-document"


class CorpusMissing(PlaybookError):
    """No index of that name has been published."""

    code = "corpus-missing"


class PageMissing(PlaybookError):
    """The corpus has no page or section of that name."""

    code = "page-missing"


class IndexCorrupt(PlaybookError):
    """A published generation no longer is what was written."""

    code = "index-corrupt"


class IngestBusy(PlaybookError):
    """Another process is writing the same corpus."""

    code = "ingest-busy"


class StorageFailed(PlaybookError):
    """The disk is full, read-only or not ours."""

    code = "storage-failed"


class WeightsRefused(PlaybookError):
    """Model weights were found that are not the ones this release trusts, or cannot be loaded."""

    code = "weights-refused"
