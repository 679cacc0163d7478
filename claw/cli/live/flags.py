"""The flags that every command which runs a session has, and what they mean together."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Annotated, Literal, TypeAlias, cast, get_args

import typer

from claw.errors import UsageError
from claw.events.permission import Mode
from claw.session.config import Options
from claw.settings import amounts
from claw.settings.modes import BYPASS, mode_named

Format: TypeAlias = Literal["text", "json", "stream-json"]

_RULES = 'As in "Bash(git log:*),Edit"; may be repeated.'

PrintFlag = Annotated[bool, typer.Option("-p", "--print", help="Print the answer and exit, without a terminal.")]
FormatFlag = Annotated[
    str | None, typer.Option("--output-format", metavar="FORMAT", help="text (default), json or stream-json.")
]
VerboseFlag = Annotated[
    bool, typer.Option("--verbose", help="Without a terminal: name each call on standard error as it begins.")
]
ModelFlag = Annotated[str | None, typer.Option("-m", "--model", metavar="NAME", help="Which model, or provider/model.")]
ModeFlag = Annotated[
    str | None,
    typer.Option("--permission-mode", metavar="MODE", help="default, acceptEdits, plan, dontAsk or bypassPermissions."),
]
SkipFlag = Annotated[
    bool, typer.Option("--dangerously-skip-permissions", help="The same as --permission-mode bypassPermissions.")
]
TrustFlag = Annotated[
    bool, typer.Option("--trust", help="Take what this folder's own settings want as it is now: rules, hooks, domains.")
]
AllowedFlag = Annotated[
    list[str] | None,
    typer.Option("--allowed-tools", metavar="RULES", help=f"What needs no question. {_RULES}"),
]
DisallowedFlag = Annotated[
    list[str] | None,
    typer.Option("--disallowed-tools", metavar="RULES", help=f"What is never done. {_RULES}"),
]
TurnsFlag = Annotated[
    int | None, typer.Option("--max-turns", metavar="N", help="At most so many model calls per prompt.")
]
BudgetFlag = Annotated[
    str | None, typer.Option("--max-budget-usd", metavar="USD", help="At most so much money in this run.")
]
TokensFlag = Annotated[
    str | None,
    typer.Option("--max-tokens", metavar="N", help="At most so many tokens in this run, cached ones too: 50000, 200k."),
]
TimeFlag = Annotated[
    str | None, typer.Option("--max-time", metavar="TIME", help="At most so much time per prompt: 90s, 10m, 1h30m.")
]
FolderFlag = Annotated[str | None, typer.Option("-C", metavar="DIR", help="Work in this folder.")]
NameFlag = Annotated[str, typer.Option("--name", metavar="NAME", help="Name the session.")]
InputIdFlag = Annotated[
    str, typer.Option("--input-id", metavar="ID", help="Your id of this prompt: sent again it is not done again.")
]


_TOOLS = (
    "Agent|AskUserQuestion|Bash|BashOutput|Edit|ExitPlanMode|Glob|Grep|KillBash|KillShell|LS|MultiEdit|NotebookEdit|"
    "NotebookRead|Read|Skill|SlashCommand|Task|TodoRead|TodoWrite|WebFetch|WebSearch|Write|mcp__[\\w-]+"
)
_SAME = {"--allowedTools": "--allowed-tools", "--disallowedTools": "--disallowed-tools"}
_LISTS = tuple(_SAME.values())
_RULE = rf"(?:{_TOOLS})(?:\(.*\))?"
_MORE = re.compile(rf"{_RULE}(?:[, ]+{_RULE})*", re.DOTALL)
"""A word that can only be one more rule of a list that began before it."""


def with_lists(arguments: Sequence[str]) -> list[str]:
    """The words with a list's flag put before each of its rules: scripts for other agents write
    `--allowedTools Read "Bash(git log:*)" --model …`.
    """
    words: list[str] = []
    flag = ""
    for index, word in enumerate(arguments):
        if word == "--":
            return [*words, *arguments[index:]]
        value = bool(words) and words[-1] in _LISTS
        if flag and not value and _MORE.fullmatch(word):
            words.append(flag)
        elif not value:
            name, equals, rest = word.partition("=")
            name = _SAME.get(name, name)
            flag = name if name in _LISTS else ""
            word = name + equals + rest if flag else word
        words.append(word)
    return words


@dataclass(frozen=True, slots=True)
class Raw:
    """The flags as they were typed."""

    model: str | None = None
    mode: str | None = None
    skip: bool = False
    trust: bool = False
    allowed: list[str] | None = None
    disallowed: list[str] | None = None
    max_turns: int | None = None
    max_budget: str | None = None
    max_tokens: str | None = None
    max_time: str | None = None
    folder: str | None = None
    name: str = ""


def understood(raw: Raw, environ: Mapping[str, str]) -> Options:
    """The flags, checked. Raises UsageError."""
    return Options(
        workspace=workspace_named(raw.folder),
        environ=environ,
        model=raw.model,
        mode=_mode(raw),
        allowed=split_rules(raw.allowed or ()),
        disallowed=split_rules(raw.disallowed or ()),
        max_turns=_turns(raw.max_turns),
        max_nusd=_money(raw.max_budget),
        max_tokens=_amount("--max-tokens", raw.max_tokens, amounts.tokens, amounts.TOKENS),
        max_ms=_amount("--max-time", raw.max_time, amounts.milliseconds, amounts.TIME),
        name=raw.name,
        trust=raw.trust,
    )


def _mode(raw: Raw) -> Mode | None:
    mode = mode_named(raw.mode) if raw.mode is not None else None
    if not raw.skip:
        return mode
    if mode not in (None, BYPASS):
        raise UsageError(f"--dangerously-skip-permissions and --permission-mode {mode} say different things")
    return BYPASS


def format_named(text: str) -> Format:
    """The output format of this name. Raises UsageError."""
    if text not in get_args(Format):
        raise UsageError(f"there is no output format {text!r}", hint=f"one of {', '.join(get_args(Format))}")
    return cast(Format, text)


def split_rules(texts: list[str] | tuple[()]) -> tuple[str, ...]:
    """Rules that commas or spaces separate, except inside parentheses."""
    rules: list[str] = []
    for text in texts:
        rule, depth = "", 0
        for char in text:
            depth += (char == "(") - (char == ")" and depth > 0)
            if depth == 0 and char in ", \t\n":
                rules.append(rule)
                rule = ""
            else:
                rule += char
        rules.append(rule)
    return tuple(rule for rule in rules if rule)


def workspace_named(folder: str | None) -> str:
    """The canonical path of an existing folder; None: where claw was started. Raises UsageError."""
    try:
        path = os.path.realpath(folder if folder is not None else os.getcwd())
    except FileNotFoundError:
        raise UsageError("the current folder does not exist any more", hint="claw -C DIR") from None
    if not os.path.isdir(path):
        raise UsageError(f"there is no folder {path}", hint=f"mkdir {path}")
    try:
        path.encode()
    except UnicodeEncodeError:
        raise UsageError(f"the name of the folder {path!a} is not UTF-8 text", hint="rename it") from None
    return path


def _turns(number: int | None) -> int | None:
    if number is not None and number < 1:
        raise UsageError(f"--max-turns must be at least 1, not {number}")
    return number


def _amount(flag: str, text: str | None, read: Callable[[str], int | None], what: str) -> int | None:
    if text is None:
        return None
    amount = read(text)
    if amount is None:
        raise UsageError(f"{flag} must be {what}, not {text!r}")
    return amount


def _money(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        amount = Decimal(text.removeprefix("$"))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount <= 0:
        raise UsageError(f"--max-budget-usd must be an amount of US dollars above 0, not {text!r}")
    return int(amount * 10**9)
