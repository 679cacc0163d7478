"""What `--help` prints: letter for letter what typer would (`tests/cli/test_parser.py`), without its import."""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Iterable, Iterator

from claw.cli.commands import COMMANDS, MAIN, Command
from claw.cli.parameters import HELP, SWITCH, Parameter

WIDEST, NARROWEST = 100, 50
"""Columns of a text; the terminal's right margin is two of them."""
FIRST = 30
"""Columns of a list's first column, at most."""


def text(command: Command, program: str, columns: int | None = None) -> str:
    """The help of this command, which was started as `program`, for a terminal of so many columns (None: this one)."""
    width = max(min(columns or _columns(), WIDEST) - 2, NARROWEST)
    parameters = (*command.parameters, HELP)
    arguments = [one for one in parameters if not one.flags]
    parts = [
        _usage(f"Usage: {program} ", " ".join(["[OPTIONS]", *map(_place, arguments)]), width),
        "\n\n".join(_filled(_joined(part), width, "  ", "  ") for part in command.about.split("\n\n")),
    ]
    if arguments:
        parts.append(_section("Arguments", ((_argument(one), _said(one)) for one in arguments), width))
    parts.append(_section("Options", ((_option(one), _said(one)) for one in parameters if one.flags), width))
    listed, more = _listed(command, program)
    if listed:
        parts += [_section("Commands", ((one.name, one.help) for one in listed), width), _filled(more, width)]
    return "\n\n".join(parts) + "\n"


def _usage(lead: str, said: str, width: int) -> str:
    if width < len(lead) + 20:
        indent = " " * 11
        return f"{lead}\n{_filled(said, width, indent, indent)}"
    return _filled(said, width, lead, " " * len(lead))


def _listed(command: Command, program: str) -> tuple[Iterable[Command], str]:
    """The commands that this one's help lists, and the sentence below them."""
    if command is MAIN:
        return COMMANDS.values(), MORE
    return command.parts, f"{program} COMMAND --help says more."


MORE = "claw COMMAND --help says more. To send a command's name as a prompt: claw -- log"


def _columns() -> int:
    """Of the terminal, as `shutil.get_terminal_size` tells it, whose import takes longer than this."""
    told = os.environ.get("COLUMNS", "")
    if told.isascii() and told.isdecimal() and int(told) > 0:
        return int(told)
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or 80  # type: ignore[union-attr]
    except (AttributeError, ValueError, OSError):
        return 80


def _place(one: Parameter) -> str:
    if one.required:
        return f"{{{one.metavar}}}"
    return f"[{one.metavar}]..." if one.many else f"[{one.metavar}]"


def _argument(one: Parameter) -> str:
    return f"{one.metavar} <list[str]>" if one.many else f"{one.metavar} <str>"


def _option(one: Parameter) -> str:
    flags = ", ".join(sorted(one.flags, key=lambda flag: flag.startswith("--")))
    if one.kind == SWITCH:
        return f"{flags} / {one.off}" if one.off else flags
    return f"{flags} {one.metavar}"


def _said(one: Parameter) -> str:
    if one.required:
        return f"{one.help}  [required]"
    usual = one.flags[0] if one.default else one.off
    return f"{one.help}  [default: {usual.removeprefix('--')}]" if one.off else one.help


def _section(title: str, rows: Iterable[tuple[str, str]], width: int) -> str:
    return "\n".join([f"{title}:", *_list(list(rows), width)])


def _list(rows: list[tuple[str, str]], width: int) -> Iterator[str]:
    """Two columns; what is too long for the first has a line of its own."""
    first = min(max(len(name) for name, _ in rows), FIRST) + 2
    for name, said in rows:
        lines = _filled(said, max(width - first - 2, 10)).splitlines()
        if len(name) > first - 2:
            yield f"  {name}"
        else:
            yield f"  {name:<{first}}{lines.pop(0)}"
        yield from (f"{'':>{first + 2}}{line}" for line in lines)


def _joined(paragraph: str) -> str:
    return " ".join(paragraph.splitlines())


def _filled(said: str, width: int, first: str = "", others: str = "") -> str:
    return _Wrapper(width, initial_indent=first, subsequent_indent=others, replace_whitespace=False).fill(said)


class _Wrapper(textwrap.TextWrapper):
    """What is too long for a line is broken anywhere, and not at hyphens."""

    def _handle_long_word(self, reversed_chunks: list[str], cur_line: list[str], cur_len: int, width: int) -> None:
        room = max(width - cur_len, 1)
        cur_line.append(reversed_chunks[-1][:room])
        reversed_chunks[-1] = reversed_chunks[-1][room:]
