"""What commands take, as data: each flag is declared here once. The parser, the help and the typer app read it."""

from __future__ import annotations

TEXT, NUMBER, SWITCH = "text", "number", "switch"

LONGEST = 18
"""Digits of a number: with more it may not fit into 64 bits."""
"""What a parameter's value is: a text, a whole number, or whether the flag was there."""


class Parameter:
    """`name` is the keyword by which the command's function gets the value. Without `flags` it is an argument, told by
    its place. `off` is the flag that takes a switch back. `many`: a list, None where there is nothing in it.
    `values` are those that shells complete, or "models" for all that are known, or "tags" for those of all sessions.
    `dashed`: an argument that takes words which begin with one dash and are no flag."""

    __slots__ = (
        "dashed",
        "default",
        "flags",
        "help",
        "kind",
        "many",
        "metavar",
        "name",
        "off",
        "required",
        "values",
    )

    def __init__(
        self,
        name: str,
        flags: tuple[str, ...],
        help: str,
        *,
        kind: str = TEXT,
        metavar: str = "",
        default: object = None,
        required: bool = False,
        many: bool = False,
        off: str = "",
        values: str | tuple[str, ...] = (),
        dashed: bool = False,
    ) -> None:
        self.name = name
        self.flags = flags
        self.help = help
        self.kind = kind
        self.metavar = metavar
        self.default = default
        self.required = required
        self.many = many
        self.off = off
        self.values = values
        self.dashed = dashed


def argument(name: str, metavar: str, help: str, **more: object) -> Parameter:
    return Parameter(name, (), help, metavar=metavar, **more)  # type: ignore[arg-type]


def option(name: str, *flags: str, metavar: str, help: str, **more: object) -> Parameter:
    return Parameter(name, flags, help, metavar=metavar, **more)  # type: ignore[arg-type]


def switch(name: str, *flags: str, help: str, off: str = "", default: bool = False) -> Parameter:
    return Parameter(name, flags, help, kind=SWITCH, default=default, off=off)


MODES = ("default", "acceptEdits", "plan", "dontAsk", "bypassPermissions")

_RULES = 'As in "Bash(git log:*),Edit"; may be repeated.'

PROMPT = argument("prompt", "PROMPT", "What to do; - reads it.")
PRINT = switch("print_", "-p", "--print", help="Print the answer and exit, without a terminal.")
PLAIN = switch("plain", "--plain", help="In a terminal: lines and words alone, as for a screen reader.")
SENT = option("prompt", "-p", "--print", metavar="PROMPT", help="Send this (- reads it), print the answer, exit.")
GO_ON = switch("go_on", "-c", "--continue", help="Go on with the last session in this folder.")
RESUME = option("resume", "-r", "--resume", metavar="S", help="Go on with this session.")
VERSION = switch("version", "-V", "-v", "--version", help="Print the version and exit.")
FOLDER = option("folder", "-C", metavar="DIR", help="Work in this folder.")
NAME = option("name", "--name", metavar="NAME", help="Name the session.", default="")
INPUT_ID = option(
    "input_id", "--input-id", metavar="ID", help="Your id of this prompt: sent again it is not done again.", default=""
)
TIMEOUT = option(
    "permission_timeout",
    "--permission-timeout",
    metavar="TIME",
    help="How long the editor's user may take to answer (1h); then it is nobody.",
)
ANSWER = (
    option(
        "output_format",
        "--output-format",
        metavar="FORMAT",
        help="text (default), json, stream-json or events.",
        values=("text", "json", "stream-json", "events"),
    ),
    option(
        "input_format",
        "--input-format",
        metavar="FORMAT",
        help="text (default), or stream-json: prompts as JSON.",
        values=("text", "stream-json"),
    ),
    option(
        "permission_prompt_tool",
        "--permission-prompt-tool",
        metavar="stdio",
        help="With --input-format stream-json: ask the program in front.",
        values=("stdio",),
    ),
    option(
        "permission_timeout",
        "--permission-timeout",
        metavar="TIME",
        help="How long it may take to answer (10m); then it is nobody.",
    ),
    switch(
        "include_partial_messages",
        "--include-partial-messages",
        help="With stream-json: tell replies while they come, too.",
    ),
    option(
        "json_schema",
        "--json-schema",
        metavar="SCHEMA",
        help="The answer is an object of this JSON Schema, which is a file, or JSON as {...}.",
    ),
    switch("verbose", "--verbose", help="Without a terminal: name each call on standard error as it begins."),
)
MODEL = (
    option("model", "-m", "--model", metavar="NAME", help="Which model, or provider/model.", values="models"),
    option(
        "fallback_model",
        "--fallback-model",
        metavar="NAME",
        help="Which model is asked while that one's service is overloaded.",
        values="models",
    ),
    option(
        "output_style",
        "--output-style",
        metavar="NAME",
        help="How claw answers: default, explanatory, learning, or a file's of yours.",
        values=("default", "explanatory", "learning"),
    ),
    option(
        "effort",
        "--effort",
        metavar="LEVEL",
        help="How much the model thinks: off, low, medium or high.",
        values=("off", "low", "medium", "high"),
    ),
    option(
        "permission_mode",
        "--permission-mode",
        metavar="MODE",
        help="default, acceptEdits, plan, dontAsk or bypassPermissions.",
        values=MODES,
    ),
)
LEAVE = (
    switch(
        "dangerously_skip_permissions",
        "--dangerously-skip-permissions",
        help="The same as --permission-mode bypassPermissions.",
    ),
    switch("trust", "--trust", help="Take what this folder's own settings want as it is now: rules, hooks, domains."),
)
RULES = (
    option(
        "allowed_tools",
        "--allowed-tools",
        metavar="RULES",
        help=f"What needs no question. {_RULES}",
        many=True,
    ),
    option(
        "disallowed_tools",
        "--disallowed-tools",
        metavar="RULES",
        help=f"What is never done. {_RULES}",
        many=True,
    ),
)
PROGRAM = (
    option("system_prompt", "--system-prompt", metavar="TEXT", help="Stands for claw's own instructions to the model."),
    option("system_prompt_file", "--system-prompt-file", metavar="FILE", help="The same, from a file."),
    option("append_system_prompt", "--append-system-prompt", metavar="TEXT", help="Is said to the model behind them."),
    option("tools", "--tools", metavar="NAMES", help='Which of claw\'s tools are offered: "Read,Grep", "" or default.'),
    option("agents", "--agents", metavar="JSON", help='More kinds of agent: {"NAME": {"description", "prompt", …}}.'),
    option("add_dir", "--add-dir", metavar="DIR", help="Take this folder for a part of the workspace.", many=True),
    option("settings", "--settings", metavar="FILE", help="More settings: a file, or JSON as {...}."),
    option("setting_sources", "--setting-sources", metavar="NAMES", help="Of user, project, local: which files count."),
    option("mcp_config", "--mcp-config", metavar="JSON", help="MCP servers: a file as .mcp.json, or {...}.", many=True),
    switch("strict_mcp_config", "--strict-mcp-config", help="No other MCP servers than those."),
    option("session_id", "--session-id", metavar="UUID", help="The id of the new session: a UUID of version 7."),
    switch("fork_session", "--fork-session", help="With --resume or --continue: go on in a fork."),
)
"""What programs that were written for Claude Code start it with."""
ADDED = option(
    "tools_from",
    "--tools-from",
    metavar="PACKAGE[:NAME]",
    help="Offer this tool of a package in claw's own environment, too.",
    many=True,
)
LIMITS = (
    option("max_turns", "--max-turns", metavar="N", help="At most so many model calls per prompt.", kind=NUMBER),
    option("max_budget_usd", "--max-budget-usd", metavar="USD", help="At most so much money in this run."),
    option(
        "max_tokens",
        "--max-tokens",
        metavar="N",
        help="At most so many tokens in this run, cached ones too: 50000, 200k.",
    ),
    option("max_time", "--max-time", metavar="TIME", help="At most so much time per prompt: 90s, 10m, 1h30m."),
)
JSON = switch("json", "--json", help="JSON instead of text.")
JSON_LINE = switch("json", "--json", help="One line of JSON.")
ALL = switch("everything", "--all", help="All sessions.")
SESSIONS = argument("session", "S", "Sessions: id prefix, name, @last, or a folder.", many=True)
CALL = 'A command line, or {"tool": …, "input": {…}}.'
MODE = option("mode", "--mode", metavar="MODE", help="As if this were the permission mode.", values=MODES)
HELP = switch("help", "-h", "--help", help="Show this message and exit.")
"""Every command has it."""
