"""As many agents as there may be, in one session: none of them waits longer than its turn."""

from __future__ import annotations

import re
from collections import Counter

import msgspec

from claw.decide.agents import MOST
from claw.providers.scripted.scenario import Scenario
from claw.providers.scripted.thread import serving
from tests.cli.live.world import World, told, tool
from tests.cli.live.world import text as says
from tests.session.test_agents import agent, of, reply, thread, whole

AT_ONCE = 4


def test_each_is_answered_in_its_turn(world: World) -> None:
    """Their models are asked in the order in which that was decided, and never more of them at a time than may be."""
    (world.workspace / "a.txt").write_text("alpha\n")
    read = tool("Read", {"file_path": "a.txt"})
    scenario = {
        "replies": [reply(*(agent("work", f"Work {number}.") for number in range(MOST))), says("all done")],
        "threads": [thread("Work", read, read, says("done"))],
    }
    with serving(msgspec.convert(scenario, Scenario)) as server:
        done = world.run("-p", "go", ANTHROPIC_BASE_URL=server.url, CLAW_MAX_MODEL_CALLS=str(AT_ONCE))
        asked = [re.search(r"Work (\d+)\.", request.raw) for request in server.requests[1:-1]]
    assert done.returncode == 0, told(done)
    events = whole(world)
    assert Counter(end["reason"] for end in of(events, "agent.finished")) == {"done": MOST}
    tasks = {one["agent"]: one["data"]["prompt"] for one in events if one["kind"] == "agent.spawned"}
    decided = [tasks[one["agent"]] for one in events if one["kind"] == "model.requested" and one["agent"]]
    arrived = [found[0] for found in asked if found]
    assert Counter(arrived) == dict.fromkeys(tasks.values(), 3)
    # Those that are on their way together may overtake each other.
    late = {at - place for place, at in zip(places(decided), places(arrived, like=decided), strict=True)}
    assert max(map(abs, late)) < 2 * AT_ONCE, sorted(late)
    answering: set[int] = set()
    for event in events:
        if event["kind"] == "model.chunk":
            answering.add(event["data"]["call"])
        elif event["kind"] == "model.finished":
            answering.discard(event["data"]["call"])
        assert len(answering) <= AT_ONCE


def places(asked: list[str], like: list[str] | None = None) -> list[int]:
    """Where each of these requests stands; `like`: in the order of those, the nth of a task being the nth."""
    found: dict[tuple[str, int], int] = {}
    counts: Counter[str] = Counter()
    for place, one in enumerate(asked):
        found[one, counts[one]] = place
        counts[one] += 1
    counts.clear()
    ordered = []
    for one in like or asked:
        ordered.append(found[one, counts[one]])
        counts[one] += 1
    return ordered
