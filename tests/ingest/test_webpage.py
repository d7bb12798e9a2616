"""The content of a web page, without what surrounds it."""

from __future__ import annotations

import pytest

from mlplaybook.ingest.blocks import parse_blocks
from mlplaybook.ingest.webpage import convert_html, decode_html

PAGE = b"""<!doctype html><html><head><title>Drift - Handbook 1.0</title><style>p {}</style><script>track()</script></head>
<body><nav><a href="/">Home</a></nav><main>
<h1>Drift<a class="headerlink" href="#drift">\xc2\xb6</a></h1>
<p>Above <b>0.2</b> act on <code>psi</code>,
see <a href="psi.html">the index</a>.</p>
<h2>Checks</h2>
<ul><li>rows</li><li>units</li></ul>
<table><tr><th>name</th><th>limit</th></tr><tr><td>a|b</td><td>1</td></tr></table>
<pre><code class="language-python">x = 1
# ```
</code></pre>
</main><footer>Imprint</footer></body></html>"""
MARKDOWN = """# Drift

Above **0.2** act on `psi`, see the index.

## Checks

- rows
- units

| name | limit |
| --- | --- |
| a\\|b | 1 |

````python
x = 1
# ```
````"""


def test_headings_lists_tables_and_code_are_kept_and_furniture_is_not() -> None:
    converted = convert_html(PAGE)
    assert (converted.title, converted.body) == ("Drift", MARKDOWN)


@pytest.mark.parametrize(
    ("html", "title"),
    [
        ("<title>Whole\n page</title><p>x", "Whole page"),
        ("<title>Site</title><h1>One</h1>", "One"),
        ("<title>Site</title><h1>One</h1><h1>Two</h1>", "Site"),
        ("<p>x", ""),
    ],
)
def test_the_title_is_the_only_top_heading_or_what_the_page_calls_itself(html: str, title: str) -> None:
    assert convert_html(html).title == title


def test_only_the_article_of_a_page_that_has_one_is_read() -> None:
    assert convert_html("<body><p>Around</p><article><p>Inside</p></article></body>").body == "Inside"
    assert convert_html("<article>One</article><article>Two</article>").body == "One\n\nTwo"


def test_a_page_that_is_one_form_is_read_and_its_fields_are_not() -> None:
    assert convert_html("<form><p>Text</p><input value=x><button>Send</button></form>").body == "Text"


def test_a_class_of_the_whole_page_is_no_language_of_its_code() -> None:
    assert convert_html("<body class='lang-en'><pre>x</pre></body>").body == "```\nx\n```"
    sphinx = "<div class='highlight-python'><div class='highlight'><pre>x</pre></div></div>"
    assert convert_html(sphinx).body == "```python\nx\n```"


def test_what_looks_like_markup_in_a_text_is_text() -> None:
    html = "<p># no heading</p><p>&lt;!-- no comment</p><p>```</p><p>issue #1 is a - b</p>"
    body = convert_html(html).body
    assert body.split("\n\n") == ["\\# no heading", "\\<!-- no comment", "\\```", "issue #1 is a - b"]
    assert {b.kind for b in parse_blocks(body)} == {"paragraph"}


@pytest.mark.parametrize(
    "data",
    [
        "<p>café".encode(),
        "<p>café".encode("utf-8-sig"),
        "<p>café".encode("utf-16"),
        '<meta charset="latin-1"><p>café'.encode("latin-1"),
        '<meta charset="no-such"><p>café'.encode("cp1252"),
    ],
    ids=["utf-8", "marked utf-8", "utf-16", "declared", "guessed"],
)
def test_a_page_is_read_in_its_own_encoding(data: bytes) -> None:
    assert decode_html(data).endswith("<p>café")
