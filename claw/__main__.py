"""The `claw` command. `--version` is answered before anything else is imported: start-up is a feature."""

from __future__ import annotations

import gc
import importlib
import os
import sys

from claw import __version__, bytecode


def main() -> int:
    """Run the command line; the exit code, where only `--version` was done. Else the process has ended by then."""
    sys.setswitchinterval(0.001)  # threads mostly wait for the disk or for git: who has waited goes on soon
    gc.disable()  # until a command's modules are imported: `claw.cli.app`
    _open_standard_streams()
    arguments = sys.argv[1:]
    if arguments in (["--version"], ["-V"]):
        return _say(f"claw {__version__}\n")
    bytecode.use()
    try:
        entry = importlib.import_module("claw.cli.entry")
    except ImportError as error:
        bytecode.discard()
        sys.stderr.write(
            f"claw: this installation is incomplete: {error}\n  try: pip install --force-reinstall claw-runtime\n"
        )
        return 1
    return _leave(entry.main(arguments))


def _say(text: str) -> int:
    """On standard output, before anything else is imported; the exit code."""
    try:
        os.write(1, text.encode())
    except OSError as error:
        sys.stderr.write(f"claw: standard output cannot be written: {error.strerror}\n")
        return 1
    return 0


def _leave(code: int) -> int:
    """End the process at once: to take modules and objects apart costs more than all else that is done at the end.

    Nothing is lost by that. Whoever opened something has closed it before: a session its log, its connections, its
    commands and its folders, a view the terminal. Threads that still work only read (imports that nobody waits for), or
    write what nobody was promised. What the standard streams hold is written here.
    """
    native = sys.modules.get("claw._native")
    if native is not None:
        native.Confinement.settle()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            continue  # there is nobody left to tell
    if bytecode.is_worth_writing():
        importlib.import_module("claw.bytecode_writer").write()
    os._exit(code)


def _open_standard_streams() -> None:
    """What was closed leads nowhere from now on. Else the log's file could become descriptor 2, and take messages."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is not None:
            continue
        opened = os.open(os.devnull, os.O_RDWR)
        if opened != number:
            os.dup2(opened, number)
            os.close(opened)
        setattr(sys, name, os.fdopen(number, "r" if number == 0 else "w", encoding="utf-8"))


if __name__ == "__main__":
    sys.exit(main())
