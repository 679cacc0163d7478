"""`claw permissions check`: verdicts for programs to read."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec.structs import replace

from claw.cli.output import Output, standard
from claw.cli.permissions.options import call_of, call_typed, mode_of, options_of, policy_of
from claw.cli.sanitize import reveal_line
from claw.errors import ClawError, PermissionDenied, ToolError, UsageError
from claw.session.config import Options, workspace_named
from claw.session.policy import Policy

PIECE = 1 << 20
"""Bytes of standard input that are judged, and answered, together."""
LONGEST = 16 << 20
"""Bytes of the longest line."""
FOLDERS = 64
"""Folders whose settings are kept in mind."""

_encode = msgspec.json.Encoder().encode


def check(
    call: str | None = None,
    json: bool = False,
    mode: str | None = None,
    folder: str | None = None,
    allowed_tools: list[str] | None = None,
    disallowed_tools: list[str] | None = None,
) -> int:
    """Judge one call: exit code 0 if it is allowed, 3 if it is denied or a person would be asked."""
    options = options_of(folder, allowed_tools, disallowed_tools)
    if call is None:
        if not json:
            raise UsageError("which call?", hint="claw permissions check 'git push', or --json and calls on stdin")
        return _Stream(options, mode).run(standard())
    typed = call_typed(call)
    try:
        verdict = policy_of(options).verdict(typed.tool, typed.input, mode_of(mode or typed.mode))
    except ToolError as error:
        raise UsageError(error.message) from None
    if json:
        standard().answer_json(_encode(verdict))
    else:
        standard().answer(f"{verdict.verdict}: {reveal_line(verdict.reason)}\n")
    return 0 if verdict.verdict == "allow" else PermissionDenied.exit_code


class _Stream:
    """Calls on standard input, in order. What is on disk is looked up anew for every piece of input."""

    def __init__(self, options: Options, mode: str | None) -> None:
        self._options = options
        self._mode = mode
        self._policies = {"": policy_of(options)}
        self._failed = False

    def run(self, output: Output) -> int:
        for lines in _pieces():
            for policy in self._policies.values():
                policy.forget()
            answers = [self._answer(line) for line in lines if line.strip()]
            if answers:
                output.answer_json(b"\n".join(answers))
        return UsageError.exit_code if self._failed else 0

    def _answer(self, line: bytes) -> bytes:
        try:
            call = call_of(line)
            mode = mode_of(call.mode or self._mode)
            return _encode(self._policy(call.cwd or "").verdict(call.tool, call.input, mode))
        except ClawError as error:
            self._failed = True
            answer: dict[str, Any] = {"error": error.message}
            return _encode(answer)

    def _policy(self, folder: str) -> Policy:
        known = self._policies.get(folder)
        if known is not None:
            return known
        if len(self._policies) > FOLDERS:
            del self._policies[next(name for name in self._policies if name)]
        workspace = workspace_named(os.path.join(self._options.workspace, folder))
        policy = policy_of(replace(self._options, workspace=workspace))
        self._policies[folder] = policy
        return policy


def _pieces() -> Iterator[list[bytes]]:
    """Whole lines of standard input, as many as have come together."""
    rest = b""
    while piece := os.read(sys.stdin.fileno(), PIECE):
        *lines, rest = (rest + piece).split(b"\n")
        if len(rest) > LONGEST:
            raise UsageError(f"a line is longer than {LONGEST >> 20} MiB")
        if lines:
            yield lines
    if rest:
        yield [rest]
