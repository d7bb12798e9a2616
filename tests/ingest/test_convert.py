"""HTML, PDF and office files become pages like any other, or are named with what to do about them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePath

import pytest

from mlplaybook.ingest.blocks import parse_blocks
from mlplaybook.ingest.build import Job, ingest
from mlplaybook.ingest.convert import convert, missing_packages
from mlplaybook.ingest.decode import NotText
from mlplaybook.ingest.documents import Corpus, Section
from mlplaybook.ingest.markdown import LARGEST_TEXT
from mlplaybook.ingest.read import fingerprint, read_corpus, scan
from mlplaybook.ingest.sections import split_sections
from tests.ingest.files import docx, package, pdf

ROLLBACK = ["Rollback", "The owner of the model approves a rollback within one hour of the alert."]


@pytest.fixture
def write(tmp_path: Path) -> Callable[[dict[str, bytes]], Path]:
    def write_files(files: dict[str, bytes]) -> Path:
        for name, data in files.items():
            path = tmp_path / "source" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return tmp_path / "source"

    return write_files


def sections_of(corpus: Corpus) -> list[Section]:
    return [s for d in corpus.documents for s in split_sections(d, parse_blocks(d.text, d.body_start))]


def test_a_pdf_keeps_its_page_numbers(write: Callable[[dict[str, bytes]], Path]) -> None:
    source = write({"ops/report.pdf": pdf(["Contents"], [], ROLLBACK, title="On-call report")})
    corpus = read_corpus(source, scan(source))
    (document,) = corpus.documents
    text = f"# On-call report\n\n## Page 1\n\nContents\n\n## Page 3\n\nRollback\n\n{ROLLBACK[1]}\n"
    assert (document.title, document.folder, document.source) == ("On-call report", "ops", "ops/report.pdf")
    assert (document.text, document.body_start) == (text, 0)
    assert [(s.id, s.heading_path) for s in sections_of(corpus)] == [
        ("ops/report.pdf#on-call-report", ("On-call report",)),
        ("ops/report.pdf#page-1", ("On-call report", "Page 1")),
        ("ops/report.pdf#page-3", ("On-call report", "Page 3")),
    ]


def test_a_page_and_a_document_of_the_same_name_are_both_kept(write: Callable[[dict[str, bytes]], Path]) -> None:
    source = write({"a.md": b"# A\n\nText.\n", "a.pdf": pdf(["Text"]), "a.HTML": b"<p>Text"})
    corpus = read_corpus(source, scan(source))
    assert [d.id for d in corpus.documents] == ["a.HTML", "a", "a.pdf"]
    assert corpus.rejected == ()


def test_without_the_extra_documents_are_named_with_the_remedy_and_pages_are_read(
    write: Callable[[dict[str, bytes]], Path],
) -> None:
    source = write({"a.md": b"# A\n\nText.\n", "b.pdf": pdf(["Text"]), "c.html": b"<p>Text"})
    corpus = read_corpus(source, scan(source, installed=lambda package: package != "pypdfium2"))
    assert [d.id for d in corpus.documents] == ["a", "c.html"]
    assert [str(r) for r in corpus.rejected] == [
        "b.pdf: .pdf files are read by packages that are not installed; run: pip install 'mlplaybook[documents]'"
    ]


def test_installing_the_extra_is_a_change_that_an_ingest_sees(write: Callable[[dict[str, bytes]], Path]) -> None:
    source = write({"a.pdf": pdf(["Text"])})
    without = scan(source, installed=lambda package: False)
    assert fingerprint(without) != fingerprint(scan(source))


@pytest.mark.parametrize(
    ("html", "first"),
    [
        ("<title>Site&#x7f; of\n us</title><p>x", "# Site of us"),
        ("<p>x", "# page"),
        ("<title>Site</title><h1>One</h1>", "# One"),
        ("<p>x<h1>One</h1>", "# One"),
    ],
)
def test_a_converted_text_begins_with_its_title(html: str, first: str) -> None:
    assert convert(PurePath("folder/page.html"), html.encode()).split("\n")[0] == first


def test_every_kind_names_packages_that_are_installed_for_the_tests() -> None:
    kinds = ("a.PDF", "a.htm", "a.html", "a.docx", "a.pptx", "a.xlsx", "a.md")
    assert [missing_packages(PurePath(kind)) for kind in kinds] == [""] * len(kinds)


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.pdf", b"%PDF-1.4 and then nothing", r"cannot be read as \.pdf \(PdfiumError"),
        ("a.pdf", b"", r"cannot be read as \.pdf"),
        ("a.pdf", pdf([], []), "no text on its 2 pages.*OCR"),
        ("a.pdf", pdf(["Text"], protected=True), "protected by a password; save a copy without one"),
        ("a.html", b"<script>alert(1)</script>", "it has no text"),
        ("a.html", b"<div>" * 5_000 + b"x", "RecursionError"),
        ("a.html", b"\x81\x8d binary", "no known encoding; save it as UTF-8"),
        ("a.docx", b"no zip", r"cannot be read as \.docx \(BadZipFile: File is not a zip file\)"),
        ("a.docx", bytes.fromhex("d0cf11e0a1b11ae1") + b"...", "password, or in the format before 2007"),
        ("a.docx", docx(("", " ")), "it has no text"),
        ("a.pptx", package({"x": "y"}), r"cannot be read as \.pptx"),
        ("a.xlsx", package({"x": "y"}), r"cannot be read as \.xlsx"),
        ("a.xlsx", package({"x": "0" * (256 * 1024**2 + 1)}), "unpacks to more than 256 MiB"),
        ("a.html", b"<p>" + b"x" * (LARGEST_TEXT + 1), "longer than 16,000,000 characters; split it"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_gives_no_text_says_why_and_what_to_do(name: str, data: bytes, words: str) -> None:
    with pytest.raises(NotText, match=words):
        convert(PurePath(name), data)


def test_a_bad_document_does_not_stop_the_others(
    write: Callable[[dict[str, bytes]], Path], job: Callable[..., Job]
) -> None:
    write({"a.pdf": b"broken", "b.pdf": pdf(ROLLBACK), "~$c.docx": b"an editor's lock"})
    report = ingest(job())
    assert (report.manifest.documents, report.changed) == (1, True)
    assert [line.split(" (")[0] for line in report.manifest.rejected] == ["a.pdf: it cannot be read as .pdf"]
    assert not ingest(job()).changed


def test_a_document_that_changes_between_scan_and_reading_is_left_for_the_next_time(
    write: Callable[[dict[str, bytes]], Path],
) -> None:
    source = write({"a.pdf": pdf(["One"]), "b.pdf": pdf(["One"])})
    found = scan(source)
    write({"a.pdf": pdf(["Two"])})
    (source / "b.pdf").unlink()
    assert [str(r) for r in read_corpus(source, found).rejected] == [
        "a.pdf: it changed while it was being read; ingest again",
        "b.pdf: cannot be read: No such file or directory; check its permissions",
    ]
