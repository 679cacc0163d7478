"""Pasting: long text is folded in the line and sent whole, and nothing that was pasted is a command."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from tests.cli.live.pseudo import Pseudo
from tests.cli.live.tmux import Terminal, ready
from tests.cli.live.world import World, text

Start = Callable[..., Terminal]

LONG = "\n".join(f"line {number}" for number in range(121))


def _inputs(world: World) -> list[Any]:
    return [event["data"]["text"] for event in world.events() if event["kind"] == "input.received"]


def test_long_text_is_folded_in_the_line_and_whole_in_the_event(world: World, terminal: Start) -> None:
    world.serve({**text("Read."), "expect": ["line 0", "line 120"]})
    opened = ready(terminal())
    opened.type("Look: ")
    opened.paste(LONG)
    opened.wait("> Look: [Pasted text #1 +120 lines]")
    opened.type(" and say.")
    opened.press("Enter")
    opened.wait("● Read.")
    assert _inputs(world) == [f"Look: {LONG} and say."]
    shown = opened.screen()
    assert "line 0" in shown
    assert "line 60" not in shown, "the transcript folds it, too"


def test_a_label_goes_as_a_whole_and_comes_back(world: World, terminal: Start) -> None:
    world.serve(text("Read."))
    opened = ready(terminal())
    opened.paste(LONG)
    opened.wait("[Pasted text #1 +120 lines]")
    opened.press("BSpace")
    opened.wait_gone("Pasted text")
    opened.press("C-_")
    opened.wait("[Pasted text #1 +120 lines]")
    opened.paste("x" * 3000)
    opened.wait("[Pasted text #2 of 3000 letters]")
    opened.press("Enter")
    opened.wait("● Read.")
    assert _inputs(world) == [LONG + "x" * 3000]
    opened.press("Up")
    opened.wait("> [Pasted text #1 +120 lines][Pasted text #2 of 3000 letters]")


def test_what_was_pasted_is_no_command_and_no_key(world: World, terminal: Start) -> None:
    world.serve(text("As text."), text("As text, too."), text("Third."))
    opened = ready(terminal())
    opened.paste("!touch made")
    opened.wait("what was pasted is no command")
    opened.press("Enter")
    opened.wait("● As text.")
    opened.wait_idle()
    opened.paste("/quit\n")
    opened.press("Enter")
    opened.wait("● As text, too.")
    opened.wait_idle()
    opened.paste("\n".join(["/clear", *"abcdefgh"]))
    opened.wait("[Pasted text #1")
    opened.press("Enter")
    opened.wait("● Third.")
    assert _inputs(world)[:2] == ["!touch made", "/quit\n"]
    assert not (world.workspace / "made").exists()
    assert "input.shell_entered" not in world.kinds()
    opened.wait_idle()
    opened.type("/sta")
    opened.paste("tus")
    opened.press("Enter")
    opened.wait("> /status")


def test_ten_megabytes_are_refused_and_the_line_goes_on(world: World) -> None:
    world.serve(text("Still here."))
    opened = Pseudo(world).start()
    try:
        opened.wait("/help")
        pasted = f"\x1b[200~{'0123456789abcde' * 700_000}\x1b[201~"
        typing = threading.Thread(target=opened.type, args=(pasted,), daemon=True)
        typing.start()
        opened.wait("a line takes 2,000,000")
        typing.join()
        opened.type("hello\r")
        opened.wait("Still here.")
    finally:
        opened.close()
    assert _inputs(world) == ["hello"]
