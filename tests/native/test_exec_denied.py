"""A deny rule for commands holds when the program starts, whatever started it, confined or not."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from claw import _native
from claw.errors import UsageError
from tests.native.confined import NOBODY, forked, give
from tests.native.running import ended, eventually, new_mark, read_until, sleeping
from tests.native.traced import RM, Traced

FACTS = _native.Confinement.available()
pytestmark = pytest.mark.skipif(not FACTS["traced"], reason="nothing can be traced here")
LOADER = next((str(path) for path in sorted(Path("/lib64").glob("ld-*.so*"))), "")
PYTHON = shutil.which("python3", path="/usr/local/bin:/usr/bin:/bin") or sys.executable


@pytest.fixture(params=[pytest.param(True, id="confined"), pytest.param(False, id="plain")])
def box(request: pytest.FixtureRequest, tmp_path: Path) -> Traced:
    if request.param and not FACTS["namespaces"]:
        pytest.skip("no user namespaces here")
    return Traced(tmp_path, confined=request.param)


def python(program: str) -> str:
    return f"{PYTHON} -c '{program}'"


WAYS = {
    "plainly": "rm x",
    "by its path": "/bin/rm x",
    "as the line's own process": "exec rm x",
    "by another name": "exec -a echo rm x",
    "with a mere dash for its name": 'exec -l -a "" rm x',
    "by a link": "ln -s /bin/rm y; ./y x",
    "by a link on PATH": "mkdir b; ln -s /bin/rm b/list; PATH=$PWD/b:$PATH; list x",
    "by setarch": "setarch x86_64 -R rm x",
    "by flock": "flock --wait 5 lock rm x",
    "by find": "find . -name x -exec rm {} +",
    "by xargs": "echo x | xargs rm",
    "by env in a script": "printf '#!/usr/bin/env -S rm --\\n' >f; chmod +x f; ./f x",
    "as an interpreter": "printf '#!/bin/rm\\n' >f; chmod +x f; ./f x",
    "in a script": "printf '#!/bin/sh\\nrm x\\n' >f; chmod +x f; ./f",
    "by the loader": f"{LOADER} /bin/rm x",
    "by the loader, with options": f"{LOADER} --argv0 echo --inhibit-cache /bin/rm x",
    "by the loader, with a link": f"ln -s /bin/rm y; ln -s {LOADER} z; ./z ./y x",
    "by a copy of the loader": f"cp {LOADER} ldx; ./ldx --argv0 echo /bin/rm x",
    "by a copy of the loader for a copy": f"cp {LOADER} ldx; mkdir b; cp /bin/rm b/rm; ./ldx b/rm x",
    "by a descriptor": python('import os; os.execve(os.open("/bin/rm", 0), ["echo", "x"], {})'),
    "by its name in /proc": "exec 7</bin/rm; /proc/self/fd/7 x",
    "in a thread": python(
        'import os, threading as t; t.Thread(target=os.execv, args=("/bin/rm", ["rm", "x"])).start(); t.Event().wait(9)'
    ),
    "after vfork": python('import os; os.waitpid(os.posix_spawn("/bin/rm", ["rm", "x"], {}), 0)'),
    "in a session of its own": "setsid --wait rm x",
    "left behind": "(setsid nohup sh -c 'touch began; rm x; true' >/dev/null 2>&1 &); until [ -e began ]; do :; done",
    "under another folder's name": "mkdir b; cp /bin/rm b/rm; PATH=$PWD/b:$PATH; rm x",
    "with an environment of its own": "env -i /bin/rm x",
}


@pytest.mark.parametrize("line", WAYS.values(), ids=WAYS)
def test_a_denied_program_does_nothing(box: Traced, line: str) -> None:
    if "ld-" in line and not LOADER:
        pytest.skip("the loader is somewhere else")
    (box.work / "x").write_text("precious")
    _, output, refused = box.run(line, RM)
    assert (box.work / "x").read_text() == "precious", output
    assert refused
    assert {one[1:] for one in refused} == {RM}


BENIGN = {
    "its name as a word": ("echo rm x", "rm x\n"),
    "its file as an argument": ("basename /bin/rm", "rm\n"),
    "its file by way of an interpreter": (f"ls /bin/rm; {PYTHON} -c 'print(1)' /bin/rm", "/bin/rm\n1\n"),
    "a wrapper around another": ("setarch x86_64 -R echo works", "works\n"),
    "the loader of another": (f"{LOADER} /bin/echo rm", "rm\n"),
    "a copy of the loader for another": (f"cp {LOADER} ldx; ./ldx /bin/echo rm", "rm\n"),
    "a copy of a program, and the file as its argument": ("cp /bin/ls l; ./l -d /bin/rm x", "/bin/rm\nx\n"),
    "a name that begins so": ("mkdir d; rmdir d; echo $?", "0\n"),
    "a subcommand of that name": (
        "git init -q .; git config alias.rm status; git rm --help >/dev/null; echo ok",
        "ok\n",
    ),
    "the shell's own words": ("rm() { echo mine; }; rm x", "mine\n"),
}


@pytest.mark.parametrize(("line", "said"), BENIGN.values(), ids=BENIGN)
def test_what_the_rule_does_not_speak_of_runs(box: Traced, line: str, said: str) -> None:
    if "ld-" in line and not LOADER:
        pytest.skip("the loader is somewhere else")
    (box.work / "x").write_text("precious")
    status, output, refused = box.run(line, RM)
    assert (output, refused) == (said, [])
    assert status == 0


def test_the_rest_of_the_line_goes_on_and_the_status_says_killed(box: Traced) -> None:
    (box.work / "x").write_text("precious")
    status, output, refused = box.run("rm x; echo $?; sh -c 'rm x; echo $?'", RM, RM)
    assert [line for line in output.split("\n") if line.isdigit()] == ["137", "137"]
    assert status == 0
    assert refused == [("rm x", *RM)] * 2


def test_arguments_are_matched_as_in_a_line(box: Traced) -> None:
    box.run(
        "git init -q .; git config user.name x; git config user.email x@y; git commit -q --allow-empty -m x;"
        "git config alias.up push; git config alias.sh '!git push'"
    )
    push = ("Bash(git push:*)", "here")
    for line in (
        "git push",
        "git up",
        "git -c alias.u=push u",
        "git sh",
        "git -C . --no-pager push o",
        "bash -c 'exec -a git-push git o'",
    ):
        _, output, refused = box.run(f"nice {line}", push)
        assert {one[1:] for one in refused} == {push}, (line, output)
    status, output, refused = box.run("git status -s; git stash list; git log --oneline >/dev/null; git remote", push)
    assert (status, output, refused) == (0, "", [])


def test_scripts_are_known_by_their_file(box: Traced) -> None:
    bin = box.folder / "bin"
    bin.mkdir()
    (bin / "publisher").write_text('#!/usr/bin/env bash\necho "did $*"\n')
    (bin / "publisher").chmod(0o755)
    path = f"{bin}:{os.environ['PATH']}"
    rule = ("Bash(publisher publish:*)", "here")
    for line in (
        "publisher publish",
        "publisher publish --now",
        f"bash {bin}/publisher publish",
        f"ln -sf {bin}/publisher p; ./p publish",
        python(
            f'import os; f = os.open("{bin}/publisher", 0); os.set_inheritable(f, True); '
            'os.execve(f, ["p", "publish"], {})'
        ),
    ):
        _, output, refused = box.run(f"nice {line}", rule, path=path)
        assert "did" not in output, line
        assert [one[1:] for one in refused] == [rule], line
    _, output, refused = box.run(
        f"publisher pack; bash {bin}/publisher pack; grep -c did {bin}/publisher", rule, path=path
    )
    assert (output, refused) == ("did pack\ndid pack\n1\n", [])


def test_one_file_with_many_programs_is_the_one_it_is_called_as(box: Traced) -> None:
    bin = box.folder / "bin"
    bin.mkdir()
    shutil.copy("/bin/bash", bin / "manybox")
    for name in ("erase", "list"):
        (bin / name).symlink_to("manybox")
    path = f"{bin}:{os.environ['PATH']}"
    rule = ("Bash(erase:*)", "here")
    status, output, refused = box.run("list -c 'echo 1'; manybox -c 'echo 2'; nice list -c 'echo 3'", rule, path=path)
    assert (status, output, refused) == (0, "1\n2\n3\n", [])
    for line in (
        "erase -c 'echo did'",
        "exec -a other erase -c 'echo did'",
        "manybox erase",
        "nice erase -c 'echo did'",
    ):
        _, output, refused = box.run(line, rule, path=path)
        assert ("did" in output, [one[1:] for one in refused]) == (False, [rule]), line


def test_the_shell_that_claw_chose_is_not_what_a_rule_speaks_of(box: Traced) -> None:
    rule = ("Bash(bash:*)", "here")
    assert box.run("echo works", rule) == (0, "works\n", [])
    _, output, refused = box.run("exec bash -c 'echo works'", rule)
    assert (output, [one[1:] for one in refused]) == ("", [rule])


def test_a_rule_with_a_star_for_the_program(box: Traced) -> None:
    rule = ("Bash(* --force)", "here")
    _, output, refused = box.run("nice echo --force; nice echo --forced", rule)
    assert ("--forced\n" in output, [one[0] for one in refused]) == (True, ["nice echo --force"])


def test_no_process_is_made_that_nobody_traces(box: Traced) -> None:
    untraced = 0x00800000 | 17
    program = (
        "import ctypes, errno, os\n"
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        f"number = {{'x86_64': 56, 'aarch64': 220}}[os.uname().machine]\n"
        f"pid = libc.syscall(number, {untraced}, 0, 0, 0, 0)\n"
        "if pid == 0: os._exit(0)\n"
        "print(pid, errno.errorcode[ctypes.get_errno()])\n"
        "arguments = (ctypes.c_uint64 * 8)(0x00800000, 0, 0, 0, 17)\n"
        "pid = libc.syscall(435, arguments, 64)\n"
        "if pid == 0: os._exit(0)\n"
        "print(pid, errno.errorcode[ctypes.get_errno()])\n"
    )
    (box.work / "attempt.py").write_text(program)
    assert box.run(f"{PYTHON} attempt.py", RM)[:2] == (0, "-1 EPERM\n-1 ENOSYS\n")


def test_nothing_is_traced_where_no_rule_asks_for_it(box: Traced) -> None:
    line = "grep TracerPid /proc/self/status"
    assert box.run(line)[1].split() == ["TracerPid:", "0"]
    tracer = box.run(line, RM)[1].split()[-1]
    # Within its namespaces the tracer has no number.
    assert (tracer == "0") == box.confined


def test_a_rule_that_does_not_parse_starts_nothing(box: Traced) -> None:
    with pytest.raises(UsageError, match="has no"):
        box.start("touch y", ("Bash(rm", "here"))
    assert not (box.work / "y").exists()


SAME = {
    "exit status": "exit 3",
    "signals": "{ sh -c 'kill -9 $$'; echo $?; sh -c 'kill -SEGV $$'; echo $?; kill -TERM $$; } 2>/dev/null",
    "a handler": "trap 'echo caught; exit 5' TERM; kill $$; echo not",
    "ignored": "trap '' TERM; kill $$; echo on",
    "stopped and continued": "sleep 0.2 & kill -STOP $!; kill -CONT $!; wait $!; echo $?",
    "jobs": (
        "{ set -m; sleep 9 & kill -STOP %1; until jobs -s | grep -q .; do :; done; kill %1; "
        "while kill -0 $!; do :; done; echo gone; } 2>&-"
    ),
    "a broken pipe": "yes | head -1; echo ${PIPESTATUS[*]}",
    "a time limit": "timeout 0.1 sleep 9; echo $?",
    "a time limit that is caught": "timeout -s USR1 0.1 bash -c 'trap \"exit 4\" USR1; sleep 9 & wait'; echo $?",
    "threads": python("from concurrent.futures import ThreadPoolExecutor as T; print(sum(T(9).map(abs, range(99))))"),
    "processes": python('import subprocess as s; print(s.run(["sh", "-c", "exit 7"]).returncode)'),
    "waiting for a stopped child": python(
        "import os, signal as s\nr, w = os.pipe()\np = os.fork()\n"
        "if not p: os.kill(os.getpid(), s.SIGSTOP); os.read(r, 1); os._exit(6)\n"
        "a = os.waitpid(p, os.WUNTRACED); os.kill(p, s.SIGCONT); b = os.waitpid(p, os.WCONTINUED); os.write(w, b'x')\n"
        "print(os.WSTOPSIG(a[1]), os.WIFCONTINUED(b[1]), os.waitpid(p, 0)[1])"
    ),
    "no such program": "./nothing; echo $?; /; echo $?",
    "many": "for i in $(seq 60); do /bin/true & done; wait; echo $?",
}


@pytest.mark.parametrize("line", SAME.values(), ids=SAME)
def test_what_is_traced_goes_as_it_would_go(box: Traced, line: str) -> None:
    plain = box.run(line)
    assert box.run(line, RM) == plain


def test_a_terminal_and_its_job_control_work(box: Traced) -> None:
    line = "set -m; tty >/dev/null && echo ready; sleep 0.01 & fg >/dev/null; echo $?;"
    line += " sh -c 'kill -STOP $$'; fg >/dev/null; echo $?"
    plain = box.run(line, terminal=(24, 80))
    assert "ready" in plain[1]
    assert box.run(line, RM, terminal=(24, 80)) == plain


def test_kill_ends_all_of_it(box: Traced) -> None:
    mark = new_mark()
    line = f"bash -c 'trap \"\" TERM HUP; sleep {mark}; sleep {mark}' & setsid sleep {mark} & sleep {mark} &"
    process = box.start(
        f"{line} until [ $(ps -o comm= $!) = sleep ]; do :; done; kill -STOP $!; echo ready; while :; do sleep 1; done",
        RM,
    )
    read_until(process, b"ready\n")
    eventually(lambda: sleeping(mark) > 2)
    process.kill()
    assert ended(process) in (137, 143)
    assert sleeping(mark) == 0


def test_what_is_traced_dies_with_claw(box: Traced) -> None:
    mark = new_mark()

    def start_and_die() -> bool:
        process = box.start(f"setsid nohup sleep {mark} & sleep {mark}", RM)
        eventually(lambda: sleeping(mark) > 1)
        return process.wait(0) is None

    assert forked(start_and_die, os.getuid())
    assert _native.wait_guard(str(box.folder / "guard"), 60)
    assert sleeping(mark) == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_an_ordinary_user_s_rules_hold_too_and_for_what_nobody_may_look_at(box: Traced) -> None:
    closed = Path(shutil.copy("/bin/echo", box.work / "closed"))
    (box.work / "x").write_text("precious")
    for folder in (box.folder, *box.folder.parents):
        if folder.owner() == "root" and folder != Path("/tmp") and folder != Path("/"):
            folder.chmod(0o755)
    give(box.folder, NOBODY)
    os.chown(closed, 0, 0)
    closed.chmod(0o711)
    line = "setarch x86_64 rm x; ./closed works"
    _, output, refused = forked(lambda: box.run(line, RM), NOBODY)
    assert "works" not in output
    assert (box.work / "x").exists()
    assert refused == [["rm x", *RM], ["closed", "", ""]]
