"""Glob and Grep: found by name, found by content, and never beyond what was allowed."""

from __future__ import annotations

import asyncio
import os

import anyio
import pytest

from claw import _native
from claw._native import blake3
from claw.events.base import Event
from claw.events.tool import ToolInterrupted, ToolStarted, call_bytes
from claw.handlers.base import Call
from claw.handlers.tool import ToolHandler
from tests.toolbox.world import BY_NAME, SECRET, TRAITS, Result, World

pytestmark = pytest.mark.anyio


async def test_glob_lists_what_changed_last_first_relative_to_the_workspace(world: World) -> None:
    for age, name in enumerate(["new.py", "src/old.py", "src/deep/oldest.py"]):
        os.utime(world.write(name), (1_000_000 - age, 1_000_000 - age))
    world.write("other.txt")
    assert (await world.call("Glob", pattern="**/*.py")).text == "new.py\nsrc/old.py\nsrc/deep/oldest.py"
    assert (await world.call("Glob", pattern="*.py", path="src")).text == "src/old.py\nsrc/deep/oldest.py"


async def test_glob_outside_gives_absolute_paths(world: World) -> None:
    (world.root / "beside.txt").write_text("x")
    expected = str(world.root / "beside.txt")
    assert expected in (await world.call("Glob", pattern="../*.txt")).text.split("\n")
    assert expected in (await world.call("Glob", pattern=f"{world.root}/*.txt")).text.split("\n")
    assert expected in (await world.call("Glob", pattern="*.txt", path="..")).text.split("\n")


async def test_an_absolute_glob_inside_is_inside(world: World) -> None:
    world.write("src/a.py")
    assert (await world.call("Glob", pattern=f"{world.workspace}/src/*.py")).text == "src/a.py"


async def test_glob_says_when_nothing_matches_and_when_there_is_more(world: World) -> None:
    assert (await world.call("Glob", pattern="*.none")).text == "No file matches *.none."
    for number in range(101):
        world.write(f"many/{number}.txt")
    lines = (await world.call("Glob", pattern="many/*.txt")).text.split("\n")
    assert len(lines) == 101
    assert "Only the 100 files changed last" in lines[-1]


async def test_glob_of_what_is_no_folder_is_an_error(world: World) -> None:
    world.write("a.txt")
    assert "a.txt is not a folder" in (await world.call("Glob", pattern="*", path="a.txt")).error
    assert "nowhere is not a folder" in (await world.call("Glob", pattern="*", path="nowhere")).error
    assert "glob" in (await world.call("Glob", pattern="[")).error


async def test_grep_shows_files_lines_or_counts(world: World) -> None:
    world.write("src/a.py", "import os\nx = 1\nimport sys\n")
    world.write("b.txt", "import nothing\n")
    assert (await world.call("Grep", pattern="^import")).text == "b.txt\nsrc/a.py"
    content = await world.call("Grep", pattern="^import", output_mode="content", glob="*.py")
    assert content.text == "src/a.py:1:import os\nsrc/a.py:3:import sys"
    bare = await world.call("Grep", **{"pattern": "x", "output_mode": "content", "path": "src/a.py", "-n": False})
    assert bare.text == "src/a.py:x = 1"
    assert (await world.call("Grep", pattern="import", output_mode="count")).text == "b.txt:1\nsrc/a.py:2"
    assert (await world.call("Grep", pattern="import", type="py")).text == "src/a.py"


async def test_grep_knows_its_flags(world: World) -> None:
    world.write("a.txt", "one\nTWO\nthree\nfour\n")
    around = await world.call("Grep", **{"pattern": "two", "-i": True, "-C": 1, "output_mode": "content"})
    assert around.text == "a.txt-1-one\na.txt:2:TWO\na.txt-3-three"
    after = await world.call("Grep", **{"pattern": "TWO", "-A": 2, "output_mode": "content"})
    assert after.text == "a.txt:2:TWO\na.txt-3-three\na.txt-4-four"
    before = await world.call("Grep", **{"pattern": "three", "-B": 1, "output_mode": "content"})
    assert before.text == "a.txt-2-TWO\na.txt:3:three"
    spanning = await world.call("Grep", pattern="one.*three", multiline=True, output_mode="content")
    assert spanning.text == "a.txt:1:one\na.txt:2:TWO\na.txt:3:three"


async def test_head_limit_gives_the_first_results(world: World) -> None:
    world.write("a.txt", "x\n" * 10)
    text = (await world.call("Grep", pattern="x", output_mode="content", head_limit=2)).text
    assert text == "a.txt:1:x\na.txt:2:x\n(There is more. Narrow the search to see it.)"
    assert (await world.call("Grep", pattern="x", output_mode="content", head_limit=0)).text.count("\n") == 9


async def test_grep_says_when_nothing_matches(world: World) -> None:
    world.write("a.txt", "x\n")
    told = (await world.call("Grep", pattern="nowhere")).text
    assert told == "No match for nowhere. (Files that git ignores were left out.)"


async def test_grep_of_one_file_leaves_nothing_out(world: World) -> None:
    world.write(".gitignore", "*.log\n")
    world.write("a.log", "x\n")
    assert (await world.call("Grep", pattern="x", path="a.log")).text == "a.log"
    assert (await world.call("Grep", pattern="nowhere", path="a.log")).text == "No match for nowhere."


async def test_grep_reads_other_encodings_as_read_does(world: World) -> None:
    texts = {
        "sj.txt": ("日本語のテキスト、これは文章です。\n二行目\n", "shift_jis"),
        "koi.txt": ("Привет, мир! Это русский текст.\n", "koi8_r"),
        "latin.txt": ("Grüße\r\nneedle ü\n", "latin-1"),
        "jis.txt": ("日本語のテキスト\n二行目\n", "iso2022_jp"),
    }
    for name, (text, encoding) in texts.items():
        (world.workspace / name).write_bytes(text.encode(encoding))
    (world.workspace / "mixed.txt").write_bytes("viele Wörter, 日本 und ein Byte \n".encode() + b"\xff needle\n")
    found = await world.call("Grep", pattern="日本語", output_mode="content")
    assert found.text == "jis.txt:1:日本語のテキスト\nsj.txt:1:日本語のテキスト、これは文章です。"
    assert (await world.call("Grep", pattern="^Привет")).text == "koi.txt"
    assert (await world.call("Grep", pattern="ü(ße)?$", output_mode="content", path="latin.txt")).text == (
        "latin.txt:1:Grüße\nlatin.txt:2:needle ü"
    )
    assert (await world.call("Grep", pattern="needle", output_mode="count")).text == "latin.txt:1\nmixed.txt:1"
    (world.workspace / "large.txt").write_bytes("grün\n".encode("latin-1") * 300_000)
    assert (await world.call("Grep", pattern="grün", path="large.txt")).text == (
        "No match for grün. (Files that are neither UTF-8 nor small were searched by their bytes: 1.)"
    )


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        ({"pattern": "("}, "regex"),
        ({"pattern": "x", "type": "klingon"}, "klingon"),
        ({"pattern": "x", "path": "nowhere"}, "nowhere does not exist"),
    ],
)
async def test_grep_of_nonsense_is_an_error(world: World, arguments: dict[str, object], wrong: str) -> None:
    assert wrong in (await world.call("Grep", **arguments)).error


async def test_much_is_cut_at_a_line(world: World) -> None:
    world.write("a.txt", ("x" * 90 + "\n") * 1000)
    lines = (await world.call("Grep", pattern="x", output_mode="content")).text.split("\n")
    assert sum(map(len, lines)) < 30_200
    assert lines[-1].startswith("(There is more.")
    assert lines[-2].endswith("x" * 90)


async def test_ignored_files_and_links_out_are_not_searched(world: World) -> None:
    (world.root / "outside").mkdir()
    (world.root / "outside/secret.txt").write_text("needle")
    (world.workspace / "link").symlink_to(world.root / "outside")
    world.write(".gitignore", "ignored/\n")
    world.write("ignored/a.txt", "needle")
    world.write("seen.txt", "needle")
    left_out = "(Files that git ignores were left out.)"
    assert (await world.call("Grep", pattern="needle")).text == f"seen.txt\n{left_out}"
    assert (await world.call("Glob", pattern="**/*.txt")).text == f"seen.txt\n{left_out}"


@pytest.mark.parametrize("whole", [True, False], ids=["in a repository", "in none"])
@pytest.mark.parametrize("kind", ["init", "file"])
async def test_a_repository_in_another_folder_ignores_what_it_says_itself(world: World, whole: bool, kind: str) -> None:
    made = ["nested", "nested/deep/er", "ignored/repository", *(["."] if whole else [])]
    for folder in made:
        world.write(f"{folder}/a.txt", "needle")
        await anyio.run_process(["git", "init", "-q"], cwd=world.workspace / folder)
    if kind == "file":
        (world.workspace / "nested/.git").rename(world.workspace / "kept")
        world.write("nested/.git", "gitdir: ../kept\n")
        world.write("kept/info/exclude", "")
    world.write(".gitignore", "*.log\nignored/\nvendor/\nkept/\n")
    world.write("nested/.gitignore", "own/\n")
    world.write("nested/.ignore", "*.ignored\n")
    for name in ("x.log", "nested/x.log", "nested/vendor/v.txt", "nested/own/o.txt", "nested/deep/er/own/o.txt"):
        world.write(name, "needle")
    world.write("nested/deep/er/x.ignored", "needle")
    world.write("vendor/v.txt", "needle")
    found = {"a.txt"} if whole else set()
    found |= {"nested/a.txt", "nested/x.log", "nested/vendor/v.txt"}
    found |= {"nested/deep/er/a.txt", "nested/deep/er/own/o.txt"}
    told = (await world.call("Grep", pattern="needle")).text.splitlines()
    assert set(told) - {"(Files that git ignores were left out.)"} == found
    told = (await world.call("Glob", pattern="**/*.{txt,log,ignored}")).text.splitlines()
    assert set(told) - {"(Files that git ignores were left out.)"} == found
    told = (await world.call("Grep", pattern="needle", path="nested/deep")).text.splitlines()
    assert sorted(told)[-2:] == ["nested/deep/er/a.txt", "nested/deep/er/own/o.txt"]
    assert len(told) == 3


@pytest.mark.parametrize("pattern", ["dist/b.js", "dist/*.js", "**/b.js", "b.js", "d*/b.js"])
async def test_what_git_ignores_is_found_where_nothing_else_is_meant(world: World, pattern: str) -> None:
    world.write(".gitignore", "dist/\n")
    world.write("dist/b.js", "MARK")
    told = (await world.call("Glob", pattern=pattern)).text
    assert told == "dist/b.js\n(Nothing else matches; git ignores these.)"
    assert (await world.call("Grep", pattern="MARK", path="dist")).text.startswith("dist/b.js")
    assert (await world.call("Grep", pattern="MARK", path="dist/b.js")).text.startswith("dist/b.js")


async def test_hidden_files_are_searched_but_for_what_git_keeps(world: World) -> None:
    for name in (".github/workflows/ci.yml", ".env.yml", "a/.b/c.yml", ".git/d.yml", "e.yml"):
        world.write(name, "MARK")
    found = {".github/workflows/ci.yml", ".env.yml", "a/.b/c.yml", "e.yml"}
    assert set((await world.call("Glob", pattern="**/*.yml")).text.splitlines()) == found
    assert set((await world.call("Grep", pattern="MARK")).text.splitlines()) == found
    assert (await world.call("Glob", pattern=".git/*.yml")).text == ".git/d.yml"


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("app/[slug]/page.tsx", ["app/[slug]/page.tsx", "app/s/page.tsx"]),
        ("app/[slug]/*.tsx", ["app/[slug]/page.tsx", "app/s/page.tsx"]),
        ("**/[slug]/page.tsx", ["app/[slug]/page.tsx", "app/s/page.tsx"]),
        ("app/[[...all]]/page.tsx", ["app/[[...all]]/page.tsx"]),
        ("app/[st]/page.tsx", ["app/s/page.tsx"]),
        ("app/[s]/page.tsx", ["app/[s]/page.tsx", "app/s/page.tsx"]),
    ],
)
async def test_brackets_stand_for_a_set_and_for_themselves(world: World, pattern: str, found: list[str]) -> None:
    for folder in ("[slug]", "[[...all]]", "s", "[s]"):
        world.write(f"app/{folder}/page.tsx", "x")
    assert sorted((await world.call("Glob", pattern=pattern)).text.splitlines()) == found


async def test_the_end_of_a_line_is_found_before_crlf_too(world: World) -> None:
    world.write("crlf.txt", "end MARK\r\nMARK more\r\n")
    world.write("lf.txt", "end MARK\nMARK more\n")
    for pattern in ("MARK$", r"^end MARK$", r"MARK\s*$"):
        assert (await world.call("Grep", pattern=pattern, output_mode="count")).text == "crlf.txt:1\nlf.txt:1"
    assert (await world.call("Grep", pattern="MARK$", output_mode="content")).text == (
        "crlf.txt:1:end MARK\nlf.txt:1:end MARK"
    )
    spanning = await world.call("Grep", pattern="end MARK$.*more", multiline=True)
    assert spanning.text == "crlf.txt\nlf.txt"


async def test_what_a_rule_excludes_is_not_seen(world: World) -> None:
    world.write("open.txt", "needle")
    world.write("private/a.txt", "needle")
    for name, pattern in (("Grep", "needle"), ("Glob", "**/*.txt")):
        paths = await world.facts(name, pattern=pattern)
        arguments = {"pattern": pattern}
        digest = blake3(call_bytes(name, arguments, paths))
        hidden = (f"{world.workspace}/private",)
        intent = ToolStarted(
            request=1, name=name, arguments=arguments, paths=paths, exclude=hidden, digest=digest, traits=TRAITS[name]
        )
        events: list[Event] = []
        await ToolHandler(BY_NAME, world.context, world.blobs).perform(Call(1, intent, events.append))
        assert Result(events, world.blobs).text == "open.txt"


async def test_secrets_are_masked_also_where_a_line_is_cut(world: World) -> None:
    world.write("a.txt", f"needle {SECRET}\n" + "needle" + "." * (500 - 6 - 10) + SECRET + "." * 200 + "\n")
    world.write("b.txt", "." * 300 + SECRET + "." * 90 + "needle" + "." * 600 + "\n")
    text = (await world.call("Grep", pattern="needle", output_mode="content")).text
    assert "a.txt:1:needle \u2039secret:TEST_API_KEY\u203a" in text
    for length in range(4, len(SECRET)):
        assert SECRET[:length] not in text
        assert SECRET[-length:] not in text


async def test_a_root_that_was_moved_after_the_check_is_not_searched(world: World) -> None:
    (world.root / "outside").mkdir()
    (world.root / "outside/a.txt").write_text("needle")
    world.write("src/a.txt", "needle")
    facts = await world.facts("Grep", pattern="needle", path="src")
    os.rename(world.workspace / "src", world.workspace / "moved")
    (world.workspace / "src").symlink_to(world.root / "outside")
    (now,) = (await world.run("Grep", facts, pattern="needle", path="src")).moved
    assert now.canonical == str(world.root / "outside")


@pytest.mark.parametrize("name", ["Grep", "Glob"])
async def test_what_the_kernel_makes_up_is_not_searched(world: World, name: str) -> None:
    assert "made up by the system" in (await world.call(name, pattern="*", path="/proc/self")).error
    assert "made up by the system" in (await world.call(name, pattern="*", path="/proc")).error


@pytest.mark.parametrize("name", ["Grep", "Glob"])
async def test_a_search_from_above_passes_it_over(world: World, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    world.write("proc/kmsg.txt", "*")
    world.write("a.txt", "*")
    monkeypatch.setattr("claw.tools.search.PSEUDO", (f"{world.workspace}/proc",))
    assert (await world.call(name, pattern="*.txt" if name == "Glob" else r"\*")).text == "a.txt"


@pytest.mark.parametrize(("name", "call"), [("Grep", "grep"), ("Glob", "glob")])
async def test_a_cancelled_search_stops(world: World, monkeypatch: pytest.MonkeyPatch, name: str, call: str) -> None:
    tokens: list[_native.CancelToken] = []
    searching = anyio.Event()
    real = getattr(_native, call)
    loop = asyncio.get_running_loop()

    def endless(*arguments: object, **options: object) -> object:
        token = options["cancel"]
        assert isinstance(token, _native.CancelToken)
        tokens.append(token)
        loop.call_soon_threadsafe(searching.set)
        while not token.cancelled:
            pass
        return real(*arguments, **options)

    monkeypatch.setattr(_native, call, endless)
    facts = await world.facts(name, pattern="x")
    events: list[Event] = []
    async with anyio.create_task_group() as group:
        group.start_soon(lambda: world.run(name, facts, into=events, pattern="x"))
        await searching.wait()
        group.cancel_scope.cancel()
    assert [type(event) for event in events] == [ToolInterrupted]
    assert [token.cancelled for token in tokens] == [True]
