from __future__ import annotations

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mlplaybook.server.cache.sqlite import SqliteStore
from mlplaybook.server.cache.store import Counts, Stats
from tests.server.cache.worlds import Clock

DAY = 86_400.0


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "home" / "cache.sqlite"


def opened(file: Path, clock: Clock | None = None, said: list[str] | None = None, most: int = 1_000_000) -> SqliteStore:
    say = pytest.fail if said is None else said.append
    return SqliteStore(file, say, most, clock or Clock())


def test_a_value_is_found_until_its_time_is_over(file: Path) -> None:
    clock = Clock()
    store = opened(file, clock)
    store.put("answer:a", b"one", 10)
    clock.now += 9.9
    assert store.get("answer:a") == b"one"
    clock.now += 0.1
    assert store.get("answer:a") is None
    store.close()


def test_the_last_writer_wins_and_another_process_sees_it(file: Path) -> None:
    one, other = opened(file), opened(file)
    one.put("answer:a", b"one", 10)
    other.put("answer:a", b"two", 10)
    assert (one.get("answer:a"), one.stats().kinds["answer"].entries) == (b"two", 1)
    one.close()
    other.close()


def test_statistics_count_by_kind(file: Path) -> None:
    store = opened(file)
    store.put("answer:a", b"12345", 10)
    store.put("embedding:b", b"123", 10)
    for key in ("answer:a", "answer:a", "answer:b", "embedding:c"):
        store.get(key)
    store.close()
    again = opened(file)
    expected = {"answer": Counts(1, 5, 2, 1), "embedding": Counts(1, 3, 0, 1)}
    assert again.stats() == Stats(str(file), 1_000_000, expected)  # type: ignore[arg-type]
    again.close()


def test_statistics_of_a_cache_that_is_not_there_make_none(file: Path) -> None:
    store = opened(file)
    assert store.stats() == Stats(str(file), 1_000_000, {"answer": Counts(), "embedding": Counts()})
    assert store.clear() == 0
    assert not file.exists()


def test_clearing_a_kind_leaves_the_other(file: Path) -> None:
    store = opened(file)
    store.put("answer:a", b"1", 10)
    store.put("answer:b", b"1", 10)
    store.put("embedding:c", b"1", 10)
    assert store.clear("answer") == 2
    assert (store.get("answer:a"), store.get("embedding:c")) == (None, b"1")
    assert store.clear() == 1
    store.close()


def test_the_least_recently_used_goes_when_it_is_full(file: Path) -> None:
    clock = Clock()
    store = opened(file, clock, most=1000)
    for name in "abcd":
        store.put(f"answer:{name}", bytes(240), DAY)
        clock.now += 61
    store.get("answer:a")
    clock.now += 61
    store.put("answer:e", bytes(240), DAY)
    kept = [name for name in "abcde" if store.get(f"answer:{name}") is not None]
    assert kept == ["a", "d", "e"]
    assert store.stats().kinds["answer"].bytes == 720
    store.close()


def test_the_file_stays_within_its_bound(file: Path) -> None:
    store = opened(file, most=2_000_000)
    for n in range(400):
        store.put(f"answer:{n}", bytes(20_000), DAY)
    assert store.stats().kinds["answer"].bytes <= 2_000_000
    store.close()
    assert file.stat().st_size < 3_000_000


def test_what_has_expired_makes_room_before_anything_is_evicted(file: Path) -> None:
    clock = Clock()
    store = opened(file, clock, most=1000)
    store.put("answer:old", bytes(240), DAY)
    clock.now += 1
    for n in range(3):
        store.put(f"answer:{n}", bytes(240), 1)
    clock.now += 2
    store.put("answer:new", bytes(240), DAY)
    assert [store.get(f"answer:{name}") is not None for name in ("old", "new")] == [True, True]
    store.close()


def test_a_value_that_would_take_a_quarter_of_it_is_not_kept(file: Path) -> None:
    store = opened(file, most=1000)
    store.put("answer:a", bytes(251), 10)
    assert store.get("answer:a") is None
    store.close()


def damage(file: Path, how: str) -> None:
    content = bytearray(file.read_bytes())
    if how == "text":
        content = bytearray(b"this is no database, this is a text of some length" * 40)
    elif how == "cut":
        content = content[: len(content) // 2 + 100]
    elif how == "head":
        content[:100] = bytes(100)
    elif how == "zeros":
        content[4096:] = bytes(len(content) - 4096)
    elif how == "noise":
        content[4096:] = bytes(n * 37 % 256 for n in range(len(content) - 4096))
    elif how == "half a page":
        content[2000:9000] = b"\xff" * 7000
    file.write_bytes(bytes(content))


@pytest.mark.parametrize("how", ["text", "cut", "head", "zeros", "noise", "half a page"])
def test_a_damaged_file_is_set_aside_with_one_line_and_a_new_one_begun(file: Path, how: str) -> None:
    before = opened(file)
    for n in range(50):
        before.put(f"answer:{n}", b"right" * 100, DAY)
    before.close()
    damage(file, how)
    said: list[str] = []
    store = opened(file, said=said)
    found = [store.get(f"answer:{n}") for n in range(50)]
    assert {value for value in found if value is not None} <= {b"right" * 100}
    store.put("answer:new", b"new", DAY)
    store.put("answer:new", b"new", DAY)
    assert store.get("answer:new") == b"new"
    store.close()
    assert len(said) == 1
    assert "damaged" in said[0]
    assert file.with_name("cache.sqlite.damaged").is_file()


def test_a_flipped_bit_in_a_value_is_noticed(file: Path) -> None:
    store = opened(file)
    store.put("answer:a", b"the threshold is 0.2", DAY)
    store.put("answer:b", b"other", DAY)
    store.close()
    file.write_bytes(file.read_bytes().replace(b"threshold is 0.2", b"threshold is 0.3"))
    store = opened(file)
    assert (store.get("answer:a"), store.get("answer:b")) == (None, b"other")
    assert store.stats().kinds["answer"].entries == 1
    store.close()


def test_a_file_with_other_tables_is_set_aside(file: Path) -> None:
    file.parent.mkdir()
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE entries (other TEXT)")
    connection.close()
    said: list[str] = []
    store = opened(file, said=said)
    store.put("answer:a", b"lost", DAY)
    store.put("answer:a", b"kept", DAY)
    assert (store.get("answer:a"), len(said)) == (b"kept", 1)
    store.close()


def test_two_processes_that_find_the_same_damage_make_one_new_file(file: Path) -> None:
    first = opened(file)
    first.put("answer:a", b"1", DAY)
    first.close()
    damage(file, "text")
    said: list[str] = []
    one, other = opened(file, said=said), opened(file, said=said)
    assert (one.get("answer:a"), other.get("answer:a")) == (None, None)
    one.put("answer:b", b"2", DAY)
    assert other.get("answer:b") == b"2"
    assert len(said) == 1
    one.close()
    other.close()


def test_a_place_that_cannot_be_written_is_no_cache_and_said_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    said: list[str] = []
    clock = Clock()
    store = opened(tmp_path / "file" / "cache.sqlite", clock, said)
    for _ in range(3):
        store.put("answer:a", b"1", DAY)
        assert store.get("answer:a") is None
        clock.now += 60
    store.close()
    assert len(said) == 1
    assert said[0].startswith(f"no cache: {tmp_path / 'file' / 'cache.sqlite'} cannot be used")


def test_a_folder_in_its_place_is_no_cache(file: Path) -> None:
    file.mkdir(parents=True)
    said: list[str] = []
    store = opened(file, said=said)
    assert store.get("answer:a") is None
    assert len(said) == 1
    store.close()


def test_a_writer_that_takes_its_time_stops_nobody(file: Path) -> None:
    store = SqliteStore(file, pytest.fail, 1_000_000, Clock(), busy=0.01)
    store.put("answer:a", b"1", DAY)
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    store.put("answer:b", b"2", DAY)
    assert (store.get("answer:a"), store.get("answer:b")) == (b"1", None)
    other.execute("COMMIT")
    other.close()
    store.put("answer:b", b"2", DAY)
    assert store.get("answer:b") == b"2"
    store.close()


def test_threads_share_one_store(file: Path) -> None:
    store = opened(file, most=100_000_000)

    def use(n: int) -> bool:
        store.put(f"answer:{n % 40}", b"value %d" % (n % 40), DAY)
        return store.get(f"answer:{n % 40}") == b"value %d" % (n % 40)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(use, range(400)))
    assert store.stats().kinds["answer"] == Counts(40, sum(len(b"value %d" % n) for n in range(40)), 400, 0)
    store.close()


CHILD = """
import sys
from pathlib import Path
from mlplaybook.server.cache.sqlite import SqliteStore
store = SqliteStore(Path(sys.argv[1]), lambda line: sys.exit(line), 300_000, busy=5)
wrong = 0
for n in range(300):
    key = f"answer:{n * 7 % 60}"
    found = store.get(key)
    wrong += found not in (None, key.encode() * 100)
    store.put(key, key.encode() * 100, 60)
store.close()
print(wrong)
"""


def test_processes_share_one_file(file: Path) -> None:
    file.parent.mkdir()
    command = [sys.executable, "-c", CHILD, str(file)]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(4)]
    ended = [(child.communicate(timeout=60), child.returncode) for child in children]
    assert [(out.strip(), err, code) for (out, err), code in ended] == [(b"0", b"", 0)] * 4
    store = opened(file)
    assert store.stats().kinds["answer"].entries == 60
    store.close()
    with sqlite3.connect(file) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        held = connection.execute("SELECT count(*), sum(size) FROM entries").fetchone()
        assert held == connection.execute("SELECT entries, bytes FROM totals WHERE kind = 'answer'").fetchone()
    connection.close()
