"""What language servers find is told with an edit; whatever they do, the edit is done."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import venv
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from claw import _native
from claw.events.permission import Rule
from claw.execution.language import edits, server
from claw.execution.language.late import Languages
from tests.toolbox.odd_language_server import languages
from tests.toolbox.world import Result, World

pytestmark = pytest.mark.anyio

HEADER = "<new-diagnostics>The following new diagnostic issues were detected:"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = World(tmp_path)
    yield world
    await closed(world)


async def closed(world: World) -> None:
    """Whatever a test did, nothing runs any more once the session has ended."""
    if world.context.languages is not None:
        await world.context.languages.close()
    assert _native.wait_guard(world.context.guard, 60)


async def having(world: World, ways: str = "pull", **more: object) -> None:
    await closed(world)
    world.context.languages = languages(ways, **more)


async def written(world: World, text: str, name: str = "a.odd") -> str:
    """What a model is told of a whole new text."""
    path = world.workspace / name
    if path.exists():
        await world.call("Read", file_path=name)
    return (await world.call("Write", file_path=name, content=text)).text


def found(told: str) -> list[str]:
    """The problems in a result, each in a line."""
    if HEADER not in told:
        assert "new-diagnostics" not in told
        return []
    block = told.split(HEADER)[1].split("</new-diagnostics>")[0]
    return [line.strip() for line in block.strip().splitlines() if line.strip()]


async def hover(world: World, name: str = "a.odd", **place: int) -> dict[str, Any]:
    """What the server says it was told, and can reach."""
    said = (await world.call("LSP", operation="hover", filePath=name, **place)).text
    told: dict[str, Any] = json.loads(said.split("\n\n", 1)[1])
    return told


@pytest.mark.parametrize(
    "ways",
    ["pull", "pull none", "pull full utf-8", "pull interrupted", "push utf-16", "push unversioned", "push prelude",
     "registers utf-32"],
)  # fmt: skip
async def test_what_was_not_there_before_the_edit_is_told(world: World, ways: str) -> None:
    await having(world, ways)
    assert found(await written(world, "meh\nfine\n")) == ["a.odd:", "⚠ [Line 1:1] this is meh [word] (odd)"]
    read = await world.call("Read", file_path="a.odd")
    assert "new-diagnostics" not in read.text
    edit = await world.call("Edit", file_path="a.odd", old_string="fine", new_string="x\n😀é bad meh hmm")
    assert found(edit.text) == [
        "a.odd:",
        "✘ [Line 3:4] this is bad [word] (odd)",
        "⚠ [Line 3:8] this is meh [word] (odd)",
    ]
    assert "Changed a.odd" in edit.text.split(HEADER)[0]
    moved = await world.call("Edit", file_path="a.odd", old_string="meh\nx", new_string="x\n\n\nmeh")
    assert found(moved.text) == [], "what has only moved is not new"
    assert [line.split("] ")[1] for line in found(await written(world, "bad bad meh meh"))[1:]] == ["this is bad [word"]


async def test_one_that_only_speaks_when_something_has_changed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "SILENT_AT_FIRST", 0.5)
    await having(world, "push quiet")
    assert found(await written(world, "fine")) == []
    assert len(found(await written(world, "bad"))) == 2
    assert found(await written(world, "bad, and more")) == []
    assert len(found(await written(world, "bad, and bad"))) == 2


async def test_a_worktree_that_is_closed_has_no_servers(world: World) -> None:
    await having(world)
    tree = world.root / "trees/one/sub"
    tree.mkdir(parents=True)
    own, world.context = world.context, world.context.at(str(tree))
    facts = await world.facts("Write", file_path="a.odd", content="bad")
    assert len(found((await world.run("Write", facts, file_path="a.odd", content="bad")).text)) == 2
    world.context = own
    assert own.languages is not None
    assert not _native.wait_guard(own.guard, 0)
    await own.languages.leave(str(tree.parent))
    assert _native.wait_guard(own.guard, 60)


async def test_files_that_others_changed_are_told_anew(world: World) -> None:
    await having(world)
    await written(world, "fine\n")
    await written(world, "other\n", "b.odd")
    await world.call(
        "Bash", command="printf 'bad\\nfine\\n' > a.odd; rm b.odd; echo > c.odd; mkdir .x; echo > .x/d.odd"
    )
    await world.call("Read", file_path="a.odd")
    edit = await world.call("Edit", file_path="a.odd", old_string="fine", new_string="badder")
    assert [line.split("] ")[1] for line in found(edit.text)[1:]] == ["this is badder [word"]
    told = (await hover(world))["told"]
    assert ["workspace/didChangeWatchedFiles", [["b.odd", 3], ["c.odd", 1]]] in [
        [one[0], sorted(one[1])] for one in told if isinstance(one, list)
    ]
    assert told.count("textDocument/didClose") == 1


async def test_several_files_of_one_patch(world: World) -> None:
    await having(world)
    world.write("a.odd", "one\n")
    world.write("gone.odd", "bad\n")
    for name in ("a.odd", "gone.odd"):
        await world.call("Read", file_path=name)
    patch = "*** Begin Patch\n*** Update File: a.odd\n@@\n-one\n+bad\n*** Add File: b.odd\n+meh\n"
    patch += "*** Add File: c.txt\n+bad\n*** Delete File: gone.odd\n*** End Patch"
    done = await world.call("apply_patch", input=patch)
    assert found(done.text) == [
        "a.odd:",
        "✘ [Line 1:1] this is bad [word] (odd)",
        "b.odd:",
        "⚠ [Line 1:1] this is meh [word] (odd)",
    ]


async def test_there_is_room_for_so_many_and_no_secret_is_told(world: World) -> None:
    await having(world)
    told = await written(world, "bad\n" * 3000 + "meh\n")
    assert len(found(told)) == 22
    assert found(told)[-1] == "… and 980 more"
    shown = found(await written(world, f"bad{'y' * 5000}\nbad_s3cr3tsk\nbad\n", "b.odd"))
    assert max(map(len, shown)) < 600
    assert found(await written(world, "x" * 1_100_000 + " bad", "c.odd")) == [], "it is not told to a server"


async def test_a_session_without_servers_is_as_it_was(world: World) -> None:
    world.context.languages = None
    assert found(await written(world, "bad\n")) == []
    refused = await world.call("LSP", operation="hover", filePath="a.odd")
    assert refused.error == "Language servers are switched off in the settings."
    await having(world)
    done = await world.call("Write", file_path="a.txt", content="bad")
    assert (found(done.text), done.streamed) == ([], "")
    assert "No language server for .txt files" in (await world.call("LSP", operation="hover", filePath="a.txt")).error
    failed = await world.call("Edit", file_path="a.odd", old_string="nothing", new_string="bad")
    assert "new-diagnostics" not in failed.error
    gone = await world.call("LSP", operation="hover", filePath="gone.odd")
    assert gone.error.endswith("gone.odd does not exist.")


# --- a server that does harm, or none of its work --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("dies", "it ended (exit status 101; thread 'main' panicked)"),
        ("huge", "it sent a message of 104857600 bytes"),
        ("garbage", "it sent what is no message of the protocol"),
        ("short", "it sent what is no message of the protocol"),
        ("nolength", "it sent what is no message of the protocol"),
        ("deep", "it sent what is no message of the protocol"),
        ("floods", "it does not stop talking"),
    ],
)
async def test_one_that_fails_is_started_once_more_and_then_done_without(world: World, word: str, why: str) -> None:
    await having(world)
    assert found(await written(world, "bad\n")) != []
    first = await written(world, word)
    assert f"[odd has failed: {why}" in first
    assert first.endswith("What it finds in a.odd is not known.]")
    again = await world.call("Edit", file_path="a.odd", old_string=word, new_string="bad")
    assert f"[odd has failed: {why}" in again.text, "it was started anew, and told the text from before the edit"
    assert again.streamed.startswith("Starting odd:")
    done_without = await written(world, "meh")
    assert "[odd has ended 2 times and is not started again in this session:" in done_without
    assert (world.workspace / "a.odd").read_text() == "meh"
    last = await world.call("Edit", file_path="a.odd", old_string="meh", new_string="bad")
    assert (last.text.count("odd has"), last.streamed) == (0, ""), "said once"
    asked = await world.call("LSP", operation="hover", filePath="a.odd")
    assert "is not started again in this session" in asked.error


async def test_one_that_died_is_back_with_the_next_edit(world: World) -> None:
    await having(world)
    await written(world, "dies")
    (world.workspace / "a.odd").write_text("fine")
    assert [line[-1] for line in found(await written(world, "bad"))] == [":", ")"]


@pytest.mark.parametrize(
    ("ways", "why"),
    [
        ("dies-at-once", "it ended (exit status 3; no such toolchain)"),
        ("refuses", "it cannot begin: no compiler here"),
        ("misunderstands", "it cannot begin: its answer to initialize is no answer to that"),
    ],
)
async def test_one_that_cannot_even_start(world: World, ways: str, why: str) -> None:
    await having(world, ways)
    told = await written(world, "bad")
    assert f"[odd has failed: {why}" in told
    assert f"odd has failed: {why}" in (await world.call("LSP", operation="hover", filePath="a.odd")).error
    assert "is not started again" in await written(world, "bad 2")
    assert "odd has" not in await written(world, "bad 3")


@pytest.mark.parametrize("ways", ["pull", "pull hangs-at-start"])
async def test_one_that_hangs_holds_nobody_up(world: World, ways: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WAIT", "STARTING", "BRIEF"):
        monkeypatch.setattr(edits, name, 1.0)
    await having(world, ways)
    assert "[odd has not answered in time. What it finds in a.odd is not known.]" in await written(world, "hangs")
    assert "[odd has not answered in time." in await written(world, "bad")
    assert (world.workspace / "a.odd").read_text() == "bad"


async def test_a_call_that_is_called_off_meanwhile_has_done_its_work(world: World) -> None:
    await having(world, "pull hangs-at-start")

    class Events(list[Any]):
        def append(self, event: Any) -> None:
            super().append(event)
            began.set()

    began, events = asyncio.Event(), Events()
    facts = await world.facts("Write", file_path="a.odd", content="bad")
    call = asyncio.create_task(world.run("Write", facts, events, file_path="a.odd", content="bad"))
    await began.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert "Created a.odd" in Result(events, world.blobs).text


async def test_what_a_server_says_unasked_or_wrongly_is_nothing(world: World) -> None:
    await having(world, "pull strange-ids asks", settings={"odd": {"deep": {"a": 1}}})
    assert len(found(await written(world, "bad"))) == 2
    answers = (await hover(world))["answers"]
    assert answers[0] == [{"a": 1}, None, {"odd": {"deep": {"a": 1}}}]
    assert answers[1]["applied"] is False
    assert answers[2:7] == [
        {"success": False},
        [{"uri": f"file://{world.workspace}", "name": "workspace"}],
        None,
        None,
        [],
    ]
    assert answers[7]["code"] == -32601
    assert len(answers[8]) == 100, "a short question has no long answer"
    await having(world, "pull wrong-shape")
    told = await written(world, "bad meh")
    assert "[odd did not answer: its answer to textDocument/diagnostic is no answer to that." in told


# --- what is asked of it ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("ways", "character"), [("utf-8", 6), ("utf-16", 3), ("utf-32", 2), ("", 3)])
async def test_characters_are_counted_as_people_do(world: World, ways: str, character: int) -> None:
    await having(world, f"pull {ways}")
    world.write("a.odd", "x\r\n😀é bad\n")
    assert (await hover(world, line=2, character=3))["position"] == {"line": 1, "character": character}
    assert (await hover(world, line=2, character=999))["position"]["line"] == 1
    refused = await world.call("LSP", operation="hover", filePath="a.odd", line=9, character=1)
    assert refused.error == "There is no line 9: the file has 3."


async def test_answers_of_any_shape_and_size(world: World) -> None:
    await having(world, "pull outside many nested")
    world.write("a.odd", "x\n")

    async def ask(operation: str) -> Result:
        return await world.call("LSP", operation=operation, filePath="a.odd", line=1, character=1)

    places = (await ask("goToDefinition")).text.splitlines()
    assert places[0] == "Found 8 definitions:"
    assert places[1] == "/etc/pass wd:1:1"
    assert "https://example.com/x:1:1" in places
    assert places[-1] == "/lib/y.odd:1:1000000000001"
    references = (await ask("findReferences")).text.splitlines()
    assert references[0] == "Found 5000 references:"
    assert (len(references), references[-1]) == (204, "… and 4800 more")
    symbols = (await ask("documentSymbol")).text
    assert "\x1b" not in symbols
    assert symbols.count("\n") == 21
    assert "did not answer: its answer to workspace/symbol is no answer to that" in (await ask("workspaceSymbol")).error
    assert "odd knows no textDocument/implementation" in (await ask("goToImplementation")).error
    for outside in ("/etc/hosts.odd", "../x.odd"):
        assert "outside" in (await world.call("LSP", operation="hover", filePath=outside)).error
    assert "none.odd does not exist" in (await world.call("LSP", operation="hover", filePath="none.odd")).error


async def test_it_only_reads_here_and_reaches_nothing_else(world: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = str(listening.getsockname()[1])
        rule = Rule(effect="deny", rule="Read(secret.odd)", source="test", layer="user", root="")
        world.context.rules = (rule,)
        await having(world, env={"PORT": port})
        world.write("a.odd", "x\n")
        world.write("secret.odd", "secret")
        (world.workspace / ".git").mkdir()
        (world.home / "private").write_text("private")
        seen = (await hover(world))["reach"]
    assert seen["can"] == ["write /tmp/made"]
    assert seen["secret"] == ""
    assert "private" not in seen["home"]
    assert not any("KEY" in name for name in seen["environ"])
    assert not (world.workspace / "made").exists()


async def test_a_denied_program_is_no_server(world: World) -> None:
    world.context.rules = (Rule(effect="deny", rule="Bash(python*)", source="test", layer="user", root=""),)
    if not _native.Confinement.available()["traced"]:
        pytest.skip("nothing can be traced here")
    await having(world)
    assert "it is denied by the rule Bash(python*) (test)" in await written(world, "bad")


async def test_the_packages_of_a_virtual_environment_in_the_workspace_are_seen(world: World) -> None:
    folder = world.workspace / ".venv"
    venv.create(folder, with_pip=False)
    (package,) = folder.glob("lib/python*/site-packages")
    (package / "shapes").mkdir()
    (package / "shapes/__init__.py").write_text("def area(width: int) -> int: ...\n")
    (package / "shapes/py.typed").touch()
    code = "import shapes\nimport no_such\n\nshapes.area('')\n"
    world.context.environment["PATH"] = f"{folder}/bin:{Path(sys.executable).parent}:{os.environ['PATH']}"
    world.context.languages = Languages()
    told = found((await world.call("Write", file_path="a.py", content=code)).text)
    assert [line.split("] ")[0] for line in told if line.startswith("✘")] == ["✘ [Line 2:8", "✘ [Line 4:13"]


async def test_a_program_of_the_workspace_is_none(world: World) -> None:
    folder = world.workspace / ".venv/bin"
    folder.mkdir(parents=True)
    for name in ("basedpyright-langserver", "pyright-langserver"):
        (folder / name).write_text("#!/bin/sh\ntouch /tmp/was-here\n")
        (folder / name).chmod(0o755)
    world.context.environment["PATH"] = f"{folder}:/usr/bin:/bin"
    world.context.languages = Languages()
    done = await world.call("Write", file_path="a.py", content="x: int = ''\n")
    assert (found(done.text), done.streamed) == ([], "")
    assert "No language server" in (await world.call("LSP", operation="hover", filePath="a.py")).error
