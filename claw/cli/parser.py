"""The usual ways to type a command, read without typer, which takes longer to import than most commands take.

Only what can be meant in one way is read here. What is wrong, and what is written in a way that is not read here
(`-pm NAME`, a flag's value that begins with a dash), is typer's: the values, the errors and the help are the same
(`tests/cli/test_parser.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from claw.cli.parameters import HELP, LONGEST, NUMBER, SWITCH, Parameter


class Odd(Exception):
    """It takes typer to say what this means, or what is wrong with it."""


def parsed(parameters: Sequence[Parameter], words: Sequence[str]) -> dict[str, Any] | None:
    """The value of each parameter by its name; None where help is asked for. Raises Odd."""
    reading = _Reading(parameters)
    rest = list(reversed(words))
    while rest:
        word = rest.pop()
        if word == "--":
            reading.places += reversed(rest)
            break
        if word.startswith("-") and word != "-":
            reading.flag(word, rest)
        else:
            reading.places.append(word)
    reading.place()
    return None if reading.values.pop(HELP.name) else reading.checked()


class _Reading:
    def __init__(self, parameters: Sequence[Parameter]) -> None:
        self._parameters = (*parameters, HELP)
        self._flags = {flag: one for one in self._parameters for flag in (*one.flags, one.off) if flag}
        self._seen: set[str] = set()
        self.values: dict[str, Any] = {one.name: one.default for one in self._parameters}
        self.places: list[str] = []
        """What was typed beside the flags."""

    def flag(self, word: str, rest: list[str]) -> None:
        name, equals, value = word.partition("=")
        one = self._flags.get(name)
        if one is None and not word.startswith("--") and any(other.dashed for other in self._parameters):
            self.places.append(word)
            return
        if one is None or (equals and (one.kind == SWITCH or not name.startswith("--"))):
            raise Odd
        if one.kind == SWITCH:
            self._put(one, name != one.off)
            return
        if not equals:
            if not rest or rest[-1].startswith("-"):
                raise Odd
            value = rest.pop()
        self._put(one, value)

    def place(self) -> None:
        """Give each argument its word."""
        left = list(reversed(self.places))
        for one in self._parameters:
            if one.flags:
                continue
            while left and (one.many or one.name not in self._seen):
                self._put(one, left.pop())
        if left:
            raise Odd

    def checked(self) -> dict[str, Any]:
        for one in self._parameters:
            if one.required and one.name not in self._seen:
                raise Odd
        return self.values

    def _put(self, one: Parameter, value: Any) -> None:
        if one.kind == NUMBER:
            if not (value.isascii() and value.isdecimal() and len(value) <= LONGEST):
                raise Odd
            value = int(value)
        if one.many:
            self.values[one.name] = [*(self.values[one.name] or ()), value]
        elif one.name in self._seen:
            raise Odd
        else:
            self.values[one.name] = value
        self._seen.add(one.name)
