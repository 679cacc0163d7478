"""Start-up is a feature: what is not used is not imported. What fails is one sentence, with the details in a file."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from claw import __version__
from tests.cli.live.world import CLAW, World, told

ROOT = Path(__file__).parents[3]
HEAVY = {"typer", "rich", "prompt_toolkit", "anthropic", "openai", "pydantic", "msgspec", "httpx", "anyio", "asyncio"}


def imported(*arguments: str) -> set[str]:
    """The modules that a run of claw has loaded in the end."""
    code = (
        "import os, sys; sys.argv = ['claw', *sys.argv[1:]]\n"
        "os._exit = sys.exit\n"
        "from claw.__main__ import main\n"
        "try: main()\n"
        "finally: sys.stderr.write('\\nMODULES ' + ' '.join(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    return {name.partition(".")[0] for name in done.stderr.rpartition("MODULES ")[2].split()}


def test_the_version_imports_nothing() -> None:
    modules = imported("--version")
    assert "claw" in modules
    assert not modules & HEAVY


@pytest.mark.parametrize("words", [["--help"], ["log", "-h"], ["permissions", "check", "--help"]])
def test_help_imports_nothing_of_a_session(words: list[str]) -> None:
    assert not imported(*words) & HEAVY


@pytest.mark.parametrize("words", [["log"], ["log", "@last"], ["-c", "-p", "x"]])
def test_a_usual_command_line_is_read_without_typer(words: list[str]) -> None:
    modules = imported(*words)
    assert "msgspec" in modules
    assert not modules & {"typer", "rich", "prompt_toolkit", "pydantic", "anthropic", "openai"}


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("--version >/dev/full", 1, "standard output cannot be written"),
        ("-p hi <.", 2, "standard input is a folder"),
        ("-p hi 0>x", 2, "standard input cannot be read"),
        ("-p hi --max-turns 99999999999999999999", 2, "more than 18 digits"),
        (f"log --from -{'9' * 5000}", 2, "--from"),
    ],
)
def test_what_cannot_be_read_or_written_is_said(line: str, code: int, said: str, world: World) -> None:
    done = subprocess.run(
        ["sh", "-c", f"{CLAW} {line}"], capture_output=True, cwd=world.workspace, env=world.environ, check=False
    )
    assert (done.returncode, done.stdout) == (code, b""), told(done)
    assert said in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()
    assert "something went wrong" not in done.stderr.decode()


def test_the_version_is_the_package_s() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == __version__


def test_a_fault_of_claw_is_one_sentence_and_a_file(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = world.root / "broken"
    broken.mkdir()
    # Python imports it at its start: from then on opening a session fails in a way that nobody foresaw.
    (broken / "sitecustomize.py").write_text(
        "import claw.session\n"
        "async def fail(self, *said, **more): raise ZeroDivisionError('unforeseen\\nsecond line')\n"
        "claw.session.Session.send = fail\n"
    )
    command = [sys.executable, "-m", "claw", "-p", "x"]
    environ = {**world.environ, "PYTHONPATH": str(broken)}
    done = subprocess.run(command, env=environ, cwd=world.workspace, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (1, b"")
    assert "ZeroDivisionError: unforeseen" in told(done)
    assert "claw doctor" in told(done)
    assert "Traceback" not in told(done)
    assert str(world.claw_home / "sessions" / world.sessions()[0]) in told(done)
    (trace,) = (world.claw_home / "crash").iterdir()
    assert str(trace) in told(done)
    assert "second line" in trace.read_text()
    assert trace.stat().st_mode & 0o077 == 0


def test_claw_loads_nothing_that_variables_or_the_working_folder_name(world: World) -> None:
    mark = world.root / "ran"
    text = f"import pathlib\npathlib.Path({str(mark)!r}).touch()\n"
    for name in ("sitecustomize.py", "usercustomize.py", "typing.py", "json.py", "claw/__init__.py", "start.py"):
        (world.workspace / name).parent.mkdir(exist_ok=True)
        (world.workspace / name).write_text(text)
    variables = {
        "PYTHONPATH": ".",
        "PYTHONHOME": str(world.workspace),
        "PYTHONSTARTUP": "start.py",
        "PYTHONUSERBASE": ".",
        "PYTHONWARNINGS": "ignore::typing.X",
    }
    (world.root / "linked").symlink_to(CLAW)
    for command in (CLAW, str(world.root / "linked")):
        environ = {**world.environ, **variables}
        done = subprocess.run(
            [command, "--version"], env=environ, cwd=world.workspace, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, f"claw {__version__}\n", "")
        assert not mark.exists()
