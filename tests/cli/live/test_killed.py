"""claw is killed while a command runs: what that made and must not have is out of the way before anybody goes on."""

from __future__ import annotations

import os
import signal
import subprocess

import pytest

from claw import _native
from tests.cli.live.world import World, text, told, tool

pytestmark = pytest.mark.skipif(not _native.Confinement.available()["namespaces"], reason="no user namespaces here")

MAKES = "echo evil >.envrc; mkdir -p lib/.git/hooks; echo evil >lib/.git/hooks/pre-commit; echo x >new.lock"


@pytest.mark.parametrize("background", [False, True])
@pytest.mark.parametrize("signals", [[signal.SIGKILL], [signal.SIGINT, signal.SIGTERM]])
def test_it_is_set_aside_and_told_when_the_session_goes_on(
    world: World, signals: list[signal.Signals], background: bool
) -> None:
    os.mkfifo(world.workspace / "begun")
    (world.workspace / "run.sh").write_text(f"trap '' TERM; {MAKES}; echo yes >begun; sleep 1000")
    os.mkfifo(world.workspace / "asked")
    waiting = "echo yes >asked; sleep 1000"
    call = tool("Bash", {"command": "bash run.sh", "run_in_background": background})
    world.serve(call, *([tool("Bash", {"command": waiting})] if background else []), *[text("I see.")] * 4)
    claw = world.spawn("-p", "Go.", "--allowed-tools", "Bash", "--disallowed-tools", "Edit(*.lock)")
    (world.workspace / "begun").read_text()
    if background:
        (world.workspace / "asked").read_text()
    _end(claw, signals)
    done = world.run("resume", "-p", "And?")
    assert done.returncode == 0
    there = sorted(str(path.relative_to(world.workspace)) for path in world.workspace.rglob("*") if path.is_file())
    assert there == [".envrc.set-aside", "lib/.git/hooks.set-aside/pre-commit", "new.lock.set-aside", "run.sh"]
    assert ".envrc → .envrc.set-aside" in told(done)
    assert "(rule for **/*.lock)" in told(done)
    kind = "shell.finished" if background else "tool.interrupted"
    (end,) = [event for event in world.events() if event["kind"] == kind]
    assert "claw set aside what the command made" in str(end["data"]["content"])
    assert "set aside" not in told(world.run("resume", "-p", "And now?"))


def _end(claw: subprocess.Popen[bytes], signals: list[signal.Signals]) -> None:
    for one in signals:
        claw.send_signal(one)
    claw.communicate()
