"""What Codex is told: its model is asked where OpenAI is asked anyway; the rest is said where people look for it."""

from __future__ import annotations

import json

import pytest

from claw.events.session import Config
from claw.session.config import Options, notices, resolve
from claw.settings.codex import words
from claw.settings.reading import read_settings
from tests.cli.live.world import World, told

CODEX = """\
model = "gpt-5.1"
model_reasoning_effort = "high"
approval_policy = "never"
sandbox_mode = "danger-full-access"
notify = ["notify-send"]

[mcp_servers.x]
command = "true"
"""
CLAUDE, OPENAI = {"ANTHROPIC_API_KEY": "sk-ant-test-0123456789abcdef"}, {"OPENAI_API_KEY": "sk-test-0123456789abcdef"}


def codex(world: World, text: str, *, theirs: bool = False) -> None:
    path = (world.workspace if theirs else world.home) / ".codex/config.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)


def begun(world: World, environ: dict[str, str]) -> Config:
    """What a session would be configured with, at whose start nothing is said."""
    options = Options(workspace=str(world.workspace), environ={"HOME": str(world.home), **environ})
    settings = read_settings(str(world.home), str(world.workspace))
    config = resolve(options, settings)
    assert notices(settings, None, config) == ()
    return config


@pytest.mark.parametrize("more", [{}, {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}], ids=["openai", "another server"])
def test_its_model_and_effort_count_where_openai_is_asked_anyway(world: World, more: dict[str, str]) -> None:
    codex(world, CODEX)
    config = begun(world, {**OPENAI, **more})
    assert (config.model.name, config.model.effort) == ("gpt-5.1", "high")
    assert config.sources["model"] == "~/.codex/config.toml:1"
    assert config.mode == "default"


@pytest.mark.parametrize("environ", [CLAUDE, {**CLAUDE, **OPENAI}], ids=["claude", "both"])
def test_neither_counts_where_somebody_else_is_asked(world: World, environ: dict[str, str]) -> None:
    codex(world, CODEX)
    config = begun(world, environ)
    assert config.model.name.startswith("claude-")
    assert not {"model", "model.effort"} & set(config.sources)


@pytest.mark.parametrize(
    "text",
    [
        'model = "gpt-5.1"\nmodel_provider = "ollama"\n',
        'profile = "p"\nmodel = "gpt-5.1"\n[profiles.p]\nmodel_provider = "ollama"\n',
        "model = 3\n",
        'model = "no such\n',
        'profile = ["x"]\n[model]\nx = 1\n',
        "x = " + "[" * 5_000,
    ],
)
def test_what_is_for_codex_alone_or_cannot_be_read_stops_nothing(world: World, text: str) -> None:
    codex(world, text)
    assert "codex" not in json.dumps(begun(world, OPENAI).sources)


def test_a_profile_and_what_the_user_says_to_claw_go_before_it(world: World) -> None:
    codex(world, CODEX.replace("[mcp", 'profile = "p"\n[profiles.p]\nmodel = "gpt-5-mini"\n[mcp'))
    assert read_settings(str(world.home), str(world.workspace)).model == "gpt-5-mini"
    path = world.home / ".claude/settings.json"
    path.parent.mkdir()
    path.write_text('{"model": "opus"}')
    settings = read_settings(str(world.home), str(world.workspace))
    assert (settings.model, settings.choices) == ("opus", {})


def test_a_session_asks_it_and_replays(world: World) -> None:
    codex(world, CODEX)
    world.environ |= {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "CLAW_MAX_RETRIES": "0", **OPENAI}
    del world.environ["ANTHROPIC_API_KEY"]
    assert "codex" not in told(world.run("-p", "hi"))
    asked = next(event["data"] for event in world.events() if event["kind"] == "model.requested")
    assert asked["model"] == "gpt-5.1"
    assert world.run("replay", "@last").returncode == 0


def test_the_rest_is_said_by_explain_and_doctor(world: World) -> None:
    codex(world, CODEX)
    codex(world, CODEX, theirs=True)
    said = world.run("config", "explain", "permissions.defaultMode").stdout.decode()
    assert "~/.codex/config.toml:3  (user)  does not count" in said
    assert "claw has modes of its own" in said
    said = world.run("config", "explain", "model").stdout.decode()
    assert "~/.codex/config.toml:1  (user)  counts: gpt-5.1\n" in said
    assert ".codex/config.toml:1  (project)  does not count: gpt-5.1\n" in said
    said = world.run("doctor").stdout.decode()
    assert "~/.codex/config.toml:5: not in effect (hooks)" in said
    assert {word.key for word in words(str(world.home))} == {"model", "effortLevel", "permissions.defaultMode", "hooks"}
