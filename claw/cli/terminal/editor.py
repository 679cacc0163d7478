"""The person's own editor, for what is written in the terminal."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from claw.errors import UsageError

LARGEST = 2_000_000
"""Bytes that are taken back."""
_USUAL = ("editor", "nano", "vi")


def edited(text: str, environ: Mapping[str, str]) -> str:
    """What the person makes of the text. Blocks, and leaves the terminal to the editor meanwhile.

    Raises UsageError where there is none, or it fails: the text is as it was then.
    """
    command = _command(environ)
    with tempfile.TemporaryDirectory(prefix="claw-edit-") as folder:
        place = Path(folder) / "line.md"
        place.write_text(text, encoding="utf-8", errors="replace")
        try:
            code = subprocess.run([*command, str(place)], check=False).returncode
        except (OSError, ValueError) as error:
            raise _failed(command[0], f"cannot be started ({getattr(error, 'strerror', None) or error})") from None
        if code:
            raise _failed(command[0], f"ended with {code}" if code > 0 else f"was ended by signal {-code}")
        return _read(place, command[0])


def _command(environ: Mapping[str, str]) -> list[str]:
    named = environ.get("VISUAL") or environ.get("EDITOR") or ""
    try:
        command = shlex.split(named)
    except ValueError as error:
        raise _failed(named, f"cannot be read as a command ({error})") from None
    usual = (path for path in map(shutil.which, _USUAL) if path)
    command = command or list(next(([path] for path in usual), []))
    if not command:
        raise UsageError("there is no editor", hint="name yours in VISUAL or EDITOR")
    return command


def _read(place: Path, editor: str) -> str:
    try:
        with place.open("rb") as file:
            data = file.read(LARGEST + 1)
        text = data.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise _failed(editor, f"left nothing that can be read ({error})") from None
    if len(data) > LARGEST:
        raise _failed(editor, f"left more than {LARGEST:,} bytes")
    return text.replace("\r\n", "\n").removesuffix("\n")


def _failed(editor: str, what: str) -> UsageError:
    return UsageError(f"the editor {editor!r} {what}; the line is as it was", hint="VISUAL and EDITOR name another one")
