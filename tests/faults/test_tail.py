"""`claw log -f` in another process sees a session as it runs, is killed, and is resumed: each event once, in order."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import time
from typing import Any

from tests.cli.live.world import CLAW, PATIENCE, World, text, told, tool

PROMPT = ("-p", "go", "--input-id", "one")


def test_a_follower_sees_it_all_through_kills(world: World) -> None:
    world.serve(
        tool("Bash", {"command": "for i in 1 2 3 4 5 6; do echo line $i; sleep 0.1; done"}),
        tool("Bash", {"command": "echo two; sleep 0.3"}),
        text("All ", "is ", "done."),
        pace=0.05,
    )
    draw = random.Random(3)
    run = world.spawn(*PROMPT, "--permission-mode", "bypassPermissions")
    _until_begun(world)
    following = subprocess.Popen(
        [CLAW, "log", "@last", "-f", "--json"], env=world.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        for times in range(4):
            _until_resumed(world, times)
            time.sleep(draw.uniform(0.1, 1.5))
            run.kill()
            run.communicate()
            run = world.spawn("resume", "@last", *PROMPT, "--permission-mode", "bypassPermissions")
        _, errors = run.communicate(timeout=PATIENCE)
        assert run.returncode == 0, errors.decode()
        seen = _lines(following, upto=world.events()[-1]["seq"])
    finally:
        run.kill()
        following.send_signal(signal.SIGINT)
        _, errors = following.communicate(timeout=PATIENCE)
    assert following.returncode == 130, errors.decode()
    assert seen == world.events()
    assert [event["kind"] for event in seen].count("session.resumed") == 4


def test_a_follower_does_not_hinder_the_writer(world: World) -> None:
    world.serve(tool("Bash", {"command": "sleep 0.5"}), text("Done."))
    assert world.run(*PROMPT, "--permission-mode", "bypassPermissions").returncode == 0
    command = [CLAW, "log", "@last", "-f"]
    followers = [subprocess.Popen(command, env=world.environ, stdout=subprocess.PIPE) for _ in range(3)]
    try:
        assert all(follower.stdout and follower.stdout.readline() for follower in followers)
        again = world.run("resume", "@last", *PROMPT)
        assert (again.returncode, again.stdout) == (0, b"Done.\n"), told(again)
    finally:
        for follower in followers:
            follower.send_signal(signal.SIGINT)
            follower.communicate(timeout=PATIENCE)
    assert [follower.returncode for follower in followers] == [130] * 3


def _until_begun(world: World) -> None:
    end = time.monotonic() + PATIENCE
    while not (world.sessions() and world.run("log", "@last").returncode == 0):
        assert time.monotonic() < end, "no session began"
        time.sleep(0.05)


def _until_resumed(world: World, times: int) -> None:
    end = time.monotonic() + PATIENCE
    while [event["kind"] for event in world.events()].count("session.resumed") < times:
        assert time.monotonic() < end, "it did not go on"
        time.sleep(0.05)


def _lines(following: subprocess.Popen[bytes], upto: int) -> list[dict[str, Any]]:
    """What it prints, up to this event."""
    assert following.stdout is not None
    seen: list[dict[str, Any]] = []
    while not seen or seen[-1]["seq"] < upto:
        line = following.stdout.readline()
        assert line, "it ended early"
        seen.append(json.loads(line))
    return seen
