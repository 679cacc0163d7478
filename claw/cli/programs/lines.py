"""Every line of `--output-format stream-json`, as types: `claw/cli/programs/stream-json.schema.json` is made of these.

The shape is the one that programs written for Claude Code read. A change that a reader could notice gets another
`VERSION`; fields and kinds of line may be added without one.
"""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct, field

VERSION = 1


class Line(Struct, frozen=True, kw_only=True, tag_field="type"):
    """`uuid` is the same for the same event, also when a session is read again."""

    session_id: str
    uuid: str


class Init(Line, frozen=True, kw_only=True, tag="system", rename={"permission_mode": "permissionMode"}):
    """The first line. `tools` are those that the model is offered at once."""

    subtype: Literal["init"] = "init"
    schema_version: int = VERSION
    claw_version: str
    cwd: str
    model: str
    permission_mode: str
    tools: list[str]
    mcp_servers: list[dict[str, str]] = field(default_factory=list)
    slash_commands: list[str]
    agents: list[str]
    output_style: str = "default"


class Notice(Line, frozen=True, kw_only=True, tag="system"):
    """Something that a person should know: of claw's own, or what an agent says along the way."""

    subtype: Literal["notice"] = "notice"
    message: str
    agent: int = 0


class InputError(Line, frozen=True, kw_only=True, tag="system"):
    """A line of standard input that was not understood, and of which nothing was done. `line` counts from 1."""

    subtype: Literal["input_error"] = "input_error"
    line: int
    message: str


class ApiRetry(Line, frozen=True, kw_only=True, tag="system"):
    """A call of the model failed. `retryable`: it is made again, as far as the limits allow that."""

    subtype: Literal["api_retry"] = "api_retry"
    error: str
    error_status: int | None
    message: str
    retryable: bool


class CompactMetadata(Struct, frozen=True, kw_only=True):
    """Tokens before and after; 0: nobody has counted."""

    pre_tokens: int
    post_tokens: int


class CompactBoundary(Line, frozen=True, kw_only=True, tag="system"):
    """A summary stands for what came before."""

    subtype: Literal["compact_boundary"] = "compact_boundary"
    compact_metadata: CompactMetadata


class Tokens(Struct, frozen=True, kw_only=True):
    """`input_tokens` leaves out what was read from or written to the prompt cache."""

    input_tokens: int = 0
    output_tokens: int = 0
    cache_creation_input_tokens: int = 0
    cache_read_input_tokens: int = 0


class Text(Struct, frozen=True, kw_only=True, tag_field="type", tag="text"):
    text: str


class Thinking(Struct, frozen=True, kw_only=True, tag_field="type", tag="thinking"):
    thinking: str
    signature: str = ""


class ToolUse(Struct, frozen=True, kw_only=True, tag_field="type", tag="tool_use"):
    """`input` is empty where the model wrote no JSON object."""

    id: str
    name: str
    input: dict[str, Any]


class ToolResult(Struct, frozen=True, kw_only=True, tag_field="type", tag="tool_result"):
    """What is no text is told by its kind and size, in brackets."""

    tool_use_id: str
    content: list[Text]
    is_error: bool


class Reply(Struct, frozen=True, kw_only=True, tag_field="type", tag="message"):
    """A reply of a model."""

    id: str
    model: str
    role: Literal["assistant"] = "assistant"
    content: list[Text | Thinking | ToolUse]
    stop_reason: str
    stop_sequence: None = None
    usage: Tokens


class Assistant(Line, frozen=True, kw_only=True, tag="assistant"):
    """`parent_tool_use_id` is the call that started the agent which says this; null: the main one says it."""

    message: Reply
    parent_tool_use_id: str | None


class Results(Struct, frozen=True, kw_only=True):
    """What the model is told of its calls."""

    role: Literal["user"] = "user"
    content: list[ToolResult]


class User(Line, frozen=True, kw_only=True, tag="user"):
    """The result of a call, as soon as there is one."""

    message: Results
    parent_tool_use_id: str | None


class Denied(Struct, frozen=True, kw_only=True):
    """A call that was not let through: `by` a rule or mode, a person, the program that was asked, or nobody, who could
    have been asked.
    """

    tool_name: str
    tool_use_id: str
    tool_input: dict[str, Any]
    reason: str
    by: Literal["rule", "person", "program", "nobody"]


class Result(Line, frozen=True, kw_only=True, tag="result"):
    """A turn is over. `total_cost_usd` is what this run has cost until now, null where a call had no known price;
    `usage` and `num_turns` (calls of the model) are the turn's. `terminal_reason` is claw's own word for why it ended.
    """

    subtype: Literal[
        "success",
        "error_during_execution",
        "error_max_turns",
        "error_max_budget_usd",
        "error_max_structured_output_retries",
    ]
    is_error: bool
    duration_ms: int
    duration_api_ms: int
    num_turns: int
    result: str
    errors: list[str]
    stop_reason: str | None
    terminal_reason: str | None
    total_cost_usd: float | None
    usage: Tokens
    permission_denials: list[Denied]
    structured_output: dict[str, Any] | None


class StreamEvent(Line, frozen=True, kw_only=True, tag="stream_event"):
    """With `--include-partial-messages`: a reply while it comes. `event` is as in the Messages API of Anthropic's,
    whichever API the model has: message_start, content_block_start, content_block_delta, content_block_stop,
    message_delta, message_stop.
    """

    event: dict[str, Any]
    parent_tool_use_id: str | None


class Event(Struct, frozen=True, kw_only=True, tag_field="type", tag="event"):
    """An event of the log, as `claw log --json` shows it; only where the prompt was given as text."""

    seq: int
    ts: int
    kind: str
    agent: int
    cause: int | None = None
    data: dict[str, Any]


class ToolQuestion(Struct, frozen=True, kw_only=True, tag_field="subtype", tag="can_use_tool"):
    """May this call act? `decision_reason` says why it is asked. `permission_suggestions` has the narrowest rule that
    would cover it, which `updatedPermissions` of the answer may hold. For `AskUserQuestion`, `EnterPlanMode` and
    `ExitPlanMode` the question is the model's own.
    """

    tool_name: str
    input: dict[str, Any]
    tool_use_id: str
    agent_id: str | None
    decision_reason: str
    permission_suggestions: list[dict[str, Any]] = field(default_factory=list)


class ControlRequest(Struct, frozen=True, kw_only=True, tag_field="type", tag="control_request"):
    """Something that the program shall answer by a `control_response` with this `request_id`."""

    request_id: str
    request: ToolQuestion


class ControlCancel(Struct, frozen=True, kw_only=True, tag_field="type", tag="control_cancel_request"):
    """That question needs no answer any more."""

    request_id: str


class Success(Struct, frozen=True, kw_only=True, tag_field="subtype", tag="success"):
    request_id: str
    response: dict[str, Any]


class Failure(Struct, frozen=True, kw_only=True, tag_field="subtype", tag="error"):
    request_id: str
    error: str


class ControlResponse(Struct, frozen=True, kw_only=True, tag_field="type", tag="control_response"):
    """The answer to a `control_request` of the program's."""

    response: Success | Failure


LINES = (
    *(Init, Notice, InputError, ApiRetry, CompactBoundary, Assistant, User, Result, StreamEvent, Event),
    *(ControlRequest, ControlCancel, ControlResponse),
)
"""Each kind of line."""
