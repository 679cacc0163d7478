"""Agents of the command line that are measured beside claw, as data: how each is called, and what it needs.

In arguments, variables and files `{url}` is the model's, `{home}` a home of the agent's own, `{work}` the folder it
works in, `{prompt}` the prompt, `{session}` the session to go on with, `{new}` an id for a new one. Keys are no keys,
and the model is this machine's: nothing else can be reached.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

BIN = Path(sys.executable).parent
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Agent:
    """`sessions`: where below its home its sessions lie, whose names say their ids; empty: it took `{new}`."""

    name: str
    program: tuple[str, ...]
    once: tuple[str, ...]
    resume: tuple[str, ...]
    environ: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    sessions: str = ""
    version: tuple[str, ...] = ("--version",)
    help: tuple[str, ...] = ("--help",)


def claw(name: str, model: str, *more: str) -> Agent:
    said = ("-p", "--model", model, *(more or ("--permission-mode", "bypassPermissions")), "{prompt}")
    return Agent(
        name,
        (str(BIN / "claw"),),
        said,
        ("resume", "{session}", *(("--allowed-tools", "Bash") if more else said[3:-1]), "-p", "{prompt}"),
        {
            "OPENAI_BASE_URL": "{url}/v1",
            "OPENAI_API_KEY": "no-key",
            "ANTHROPIC_BASE_URL": "{url}",
            "ANTHROPIC_API_KEY": "no-key",
            "CLAW_HOME": "{home}/claw",
            "CLAW_CONTEXT_WINDOW": "1000000",
        },
        sessions="claw/sessions/*",
    )


CLAWS = (
    claw("claw", "openai/mock"),
    claw("claw, Chat Completions", "openai-chat/mock"),
    claw("claw, Anthropic", "anthropic/claude-sonnet-4-5"),
)
CONFINED = claw("claw, confined", "openai/mock", "--allowed-tools", "Bash")
FLOOR = Agent(
    "floor",
    (sys.executable,),
    (str(Path(__file__).with_name("least_agent.py")), "{url}", "{home}/s-{new}.jsonl", "{prompt}"),
    (str(Path(__file__).with_name("least_agent.py")), "{url}", "{home}/s-{session}.jsonl", "{prompt}"),
    version=("-c", "pass"),
    help=("-c", "import http.client, json, subprocess"),
)

_CODEX = """\
model = "mock"
model_provider = "mock"
check_for_update_on_startup = false
[analytics]
enabled = false
[otel]
exporter = "none"
[model_providers.mock]
name = "mock"
base_url = "{url}/v1"
env_key = "MOCK_KEY"
wire_api = "responses"
[projects."{work}"]
trust_level = "trusted"
"""
_PI = """\
{{"providers": {{"mock": {{"baseUrl": "{url}/v1", "api": "openai-completions", "apiKey": "no-key",
"models": [{{"id": "mock", "contextWindow": 1000000, "maxTokens": 8000}}]}}}}}}
"""


def _codex(name: str, program: tuple[str, ...], *how: str) -> Agent:
    said = ("exec", *how, "--skip-git-repo-check")
    return Agent(
        name,
        program,
        (*said, "{prompt}"),
        (*said, "resume", "{session}", "{prompt}"),
        {"MOCK_KEY": "no-key"},
        {".codex/config.toml": _CODEX},
        ".codex/sessions/**/rollout-*.jsonl",
    )


def _found(name: str) -> tuple[str, ...]:
    """The program that a variable names (`CODEX=/path/to/codex`), or the one on the PATH. Raises SystemExit."""
    program = os.environ.get(name.upper()) or shutil.which(name)
    if not program:
        raise SystemExit(f"{name} is not installed; put it on the PATH, or say where: {name.upper()}=/path/to/{name}")
    return (program,)


def peers(names: Sequence[str]) -> list[Agent]:
    """Those that were asked for, of `codex`, `claude` and `pi`. Raises SystemExit for one that is not there."""
    found: list[Agent] = []
    for name in names:
        program = _found(name)
        match name:
            case "codex":
                found.append(_codex("codex", program, "--dangerously-bypass-approvals-and-sandbox"))
                found.append(_codex("codex, confined", program, "-s", "workspace-write"))
            case "claude":
                said = ("-p", "--dangerously-skip-permissions")
                environ = {"ANTHROPIC_BASE_URL": "{url}", "ANTHROPIC_API_KEY": "no-key", "IS_SANDBOX": "1"}
                quiet = ("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "DISABLE_AUTOUPDATER", "DISABLE_TELEMETRY")
                environ |= dict.fromkeys(quiet, "1")
                new, old = ("--session-id", "{new}"), ("--resume", "{session}")
                found.append(Agent("claude", program, (*said, *new, "{prompt}"), (*said, *old, "{prompt}"), environ))
            case "pi":
                with_mock = ("-p", "--provider", "mock", "--model", "mock")
                files = {".pi/agent/models.json": _PI, ".pi/agent/settings.json": '{{"quietStartup": true}}'}
                environ = {"PI_OFFLINE": "1", "PI_SKIP_VERSION_CHECK": "1", "PI_TELEMETRY": "0"}
                resume = (*with_mock, "--session", "{session}", "{prompt}")
                kept = ".pi/agent/sessions/**/*.jsonl"
                found.append(Agent("pi", program, (*with_mock, "{prompt}"), resume, environ, files, kept))
            case _:
                raise SystemExit(f"nothing is known of how to measure {name}; of codex, claude and pi it is")
    return found
