"""`claw demo` shows what claw is, to somebody who has nothing but this command; and it is no show."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from claw import log
from claw.cli import entry
from claw.cli.live import demo_stage
from claw.cli.offline.verify import judge
from claw.log import Home
from claw.replay import replay

BIN = Path(sys.executable).parent


def environ(tmp_path: Path, **more: str) -> dict[str, str]:
    """Of somebody without any key or setting."""
    (tmp_path / "tmp").mkdir(exist_ok=True)
    return {
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "HOME": str(tmp_path / "home"),
        "TMPDIR": str(tmp_path / "tmp"),
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        **more,
    }


def run(command: str, tmp_path: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", command], env=environ(tmp_path, **more), stdin=subprocess.DEVNULL, capture_output=True, text=True
    )


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """(folder, output) of a demo in a pipe."""
    tmp_path = tmp_path_factory.mktemp("demo")
    done = run("claw demo", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    return tmp_path, done.stdout


def commands(output: str) -> list[str]:
    return [line for line in output.splitlines() if line.startswith("claw ")]


def sessions(tmp_path: Path) -> list[Path]:
    return log.session_paths(Home(tmp_path / "home" / ".local" / "share" / "claw"))


def test_it_tells_the_whole_story_in_order(played: tuple[Path, str]) -> None:
    told = (
        "A repository with a failing test",
        "Allowed without a question",
        "The tests fail. Please find out why",
        "FAIL: test_median_of_an_even_number",
        "Exit code 1",
        "Edit(measures.py)",
        "Ran 3 tests",
        "All three tests pass now.",
        "events, sealed",
        "decisions came out the same",
        "files stay as they are",
        "standard library",
        "decisions came out the same",
        "claw log",
    )
    at = 0
    for words in told:
        found = played[1].find(words, at)
        assert found >= 0, f"{words!r} is not told after {played[1][:at][-200:]!r}"
        at = found


def test_a_pipe_gets_plain_text(played: tuple[Path, str]) -> None:
    assert "\x1b" not in played[1]


def test_a_terminal_gets_colours_and_the_same_end(tmp_path: Path) -> None:
    leader, follower = pty.openpty()
    done = subprocess.Popen(["claw", "demo"], env=environ(tmp_path), stdin=follower, stdout=follower, stderr=follower)
    os.close(follower)
    output = b""
    while piece := _read(leader):
        output += piece
    os.close(leader)
    assert done.wait() == 0, output.decode()
    assert b"\x1b[" in output
    assert b"claw fork" in output


def _read(leader: int) -> bytes:
    try:
        return os.read(leader, 65536)
    except OSError:
        return b""


def test_both_sessions_are_there_to_be_looked_at(played: tuple[Path, str]) -> None:
    first, second = sessions(played[0])[:2]
    assert log.describe(str(second)).parent == first.name
    for session in (first, second):
        assert judge(session).code == 0
        assert replay(str(session)).ok


def test_the_work_was_really_done(played: tuple[Path, str]) -> None:
    (folder,) = (played[0] / "tmp").glob("claw-demo-*")
    fixed, again, fresh = (
        (folder / name / "measures.py").read_text() for name in ("measures", "measures-again", "measures-yours")
    )
    assert "mean(ordered[middle - 1 : middle + 1])" in fixed
    assert "statistics.median(values)" in again
    assert "ordered[len(ordered) // 2]" in fresh
    assert len({fixed, again, fresh}) == 3


def test_commands_are_printed_as_a_shell_finds_them(tmp_path: Path) -> None:
    surroundings = environ(tmp_path)
    program = shutil.which("claw", path=surroundings["PATH"])
    assert program is not None
    done = subprocess.run(
        [program, "demo"], env=surroundings | {"PATH": os.defpath}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert f"\n{program} log " in done.stdout


def test_every_printed_command_works_when_pasted(played: tuple[Path, str]) -> None:
    tmp_path, output = played
    pasted = commands(output)
    assert {line.split()[1] for line in pasted} == {"log", "show", "verify", "replay", "cost", "fork"}
    for command in pasted:
        before = len(sessions(tmp_path))
        done = run(command, tmp_path)
        assert done.returncode == 0, (command, done.stderr)
        assert done.stdout.strip(), command
        assert len(sessions(tmp_path)) == before + command.startswith("claw fork")


def test_claw_home_is_where_its_sessions_go(tmp_path: Path) -> None:
    done = run("claw demo", tmp_path, CLAW_HOME=str(tmp_path / "elsewhere"))
    assert done.returncode == 0, done.stderr
    assert len(log.session_paths(Home(tmp_path / "elsewhere"))) == 2
    assert not (tmp_path / "home").exists()


def test_settings_and_instructions_of_the_user_do_not_matter(tmp_path: Path) -> None:
    settings = tmp_path / "home" / ".claude" / "settings.json"
    settings.parent.mkdir(parents=True)
    settings.write_text('{"permissions": {"deny": ["Edit", "Bash"]}, "model": "opus"}')
    assert run("claw demo", tmp_path, ANTHROPIC_API_KEY="sk-ant-wrong-0123456789").returncode == 0


def test_without_git_it_says_so(tmp_path: Path) -> None:
    only = tmp_path / "bin"
    only.mkdir()
    (only / "claw").symlink_to(BIN / "claw")
    done = subprocess.run(
        [str(BIN / "claw"), "demo"], env=environ(tmp_path, PATH=str(only)), capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "git" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "instead", "complaint"),
    [
        ("return mean(ordered[middle - 1 : middle + 1])", "return 0", "still fail"),
        ("return statistics.median(values)", "return 0", "fail in the fork"),
        (
            "return ordered[len(ordered) // 2]\n'''",
            "return sum(ordered[1:3]) / 2 if len(values) == 4 else 3\n'''",
            "pass before",
        ),
        ('expect = ["Ran 3 tests"]', 'expect = ["never said"]', "ended failed"),
    ],
)
def test_it_fails_when_a_part_of_it_does(
    words: str,
    instead: str,
    complaint: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    changed = tmp_path / "demo.toml"
    shutil.copy(demo_stage.SOURCE, changed)
    assert words in changed.read_text()
    changed.write_text(changed.read_text().replace(words, instead))
    monkeypatch.setattr(demo_stage, "SOURCE", changed)
    for name, value in environ(tmp_path).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    assert entry.main(["demo"]) == 1
    assert complaint in capsys.readouterr().err
