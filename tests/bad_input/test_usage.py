"""What is typed and cannot be meant: exit code 2, and nothing is begun."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.bad_input.complaint import complains, is_content
from tests.cli.live.world import CLAW, World, text

TYPED: list[tuple[list[str], str]] = [
    (["resume", "nobody"], "no session has the id or name 'nobody'"),
    (["resume", "first@3"], "is a step"),
    (["log", "nobody"], "no session has the id or name 'nobody'"),
    (["show", "first@"], "names no session or event"),
    (["show", "first@x"], "names no session or event"),
    (["show", "first@99999"], "has no event 99999"),
    (["show", "first@123456789012345678901234"], "names no session or event"),
    (["show", "first@0", "--request"], "request"),
    (["fork", "first@99999"], "has no event 99999"),
    (["fork", "first@0^"], "nothing before the first event"),
    (["fork", "first", "-C", "/no/such/folder"], "there is no folder /no/such/folder"),
    (["replay", "nobody"], "no session has the id or name 'nobody'"),
    (["verify", "nobody"], "no session has the id or name 'nobody'"),
    (["cost", "nobody"], "no session has the id or name 'nobody'"),
    (["-p", ""], "there is no prompt"),
    (["-p", "   \n"], "there is no prompt"),
    (["run"], "there is no prompt"),
    (["-p", "hi", "-C", "/no/such/folder"], "there is no folder /no/such/folder"),
    (["-p", "hi", "--permission-mode", "yolo"], "no permission mode 'yolo'"),
    (["-p", "hi", "--output-format", "xml"], "no output format 'xml'"),
    (["-p", "hi", "--max-turns", "0"], "at least 1"),
    (["-p", "hi", "--max-turns", "many"], "integer"),
    (["-p", "hi", "--max-budget-usd", "-3"], "US dollars"),
    (["-p", "hi", "--max-budget-usd", "nan"], "US dollars"),
    (["-p", "hi", "--max-tokens", "a few"], "a number of tokens, as in 50000"),
    (["-p", "hi", "--max-time", "tomorrow"], "a time of at most 1000 h, as in 90s"),
    (["-p", "hi", "--allowed-tools", "Bash("], "Bash("),
    (["-p", "hi", "--model", "scripted/telnet"], "does not speak 'telnet'"),
    (["-p", "hi", "--name", "first"], "already named 'first'"),
    (["-p", "hi", "--name", "../up"], "cannot name a session"),
    (["-p", "hi", "--no-such-flag"], "--no-such-flag"),
    (["-p", "hi", "there"], "there"),
    (["resum"], "no command 'resum'"),
    (["-c", "-r", "first", "-p", "hi"], "different things"),
]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> World:
    """One session, made once; none of these commands may change it."""
    world = World(tmp_path_factory.mktemp("typed"))
    world.serve(text("Hello."))
    assert world.run("-p", "hi", "--name", "first").returncode == 0
    world.close()
    return world


@pytest.mark.parametrize(("arguments", "sentence"), TYPED, ids=[" ".join(arguments) for arguments, _ in TYPED])
def test_it_is_refused(shared: World, arguments: list[str], sentence: str) -> None:
    before = _contents(shared.claw_home)
    complains(shared.run(*arguments), 2, sentence)
    assert _contents(shared.claw_home) == before


BEFORE_IT_BEGINS: list[tuple[list[str], dict[str, str], int, str]] = [
    (["-r", "nope", "-p", "hi"], {}, 2, "no session has the id or name 'nope'"),
    (["resume", "nope", "-p", "hi"], {}, 2, "no session has the id or name 'nope'"),
    (["fork", "nope", "-p", "hi"], {}, 2, "no session has the id or name 'nope'"),
    (["run"], {}, 2, "there is no prompt"),
    (["-p", "hi", "--no-such-flag"], {}, 2, "--no-such-flag"),
    (["-p", "hi", "--max-turns", "many"], {}, 2, "integer"),
    (["-p", "hi", "-C", "/no/such/folder"], {}, 2, "there is no folder"),
    (["-p", "hi", "--allowed-tools", "Bash("], {}, 2, "Bash("),
    (["-p", "hi"], {"ANTHROPIC_API_KEY": ""}, 7, "has no key"),
    (["-p", "hi"], {"ANTHROPIC_BASE_URL": "nowhere"}, 2, "ANTHROPIC_BASE_URL"),
    (["-p", "hi"], {"CLAW_HOME": "/dev/null/x"}, 2, "cannot make"),
    (["-p", "hi"], {"HOME": "", "CLAW_HOME": ""}, 2, "CLAW_HOME"),
    (["-p", "hi"], {"CLAW_MAX_RETRIES": "many"}, 2, "CLAW_MAX_RETRIES"),
]


@pytest.mark.parametrize(("words", "environ", "code", "why"), BEFORE_IT_BEGINS, ids=lambda value: str(value)[:40])
def test_a_program_that_asked_for_json_gets_one_object(
    shared: World, words: list[str], environ: dict[str, str], code: int, why: str
) -> None:
    asked = ["--output-format=json"] if words[0] == "run" else ["--output-format", "json"]
    done = shared.run(*words, *asked, **environ)
    complains(done, code, why)
    (line,) = done.stdout.splitlines()
    told = json.loads(line)
    assert (told["is_error"], told["result"], told["session"]) == (True, "", "")
    assert why in told["error"]
    assert shared.run(*words, **environ).stdout == b""


def test_a_model_that_no_service_has(shared: World) -> None:
    done = shared.run("-p", "hi", "--model", "no-such-model-anywhere", ANTHROPIC_BASE_URL="")
    complains(done, 2, "no-such-model-anywhere", "openai-chat/NAME")


def test_an_ambiguous_prefix_names_the_sessions(answered: World) -> None:
    assert answered.run("-p", "hi").returncode == 0
    shared_prefix = answered.sessions()[0][:4]
    for command in ("resume", "log", "replay", "verify", "fork"):
        complains(answered.run(command, shared_prefix), 2, "means 2 sessions", *answered.sessions(), "more of the id")


def test_the_current_folder_is_gone(answered: World) -> None:
    script = 'mkdir gone && cd gone && rmdir ../gone && exec "$@"'
    command = ["bash", "-c", script, "bash", CLAW, "-p", "hi"]
    done = subprocess.run(command, cwd=answered.workspace, env=answered.environ, capture_output=True, check=False)
    # The shell that starts claw's Python may say it, too.
    own = [line for line in done.stderr.splitlines(keepends=True) if not line.startswith(b"sh: ")]
    done.stderr = b"".join(own)
    complains(done, 2, "does not exist any more")


def test_the_workspace_of_a_session_is_gone(answered: World) -> None:
    moved = answered.root / "moved"
    answered.workspace.rename(moved)
    command = [CLAW, "resume", "first", "-p", "hi"]
    done = subprocess.run(command, cwd=moved, env=answered.environ, capture_output=True, check=False)
    complains(done, 2, "is gone", "claw fork")
    moved.rename(answered.workspace)
    is_content(answered.run("resume", "first", "-p", "hi"), b"Again.\n")


def test_an_input_id_that_was_used_for_something_else(answered: World) -> None:
    is_content(answered.run("resume", "first", "-p", "one", "--input-id", "x"), b"Again.\n")
    complains(answered.run("resume", "first", "-p", "two", "--input-id", "x"), 2, "'x'", "new id")


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
