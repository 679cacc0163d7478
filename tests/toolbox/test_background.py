"""Commands in the background: they run on, can be looked at and killed, and leave nothing behind."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar

import anyio
import pytest

from claw import _native
from claw.events.base import Blob, Event
from claw.events.content import TextBlock
from claw.events.shell import ShellFinished, ShellOutput, ShellStarted
from claw.events.tool import ToolFinished
from claw.execution import shells
from tests.toolbox.world import SECRET, Result, World, running

pytestmark = pytest.mark.anyio

E = TypeVar("E", bound=Event)


class Background:
    """A world's background commands, and all that was reported of them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.events: list[Event] = []

    async def start(self, command: str) -> str:
        """The id of a command that was started."""
        arguments = {"command": command, "run_in_background": True}
        await self.world.run("Bash", await self.world.facts("Bash", **arguments), into=self.events, **arguments)
        end = self.of(ToolFinished)[-1]
        assert not end.is_error, end
        (said,) = end.content
        assert isinstance(said, TextBlock)
        (*_, id) = str(said.text).rstrip(".").split()
        return id

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    def said(self, id: str) -> str:
        return "".join(event.text for event in self.of(ShellOutput) if event.id == id)

    async def until(self, holds: Callable[[], bool]) -> None:
        while not holds():  # noqa: ASYNC110 - there is no other sign
            await anyio.sleep(0.01)

    async def finished(self, id: str) -> ShellFinished:
        await self.until(lambda: any(event.id == id for event in self.of(ShellFinished)))
        (end,) = [event for event in self.of(ShellFinished) if event.id == id]
        return end

    async def look(self, id: str, **arguments: Any) -> str:
        return (await self.world.call("BashOutput", bash_id=id, **arguments)).text

    async def kill(self, id: str) -> Result:
        return await self.world.call("KillShell", shell_id=id)


@pytest.fixture
async def background(world: World) -> AsyncIterator[Background]:
    yield Background(world)
    await world.context.shells.close()
    assert _native.wait_guard(world.context.guard, 0)


async def test_the_call_ends_at_once_and_the_command_runs_on(background: Background) -> None:
    id = await background.start("echo one; until [ -e go ]; do sleep 0.01; done; echo two")
    assert id == "bash_1"
    kinds = [type(event) for event in background.events if not isinstance(event, ShellOutput)]
    assert kinds == [ShellStarted, ToolFinished]
    assert background.of(ShellStarted)[0].call == background.of(ToolFinished)[0].call
    await background.until(lambda: background.said(id) == "one\n")
    assert await background.look(id) == "bash_1: running\n\none"
    assert await background.look(id) == "bash_1: running\n\n(no new output)"
    background.world.write("go")
    end = await background.finished(id)
    assert (end.reason, end.exit, end.content, end.output) == ("exited", 0, "one\ntwo\n", None)
    assert end.duration_ns > 0
    assert await background.look(id) == "bash_1: ended, exit code 0\n\ntwo"
    assert [event.index for event in background.of(ShellOutput)] == [0, 1]


async def test_a_failure_has_its_status(background: Background) -> None:
    end = await background.finished(await background.start("exit 3"))
    assert (end.reason, end.exit) == ("exited", 3)


async def test_killing_ends_it_and_everything_it_started(background: Background) -> None:
    mark = f"mark-{uuid.uuid4().hex}"
    id = await background.start(f"(trap '' TERM; : {mark}; echo up; while :; do sleep 0.05; done) & wait")
    await background.until(lambda: "up" in background.said(id))
    assert running(mark)
    assert (await background.kill(id)).text == "Killed bash_1, and everything it started."
    assert running(mark) == []
    end = await background.finished(id)
    assert (end.reason, end.exit, end.content) == ("killed", None, "up\n")
    assert await background.look(id) == "bash_1: killed\n\nup"
    assert "does not run any more (killed)" in (await background.kill(id)).error


async def test_it_may_have_a_terminal(background: Background) -> None:
    arguments = {"command": r"tty -s && printf '\033[1mlistening\033[0m\r\n'", "run_in_background": True, "pty": True}
    await background.world.run("Bash", (), into=background.events, **arguments)
    assert (await background.finished("bash_1")).content == "listening\n"


async def test_closing_ends_all_that_run_and_reports_each(background: Background) -> None:
    await background.finished(await background.start("true"))
    ids = [await background.start("sleep 1000") for _ in range(3)]
    await background.world.context.shells.close()
    ends = {event.id: event.reason for event in background.of(ShellFinished)}
    assert ends == {"bash_1": "exited", **dict.fromkeys(ids, "session_end")}


async def test_a_filter_tells_matching_lines_and_drops_the_others(background: Background) -> None:
    id = await background.start("printf 'a 1\\nb 2\\na 3\\n'")
    await background.finished(id)
    assert await background.look(id, filter="^a [0-9]$") == "bash_1: ended, exit code 0\n\na 1\na 3"
    assert await background.look(id) == "bash_1: ended, exit code 0\n\n(no new output)"


async def test_a_filter_that_is_none_loses_nothing(background: Background) -> None:
    id = await background.start("echo kept")
    await background.finished(id)
    assert "bad regular expression" in (await background.world.call("BashOutput", bash_id=id, filter="(")).error
    assert "kept" in await background.look(id)


@pytest.mark.parametrize("tool", [("BashOutput", "bash_id"), ("KillShell", "shell_id")])
async def test_unknown_ids_are_errors_that_name_the_known(background: Background, tool: tuple[str, str]) -> None:
    name, parameter = tool
    call = background.world.call
    assert "Background commands: there is none" in (await call(name, **{parameter: "bash_1"})).error
    await background.start("sleep 1000")
    assert "Background commands: bash_1." in (await call(name, **{parameter: "bash_2"})).error
    assert "no background command '/etc/passwd'" in (await call(name, **{parameter: "/etc/passwd"})).error


async def test_a_command_is_the_agents_that_started_it(background: Background) -> None:
    id = await background.start("sleep 1000")
    background.world.agent = 1
    assert f"no background command '{id}'" in (await background.kill(id)).error
    assert "there is none" in (await background.world.call("BashOutput", bash_id=id)).error
    assert await background.start("true") != id
    background.world.agent = 0
    assert "Killed" in (await background.kill(id)).text


async def test_ids_go_on_from_earlier_runs(background: Background) -> None:
    background.world.context.shells.go_on_from(4)
    assert await background.start("true") == "bash_5"
    assert "ended with an earlier run of claw" in (await background.world.call("BashOutput", bash_id="bash_4")).error


async def test_only_so_many_run_at_a_time(background: Background, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shells, "MOST", 2)
    first, _ = [await background.start("sleep 1000") for _ in range(2)]
    result = await background.world.call("Bash", command="touch made", run_in_background=True)
    assert result.error == "2 commands already run in the background. KillShell bash_1 ends one."
    assert not (background.world.workspace / "made").exists()
    await background.kill(first)
    await background.start("true")


async def test_secrets_are_masked_in_pieces_looks_and_the_end(background: Background) -> None:
    half = len(SECRET) // 2
    id = await background.start(f"printf 'a {SECRET[:half]}'; sleep 0.3; printf %s '{SECRET[half:]} b'")
    end = await background.finished(id)
    masked = "a \u2039secret:TEST_API_KEY\u203a b"
    assert (background.said(id), end.content) == (masked, masked)
    assert await background.look(id) == f"bash_1: ended, exit code 0\n\n{masked}"
    assert SECRET not in repr(background.events)


async def test_long_output_keeps_head_and_tail_and_the_whole_as_a_blob(background: Background) -> None:
    id = await background.start("seq 1 100000")
    end = await background.finished(id)
    whole = "".join(f"{i}\n" for i in range(1, 100001))
    assert background.said(id) == whole
    assert isinstance(end.output, Blob)
    assert background.world.blobs.get(end.output.digest).decode() == whole
    for told in (str(end.content), await background.look(id)):
        assert len(told) < 30_300
        assert "characters left out" in told
        assert told.rstrip().endswith("99999\n100000")


async def test_a_flood_is_counted_only_and_its_end_is_told(
    background: Background, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("claw.execution.output.WHOLE_LIMIT", 100_000)
    id = await background.start(
        f"head -c 3000000 /dev/zero | tr '\\0' x; echo; echo {SECRET} MIDDLE; "
        "until [ -e go ]; do sleep 0.01; done; echo END"
    )
    seen = ""
    while "MIDDLE" not in seen:
        seen = await background.look(id)
    assert "\u2039secret:TEST_API_KEY\u203a MIDDLE" in seen
    assert "characters left out" in seen
    background.world.write("go")
    end = await background.finished(id)
    assert len(background.said(id)) == 100_000
    assert str(end.content).endswith("MIDDLE\nEND\n")
    assert await background.look(id) == "bash_1: ended, exit code 0\n\nEND"
