"""The program that keeps a Python alive for cells: it runs under the system's own Python, with nothing but what that
brings, and imports nothing of claw. It is told cells over its standard input (`Process.give`), and says there when one
is done: `done STATUS`, and `back` when it is asked to.
"""

import ast
import builtins
import contextlib
import fcntl
import linecache
import os
import signal
import sys
import traceback
import types


def _main() -> None:
    channel = fcntl.fcntl(0, fcntl.F_DUPFD_CLOEXEC, 200)
    output = fcntl.fcntl(1, fcntl.F_DUPFD_CLOEXEC, 200)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    me = os.getpid()
    signal.signal(signal.SIGINT, _ignore)
    module = types.ModuleType("__main__")
    module.__dict__["__builtins__"] = builtins
    sys.modules["__main__"] = module
    names = module.__dict__
    rest = b""
    count = 0
    while True:
        while b"\n" not in rest:
            rest += _more(channel)
        line = rest.split(b"\n", 1)[0]
        if line == b"__claw_back":
            rest = rest[len(line) + 1 :]
            _tell(channel, "back")
            continue
        _, length, rest = rest.split(b" ", 2)
        while len(rest) <= int(length) or b"\n" not in rest[int(length) :]:
            rest += _more(channel)
        code, rest = rest[: int(length)], rest[int(length) :].split(b"\n", 1)[1]
        count += 1
        _give_back(output)
        status = _run(code[1:-1].replace(b"'\\''", b"'").decode(), f"<cell {count}>", names)
        if os.getpid() != me:  # a child that the cell has left behind
            _flush()
            os._exit(status)
        _flush()
        _tell(channel, f"done {status}")


def _ignore(*_: object) -> None:
    """Nothing is under way that could be interrupted."""


def _more(channel: int) -> bytes:
    data = os.read(channel, 65536)
    if not data:
        os._exit(0)
    return data


def _tell(channel: int, text: str) -> None:
    os.write(channel, text.encode() + b"\n")


def _give_back(output: int) -> None:
    """What an earlier cell may have closed or turned elsewhere is output again."""
    for number, name in ((1, "stdout"), (2, "stderr")):
        os.dup2(output, number)
        stream = open(number, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(BaseException):  # whatever stands there by now
            stream.flush()


def _run(code: str, name: str, names: dict) -> int:  # type: ignore[type-arg] # an old Python may run it
    linecache.cache[name] = (len(code), None, [line + "\n" for line in code.split("\n")], name)
    try:
        try:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            tree: ast.Module = compile(code, name, "exec", ast.PyCF_ONLY_AST)  # type: ignore[assignment]
            last = tree.body[-1] if tree.body else None
            if isinstance(last, ast.Expr):
                tree.body.pop()
            exec(compile(tree, name, "exec"), names)
            if isinstance(last, ast.Expr):
                value = eval(compile(ast.Expression(last.value), name, "eval"), names)
                if value is not None:
                    names["_"] = value
                    sys.stdout.write(f"{value!r}\n")
        finally:
            signal.signal(signal.SIGINT, _ignore)
    except SystemExit as end:
        sys.stderr.write(f"SystemExit: {end.code}\n")
        return end.code % 256 if isinstance(end.code, int) else 0 if end.code is None else 1
    except BaseException:  # noqa: BLE001 - all that a cell can do wrong is told
        _explain()
        return 1
    return 0


def _explain() -> None:
    """The error as Python would tell it, without the frames of this program."""
    kind, error, frames = sys.exc_info()
    while frames is not None and frames.tb_frame.f_code.co_filename == _run.__code__.co_filename:
        frames = frames.tb_next
    try:
        traceback.print_exception(kind, error, frames)
    except BaseException:  # noqa: BLE001
        os.write(2, b"An error that cannot be told.\n")


_main()
