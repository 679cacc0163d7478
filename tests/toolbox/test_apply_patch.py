"""apply_patch changes what a patch says, wherever it fits as Codex has it, in all files or in none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from claw.errors import ToolError
from claw.tools.patch import Hunk, Update, steps, summary
from tests.toolbox.world import SECRET, Result, World

pytestmark = pytest.mark.anyio


def patch(*lines: str) -> str:
    return "\n".join(["*** Begin Patch", *lines, "*** End Patch"])


async def apply(world: World, *lines: str) -> Result:
    return await world.call("apply_patch", input=patch(*lines))


def tree(world: World) -> dict[str, str]:
    files = (path for path in sorted(world.workspace.rglob("*")) if path.is_file())
    return {str(path.relative_to(world.workspace)): path.read_text() for path in files}


async def test_files_are_added_changed_moved_and_deleted_at_once(world: World) -> None:
    world.write("a.py", "one\ntwo\nthree\n")
    world.write("old.py", "def f():\n    return 1\n").chmod(0o755)
    world.write("gone.py", "x\n")
    done = await apply(
        world,
        *("*** Add File: deep/er/new.py", "+print()", "+", "+# end"),
        *("*** Update File: a.py", "@@", " one", "-two", "+TWO", " three"),
        *("*** Update File: old.py", "*** Move to: lib/moved.py", "@@ def f():", "-    return 1", "+    return 2"),
        "*** Delete File: gone.py",
    )
    assert done.text == (
        "Success. Updated the following files:\nA deep/er/new.py\nM a.py\nM lib/moved.py (moved from old.py)\nD gone.py"
    )
    assert tree(world) == {
        "a.py": "one\nTWO\nthree\n",
        "deep/er/new.py": "print()\n\n# end\n",
        "lib/moved.py": "def f():\n    return 2\n",
    }
    assert (world.workspace / "lib/moved.py").stat().st_mode & 0o777 == 0o755


BEFORE = "class A:\n    def f(self):\n        return 1\n\nclass B:\n    def f(self):\n        return 1\n"


@pytest.mark.parametrize(
    ("before", "hunks", "after"),
    [
        pytest.param("a\nb\n", ["@@", "-a", "+A", "@@", "-b", "+B"], "A\nB\n", id="several hunks"),
        pytest.param("a\nb\n", [" a", "-b", "+B"], "a\nB\n", id="the first without @@"),
        pytest.param(BEFORE, ["@@ class B:", "@@     def f(self):", "-        return 1", "+        return 2"],
                     BEFORE[:-2] + "2\n", id="one @@ below the other"),
        pytest.param(BEFORE, ["@@ class B:", "     def f(self):", "-        return 1", "+        return 2"],
                     BEFORE[:-2] + "2\n", id="@@ names where to look"),
        pytest.param("x\na\nx\na\n", ["@@", " x", "-a", "+A", "*** End of File"], "x\na\nx\nA\n", id="at the end"),
        pytest.param("a\nb\n", ["@@", "+c", "+d"], "a\nb\nc\nd\n", id="only put in, at the end"),
        pytest.param("a\nb\n", ["@@ a", "+c"], "a\nc\nb\n", id="only put in, below a line"),
        pytest.param("", ["@@", "+c"], "c\n", id="into an empty file"),
        pytest.param("a\nb\nc\n", ["@@", " a", "-b", " c"], "a\nc\n", id="only taken out"),
        pytest.param("a\nb", ["@@", "-b", "+B"], "a\nB\n", id="a last line gets an end"),
        pytest.param("a\nb", ["@@", "-a", "+A"], "A\nb", id="one that stays does not"),
        pytest.param("a  \nb\n", ["@@", " a", "-b", "+B"], "a  \nB\n", id="white space behind"),
        pytest.param("\ta\n  b\n", ["@@", " a", "-b", "+  B"], "\ta\n  B\n", id="white space around"),
        pytest.param("“a” \u2013 b\nc\n", ["@@", ' "a" - b', "-c", "+C"], "“a” \u2013 b\nC\n", id="punctuation"),
        pytest.param("a\u00a0b\nc\n", ["@@", "-a b", "+A"], "A\nc\n", id="blanks of other kinds"),
        pytest.param("a \na\nb\n", ["@@", "-a", "+A"], "a \nA\nb\n", id="exactly comes first"),
        pytest.param("a\n\nb\n", ["@@", " a", "", "-b", "+B"], "a\n\nB\n", id="an empty line of the patch"),
        pytest.param("a\nb\n", ["@@ -1,2 +1,2 @@", " a", "-b", "+B"], "a\nB\n", id="numbers of lines"),
        pytest.param("x\nf()\nb\n", ["@@ -2,2 +2,2 @@ f()", "-b", "+B"], "x\nf()\nB\n", id="and what is behind them"),
        pytest.param("f()\nb\n", ["@@ f()", " f()", "-b", "+B"], "f()\nB\n", id="the line named is in the hunk, too"),
        pytest.param("a\nb\n", ["@@", "-b", "+B", "\\ No newline at end of file"], "a\nB\n", id="what git says"),
        pytest.param("a\n", ["@@", "-a", "+A", "", ""], "A\n", id="blank lines behind"),
        pytest.param("+a\n-b\n", ["@@", " +a", "--b", "+-c"], "+a\n-c\n", id="lines that begin with signs"),
        pytest.param("é\n日本\n", ["@@", " é", "-日本", "+日本語"], "é\n日本語\n", id="letters of all kinds"),
    ],
)  # fmt: skip
async def test_where_hunks_fit(world: World, before: str, hunks: list[str], after: str) -> None:
    path = world.write("a.txt", before)
    assert (await apply(world, "*** Update File: a.txt", *hunks)).text.startswith("Success.")
    assert path.read_text() == after


async def test_it_is_said_where_a_hunk_did_not_fit_exactly(world: World) -> None:
    world.write("a.txt", "a  \nb\n")
    done = await apply(world, "*** Update File: a.txt", "@@", " a", "-b", "+B")
    assert done.text.endswith("M a.txt\n(a.txt, hunk 1: matched but for white space at the ends of lines.)")


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["*** Update File: a.py", "@@", "-no such", "+x"], "Hunk 1 of 1 for a.py (line 5 of the patch) fits nowhere"),
        (["*** Update File: a.py", "@@", "-a", "+x", "@@", "-q", "+x"], "Hunk 2 of 2 for a.py"),
        (["*** Update File: a.py", "@@", "-c", "+x", "@@", "-a", "+x"], "come at line 1, above the hunk before"),
        (
            ["*** Update File: a.py", "@@", " a", " b", "-sea", "+x"],
            "(`sea` is not line 3). The nearest lines are:\n     1\ta\n     2\tb\n     3\tc\n",
        ),
        (["*** Update File: a.py", "@@ nowhere", "-a", "+x"], "its line `@@ nowhere`"),
        (["*** Update File: no.py", "@@", "-a", "+x"], "no.py does not exist."),
        (["*** Delete File: no.py"], "no.py does not exist."),
        (["*** Delete File: first.txt", "*** Update File: first.txt", "@@", "-a", "+b"], "this patch has removed"),
        (["*** Update File: lib", "@@", "-a", "+x"], "lib is a folder"),
        (["*** Delete File: lib"], "lib is a folder"),
        (["*** Add File: a.py", "+x"], "a.py exists, and you have not read it"),
        (["*** Update File: b.bin", "@@", "-a", "+x"], "b.bin is not text"),
        (["*** Update File: a.py", "*** Move to: lib/there.py", "@@", "-a", "+x"], "lib/there.py exists, and you have"),
        (["*** Delete File: a.py", "*** Delete File: twin.py"], "a.py and twin.py are one file (a hard link)"),
        (["*** Add File: a.py/x", "+x"], "a.py is not a folder"),
    ],
)  # fmt: skip
async def test_what_cannot_be_done_changes_nothing(world: World, lines: list[str], told: str) -> None:
    world.write("a.py", "a\nb\nc\n")
    os.link(world.workspace / "a.py", world.workspace / "twin.py")
    world.write("lib/there.py", "x\n")
    world.write("b.bin", b"\0\1\2")
    before = {str(path): path.read_bytes() for path in world.workspace.rglob("*") if path.is_file()}
    error = (await apply(world, "*** Add File: first.txt", "+first", *lines)).error
    assert told in error
    assert error.rstrip().endswith("No file was changed.")
    assert {str(path): path.read_bytes() for path in world.workspace.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "The first line of the patch is not '*** Begin Patch'"),
        ("--- a/x\n+++ b/x\n", "The first line of the patch is not '*** Begin Patch'"),
        (patch(), "changes no file"),
        ("*** Begin Patch\n*** Delete File: a", "seems to be cut off"),
        (patch("*** Update File: a.py"), "Line 2 of the patch updates a.py, and no line below says how"),
        (patch("*** Update File: a.py", "@@"), "Hunk 1 of a.py, at line 3 of the patch, changes nothing"),
        (patch("*** Add File: a.py", "no plus"), "Line 3 of the patch begins no file: 'no plus'"),
        (patch("*** Frobnicate File: a.py"), "Line 2 of the patch begins no file"),
        (patch("*** Add File: ", "+x"), "names no path"),
        (patch("*** Update File: a.py", "@@", "-a", "xyz"), "begins with neither ' ', '-' nor '+': 'xyz'"),
        (patch("*** Delete File: a") + "\nmore", "There is text behind '*** End Patch'"),
    ],
)
async def test_what_is_no_patch_is_said_before_anybody_is_asked(world: World, text: str, told: str) -> None:
    assert told in (await world.resolved("apply_patch", input=text)).error


@pytest.mark.parametrize(
    "text",
    [
        "apply_patch <<'EOF'\n{}\nEOF",
        'apply_patch <<"PATCH"\n{}\nPATCH\n',
        "<<EOF\n{}\nEOF",
        "cd sub && apply_patch <<'EOF'\n{}\nEOF\n",
        "\n{}\n\n",
    ],
)
def test_the_shells_words_around_a_patch_are_left_out(text: str) -> None:
    inner = patch("*** Update File: a.py", "@@", "-a", "+b")
    expected = (Update("a.py", "", (Hunk(1, 3, (), (("-", "a"), ("+", "b"))),)),)
    assert steps(text.format(inner)) == expected
    assert steps(text.format(inner).replace("\n", "\r\n")) == expected


def test_blanks_around_the_lines_with_stars_are_taken() -> None:
    text = " *** Begin Patch\n  *** Update File: a.py  \n@@\n-a\n+b\n*** End Patch  \n"
    assert steps(text) == steps(patch("*** Update File: a.py", "@@", "-a", "+b"))
    assert summary(text) == ["a.py"]
    with pytest.raises(ToolError):
        steps("*** begin patch\n*** End Patch")


async def test_its_facts_are_all_paths_that_it_names(world: World) -> None:
    world.write("a.py", "a\n")
    (world.workspace / "way").symlink_to("/etc")
    facts = await world.facts(
        "apply_patch",
        input=patch(
            *("*** Add File: ../out", "+x", "*** Update File: a.py", "*** Move to: way/b.py", "@@", "-a", "+b"),
            *("*** Delete File: ~/.bashrc", "*** Delete File: a.py"),
        ),
    )
    assert [(fact.given, fact.inside, fact.exists, fact.protected) for fact in facts] == [
        ("../out", False, False, False),
        ("a.py", True, True, False),
        ("way/b.py", False, False, False),
        ("~/.bashrc", False, False, True),
    ]
    assert facts[2].canonical == "/etc/b.py"


async def test_steps_see_what_the_ones_before_have_done(world: World) -> None:
    path = world.write("a.py", "a\nb\n")
    done = await apply(
        world,
        *("*** Add File: n.py", "+one", "*** Update File: n.py", "@@", "-one", "+two"),
        *("*** Update File: a.py", "@@", "-a", "+A", "*** Update File: ./a.py", "@@", " A", "-b", "+B"),
        *("*** Add File: brief", "+x", "*** Delete File: brief"),
    )
    assert done.text
    assert tree(world) == {"a.py": "A\nB\n", "n.py": "two\n"}
    ino = path.stat().st_ino
    assert (await apply(world, "*** Delete File: a.py", "*** Add File: a.py", "+new")).text
    assert path.read_text() == "new\n"
    assert ino  # a file that is deleted and added is written over


async def test_a_file_is_written_over_by_who_has_read_it(world: World) -> None:
    path = world.write("a.py", "a\n")
    await world.call("Read", file_path="a.py")
    assert (await apply(world, "*** Add File: a.py", "+new")).text
    path.write_text("somebody else\n")
    assert "you have not read it as it is now" in (await apply(world, "*** Add File: a.py", "+newer")).error


async def test_what_a_patch_has_changed_of_an_unread_file_is_not_all_that_is_known(world: World) -> None:
    world.write("a.py", "a\nb\n")
    assert (await apply(world, "*** Update File: a.py", "@@", "-a", "+A", "*** Add File: n.py", "+n")).text
    assert "have not read a.py" in (await world.call("Edit", file_path="a.py", old_string="b", new_string="c")).error
    assert (await world.call("Edit", file_path="n.py", old_string="n", new_string="m")).text


async def test_encoding_line_ends_and_links_are_kept(world: World) -> None:
    path = world.write("a.txt", "é\r\ntwo\r\nthree\n".encode("latin-1"))
    os.link(path, world.workspace / "twin.txt")
    mark = world.write("b.txt", b"\xef\xbb\xbfone\r\n")
    done = await apply(
        world,
        *("*** Update File: a.txt", "@@", "-two", "+2", "+ü"),
        *("*** Update File: b.txt", "@@", " one", "+two"),
    )
    assert done.text
    assert path.read_bytes() == "é\r\n2\r\nü\r\nthree\n".encode("latin-1")
    assert (world.workspace / "twin.txt").read_bytes() == path.read_bytes()
    assert mark.read_bytes() == b"\xef\xbb\xbfone\r\ntwo\r\n"


async def test_lines_with_secrets_fit_as_they_are_shown_and_no_mask_is_written(world: World) -> None:
    path = world.write("a.txt", f"key = {SECRET}\nb\n")
    mask = (await world.call("Read", file_path="a.txt")).text.split("\t")[1].splitlines()[0]
    assert (await apply(world, "*** Update File: a.txt", "@@", f" {mask}", "-b", "+c")).text
    assert path.read_text() == f"key = {SECRET}\nc\n"
    assert "would destroy the secret" in (await apply(world, "*** Update File: a.txt", "@@", "-c", f"+{mask}")).error
    assert SECRET not in (await apply(world, "*** Update File: a.txt", "@@", f"-{SECRET[:-1]}", "+x")).error


async def test_a_write_that_fails_undoes_those_before_it(world: World) -> None:
    """The last file's folder is a file by then, which only the writing finds out."""
    path = world.write("a.py", "a\n")
    linked = world.write("l.py", "l\n")
    os.link(linked, world.workspace / "m.py")
    gone = world.write("gone.py", "g\n")
    was = [(one.read_text(), one.stat().st_mode) for one in (path, linked, gone)]
    lines = ["*** Update File: a.py", "@@", "-a", "+A", "*** Update File: l.py", "@@", "-l", "+L"]
    lines += ["*** Delete File: gone.py", "*** Add File: new/er/n.py", "+n"]
    lines += ["*** Add File: new/er/n.py/x.py", "+x"]
    result = await world.call("apply_patch", input=patch(*lines))
    assert "new/er/n.py/x.py is not a folder" in result.error
    assert "No file was changed." in result.error
    assert [(one.read_text(), one.stat().st_mode) for one in (path, linked, gone)] == was
    assert sorted(os.listdir(world.workspace)) == ["a.py", "gone.py", "l.py", "m.py"]


async def test_what_was_changed_since_it_was_read_is_not_written_over(world: World, tmp_path: Path) -> None:
    path = world.write("a.py", "a\n")
    facts = await world.facts("apply_patch", input=patch("*** Update File: a.py", "@@", "-a", "+b"))
    path.write_text("other\n")
    text = patch("*** Update File: a.py", "@@", "-a", "+b")
    result = await world.run("apply_patch", facts, input=text)
    assert "fits nowhere" in result.error
    assert path.read_text() == "other\n"


async def test_a_patch_given_to_the_shell_is_answered_with_the_tool(world: World) -> None:
    for command in ("apply_patch <<'EOF'\n{}\nEOF", "cd sub && apply_patch <<'EOF'\n{}\nEOF"):
        given = command.format(patch("*** Delete File: a"))
        assert "call the tool apply_patch" in (await world.resolved("Bash", command=given)).error
    assert (await world.resolved("Bash", command="echo '*** Begin Patch' apply_patch")).error == ""
