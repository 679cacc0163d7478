"""`claw._native.glob` and `grep`, as Python meets them; what they find is tested in native/src/search/tests.rs."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from claw import _native
from claw.errors import ToolError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_text("import os\nfoo = 1\n")
    (tmp_path / "b.md").write_text("foo\n")
    return tmp_path


def test_glob_gives_absolute_paths(folder: Path) -> None:
    assert _native.glob("*.py", str(folder)) == ([str(folder / "src" / "a.py")], False)
    assert _native.glob("**", str(folder), limit=1)[1]
    assert _native.glob("**", str(folder), exclude=(f"{folder}/src",)) == ([str(folder / "b.md")], False)


def test_grep_modes(folder: Path) -> None:
    root = str(folder)
    assert _native.grep("foo", root) == (f"{root}/b.md\n{root}/src/a.py\n", False)
    assert _native.grep("foo", root, mode="count") == (f"{root}/b.md:1\n{root}/src/a.py:1\n", False)
    assert _native.grep("foo", root, mode="content", file_type="py", before=1) == (
        f"{root}/src/a.py-1-import os\n{root}/src/a.py:2:foo = 1\n",
        False,
    )
    assert _native.grep("nothing", root) == ("", False)


def test_errors_are_for_the_model(folder: Path) -> None:
    root = str(folder)
    with pytest.raises(ToolError, match="unclosed group"):
        _native.grep("(", root)
    with pytest.raises(ToolError, match="unknown grep mode `lines`") as caught:
        _native.grep("x", root, mode="lines")
    assert "files_with_matches" in caught.value.hint
    with pytest.raises(ToolError, match="not allowed in a regex") as caught:
        _native.grep(r"a\nb", root)
    assert "multiline" in caught.value.hint
    with pytest.raises(ToolError, match="leaves the directory"):
        _native.glob("../*", root)
    with pytest.raises(ToolError, match="No such file"):
        _native.glob("*", root + "/nowhere")


def test_names_that_are_not_utf8_are_shown_with_replacements(tmp_path: Path) -> None:
    (tmp_path / "caf\udce9.txt").write_text("foo\n")
    assert _native.glob("*", str(tmp_path)) == ([f"{tmp_path}/caf\ufffd.txt"], False)
    assert _native.grep("foo", str(tmp_path)) == (f"{tmp_path}/caf\ufffd.txt\n", False)


def test_a_search_is_cancelled_from_another_thread(tmp_path: Path) -> None:
    (tmp_path / "0").write_bytes(b"line\n" * 100000)
    for number in range(1, 200):
        os.link(tmp_path / "0", tmp_path / str(number))
    token = _native.CancelToken()
    assert not token.cancelled
    threading.Timer(0.01, token.cancel).start()

    def search_for_ever() -> None:
        while True:
            _native.grep("(l|i|n|e)+x", str(tmp_path), cancel=token)

    with pytest.raises(ToolError, match="cancelled"):
        search_for_ever()
    assert token.cancelled
