"""The `claw` command. `--version` is answered before anything else is imported: start-up is a feature."""

from __future__ import annotations

import importlib
import os
import sys

from claw import __version__


def main() -> int:
    """Run the command line; the exit code."""
    _open_standard_streams()
    arguments = sys.argv[1:]
    if arguments in (["--version"], ["-V"]):
        sys.stdout.write(f"claw {__version__}\n")
        return 0
    try:
        entry = importlib.import_module("claw.cli.entry")
    except ImportError as error:
        sys.stderr.write(
            f"claw: this installation is incomplete: {error}\n  try: pip install --force-reinstall claw-runtime\n"
        )
        return 1
    code: int = entry.main(arguments)
    return code


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
