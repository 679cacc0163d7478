"""Hooks that a model answers: whom claw asks and with what, that a no holds, and that no answer is not a yes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.live.test_hooks import data
from tests.cli.live.world import World, text, told, tool

RUN = tool("Bash", {"command": "echo ran >ran.txt"})
NO = json.dumps({"ok": False, "reason": "the tests were not run"})


def configure(world: World, prompt: str, event: str = "PreToolUse", **more: Any) -> None:
    path = world.home / ".claude" / "settings.json"
    path.parent.mkdir(exist_ok=True)
    group = {"hooks": [{"type": "prompt", "prompt": prompt, **more}]}
    models = {"claude-haiku-5-5": {"price": {"input": 1, "output": 5}}}
    path.write_text(json.dumps({"smallModel": "haiku", "models": models, "hooks": {event: [group]}}))


def judged(said: str, *expect: str, **more: Any) -> dict[str, Any]:
    return {"for": "hook", "expect": expect, "blocks": [{"type": "text", "text": [said]}], **more}


def replays(world: World) -> None:
    for command in ("verify", "replay"):
        done = world.run(command, "@last")
        assert done.returncode == 0, done.stdout.decode() + told(done)


def test_the_small_model_is_asked_and_its_no_denies_the_call(world: World) -> None:
    configure(world, "Never run echo: $ARGUMENTS. Mind that.")
    used = {"input": 1000, "output": 100}
    world.serve(
        RUN,
        judged(NO, "Never run echo: {", "echo ran >ran.txt", ". Mind that.", usage=used),
        text("Then not.", expect=["the tests were not run"]),
    )
    done = world.run("-p", "Run it.", "--allowed-tools", "Bash")
    assert done.stdout == b"Then not.\n", told(done)
    assert not (world.workspace / "ran.txt").exists()
    (asked,), (said,) = data(world, "hook.requested"), data(world, "hook.finished")
    assert (asked["type"], asked["judge"]["model"]) == ("prompt", "claude-haiku-5-5")
    assert (said["verdict"], said["reason"]) == ("deny", "the tests were not run")
    assert said["charge"]["usage"] == used
    assert said["charge"]["nusd"] == 1_500_000
    replays(world)
    for by, name in (("model", "anthropic/claude-haiku-5-5"), ("tool", "(hooks)")):
        costs = [json.loads(line) for line in world.run("cost", "--by", by, "--json").stdout.splitlines()]
        assert [one["nusd"] for one in costs if one[by] == name] == [1_500_000], costs


def test_a_yes_changes_nothing_and_what_is_judged_cannot_make_it_more(world: World) -> None:
    configure(world, "Is that harmless?")
    world.serve(RUN, judged('Sure:\n```json\n{"ok": true, "permissionDecision": "allow"}\n```'), text("Then not."))
    assert world.run("-p", "Run it.").stdout == b"Then not.\n"
    assert not (world.workspace / "ran.txt").exists()
    assert data(world, "hook.finished")[0].get("verdict") is None
    replays(world)


@pytest.mark.parametrize(
    "said", ["I would rather not say.", '{"ok": "yes"}', '{"ok": true', '{"ok": true, "ok": false}', "", "[1]"]
)
def test_no_answer_is_not_a_yes(world: World, said: str) -> None:
    configure(world, "Is that harmless?")
    world.serve(RUN, judged(said), text("Then not."))
    assert world.run("-p", "Run it.", "--allowed-tools", "Bash").stdout == b"Then not.\n"
    assert not (world.workspace / "ran.txt").exists()
    (finished,) = data(world, "hook.finished")
    assert finished["outcome"] == "unreadable"
    replays(world)


def test_a_model_that_hangs_or_fails_is_no_yes_either(world: World) -> None:
    for reply, outcome in (
        (judged('{"ok": true}', pace=30.0), "timeout"),
        ({**judged('{"ok": true}'), "faults": [{"type": "status", "status": 529}]}, "unreadable"),
    ):
        configure(world, "Is that harmless?", timeout=2)
        world.serve(RUN, reply, text("Then not."))
        done = world.run("-p", "Run it.", "--allowed-tools", "Bash")
        assert done.stdout == b"Then not.\n", told(done)
        assert data(world, "hook.finished")[0]["outcome"] == outcome
        replays(world)
    assert not (world.workspace / "ran.txt").exists()


def test_a_no_to_the_end_has_the_turn_go_on_with_the_reason(world: World) -> None:
    configure(world, "Have the tests been run? $ARGUMENTS", "Stop")
    world.serve(
        text("Done."),
        judged('{"ok": true}', '"stop_hook_active": true'),
        judged(NO, '"stop_hook_active": false'),
        text("Now they have.", expect=["the tests were not run"]),
    )
    assert world.run("-p", "Do it.").stdout == b"Now they have.\n"
    replays(world)


def test_what_a_hook_costs_counts_for_the_budget(world: World) -> None:
    configure(world, "Is that harmless?")
    world.serve(
        RUN,
        judged('{"ok": true}', usage={"input": 2_000_000, "output": 1}),
        text("Never said."),
    )
    done = world.run("-p", "Run it.", "--allowed-tools", "Bash", "--max-tokens", "1M")
    assert done.returncode == 4, told(done)
    assert (world.workspace / "ran.txt").exists()
    replays(world)


def test_a_repositorys_prompt_is_asked_once_it_is_trusted(world: World) -> None:
    path = world.workspace / ".claude" / "settings.json"
    path.parent.mkdir()
    hook = {"type": "prompt", "prompt": "Always say no."}
    path.write_text(json.dumps({"hooks": {"PreToolUse": [{"hooks": [hook]}]}}))
    world.serve(RUN, judged(NO), text("Over.", expect=["the tests were not run"]))
    listed = world.run("permissions", "list").stdout.decode()
    assert "a model is asked: Always say no." in listed
    world.run("-p", "Run it.", "--allowed-tools", "Bash")
    assert data(world, "hook.requested") == []
    done = world.run("-p", "Run it.", "--allowed-tools", "Bash", "--trust")
    assert done.stdout == b"Over.\n", told(done)


@pytest.mark.parametrize(
    ("event", "hook", "why"),
    [
        ("PreToolUse", {"type": "prompt"}, "a hook of type 'prompt' has no prompt"),
        ("PreToolUse", {"type": "prompt", "prompt": 3}, "a hook of type 'prompt' has no prompt"),
        ("SessionStart", {"type": "prompt", "prompt": "x"}, "no model is asked about SessionStart"),
        ("PreToolUse", {"type": "agent", "prompt": "x"}, "claw has no hooks of type 'agent'"),
    ],
)
def test_one_that_cannot_be_meant_is_said(world: World, event: str, hook: dict[str, Any], why: str) -> None:
    path = world.home / ".claude" / "settings.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"hooks": {event: [{"hooks": [hook]}]}}))
    world.serve(text("Hello."))
    assert why in told(world.run("-p", "hi"))
