"""A kind of intent is added from outside: it is performed, shown, checked, replayed, and resumed as it declares."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.cli.live.world import PATIENCE, World, text

ROOT = Path(__file__).parents[2]


def run(world: World, *arguments: str) -> subprocess.CompletedProcess[str]:
    """claw, with that kind of intent."""
    return subprocess.run(
        [sys.executable, "-m", "tests.session.added_intent", *arguments],
        cwd=world.workspace,
        env={**world.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_an_intent_from_outside(world: World) -> None:
    world.serve(text("hello"), text("again"))
    done = run(world, "-p", "hi")
    assert (done.returncode, done.stdout) == (0, "hello\n"), done.stderr
    (world.workspace / "storm").touch()
    assert run(world, "resume", "@last", "-p", "and now?").returncode == -9
    done = run(world, "resume", "@last", "-p", "still there?")
    assert (done.returncode, done.stdout) == (0, "again\n"), done.stderr

    for command in ("verify", "replay"):
        checked = run(world, command, "@last")
        assert checked.returncode == 0, checked.stdout + checked.stderr
    shown = run(world, "log", "@last").stdout
    assert (shown.count("sky.requested"), shown.count("sky.reported")) == (3, 3)
    kinds = world.kinds()
    killed = kinds.index("session.resumed", kinds.index("session.resumed") + 1)
    assert "sky.requested" in kinds[:killed], "what was open is performed again under its old key"


def test_a_claw_without_it_does_not_take_it_for_something_else(world: World) -> None:
    world.serve(text("hello"))
    assert run(world, "-p", "hi").returncode == 0
    assert "sky.requested" in world.run("log", "@last").stdout.decode()
    assert world.run("show", "@last").returncode == 0
    assert world.run("verify", "@last").returncode == 0
    replayed = world.run("replay", "@last")
    assert replayed.returncode not in (0, 8, 9), "it neither passes nor diverges: it needs another claw"
