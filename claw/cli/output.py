"""The one way to standard output and standard error. The answer goes to the first, everything else to the second."""

from __future__ import annotations

import os
import select
import sys
import unicodedata
from contextlib import suppress
from typing import TextIO

from claw.cli.sanitize import clean, escape_json


class Disconnected(Exception):
    """Our standard output takes no more: nobody reads it, or, where `reason` says so, it cannot be written."""

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason)
        self.reason = reason


class Output:
    """Writes to the two standard streams. Text is made harmless first: behind a pipe there may be a terminal, too."""

    def __init__(self, stdout: TextIO, stderr: TextIO) -> None:
        self._stdout = stdout
        self._stderr = stderr
        self.answered = False
        """Something went to standard output."""
        for stream in (stdout, stderr):
            if hasattr(stream, "reconfigure"):
                with suppress(OSError):  # it delivers first what is left, and a terminal may be gone
                    stream.reconfigure(errors="replace")

    def is_of(self, stdout: TextIO, stderr: TextIO) -> bool:
        """Whether these are its streams."""
        return self._stdout is stdout and self._stderr is stderr

    @property
    def on_terminal(self) -> bool:
        """Whether a person watches standard error while standard output may go elsewhere."""
        return self._stderr.isatty()

    def answer(self, text: str) -> None:
        """Text for people, for standard output. Line ends stay as they are. Raises Disconnected."""
        self._write("\r\n".join(clean(part) for part in text.split("\r\n")))

    def styled(self, text: str) -> None:
        """Text for standard output with styles of claw's own in it; the caller has cleaned the rest.

        Raises Disconnected.
        """
        self._write(text)

    def answer_json(self, line: bytes) -> None:
        """One line of JSON for standard output, and its line end; what a terminal would obey is escaped in it. Raises
        Disconnected."""
        self._write(escape_json(line.decode()) + "\n")

    def note(self, text: str) -> None:
        """A line for standard error. Never raises: there is nobody left to tell."""
        try:
            self._stderr.write(self._broken(clean(text)) + "\n")
            self._stderr.flush()
        except (OSError, ValueError):
            return

    def _broken(self, text: str) -> str:
        """The lines broken at blanks, where a terminal would break them inside a word."""
        try:
            width = max(20, os.get_terminal_size(self._stderr.fileno()).columns)
        except (OSError, ValueError):
            return text  # it is no terminal
        return "\n".join(_folded(line, width) for line in text.split("\n"))

    def abandoned(self) -> bool:
        """Whether standard output is a pipe that nobody reads any more."""
        try:
            watch = select.poll()
            watch.register(self._stdout.fileno(), 0)
            return any(state & (select.POLLERR | select.POLLNVAL) for _, state in watch.poll(0))
        except (OSError, ValueError):
            return True

    def finish(self) -> None:
        """Nothing more is written: what cannot be delivered any more is forgotten, and changes no exit code."""
        for stream in (self._stdout, self._stderr):
            try:
                stream.flush()
            except (OSError, ValueError):
                _silence(stream)

    def silence(self) -> None:
        """Point standard output at nothing, so that closing it cannot fail."""
        _silence(self._stdout)

    def _write(self, text: str) -> None:
        self.answered = True
        try:
            self._stdout.write(text)
            self._stdout.flush()
        except BrokenPipeError:
            self.silence()
            raise Disconnected from None
        except OSError as error:
            self.silence()
            raise Disconnected(error.strerror or str(error)) from None


def _folded(line: str, width: int) -> str:
    """Continuations stand under the line's beginning. A word longer than the terminal is broken by that."""
    if _width(line) <= width:
        return line
    indent = line[: len(line) - len(line.lstrip())]
    rows, row = [], indent
    for word in line.split():
        joined = f"{row} {word}" if row.strip() else f"{indent}{word}"
        if row.strip() and _width(joined) > width >= _width(indent + word):
            rows.append(row)
            joined = f"{indent}{word}"
        row = joined
    return "\n".join((*rows, row))


def _width(text: str) -> int:
    return sum(1 + (unicodedata.east_asian_width(char) in "FW") for char in text)


def _silence(stream: TextIO) -> None:
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)
    except (OSError, ValueError):
        return


_current: list[Output] = []


def standard() -> Output:
    """The output of this process, one for all that it says."""
    if not _current or not _current[0].is_of(sys.stdout, sys.stderr):
        _current[:] = [Output(sys.stdout, sys.stderr)]
    return _current[0]
