"""A terminal on request: the command's own, and nobody else's."""

from __future__ import annotations

import os

import pytest

from claw import _native
from claw.errors import ToolError
from tests.native.confined import Box
from tests.native.running import ended, granted, read_all


@pytest.fixture(params=[True, False], ids=["confined", "unconfined"])
def confined(request: pytest.FixtureRequest) -> bool:
    answer: bool = request.param
    return answer


def run(box: Box, confined: bool, line: str, stdin: bytes = b"", size: tuple[int, int] = (30, 101)) -> tuple[int, str]:
    if box.uid is not None:
        pytest.skip("this is about claw's end, the same for every user")
    process = _native.Process(
        granted(line),
        shell="/bin/bash",
        cwd=str(box.workspace),
        env={"PATH": os.environ["PATH"]},
        guard=str(box.folder / "guard"),
        confinement=_native.Confinement(**box.confinement()) if confined else None,
        terminal=size,
        stdin=stdin,
    )
    output = read_all(process).decode().replace("\r\n", "\n")
    return ended(process), output


def test_the_command_has_a_terminal_of_the_size_that_was_asked_for(box: Box, confined: bool) -> None:
    assert run(box, confined, "stty size; test -t 0 && test -t 1 && test -t 2 && echo all; exit 3") == (
        3,
        "30 101\nall\n",
    )


def test_it_is_the_commands_controlling_terminal(box: Box, confined: bool) -> None:
    status, output = run(box, confined, "echo there > /dev/tty; tty; ps -o tty= $$")
    assert status == 0
    lines = output.split()
    assert lines[0] == "there"
    assert lines[1] == f"/dev/{lines[2]}"


def test_a_sandbox_has_terminals_of_its_own(box: Box) -> None:
    assert run(box, True, "tty; ls /dev/pts") == (0, "/dev/pts/0\n0  ptmx\n")


def test_what_was_given_is_typed(box: Box, confined: bool) -> None:
    line = "stty -echo; read -r x; read -r y; echo $x $y"
    assert run(box, confined, line, stdin=b"one\ntwo\n")[1].endswith("one two\n")
    with pytest.raises(ToolError, match="4095"):
        run(box, confined, "true", stdin=b"x" * 4096)


def test_much_output(box: Box, confined: bool) -> None:
    assert run(box, confined, "seq 100000")[1].split() == [str(n) for n in range(1, 100001)]


def test_nothing_is_typed_into_it_by_the_command(box: Box) -> None:
    program = "import fcntl\ntry:\n    fcntl.ioctl(0, 0x5412, b'x')\nexcept PermissionError:\n    print('no')\n"
    (box.workspace / "type.py").write_text(program)
    assert run(box, True, "/usr/bin/python3 type.py")[1] == "no\n"
