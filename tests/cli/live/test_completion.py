"""Completion in real shells: what they offer comes from what is declared, and from the sessions there are."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from claw.cli.commands import COMMANDS
from tests.cli.live.tmux import Terminal
from tests.cli.live.world import CLAW, World, text, told

Start = Callable[..., Terminal]


def test_what_the_last_word_may_be(world: World) -> None:
    world.serve(text("Done."))
    assert world.run("-p", "hello\x1b[31m there", "--name", "mine").returncode == 0

    def offered(*words: str) -> list[str]:
        done = world.run("completion", "words", "--", *words)
        assert done.returncode == 0, told(done)
        assert b"\x1b" not in done.stdout
        return [line.partition("\t")[0] for line in done.stdout.decode().splitlines()]

    assert offered("") == list(COMMANDS)
    assert offered("permissions", "") == [part.name for part in COMMANDS["permissions"].parts]
    assert {"--json", "--follow", "--help"} <= set(offered("log", "--"))
    assert offered("log", "mi") == ["mine"]
    assert offered("log", "@") == ["@last"]
    assert "sonnet" in offered("--model", "s")
    assert "--model=sonnet" in offered("run", "--model=s")
    assert offered("--permission-mode", "acc") == ["acceptEdits"]
    assert offered("log", "--from", "") == []
    assert offered("completion", "f") == ["fish"]
    assert world.run("completion", "tcsh").returncode == 2


BASH = """
source <(claw completion bash)
try() { COMP_LINE=$1; COMP_POINT=${#1}; _claw; echo "${COMPREPLY[*]}"; }
try "claw perm"; try "claw log mi"; try "claw log @la"; try "claw run --permission-mode=acc"
"""


def test_in_bash(world: World) -> None:
    world.serve(text("Done."))
    assert world.run("-p", "hello", "--name", "mine").returncode == 0
    environ = {**world.environ, "PATH": f"{Path(CLAW).parent}:{world.environ['PATH']}"}
    done = subprocess.run(["bash", "--norc", "-c", BASH], env=environ, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == ["permissions", "mine", "last", "acceptEdits"], done.stderr


@pytest.mark.skipif(shutil.which("fish") is None, reason="there is no fish here")
def test_in_fish(world: World) -> None:
    environ = {**world.environ, "PATH": f"{Path(CLAW).parent}:{world.environ['PATH']}"}
    script = 'claw completion fish | source; complete -C "claw perm"; complete -C "claw run --permission-mode acc"'
    done = subprocess.run(["fish", "-N", "-c", script], env=environ, capture_output=True, text=True, check=False)
    assert [line.partition("\t")[0] for line in done.stdout.splitlines()] == ["permissions", "acceptEdits"], done.stderr


@pytest.mark.skipif(shutil.which("zsh") is None, reason="there is no zsh here")
def test_in_zsh(world: World, terminal: Start) -> None:
    path = f"{Path(CLAW).parent}:{world.environ['PATH']}"
    opened = terminal(program=("zsh", "-f", "-i"), PATH=path)
    opened.enter("autoload -U compinit; compinit -u; source <(claw completion zsh); echo rea''dy")
    opened.wait("ready")
    opened.type("claw permi")
    opened.press("Tab")
    opened.wait("claw permissions")
