"""The flags that every command which runs a session has, and what they mean together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, cast, get_args

from msgspec import Struct

from claw.errors import ToolError, UsageError
from claw.events.permission import Mode
from claw.late import load
from claw.session.config import Options, workspace_named
from claw.settings import amounts
from claw.settings.modes import BYPASS, mode_named

if TYPE_CHECKING:
    from claw.tools.base import Declared

Format: TypeAlias = Literal["text", "json", "stream-json", "events"]


class Raw(Struct, frozen=True):
    """The flags as they were typed, by the names that `claw.cli.parameters` gives them."""

    model: str | None = None
    fallback_model: str | None = None
    output_style: str | None = None
    effort: str | None = None
    permission_mode: str | None = None
    dangerously_skip_permissions: bool = False
    trust: bool = False
    allowed_tools: list[str] | None = None
    disallowed_tools: list[str] | None = None
    tools_from: list[str] | None = None
    max_turns: int | None = None
    max_budget_usd: str | None = None
    max_tokens: str | None = None
    max_time: str | None = None
    json_schema: str | None = None
    input_format: str | None = None
    include_partial_messages: bool = False
    permission_prompt_tool: str | None = None
    permission_timeout: str | None = None
    system_prompt: str | None = None
    system_prompt_file: str | None = None
    append_system_prompt: str | None = None
    tools: str | None = None
    agents: str | None = None
    add_dir: list[str] | None = None
    settings: str | None = None
    setting_sources: str | None = None
    mcp_config: list[str] | None = None
    strict_mcp_config: bool = False
    session_id: str | None = None
    fork_session: bool = False
    folder: str | None = None
    name: str = ""
    plain: bool = False


def understood(raw: Raw, environ: Mapping[str, str]) -> Options:
    """The flags, checked. Raises UsageError."""
    options = _usual(raw, environ)
    if raw.strict_mcp_config or any(getattr(raw, name) is not None for name in OF_PROGRAMS):
        return cast(Options, load("claw.cli.live.program_flags", "with_flags")(raw, options))
    return options


OF_PROGRAMS = (
    *("system_prompt", "system_prompt_file", "append_system_prompt", "tools", "agents", "add_dir", "settings"),
    *("setting_sources", "mcp_config", "session_id"),
)
"""Flags that programs start claw with."""


def _usual(raw: Raw, environ: Mapping[str, str]) -> Options:
    return Options(
        workspace=workspace_named(raw.folder),
        environ=environ,
        model=raw.model,
        fallback=raw.fallback_model,
        style=raw.output_style,
        effort=raw.effort,
        mode=_mode(raw),
        allowed=split_rules(raw.allowed_tools or ()),
        disallowed=split_rules(raw.disallowed_tools or ()),
        tools_from=tuple(name.strip() for text in raw.tools_from or () for name in text.split(",") if name.strip()),
        max_turns=_turns(raw.max_turns),
        max_nusd=_money(raw.max_budget_usd),
        max_tokens=_amount("--max-tokens", raw.max_tokens, amounts.tokens, amounts.TOKENS),
        max_ms=_amount("--max-time", raw.max_time, amounts.milliseconds, amounts.TIME),
        name=raw.name,
        trust=raw.trust,
        tools=_answer(raw.json_schema),
    )


def _mode(raw: Raw) -> Mode | None:
    mode = mode_named(raw.permission_mode) if raw.permission_mode is not None else None
    if not raw.dangerously_skip_permissions:
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


def _answer(schema: str | None) -> dict[str, tuple[Declared, ...]]:
    """The tool by which an answer of this schema is given, by the flag that offers it; `schema` is JSON, or a file."""
    if schema is None:
        return {}
    try:
        text = schema if schema.lstrip().startswith("{") else Path(schema).read_text()
    except (OSError, ValueError) as error:
        why = (isinstance(error, OSError) and error.strerror) or "it is not text"
        raise UsageError(f"--json-schema {schema}: {why}", hint="name a file, or give the schema as {...}") from None
    try:
        answer: Declared = load("claw.tools.structured_output", "StructuredOutput")(text)
    except ToolError as error:
        raise UsageError(f"--json-schema: {error.message}") from None
    return {"--json-schema": (answer,)}


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
