"""A long conversation is made short: asked for, steered, taken back, due, in vain, and put off by clearing results."""

from __future__ import annotations

from collections.abc import Callable

from tests.cli.live.tmux import Terminal, answer, asked, ready
from tests.cli.live.world import World, text, told, tool

SUMMARY = {"for": "compaction"}


def todo(content: str, status: str) -> dict[str, str]:
    return {"content": content, "status": status}


def test_a_person_steers_a_summary_sees_what_it_keeps_and_takes_it_back(
    world: World, terminal: Callable[..., Terminal]
) -> None:
    (world.workspace / "a.txt").write_text("one\n")
    world.serve(
        tool("TodoWrite", {"todos": [todo("Read a.txt", "completed"), todo("Mend it", "in_progress")]}),
        tool("Bash", {"command": "rm -rf a.txt"}),
        text("I leave it.", expect=["The user refused this call"]),
        text("The parser is slow.", expect=["above all else: the parser"], **SUMMARY),
        text("Going on.", expect=["tabs, never spaces", "Summary of the conversation", "Mend it", "rm -rf a.txt"]),
        text("As before.", expect=["I leave it.", "Going on.", "and then?"]),
    )
    shown = ready(terminal())
    shown.enter("tabs, never spaces")
    asked(shown)
    answer(shown, "No")
    shown.wait("I leave it.")
    shown.enter("/compact focus on the parser")
    screen = shown.wait("/compact undo takes this back")
    flat = " ".join(screen.split())
    assert "tokens before," in flat
    assert "1 message of yours, 2 tasks, 1 refused call" in flat
    shown.enter("go on")
    shown.wait("Going on.")
    shown.enter("/compact undo")
    shown.wait("the summary was taken back")
    shown.enter("/compact undo")
    shown.wait("there is no summary to take back")
    shown.enter("and then?")
    shown.wait("As before.")
    shown.enter("/quit")
    assert shown.exit_code() == 0
    done = world.run("replay", "@last")
    assert done.returncode == 0, told(done)
    assert b"is taken back" in world.run("log", "@last", "--kind", "context.restored").stdout


def test_old_results_make_room_before_a_summary_is_needed(world: World) -> None:
    for number in range(10):
        (world.workspace / f"{number}.txt").write_text(f"{number}{'x' * 78}\n" * 100)
    reads = [tool("Read", {"file_path": f"{number}.txt"}, usage={"input": 9_000}) for number in range(10)]
    reads[-1]["usage"] = {"input": 31_900}
    gone = ["[claw: the output of Read(", "call it again if you need it]"]
    world.serve(*reads, text("all read", expect=[*gone, "9xxxx", "8xxxx"], refuse=["0xxxx"]))
    done = world.run("-p", "read them", CLAW_CONTEXT_WINDOW="40000", CLAW_MAX_OUTPUT_TOKENS="2000")
    assert (done.returncode, done.stdout) == (0, b"all read\n"), told(done)
    (cleared,) = (event["data"] for event in world.events() if event["kind"] == "context.results_cleared")
    assert len(cleared["results"]) == 4
    assert "context.compacted" not in world.kinds()
    assert b"4 results, about" in world.run("log", "@last", "--kind", "context.results_cleared").stdout
    assert world.run("replay", "@last").returncode == 0


SMALL = {"CLAW_CONTEXT_WINDOW": "10000", "CLAW_MAX_OUTPUT_TOKENS": "1000"}


def test_a_summary_that_breaks_off_is_asked_for_again_a_cut_one_serves_and_a_failed_one_costs_nothing(
    world: World,
) -> None:
    breaks = [{"type": "break", "how": "drop", "after": 3}, {"type": "break", "how": "end"}]
    refuses = [{"type": "status", "status": 403, "message": "not today"}]
    world.serve(
        text("noted", usage={"input": 9_000}),
        text("the whole of it", stop="max_tokens", kept=1, faults=breaks, **SUMMARY),
        text("on we go", usage={"input": 9_000}, expect=["remember", "The summary ends here"]),
        text("now it comes", kept=2, faults=refuses, **SUMMARY),
        text("still here", expect=["now it comes", "remember", "once more"]),
    )
    assert world.run("-p", "remember", **SMALL).stdout == b"noted\n"
    done = world.run("resume", "@last", "-p", "go on", **SMALL)
    assert (done.returncode, done.stdout) == (0, b"on we go\n"), told(done)
    done = world.run("resume", "@last", "-p", "again", **SMALL)
    assert done.returncode == 7
    assert "not today" in told(done)
    done = world.run("resume", "@last", "-p", "once more", **SMALL)
    assert (done.returncode, done.stdout) == (0, b"still here\n"), told(done)
    for verb in ("replay", "verify"):
        assert world.run(verb, "@last").returncode == 0


def test_what_cannot_be_made_short_enough_ends_the_turn_in_words_and_the_session_goes_on(world: World) -> None:
    refused = {"type": "status", "status": 400, "message": "prompt is too long: 9 > 8 tokens"}
    world.serve(
        text("noted", usage={"input": 9_000}),
        text("in brief", kept=1, **SUMMARY),
        text("smaller now", expect=["in brief"], faults=[refused]),
    )
    assert world.run("-p", "remember", **SMALL).stdout == b"noted\n"
    done = world.run("resume", "@last", "-p", "go on", **SMALL)
    assert done.returncode != 0
    assert "too long for the model" in told(done)
    done = world.run("resume", "@last", "-p", "and now", **SMALL)
    assert (done.returncode, done.stdout) == (0, b"smaller now\n"), told(done)
    assert world.run("replay", "@last").returncode == 0


def test_a_summary_that_stalls_is_called_off_and_nothing_is_lost(
    world: World, terminal: Callable[..., Terminal]
) -> None:
    world.serve(
        text("noted"),
        text("never", faults=[{"type": "break", "how": "hang", "after": 2}] * 9, **SUMMARY),
        text("all is there", expect=["remember", "noted", "and now?"]),
    )
    shown = ready(terminal())
    shown.enter("remember")
    shown.wait("noted")
    shown.enter("/compact")
    shown.wait("Summarising the conversation")
    shown.press("Escape")
    shown.wait("interrupted")
    shown.enter("and now?")
    shown.wait("all is there")
    shown.enter("/quit")
    assert shown.exit_code() == 0
    assert "context.compacted" not in world.kinds()
    for verb in ("replay", "verify"):
        assert world.run(verb, "@last").returncode == 0
