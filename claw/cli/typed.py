"""The typer app of a command, built from what is declared of it: for what is not typed in a usual way."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperCommand
from typer.exceptions import Abort, TyperException

from claw.cli.commands import COMMANDS, MAIN, Command
from claw.cli.help import MORE, WIDEST
from claw.cli.parameters import HELP, LONGEST, NUMBER, SWITCH, Parameter


def run(command: Command, program: str, words: Sequence[str], function: Callable[..., int | None]) -> int:
    """Read the words and give `function` their values; its exit code.

    Raises KeyboardInterrupt, and TyperException for wrong usage.
    """
    try:
        code = _app(command, function).main(args=_plain(command, words), prog_name=program, standalone_mode=False)
    except Abort:
        raise KeyboardInterrupt from None
    return code if isinstance(code, int) else 0


def _plain(command: Command, words: Sequence[str]) -> list[str]:
    """The words as typer reads them: it knows no arguments with a dash."""
    end = list(words).index("--") if "--" in words else len(words)
    before, behind = list(words[:end]), list(words[end + 1 :])
    if any(one.dashed for one in command.parameters):
        flags = [word for word in before if word in HELP.flags or word.startswith("--")]
        before, behind = flags, [*(word for word in before if word not in flags), *behind]
    return [*before, *(["--", *behind] if behind or end < len(words) else [])]


def wrong_usage(error: BaseException) -> tuple[int, str, str] | None:
    """The exit code of one of typer's errors, what happened, and what to type next; None for any other error."""
    if not isinstance(error, TyperException):
        return None
    context = getattr(error, "ctx", None)
    return error.exit_code, error.format_message(), f"{context.command_path} --help" if context is not None else ""


def _app(command: Command, function: Callable[..., int | None]) -> Any:
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    settings = {"help_option_names": ["-h", "--help"], "max_content_width": WIDEST}

    def called(**values: Any) -> int | None:
        return function(**values)

    signature = [
        inspect.Parameter(
            one.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if one.required else one.default,
            annotation=_annotated(one),
        )
        for one in command.parameters
    ]
    called.__signature__ = inspect.Signature(signature)  # type: ignore[attr-defined]
    called.__annotations__ = {one.name: one.annotation for one in signature}
    cls = _Main if command is MAIN else _Whole if command.parts else TyperCommand
    app.command(command.name, cls=cls, help=command.about, context_settings=settings)(called)
    return typer.main.get_command(app)


def _annotated(one: Parameter) -> Any:
    kind: Any = {SWITCH: bool, NUMBER: int}.get(one.kind, str)
    kind = list[kind] if one.many else kind
    kind = kind | None if one.default is None and not one.required else kind
    if not one.flags:
        return Annotated[kind, typer.Argument(metavar=one.metavar, help=one.help, show_default=False)]
    flags = [f"{one.flags[0]}/{one.off}"] if one.off else one.flags
    callback = _small if one.kind == NUMBER else None
    return Annotated[kind, typer.Option(*flags, metavar=one.metavar or None, help=one.help, callback=callback)]


def _small(number: int | None) -> int | None:
    """Raises BadParameter for what may not fit into 64 bits."""
    if number is not None and abs(number) >= 10**LONGEST:
        raise typer.BadParameter(f"a number of more than {LONGEST} digits is too large.")
    return number


class _Main(TyperCommand):
    """The command without a name; its help lists the others."""

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        _list(formatter, tuple(COMMANDS.values()))
        formatter.write_text(MORE)


class _Whole(TyperCommand):
    """A command with parts; its help lists them."""

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        _list(formatter, COMMANDS[ctx.info_name.rpartition(" ")[2]].parts)
        formatter.write_text(f"{ctx.info_name} COMMAND --help says more.")


def _list(formatter: Any, commands: tuple[Command, ...]) -> None:
    with formatter.section("Commands"):
        formatter.write_dl([(command.name, command.help) for command in commands])
    formatter.write_paragraph()
