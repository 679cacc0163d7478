"""REPL: a Python and a shell that are kept alive, given one cell after the other, confined as Bash is."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from typing import Any

from tests.cli.live.test_background import ends, until
from tests.cli.live.tmux import Terminal, ready
from tests.cli.live.world import World, text, told, tool
from tests.e2e.test_waiting import replays

FIND = tool("ToolSearch", {"query": "select:REPL,TaskOutput,TaskStop"})
ALLOWED = ("--allowed-tools", "REPL")


def python(code: str, **more: Any) -> dict[str, Any]:
    return tool("REPL", {"code": code, **more})


def shell(code: str, **more: Any) -> dict[str, Any]:
    return tool("REPL", {"code": code, "language": "shell", **more})


def results(world: World) -> list[str]:
    """What the cells told the model."""
    finished = [event["data"] for event in world.events() if event["kind"] in ("tool.finished", "tool.completed")]
    return ["".join(block["text"] for block in event["content"]) for event in finished][1:]


def run(world: World, *cells: dict[str, Any], allowed: tuple[str, ...] = ALLOWED, code: int = 0) -> list[str]:
    """What these cells told, in one session, whose log holds; `code` is 3 where something was to be asked."""
    world.serve(FIND, *cells, text("Done."))
    done = world.run("-p", "go", *allowed)
    assert (done.returncode, done.stdout) == (code, b"Done.\n"), told(done)
    replays(world)
    return results(world)


def test_what_a_cell_defines_the_next_one_has(world: World) -> None:
    said = run(
        world,
        python("import json\nx = [1, 2]\ndef f(n):\n    return n + 1"),
        python("print('it\\'s', \"é\")\nx.append(f(2)); x"),
        python("_[0]; None"),
        python("f(None)"),
        python("x = ("),
        python("raise SystemExit(3)"),
        python("import os, sys\nopen('made', 'w').write('y'); os.getcwd() == sys.path[0] or os.getcwd()"),
        python("input()"),
        python("print(len(x), __name__); json"),
        shell("cd /usr; f() { echo f $1; }; declare -A m=([a]=b); v='it'\\''s'"),
        shell('pwd; f 1; echo "${m[a]} $v"\nfalse'),
        shell("no_such_command"),
        shell("cat; read x; echo got:$x. $?"),
        shell("(exit 7)"),
        tool("Bash", {"command": "cat made"}),
        # As the script that activates a virtual environment does it. Nothing but the cell is heard, traced or not.
        shell("PS1='(venv) '; PS4='+'; PROMPT_COMMAND='echo prompt'; set -x"),
        shell("exec >/dev/null; echo lost"),
        shell("echo there >&2; echo here"),
    )
    assert said[0] == "[claw: python_1 has begun.]"
    assert said[1] == "it's é\n[1, 2, 3]"
    assert said[2] == "(no output)"
    assert 'File "<cell 4>", line 1, in <module>\n    f(None)' in said[3]
    assert 'File "<cell 1>", line 4, in f\n    return n + 1' in said[3]
    assert "python_driver" not in said[3]
    assert said[3].endswith("\n\nExit code 1")
    assert said[4].startswith('  File "<cell 5>", line 1\n    x = (\n')
    assert said[5] == "SystemExit: 3\n\nExit code 3"
    assert "EOFError" in said[7]
    assert said[8].startswith("3 __main__\n<module 'json'")
    assert said[9] == "[claw: shell_2 has begun.]"
    assert said[10] == "/usr\nf 1\nb it's\n\nExit code 1"
    assert said[11].endswith("no_such_command: command not found\n\nExit code 127")
    assert said[12] == "got:. 1"
    assert said[13] == "Exit code 7"
    assert said[14] == "y"
    assert said[15] == "(no output)"
    assert said[16] == "++exec\n++echo lost"
    assert said[17] == "++echo there\nthere\n++echo here\nhere"
    assert sorted(ends(world)) == [("python_1", "session_end"), ("shell_2", "session_end")]


def test_cells_that_do_not_behave(world: World) -> None:
    """100 MB, a daemon, a child that comes back, closed outputs, no end, none that an interrupt brings, the end of the
    interpreter: what is left of it is said.
    """
    stubborn = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass"
    daemon = "import os\nif not os.fork():\n    os.setsid(); os.execlp('sleep', 'sleep', '1000')"
    said = run(
        world,
        python("x = 1\nfor _ in range(100): print('y' * 1_000_000)"),
        python(daemon),
        python("import os\npid = os.fork()\nx"),
        python("import os, sys\nos.close(1); os.close(2); sys.stdout.close()"),
        python("x"),
        python("import time\nwhile True: time.sleep(0.01)", timeout=300),
        python("x"),
        python(stubborn, timeout=300),
        python("'x' in globals()"),
        python("import os; os._exit(9)"),
        python("1 + 1"),
        python("2 + 2", restart=True),
        tool("TaskStop", {"task_id": "python_4"}),
        python("os.closerange(0, 1000)"),
        shell("x=1; yes | head -c 100000000"),
        shell("sleep 1000 & disown; exec >&-; echo lost"),
        shell("echo $x; while :; do :; done", timeout=300),
        shell("echo $x; sleep 1000", timeout=300),
        shell("trap '' INT; sleep 1000", timeout=300),
        shell("echo ${x-gone}; exit 5"),
        shell("echo back"),
    )
    assert len(said[0]) < 40_000
    assert "characters left out" in said[0]
    assert said[1] == "(no output)"
    assert said[2].split() in (["1"], ["1", "1"])
    assert said[4] == "1"
    assert "KeyboardInterrupt" in said[5]
    assert "The cell had not ended after 0.3 s." in said[5]
    assert "python_1 and what it defined are still there." in said[5]
    assert said[6] == "1"
    assert said[7].endswith("[claw: python_1 has ended with the cell; what it defined is gone.]")
    assert said[8] == "[claw: a new interpreter, python_2; what earlier cells defined is gone.]\n\nFalse"
    assert said[9] == "[claw: python_2 has ended with the cell; what it defined is gone.]"
    assert said[10] == "[claw: a new interpreter, python_3; what earlier cells defined is gone.]\n\n2"
    assert said[11] == "[claw: a new interpreter, python_4, as wanted; what earlier cells defined is gone.]\n\n4"
    assert said[12] == "Killed python_4, and everything it started."
    assert said[13].startswith("[claw: a new interpreter, python_5;")
    assert "characters left out" in said[14]
    assert said[15] == "(no output)" or "echo: write error" in said[15]
    assert said[16].startswith("1\n")
    assert "still there" in said[16]
    assert said[17].startswith("1\n")
    assert "still there" in said[17]
    assert said[18].endswith("[claw: shell_6 has ended with the cell; what it defined is gone.]")
    assert "gone\n" in said[19]
    assert "has ended with the cell" in said[19]
    assert said[20].endswith("back")


def test_it_is_judged_and_confined_as_commands_are(world: World) -> None:
    """Nothing of it only reads, what rules say of commands holds, and it sees no secret."""
    (world.home / "private").write_text("of the user")
    cells = (
        python("print('harmless')"),
        shell("ls"),
        shell("rm -rf sub"),
    )
    said = run(world, *cells, allowed=("--allowed-tools", "Bash(ls:*)", "--disallowed-tools", "Bash(rm:*)"), code=3)
    assert said == ["[claw: shell_1 has begun.]"]
    denied = [event["data"]["reason"] for event in world.events() if event["kind"] == "permission.evaluated"]
    assert any("python3 -c" in reason for reason in denied)
    assert any("Bash(rm:*)" in reason for reason in denied)
    said = run(world, python("1"), allowed=("--allowed-tools", "REPL", "--disallowed-tools", "Bash(python3:*)"))
    assert said == []
    said = run(world, shell("ls"), allowed=(), code=3)
    assert said == []
    for language in ("shell", "python"):
        call = json.dumps({"tool": "REPL", "input": {"code": "pwd", "language": language}})
        checked = world.run("permissions", "check", "--json", call)
        assert json.loads(checked.stdout)["verdict"] == "ask", told(checked)
    home = str(world.home)
    said = run(
        world,
        python(f"import os\n[k for k, v in os.environ.items() if 'sk-ant' in v], os.path.exists('{home}/private')"),
        python("open('/e' + 'tc/x', 'w')"),
        python("import subprocess\nsubprocess.run(['touch', 'x'])"),
        python("subprocess.run(['r' + 'm', '-rf', 'x']).returncode"),
        shell("ls x"),
        allowed=("--allowed-tools", "REPL", "--disallowed-tools", "Bash(rm:*)"),
    )
    assert said[0].endswith("([], False)")
    assert "Error" in said[1]
    assert "-9" in said[3]
    assert said[4].endswith("x")


def test_its_state_dies_with_claw_and_a_fork_has_none(world: World) -> None:
    world.serve(
        FIND,
        python("x = 1"),
        python("import time\nopen('up', 'w')\nprint('so far', flush=True)\ntime.sleep(1000)"),
        {
            **python("'x' in globals()"),
            "expect": [
                "The interpreter python_1 ended when claw stopped; what its cells had defined is gone.",
                "so far",
            ],
        },
        text("Over.", expect=["python_2", "False"]),
    )
    process = world.spawn("-p", "go", *ALLOWED)
    until(lambda: (world.workspace / "up").exists() and "tool.output" in world.kinds())
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    done = world.run("resume", "@last", "-p", "", *ALLOWED)
    assert (done.returncode, done.stdout) == (0, b"Over.\n"), told(done)
    assert ends(world) == [("python_1", "crash"), ("python_2", "session_end")]
    replays(world)
    seq = [event["seq"] for event in world.events() if event["kind"] == "tool.finished"][-1]
    forked = world.run("fork", f"@last@{seq}", "-p", "go on", *ALLOWED)
    assert (forked.returncode, forked.stdout) == (0, b"Over.\n"), told(forked)
    asked = [event["seq"] for event in world.events() if event["kind"] == "model.requested"][-1]
    assert b"does not run here: python_2" in world.run("show", f"@last@{asked}", "--request").stdout
    replays(world)


def test_esc_ends_the_cell_and_keeps_what_was_defined(world: World, terminal: Callable[..., Terminal]) -> None:
    world.serve(
        FIND,
        python("x = 41"),
        python("import time\nprint('begun', flush=True)\ntime.sleep(1000)"),
        python(
            "x + 1",
            expect=["python_1 and what it defined are still there", "KeyboardInterrupt"],
        ),
        text("Fine.", expect=["42"]),
    )
    opened = ready(terminal(*ALLOWED))
    opened.enter("Go.")
    opened.wait("begun")
    opened.press("Escape")
    opened.wait("interrupted")
    opened.enter("And?")
    opened.wait("● Fine.")
    opened.enter("/quit")
    opened.exit_code()
    assert ends(world) == [("python_1", "session_end")]
    replays(world)


def test_powershell_is_there_where_pwsh_is(world: World) -> None:
    """Played by a program that runs a shell: what is judged and confined is the same. Nothing of it only reads."""
    call = {"command": "echo made > x; cat x; echo $0"}
    replies = (
        tool("ToolSearch", {"query": "select:PowerShell"}),
        tool("PowerShell", call),
        tool("PowerShell", {"command": "Get-ChildItem"}),
        tool("PowerShell", {"command": "echo x | Remove-Item y"}),
        tool("PowerShell", {"command": "echo x >> .git\\hooks\\pre-commit"}),
        tool("PowerShell", {"command": "sleep 1000", "run_in_background": True}),
        text("Done."),
    )
    world.serve(*replies)
    done = world.run("-p", "go", "--allowed-tools", "PowerShell")
    assert "There is no tool 'PowerShell' to be found." in world.run("show", "@last").stdout.decode(), told(done)
    programs = world.root / "programs"
    programs.mkdir()
    (programs / "pwsh").write_text('#!/bin/sh\n[ "$1" = -c ] || exit 9\nexec /bin/sh -c "$2"\n')
    (programs / "pwsh").chmod(0o755)
    path = f"{programs}:{world.environ['PATH']}"
    rules = ("--allowed-tools", "PowerShell", "--disallowed-tools", "PowerShell(Remove-Item:*)")
    done = world.run("-p", "go", *rules, PATH=path)
    assert done.returncode == 3, told(done)
    assert results(world)[0].startswith("made\n")
    assert results(world)[1].endswith("Exit code 127")
    assert results(world)[2] == "Running in the background as bash_1."
    judged = [event["data"] for event in world.events() if event["kind"] == "permission.evaluated"][1:]
    assert [one["verdict"] for one in judged] == ["allow", "allow", "deny", "ask", "allow"]
    assert ".git/hooks/pre-commit" in judged[3]["reason"]
    assert not any(one.get("read_only") for one in judged)
    replays(world)
    for allowed in ("PowerShell(Get-ChildItem:*)", "Bash"):
        world.run("-p", "go", "--allowed-tools", allowed, PATH=path)
        judged = [event["data"] for event in world.events() if event["kind"] == "permission.evaluated"][1:]
        assert judged[0]["verdict"] == "ask", allowed
        assert judged[1]["verdict"] == ("ask" if allowed == "Bash" else "allow")
    world.run("-p", "go", "--disallowed-tools", "Bash", PATH=path)
    judged = [event["data"] for event in world.events() if event["kind"] == "permission.evaluated"][1:]
    assert {one["verdict"] for one in judged} == {"deny"}
