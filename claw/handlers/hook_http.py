"""Hooks that a server answers: what happens is posted to it as JSON, and its answer is read as a command's output.

A server of this machine is asked, or one whose host commands may reach too. No redirect is followed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

import anyio

from claw.errors import ToolError
from claw.events.hook import HookRequested
from claw.execution.context import ToolContext
from claw.handlers import hook_answer
from claw.handlers.hook_answer import Answer
from claw.tools.acts.web import read

LOOPBACK = {"localhost": ("127.0.0.1", "::1"), "127.0.0.1": ("127.0.0.1",), "::1": ("::1",)}
"""Hosts that are this machine, and where they are."""
MOST = 1024 * 1024
"""Bytes of an answer that are read."""

_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))", re.ASCII)


async def ask(
    intent: HookRequested,
    given: bytes,
    context: ToolContext,
    domains: tuple[str, ...],
    mask: Callable[[str], str],
    heard: Callable[[bytes], None],
) -> Answer:
    """What the server says to `given`. `domains` are hosts that may be reached; what comes is `heard` as it is."""
    host = urlsplit(intent.command).hostname or ""
    addresses = LOOPBACK.get(host, ())
    if not addresses and not any(_covers(domain, host) for domain in domains):
        why = f"{host} is neither this machine nor one of the domains that settings allow"
        return Answer(outcome="unreadable", reason=f"it was not asked: {why}")
    headers = [("content-type", "application/json"), *_headers(intent, context.environ).items()]
    try:
        with anyio.fail_after(intent.timeout_ms / 1000):
            page = await read(intent.command, addresses, context.environ, room=MOST, headers=headers, body=given)
    except TimeoutError:
        return Answer(outcome="timeout", reason=f"it did not answer within {intent.timeout_ms / 1000:g} s")
    except ToolError as error:
        return Answer(outcome="unreadable", reason=mask(error.message))
    heard(page.text.encode())
    if not 200 <= page.status < 300:
        return Answer(outcome="unreadable", reason=f"it answered with HTTP {page.status}")
    return hook_answer.read(intent.event, 0, page.text, "", mask, whole=not page.is_cut and page.outcome == "text")


def _headers(intent: HookRequested, environ: Mapping[str, str]) -> dict[str, str]:
    """With the values of the variables that they may name; of any other nothing is left."""

    def value(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        return environ.get(name, "") if name in intent.variables else ""

    return {name.lower(): _VARIABLE.sub(value, text) for name, text in intent.headers.items()}


def _covers(domain: str, host: str) -> bool:
    return domain in ("*", host) or (domain.startswith("*.") and host.endswith(domain[1:]))
