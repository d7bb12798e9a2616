"""Reading names what it leaves out and never loses a good page to a bad one."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlplaybook.ingest.documents import Corpus
from mlplaybook.ingest.errors import BadSource
from mlplaybook.ingest.read import fingerprint, read_corpus, scan
from tests.conftest import WritePages


def read(source: Path) -> Corpus:
    return read_corpus(source, scan(source))


def test_a_page_without_front_matter_is_named_by_path_and_heading(write_pages: WritePages) -> None:
    source = write_pages({"ops/on-call.md": "# On call\n\nPage the owner.\n", "notes.txt": "Just words.\n"})
    found = [(d.id, d.title, d.folder, d.source) for d in read(source).documents]
    assert found == [("notes", "notes", "", "notes.txt"), ("ops/on-call", "On call", "ops", "ops/on-call.md")]


def test_byte_order_mark_and_windows_line_ends_are_normalised(write_pages: WritePages) -> None:
    source = write_pages({"a.md": "\ufeff---\r\nid: x\r\n---\r\n# A\r\n\r\nText.\r\n"})
    (document,) = read(source).documents
    assert (document.id, document.text[document.body_start :]) == ("x", "# A\n\nText.\n")


def test_every_bad_page_is_named_and_the_good_ones_are_kept(write_pages: WritePages) -> None:
    source = write_pages(
        {
            "a.md": "---\nid: one\n---\nGood.\n",
            "b.md": "---\nid: one\n---\nSame id.\n",
            "c.md": "---\nid: [\n---\nBad YAML.\n",
            "d.md": "bin\x00ary",
            "e.md": "\udcff\udcfe not utf-8",
            "f.md": "---\nid: empty\n---\n\n",
            "g.md": "---\nid: a#b\n---\nBad id.\n",
        }
    )
    corpus = read(source)
    assert [d.id for d in corpus.documents] == ["one"]
    assert [(r.source, r.reason.split(";")[0]) for r in corpus.rejected] == [
        ("b.md", "id 'one' is already taken by a.md"),
        ("c.md", "front matter, line 3: expected the node content, but found '<stream end>'"),
        ("d.md", "byte 3 is NUL, so this is not a text file"),
        ("e.md", "byte 0 (0xff) is not UTF-8"),
        ("f.md", "the page is empty"),
        ("g.md", "id 'a#b' has a '#' or an unprintable character"),
    ]


def test_a_page_is_for_every_project_unless_it_names_options(write_pages: WritePages) -> None:
    pages = {
        "a.md": "---\napplies_to: all\n---\nAll.\n",
        "b.md": "No front matter.\n",
        "c.md": "---\napplies_to: {modelType: llm, hasExperimentTracking: [true]}\n---\nSome.\n",
    }
    corpus = read(write_pages(pages))
    some = (("modelType", ("llm",)), ("hasExperimentTracking", ("true",)))
    assert [d.applies_to for d in corpus.documents] == [(), (), some]
    assert corpus.doubts == ()


def test_a_page_whose_applies_to_means_something_else_is_kept_and_named(write_pages: WritePages) -> None:
    values = {"a": "EU customers", "b": "{stack: ga}", "c": "{modelType: [llm, cnn]}", "d": "{modelType: []}"}
    corpus = read(write_pages({f"{n}.md": f"---\napplies_to: {value}\n---\nText.\n" for n, value in values.items()}))
    assert [(d.id, d.applies_to) for d in corpus.documents] == [(name, ()) for name in values]
    later = "; until then the page counts as written for every project"
    assert [str(doubt) for doubt in corpus.doubts] == [
        f"a.md: applies_to is 'EU customers'; write 'all', or options with their values: {{modelType: [llm]}}{later}",
        "b.md: applies_to names the option 'stack'; it is one of projectPhase, modelType, servingPattern,"
        f" hasExperimentTracking{later}",
        f"c.md: applies_to names modelType 'cnn'; it is one of classical, deep-learning, llm{later}",
        f"d.md: applies_to names modelType ''; it is one of classical, deep-learning, llm{later}",
    ]


def test_doubts_about_a_projects_own_page_name_its_folder(write_pages: WritePages, tmp_path: Path) -> None:
    source = write_pages({"a.md": "Text.\n"})
    own = tmp_path / "own.md"
    own.write_text("---\napplies_to: 3\n---\nOurs.\n")
    corpus = read_corpus(source, scan(source), scan(own))
    assert [doubt.source for doubt in corpus.doubts] == [".mlplaybook/knowledge/own.md"]


def test_hidden_files_and_other_kinds_are_not_read(write_pages: WritePages) -> None:
    source = write_pages({".git/x.md": "no", "node_modules/y.md": "no", "z.py": "no", "a.md": "yes"})
    assert [f.name for f in scan(source)] == ["a.md"]


def test_a_loop_of_links_ends(write_pages: WritePages) -> None:
    source = write_pages({"a.md": "yes"})
    (source / "again").symlink_to(source, target_is_directory=True)
    assert [f.name for f in scan(source)] == ["a.md"]


def test_a_broken_link_is_named(write_pages: WritePages) -> None:
    source = write_pages({"a.md": "yes"})
    (source / "b.md").symlink_to(source / "gone.md")
    assert [str(r) for r in read(source).rejected] == [
        "b.md: cannot be read: No such file or directory; check its permissions"
    ]


def test_records_are_read_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "corpus.jsonl"
    path.write_text(
        '{"_id": "a", "title": "T", "text": "one"}\n\n{"_id": 7, "text": "two"}\nnot json\n[1]\n{"_id": "b"}\n'
        '{"text": "no id"}\n{"_id": "c", "text": "\\ud800"}\n{"_id": "a", "text": "again"}\n'
    )
    corpus = read(path)
    assert [(d.id, d.title, d.text, d.source) for d in corpus.documents] == [
        ("a", "T", "one", "corpus.jsonl:1"),
        ("7", "", "two", "corpus.jsonl:3"),
    ]
    assert [r.source for r in corpus.rejected] == [f"corpus.jsonl:{n}" for n in (4, 5, 6, 7, 8, 9)]


@pytest.mark.parametrize(("name", "words"), [("gone", "no such file or folder"), (".", "holds no page")])
def test_a_source_that_gives_nothing_is_refused_with_a_remedy(tmp_path: Path, name: str, words: str) -> None:
    with pytest.raises(BadSource, match=words) as error:
        scan(tmp_path / name)
    assert error.value.remedy


def test_the_fingerprint_follows_bytes_names_and_settings(write_pages: WritePages) -> None:
    found = scan(write_pages({"a.md": "one"}))
    changed = scan(write_pages({"a.md": "two"}))
    marks = {fingerprint(found, "s"), fingerprint(found, "t"), fingerprint(changed, "s")}
    assert len(marks) == 3
    assert fingerprint(found, "s") in marks
