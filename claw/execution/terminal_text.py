"""What a program wrote to its terminal, as text: the lines that somebody would have read there in the end (ADR 17)."""

from __future__ import annotations

import re

from claw.late import pattern

LONGEST = 16 * 1024
"""Characters of a line, or of a control sequence, that are waited for."""

_TOKEN = pattern(
    r"\x1b\[(?P<number>[0-?]*)[ -/]*(?P<final>[@-~])"  # CSI: cursor, colours
    r"|\x1b[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\|(?=\x1b))"  # OSC and other strings: titles, links, images
    r"|\x1b[ -/]*[0-~]"
    r"|(?P<control>[\x00-\x1f\x7f-\x9f])"
    r"|(?P<text>[^\x00-\x1f\x7f-\x9f]+)"
)
_UNFINISHED = pattern(r"\x1b(?:\[[0-?]*[ -/]*|[\]PX^_][^\x07\x1b\n]*\x1b?|[ -/]*)\Z")


class TerminalText:
    """Takes what is written to a terminal; gives the lines, once they are finished, without control sequences.

    A carriage return, a backspace and the sequences that move within a line or erase it do what they do on a screen;
    those that move elsewhere end the line.
    """

    def __init__(self) -> None:
        self._unread = ""
        self._line = ""
        self._column = 0

    def feed(self, text: str) -> str:
        text = self._unread + text
        cut = _UNFINISHED.search(text, max(0, len(text) - LONGEST))
        self._unread = text[cut.start() :] if cut else ""
        return "".join(map(self._read, _TOKEN.finditer(text, 0, cut.start() if cut else len(text))))

    def finish(self) -> str:
        """Nothing follows: the last line, which has no end."""
        self._unread = ""
        return self._taken()

    def _read(self, token: re.Match[str]) -> str:
        if token["text"]:
            return self._written(token["text"])
        if token["control"]:
            return self._controlled(token["control"])
        return self._moved(token["final"], token["number"]) if token["final"] else ""

    def _written(self, text: str) -> str:
        self._line = self._line[: self._column] + text + self._line[self._column + len(text) :]
        self._column += len(text)
        return self._taken() if len(self._line) > LONGEST else ""

    def _controlled(self, control: str) -> str:
        match control:
            case "\n" | "\x0b" | "\x0c" | "\x85":
                return self._taken() + "\n"
            case "\r":
                self._column = 0
            case "\b":
                self._column = max(0, self._column - 1)
            case "\t":
                return self._written("\t")
        return ""

    def _moved(self, final: str, number: str) -> str:
        count = int(number) if number.isdecimal() and len(number) < 5 else None
        match final:
            case "K":
                keep = {None: self._line[: self._column], 0: self._line[: self._column], 1: self._blank(), 2: ""}
                self._line = keep.get(count, self._line)
            case "C":
                self._go(self._column + (count or 1))
            case "D":
                self._column = max(0, self._column - (count or 1))
            case "G":
                self._go((count or 1) - 1)
            case "P":
                self._line = self._line[: self._column] + self._line[self._column + (count or 1) :]
            case "A" | "B" | "E" | "F" | "H" | "f" | "J" if self._line.strip():
                return self._taken() + "\n"
        return ""

    def _blank(self) -> str:
        """The line with nothing up to the cursor."""
        return " " * self._column + self._line[self._column :]

    def _go(self, column: int) -> None:
        self._column = min(column, LONGEST)
        self._line = self._line.ljust(self._column)

    def _taken(self) -> str:
        line, self._line, self._column = self._line.rstrip(" "), "", 0
        return line
