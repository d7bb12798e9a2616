import pytest

from mlplaybook.server.artefacts.filling.records import InputText
from mlplaybook.server.artefacts.filling.structured import MOST_LEAVES, NotStructured, read_settings, read_structured

CONFIG = """\
# deploy
model:
  version: "4.1.0"
  lr: 4e-4
limits: [storm, incident]
slices:
  - {name: a, n: 3}
live: 2026-05-11
"""


def test_leaves_have_dotted_keys_and_exact_words() -> None:
    leaves = read_structured(InputText("c.yaml", CONFIG))
    assert [(leaf.dotted, leaf.value) for leaf in leaves] == [
        ("model.version", "4.1.0"),
        ("model.lr", 0.0004),
        ("limits", ["storm", "incident"]),
        ("slices.0.name", "a"),
        ("slices.0.n", 3),
        ("live", "2026-05-11"),
    ]
    assert [CONFIG[leaf.key_start : leaf.char_end] for leaf in leaves][:3] == [
        'version: "4.1.0"',
        "lr: 4e-4",
        "limits: [storm, incident]",
    ]


def test_json_is_read_the_same_way() -> None:
    text = '{"metrics": {"auc": 0.87}, "ok": true, "none": null}'
    leaves = read_structured(InputText("m.json", text))
    assert [(leaf.dotted, leaf.value, text[leaf.key_start : leaf.char_end]) for leaf in leaves] == [
        ("metrics.auc", 0.87, '"auc": 0.87'),
        ("ok", True, '"ok": true'),
        ("none", None, '"none": null'),
    ]


def test_settings_are_read_line_by_line() -> None:
    text = '[training]\nlr = 0.1  # peak\nname = "resnet"\nsizes = [1, 2]\n'
    leaves = read_settings(InputText("c.toml", text))
    assert [(leaf.dotted, leaf.value) for leaf in leaves] == [
        ("training.lr", 0.1),
        ("training.name", "resnet"),
        ("training.sizes", [1, 2]),
    ]


def test_an_alias_bomb_yields_each_value_once() -> None:
    lines = ["a: &a [x, x]"] + [f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]" for n in range(20)]
    assert len(read_structured(InputText("b.yaml", "\n".join(lines)))) < 100


def test_a_huge_mapping_is_cut() -> None:
    text = "\n".join(f"k{n}: {n}" for n in range(MOST_LEAVES + 10))
    assert len(read_structured(InputText("h.yaml", text))) == MOST_LEAVES


@pytest.mark.parametrize(
    "text", ["a: [", "just words", "[" * 5000, "!!python/object/apply:os.system [ls]\n", "x" * 500_000]
)
def test_what_is_no_mapping_is_refused(text: str) -> None:
    with pytest.raises(NotStructured):
        read_structured(InputText("x.yaml", text))
