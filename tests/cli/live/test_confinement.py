"""What the kernel gives to confine commands is recorded, and what it does not give is said once, loudly."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest

from claw.events.session import Confinement
from claw.execution import confinement
from tests.cli.live.world import CLAW, World, text

WITHOUT_NAMESPACES = ["unshare", "-Ur", "sh", "-c", 'echo 0 >/proc/sys/user/max_user_namespaces; exec "$@"', "sh"]
"""Runs a program where no more namespaces can be made."""


def without_namespaces(world: World, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [*WITHOUT_NAMESPACES, CLAW, *arguments]
    done = subprocess.run(command, cwd=world.workspace, env=world.environ, capture_output=True, text=True, check=False)
    if "unshare" in done.stderr or "max_user_namespaces" in done.stderr:
        pytest.skip("no user namespace can be made here in the first place")
    return done


def recorded(world: World) -> dict[str, Any]:
    facts: dict[str, Any] = world.events()[0]["data"]["runtime"].get("confinement", {})
    return facts


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (Confinement(namespaces=True, traced=True, landlock=6, seccomp=True, processes="rlimit"), ""),
        (
            Confinement(namespaces=True, traced=True, seccomp=True, processes="cgroup"),
            "WEAKER HERE: this kernel gives no Landlock.",
        ),
        (
            Confinement(namespaces=True, traced=True, processes="pid_max"),
            "WEAKER HERE: this kernel gives no Landlock and seccomp.",
        ),
        (
            Confinement(namespaces=True, traced=True, landlock=6, seccomp=True, cgroup=True),
            "WEAKER HERE: nothing bounds how many processes a command starts.",
        ),
        (
            Confinement(namespaces=True, traced=True, landlock=6),
            "WEAKER HERE: this kernel gives no seccomp, and nothing bounds how many processes a command starts.",
        ),
        (
            Confinement(namespaces=True, landlock=6, seccomp=True, processes="rlimit"),
            "WEAKER HERE: claw may not trace what commands start, so deny rules for commands hold in the text",
        ),
        (Confinement(landlock=6, seccomp=True, why="EPERM"), "ONLY HALF CONFINED HERE: "),
        (Confinement(landlock=6, seccomp=True), "Nothing keeps a command from changing protected files (.git/config"),
        (Confinement(landlock=6), "gives no namespaces, so Landlock alone must hold them. "),
        (
            Confinement(why="not Linux."),
            "NOT CONFINED HERE: this kernel gives neither namespaces nor Landlock (not Linux).",
        ),
    ],
)
def test_the_sentence_says_what_is_missing(given: Confinement, said: str) -> None:
    assert said in confinement.lacking(given)
    assert bool(confinement.lacking(given)) == bool(said)


def test_what_the_kernel_gives_is_recorded(world: World) -> None:
    world.serve(text("Hello."))
    world.run("-p", "hi")
    given = confinement.available()
    assert recorded(world).get("namespaces", False) == given.namespaces
    assert recorded(world).get("landlock", 0) == given.landlock
    assert recorded(world).get("cgroup", False) == given.cgroup
    assert recorded(world).get("processes", "") == given.processes
    assert recorded(world).get("traced", False) == given.traced


def test_doctor_names_what_bounds_processes(world: World) -> None:
    given = confinement.available()
    said = world.run("doctor").stdout.decode()
    if confinement.lacking(given):
        assert confinement.lacking(given) in said
    else:
        assert f"ok      sandbox     {confinement.given(given)}" in said
        assert "bounded by" in said


def test_without_namespaces_doctor_and_session_say_so_once(world: World) -> None:
    world.serve(text("Hello."))
    doctor = without_namespaces(world, "doctor")
    assert "note    sandbox     COMMANDS ARE " in doctor.stdout
    done = without_namespaces(world, "-p", "hi")
    assert (done.returncode, done.stdout) == (0, "Hello.\n")
    assert done.stderr.count("CONFINED HERE") == 1
    assert recorded(world).get("namespaces", False) is False


def test_whoever_bypasses_is_not_told(world: World) -> None:
    world.serve(text("Hello."))
    done = without_namespaces(world, "-p", "hi", "--permission-mode", "bypassPermissions")
    assert (done.returncode, done.stderr) == (0, "")
