"""The commands of claw: which there are, and how one of them is run.

A command is a typer function in a module of its own that returns its exit code (None: 0). Only the module of the
command that was typed is imported. What is not the name of a command is a prompt.
"""

from __future__ import annotations

import builtins
import difflib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import typer
from typer.core import TyperCommand

from claw.errors import UsageError
from claw.late import load

Function: TypeAlias = Callable[..., int | None]


@dataclass(frozen=True, slots=True)
class Command:
    """Where a command is; `help` is its line in the list of commands. The function has the command's name, `list_` for
    `list`.

    A command with `parts` is run by the name of one of them; its own function only says so.
    """

    name: str
    module: str
    help: str
    parts: tuple[Command, ...] = ()

    def function(self) -> Function:
        function: Function = load(self.module, f"{self.name}_" if self.name in dir(builtins) else self.name)
        return function

    def part(self, name: str) -> Command | None:
        return next((part for part in self.parts if part.name == name), None)


_PERMISSIONS = (
    Command("list", "claw.cli.permissions.listing", "the rules in force here, and where they come from"),
    Command("explain", "claw.cli.permissions.explain", "the verdict on one call, part by part"),
    Command("check", "claw.cli.permissions.check", "verdicts for programs: on one call, or on many as JSON Lines"),
    Command("backtest", "claw.cli.permissions.backtest", "what other rules would have said in past sessions"),
    Command("revoke", "claw.cli.permissions.revoke", "take back what was allowed, for always or in a session"),
)
COMMANDS = {
    command.name: command
    for command in (
        Command("run", "claw.cli.live.run", "answer one prompt and exit (the same as claw -p)"),
        Command("resume", "claw.cli.live.resume", "go on with a session where it stopped"),
        Command("fork", "claw.cli.live.fork", "branch a session at any step into a new one"),
        Command("log", "claw.cli.offline.log", "list sessions, or the events of one"),
        Command("show", "claw.cli.offline.show", "show one event, or the request a model was sent"),
        Command("replay", "claw.cli.offline.replay", "decide a recorded session again and compare"),
        Command("verify", "claw.cli.offline.verify", "check that a log is whole and unchanged"),
        Command("cost", "claw.cli.offline.cost", "tokens and money, by model"),
        Command("fsck", "claw.cli.offline.fsck", "look for damage in a log, and save what is whole"),
        Command("demo", "claw.cli.live.demo", "watch a session at work, with no key and no network"),
        Command(
            "permissions",
            "claw.cli.permissions.group",
            "what is allowed here, why, and under other rules",
            _PERMISSIONS,
        ),
        Command("agents", "claw.cli.offline.agents", "the kinds of agent that a session here can start"),
        Command("doctor", "claw.cli.offline.doctor", "check this installation"),
    )
}
MAIN = Command("main", "claw.cli.live.main", "")


class _Main(TyperCommand):
    """The command without a name; its help lists the others."""

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        _list(formatter, COMMANDS.values())
        formatter.write_text("claw COMMAND --help says more. To send a command's name as a prompt: claw -- log")


class _Whole(TyperCommand):
    """A command with parts; its help lists them."""

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        _list(formatter, COMMANDS[ctx.info_name.rpartition(" ")[2]].parts)
        formatter.write_text(f"{ctx.info_name} COMMAND --help says more.")


def _list(formatter: Any, commands: Iterable[Command]) -> None:
    with formatter.section("Commands"):
        formatter.write_dl([(command.name, command.help) for command in commands])
    formatter.write_paragraph()


def run(arguments: Sequence[str]) -> int:
    """Run what was typed; its exit code. Raises ClawError, and typer's exceptions for wrong usage."""
    command = COMMANDS.get(arguments[0]) if arguments else None
    if command is None:
        _refuse_misspelled(arguments)
        return _invoke(MAIN, "claw", arguments, _Main)
    if not command.parts:
        return _invoke(command, f"claw {command.name}", arguments[1:], TyperCommand)
    part = command.part(arguments[1]) if len(arguments) > 1 else None
    if part is None:
        return _invoke(command, f"claw {command.name}", arguments[1:], _Whole)
    return _invoke(part, f"claw {command.name} {part.name}", arguments[2:], TyperCommand)


def _refuse_misspelled(arguments: Sequence[str]) -> None:
    """One word that is nearly a command is not sent to a model."""
    close = difflib.get_close_matches(arguments[0], COMMANDS, n=1, cutoff=0.75) if arguments else []
    if close:
        raise UsageError(f"there is no command {arguments[0]!r}", hint=f"claw {close[0]}, or claw -- {arguments[0]}")


def _has_rules(command: Command) -> bool:
    return command.module.startswith(("claw.cli.live.", "claw.cli.permissions."))


def _invoke(command: Command, program: str, arguments: Sequence[str], cls: type[TyperCommand]) -> int:
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    settings = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
    app.command(command.name, cls=cls, context_settings=settings)(command.function())
    words = load("claw.cli.live.flags", "with_lists")(arguments) if _has_rules(command) else list(arguments)
    code = typer.main.get_command(app).main(args=words, prog_name=program, standalone_mode=False)
    return code if isinstance(code, int) else 0
