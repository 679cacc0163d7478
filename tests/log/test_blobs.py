"""The blob store: content by its BLAKE3 digest."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from claw import errors
from claw._native import BlobStore, blake3

ABC = "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85"
"""BLAKE3 of b"abc": test vector of the reference implementation."""


def test_content_is_kept_under_its_digest(tmp_path: Path) -> None:
    store = BlobStore(str(tmp_path / "blobs"))
    assert blake3(b"abc") == ABC
    assert not store.has(ABC)
    assert store.put(b"abc") == ABC
    assert store.has(ABC)
    assert store.get(ABC) == b"abc"
    assert (tmp_path / "blobs" / ABC[:2] / ABC).read_bytes() == b"abc"
    for content in (b"", bytes(1_000_000)):
        assert store.get(store.put(content)) == content


def test_what_is_there_is_not_written_again(tmp_path: Path) -> None:
    store = BlobStore(str(tmp_path))
    store.put(b"abc")
    file = tmp_path / ABC[:2] / ABC
    before = file.stat().st_ino
    store.put(b"abc")
    assert file.stat().st_ino == before
    assert [path.name for path in file.parent.iterdir()] == [ABC]


@pytest.mark.parametrize("damaged", [b"abd", b"ab", b""])
def test_damage_is_found_and_putting_it_again_repairs_it(tmp_path: Path, damaged: bytes) -> None:
    store = BlobStore(str(tmp_path))
    store.put(b"abc")
    file = tmp_path / ABC[:2] / ABC
    file.write_bytes(damaged)
    with pytest.raises(errors.BlobError, match=f"{ABC} is damaged"):
        store.get(ABC)
    store.put(b"abc")
    assert store.get(ABC) == b"abc"


def test_missing_and_impossible_digests(tmp_path: Path) -> None:
    store = BlobStore(str(tmp_path))
    with pytest.raises(errors.BlobError, match="is missing") as caught:
        store.get("0" * 64)
    assert caught.value.hint
    (tmp_path / "secret").write_text("x")
    for digest in ("", "../secret", "0" * 63, "0" * 65, "G" * 64, ABC.upper()):
        assert not store.has(digest)
        with pytest.raises(errors.BlobError, match="not a BLAKE3 digest"):
            store.get(digest)


def test_threads_may_put_the_same_content(tmp_path: Path) -> None:
    store = BlobStore(str(tmp_path))
    content = bytes(range(256)) * 1000
    threads = [threading.Thread(target=store.put, args=(content,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.get(blake3(content)) == content
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1
