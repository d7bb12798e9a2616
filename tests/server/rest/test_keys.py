"""Keys: who is let in, who is not any more, and what is kept of them."""

from __future__ import annotations

import hashlib
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mlplaybook.ingest.errors import BadName, BadSetting
from mlplaybook.server.rest.keys import KeyRing, Wish, create_key, list_keys, read_hashes, revoke_key
from tests.server.rest.world import Reach, World

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_only_a_hash_of_a_key_is_kept(tmp_path: Path) -> None:
    text, key = create_key(tmp_path / "keys.sqlite", Wish("ci"))
    kept = (tmp_path / "keys.sqlite").read_bytes()
    assert text.encode() not in kept
    assert text[4:].encode() not in kept
    assert key.hash == hashlib.sha256(text.encode()).hexdigest()
    assert key.hash.encode() in kept


def test_keys_have_256_random_bits_and_never_repeat(tmp_path: Path) -> None:
    texts = {create_key(tmp_path / "keys.sqlite", Wish("ci"))[0] for _ in range(20)}
    assert len(texts) == 20
    assert {len(text) for text in texts} == {len("mlp_") + 43}


def test_nobody_else_on_the_machine_can_read_the_file(tmp_path: Path) -> None:
    create_key(tmp_path / "keys.sqlite", Wish("ci"))
    assert stat.S_IMODE((tmp_path / "keys.sqlite").stat().st_mode) == 0o600


def test_a_key_is_found_by_its_whole_text_only(tmp_path: Path) -> None:
    text, key = create_key(tmp_path / "keys.sqlite", Wish("ci"))
    ring = KeyRing(tmp_path / "keys.sqlite")
    assert ring.find(text) == key
    for wrong in (text[:-1], f"{text}a", text.upper(), "", " ", f"{text}\x00", "\ud800"):
        assert ring.find(wrong) is None
    ring.close()


def test_a_ring_sees_keys_that_are_made_and_revoked_while_it_is_open(tmp_path: Path) -> None:
    file = tmp_path / "keys.sqlite"
    ring = KeyRing(file)
    assert not ring.any_usable()
    text, key = create_key(file, Wish("ci"))
    assert ring.find(text) is not None
    revoke_key(file, key.id)
    assert ring.find(text) is None
    ring.close()


def test_a_key_expires(tmp_path: Path) -> None:
    text, _ = create_key(tmp_path / "keys.sqlite", Wish("ci", days=1), NOON)
    now = [NOON + timedelta(hours=23)]
    ring = KeyRing(tmp_path / "keys.sqlite", now=lambda: now[0])
    assert ring.find(text) is not None
    now[0] = NOON + timedelta(hours=24)
    assert ring.find(text) is None
    ring.close()


def test_a_key_is_revoked_by_id_or_by_a_name_that_only_one_has(tmp_path: Path) -> None:
    file = tmp_path / "keys.sqlite"
    first, second = (create_key(file, Wish("ci"))[1] for _ in range(2))
    with pytest.raises(BadName, match="2 keys are named 'ci'"):
        revoke_key(file, "ci")
    revoke_key(file, first.id)
    assert revoke_key(file, "ci").id == second.id
    with pytest.raises(BadName, match="There is no key 'ci' in use"):
        revoke_key(file, "ci")
    assert all(key.revoked for key in list_keys(file))


def test_a_scope_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="There is no scope 'write'"):
        create_key(tmp_path / "keys.sqlite", Wish("ci", ("write",)))


def test_settings_can_name_keys_by_hash(reach: Reach) -> None:
    digest = hashlib.sha256(b"a key from a secret store").hexdigest()
    client = reach("a key from a secret store", rest_keys=True, rest_key_hashes=f"{digest}:read")
    assert client.get("/v1/pages").status_code == 200
    assert client.post("/v1/templates/problem-brief/fill", json={}).status_code == 403


@pytest.mark.parametrize("bad", ["abc", "a" * 64 + ":write", "g" * 64])
def test_hashes_that_are_none_are_refused(bad: str) -> None:
    with pytest.raises(BadSetting, match="MLPLAYBOOK_REST_KEY_HASHES"):
        read_hashes(bad)


@pytest.mark.parametrize(
    ("settings", "needed"),
    [
        ({}, False), ({"rest_keys": True}, True), ({"rest_host": "0.0.0.0"}, True), ({"rest_host": "192.168.1.5"}, True),
        ({"rest_hosts": "playbook.example.org"}, True), ({"rest_host": "::1"}, False), ({"rest_host": "localhost"}, False),
    ],
)  # fmt: skip
def test_whatever_others_can_reach_needs_a_key(reach: Reach, settings: dict[str, object], needed: bool) -> None:
    assert reach(**settings).get("/v1/pages").status_code == (401 if needed else 200)


def test_a_request_without_the_right_key_learns_how_to_send_one(reach: Reach, world: World) -> None:
    client = reach(rest_keys=True)
    for headers, code in (
        ({}, "key-missing"), ({"Authorization": "Bearer mlp_nothing"}, "key-unknown"),
        ({"Authorization": "Basic YTpi"}, "key-missing"),
        ({"Authorization": f"bearer{world.key()}"}, "key-missing"),
    ):  # fmt: skip
        got = client.get("/v1/pages", headers=headers)
        assert (got.status_code, got.json()["code"]) == (401, code)
        assert got.headers["www-authenticate"].startswith("Bearer")


def test_a_revoked_key_is_refused_from_the_next_request_on(reach: Reach, world: World) -> None:
    client = reach(world.key(), rest_keys=True)
    assert client.get("/v1/pages").status_code == 200
    revoke_key(world.settings().rest_folder / "keys.sqlite", "test")
    assert client.get("/v1/pages").status_code == 401


@pytest.mark.parametrize(
    ("scope", "statuses"), [("read", (200, 403, 403)), ("ask", (200, 200, 403)), ("admin", (200, 200, 200))]
)
def test_a_scope_allows_what_it_includes_and_nothing_else(
    reach: Reach, world: World, scope: str, statuses: tuple[int, ...]
) -> None:
    client = reach(world.key(scope), rest_keys=True)
    got = (client.get("/v1/pages"), client.post("/v1/templates/problem-brief/fill", json={}), client.get("/metrics"))
    assert tuple(one.status_code for one in got) == statuses


def test_the_probes_and_the_page_need_no_key(reach: Reach) -> None:
    client = reach(rest_keys=True)
    assert [client.get(path).status_code for path in ("/health", "/ready", "/docs", "/openapi.json")] == [200] * 4


def test_no_key_stands_in_the_log(reach: Reach, world: World) -> None:
    text = world.key()
    reach(text, rest_keys=True).get("/v1/pages")
    assert text not in world.written.getvalue()
    assert world.lines()[-1]["key"]
