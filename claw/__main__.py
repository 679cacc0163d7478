"""The `claw` command. `--version` is answered before anything else is imported: start-up is a feature."""

from __future__ import annotations

import importlib
import sys

from claw import __version__


def main() -> int:
    """Run the command line; the exit code."""
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


if __name__ == "__main__":
    sys.exit(main())
