"""Which model is asked, how much it thinks, who writes summaries; what is known of models, and models of one's own."""

from __future__ import annotations

import json
from typing import Any

from tests.cli.live.tmux import ready
from tests.cli.live.world import World, text, told, tool


def settings(world: World, **values: Any) -> None:
    (world.home / ".claude").mkdir(exist_ok=True)
    (world.home / ".claude/settings.json").write_text(json.dumps(values))


def replays(world: World) -> list[dict[str, Any]]:
    for command in ("verify", "replay"):
        checked = world.run(command, "@last")
        assert checked.returncode == 0, checked.stdout.decode() + told(checked)
    return world.events()


def asked(events: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    found = (event["data"] for event in events if event["kind"] == "model.requested")
    return [(one["model"], one["purpose"], one["parameters"].get("effort", "off")) for one in found]


def test_the_model_is_chosen_and_told_how_much_to_think(world: World, terminal: Any) -> None:
    world.serve(
        text("One.", expect=['"thinking":{"type":"adaptive"', '"effort":"high"']),
        text("Two.", expect=["claude-opus-5-5", '"effort":"low"']),
        text("Three.", expect=["claude-haiku-5-5", '"effort":"medium"']),
    )
    opened = ready(terminal("--effort", "high"))
    opened.enter("first")
    opened.wait("One.")
    opened.wait_idle()
    opened.enter("/model")
    opened.wait("claude-sonnet-5-5, as now", "claude-opus-5-5, window 1.0M tokens", "Press a key")
    opened.press("2")
    opened.wait("from now on: model anthropic/claude-opus-5-5")
    opened.enter("/effort")
    opened.wait("claude-opus-5-5 thinks with effort high; it can be told: off, low, medium, high")
    opened.enter("/effort much")
    opened.wait("there is no effort 'much'")
    opened.enter("/effort low")
    opened.wait("from now on: effort low")
    opened.enter("second")
    opened.wait("Two.")
    opened.wait_idle()
    opened.enter("/model haiku medium")
    opened.wait("from now on: model anthropic/claude-haiku-5-5, effort medium")
    opened.enter("third")
    opened.wait("Three.")
    opened.wait_idle()
    assert asked(replays(world)) == [
        ("claude-sonnet-5-5", "turn", "high"),
        ("claude-opus-5-5", "turn", "low"),
        ("claude-haiku-5-5", "turn", "medium"),
    ]


def test_summaries_are_a_small_models_work(world: World) -> None:
    settings(world, smallModel="haiku", effortLevel="medium")
    world.serve(
        tool("Glob", {"pattern": "*"}, usage={"input": 990_000, "output": 9}),
        {"for": "compaction", "blocks": [{"type": "text", "text": "They looked."}]},
        text("Done."),
    )
    done = world.run("-p", "go", "--model", "opus")
    assert (done.returncode, done.stdout) == (0, b"Done.\n"), told(done)
    assert asked(replays(world)) == [
        ("claude-opus-5-5", "turn", "medium"),
        ("claude-haiku-5-5", "compaction", "off"),
        ("claude-opus-5-5", "turn", "medium"),
    ]


def test_models_of_ones_own(world: World) -> None:
    """A window, a price, no images: they count in the session, in its cost and in the list; what is wrong is said."""
    price = {"input": 1, "output": 2, "cacheRead": 0.1}
    settings(
        world,
        models={"my-model": {"window": 50_000, "maxOutput": 5_000, "images": False, "price": price}, "bad": {"x": 1}},
    )
    world.serve(text("Done.", usage={"input": 1_000, "output": 500}))
    more = {"OPENAI_BASE_URL": f"{world.environ['ANTHROPIC_BASE_URL']}/v1"}
    done = world.run("-p", "go", "--model", "openai-chat/my-model", **more)
    assert (done.returncode, done.stdout) == (0, b"Done.\n"), told(done)
    assert "'bad' has 'x'" in told(done)
    events = replays(world)
    model = events[0]["data"]["config"]["model"]
    assert (model["window"], model["max_output"], model["without"]) == (50_000, 5_000, ["images", "documents"])
    finished = next(event["data"] for event in events if event["kind"] == "model.finished")
    assert (finished["nusd"], finished["priced_by"]) == (2_000_000, "settings")
    listed = json.loads(world.run("models", "my-model", "--json", **more).stdout)
    assert [(one["name"], one["window"], one["input_usd"], one["images"]) for one in listed] == [
        ("my-model", 50_000, 1.0, False)
    ]


def test_what_the_user_says_of_a_model_goes_before_the_table(world: World) -> None:
    """How it is told to think, tools, PDFs: field by field, and for the model of an agent's file as for any other."""
    settings(
        world,
        models={
            "claude-sonnet-5-5": {"thinking": "budget", "documents": False},
            "claude-haiku-5-5": {"thinking": "none", "window": 60_000, "tools": False},
        },
    )
    agents = world.home / ".claude/agents"
    agents.mkdir()
    (agents / "small.md").write_text("---\nname: small\ndescription: d\nmodel: haiku\n---\nLook around.\n")
    agent = {"description": "look", "prompt": "Look.", "subagent_type": "small"}
    of_agent = text("It looked.", expect=["claude-haiku-5-5"], refuse=['"thinking"', '"tools"', "output_config"])
    world.serve(
        tool("Agent", agent, expect=['"thinking":{"type":"enabled","budget_tokens":4096}'], refuse=["output_config"]),
        text("Done."),
        threads=[{"when": "Look.", "replies": [of_agent]}],
    )
    done = world.run("-p", "go", "--effort", "low")
    assert (done.returncode, done.stdout) == (0, b"Done.\n"), told(done)
    requests = [event["data"] for event in replays(world) if event["kind"] == "model.requested"]
    assert [one["parameters"].get("having", []) for one in requests] == [["budget"], ["none"], ["budget"]]
    assert [one["parameters"].get("without", []) for one in requests] == [["documents"], ["tools"], ["documents"]]
    haiku, sonnet = (json.loads(world.run("models", name, "--json").stdout)[0] for name in ("haiku", "sonnet"))
    assert (haiku["window"], haiku["thinking"], haiku["efforts"]) == (60_000, "none", [])
    assert (sonnet["thinking"], sonnet["images"], sonnet["documents"]) == ("budget", True, False)


def test_what_is_known_of_models(world: World) -> None:
    everything = json.loads(world.run("models", "--json").stdout)
    by_name = {one["name"]: one for one in everything}
    assert by_name["claude-opus-5-5"]["aliases"] == ["opus"]
    assert by_name["claude-opus-5-5"]["here"]
    assert by_name["gpt-6.1-sol"]["aliases"] == ["gpt"]
    assert not by_name["gpt-6.1-sol"]["here"]
    shown = world.run("models", "haiku").stdout.decode()
    assert "claude-haiku-5-5" in shown
    assert "opus" not in shown
    servers = json.loads(world.run("models", "--servers", "--json").stdout)
    assert [one["name"] for one in servers if one["freeform"]] == ["OpenAI", "Azure OpenAI"]
    assert "localhost:11434" in world.run("models", "--servers").stdout.decode()
    assert "nothing is known of a model" in world.run("models", "no-such-model").stdout.decode()


def test_a_model_that_cannot_think_says_so(world: World) -> None:
    done = world.run(
        "-p", "go", "--model", "openai/gpt-4.1", "--effort", "high", OPENAI_API_KEY="sk-test-0123456789abcdef"
    )
    assert done.returncode == 2
    assert "gpt-4.1 cannot be told how much to think" in told(done)
