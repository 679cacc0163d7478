"""Plain mode for screen readers, and every screen at 60 columns: read from a terminal of that width."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from claw.cli.terminal.commands.registry import COMMANDS
from tests.cli.live.pseudo import Pseudo
from tests.cli.live.tmux import Terminal, answer, asked, is_shown, ready
from tests.cli.live.world import World, text, tool

Start = Callable[..., Terminal]
Open = Callable[..., Pseudo]

DRAWN = re.compile("[\u2500-\u257f\u2580-\u259f\u2800-\u28ff●⎿✻☐☒▶•↑↓…]")
"""Boxes, blocks, spinners, and the signs of claw's own."""
MARKDOWN = """# Title

Some **text**:

- one
- two

| name | size |
|---|---|
| left | 1 |

---

> said

Last."""
WAYS = {"flag": (("--plain",), {}), "variable": ((), {"CLAW_PLAIN": "1"}), "setting": ((), {})}


def write(world: World, **values: object) -> None:
    (world.home / ".claude").mkdir()
    (world.home / ".claude" / "settings.json").write_text(json.dumps(values))


@pytest.mark.parametrize("way", WAYS)
def test_plain_mode_says_in_words_what_is_drawn_elsewhere(world: World, pseudo: Open, way: str) -> None:
    world.serve(
        text(MARKDOWN),
        tool("Read", {"file_path": "a.txt"}),
        tool("Edit", {"file_path": "a.txt", "old_string": "old", "new_string": "new"}),
        text("Done."),
    )
    (world.workspace / "a.txt").write_text("old\n")
    arguments, environ = WAYS[way]
    if way == "setting":
        write(world, screenReader=True)
    opened = pseudo(*arguments, columns=60, **environ)
    opened.wait("/help", "you:")
    opened.type("Tell me.\r")
    opened.wait("claw: Title", "* one", "name: left", "size: 1", "said", "Last.")
    opened.type("/nonsense\r")
    opened.wait("error: there is no command /nonsense")
    opened.type("Change it.\r")
    opened.wait("question: May claw do this? Edit(a.txt)", "removed: old", "added: new", "your answer, one of 1, 2,")
    answered = 0

    def done() -> bool:
        nonlocal answered
        if opened.said.count(b"Type it again.") >= answered:
            answered += 1
            opened.type("1\r")
        return b"Done." in opened.said

    opened.until(done, "the answer")
    opened.type("/agents\r")
    opened.wait("explore", "from: builtin", "tools: ")
    opened.type("/quit\r")
    assert opened.exit_code() == 0
    said = opened.said.decode()
    assert not DRAWN.search(said)
    assert "\x1b" not in said, "nothing is drawn again, moved or coloured"
    assert "\r" not in said.replace("\r\n", "")
    assert (world.workspace / "a.txt").read_text() == "new\n"


def test_plain_mode_has_no_status_line_and_no_vi_keys(world: World, pseudo: Open) -> None:
    world.serve()
    write(world, statusLine={"command": "touch ran"}, editorMode="vim")
    opened = pseudo("--plain")
    opened.wait("you:")
    opened.type("/vim\r")
    opened.wait("error: this terminal has no keys but Enter")
    opened.type("/quit\r")
    assert opened.exit_code() == 0
    assert not (world.workspace / "ran").exists()


def test_a_dumb_terminal_wins_over_every_theme(world: World, pseudo: Open) -> None:
    world.serve(text(MARKDOWN))
    write(world, theme="dark", editorMode="vim")
    opened = pseudo("Tell me.", columns=60, TERM="dumb")
    opened.wait("Last.")
    opened.type("/quit\r")
    assert opened.exit_code() == 0
    assert b"\x1b" not in opened.said


# --- 60 columns ------------------------------------------------------------------------------------------------------


def test_help_can_be_read_at_60_columns(world: World, terminal: Start) -> None:
    world.serve()
    opened = ready(terminal(columns=60, rows=200))
    opened.enter("/help")
    screen = opened.wait("Ctrl-C twice, Ctrl-D", "!command")
    words = re.findall(r"[\w'/:@-]+", screen)
    for command in COMMANDS.values():
        assert f"/{command.name}" in words
        missing = [word for word in re.findall(r"[\w'-]+", command.help) if word not in " ".join(words)]
        assert not missing, f"{command.name}: {missing}"
    assert all(len(line) <= 60 for line in opened.in_sight().splitlines())


def test_a_question_and_a_change_can_be_read_at_60_columns(world: World, terminal: Start) -> None:
    (world.workspace / "a.txt").write_text("old\n")
    new = "a line that is rather longer than the terminal has columns, by far"
    world.serve(
        tool("Read", {"file_path": "a.txt"}),
        tool("Edit", {"file_path": "a.txt", "old_string": "old", "new_string": new}),
        text("Done."),
    )
    opened = ready(terminal(columns=60))
    opened.enter("Change it.")
    screen = asked(opened)
    for shown in ("- old", f"+ {new}", "1 Yes, this once", "No, and tell claw why", "Press a key, or choose with"):
        assert is_shown(shown, screen), shown
    answer(opened, "Yes, this once")
    opened.wait("● Done.", "claude-sonnet-5-5 · default")
    assert (world.workspace / "a.txt").read_text() == f"{new}\n"


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        ("/agents", ("general-purpose", "from: builtin", "what it is for: finds out where")),
        ("/status", ("anthropic/claude-sonnet-5-5", "ANTHROPIC_API_KEY", "a prompt")),
        ("/cost", ("this session", "$0.0000")),
        ("/config", ("model.provider", "claude-sonnet-5-5")),
        ("/permissions", ("mode default",)),
        ("/log 3", ("context.instructions_found",)),
        ("/doctor", ("sandbox", "native half")),
        ("/theme", ("dark-daltonized: dark, in colours that", "Press a key")),
    ],
)
def test_tables_can_be_read_at_60_columns(world: World, terminal: Start, command: str, shown: tuple[str, ...]) -> None:
    world.serve()
    opened = ready(terminal(columns=60, rows=100))
    opened.enter(command)
    opened.wait(*shown)
    assert all(len(line) <= 60 for line in opened.in_sight().splitlines())


def test_the_status_and_a_status_line_are_cut_at_60_columns(world: World, terminal: Start) -> None:
    world.serve(text("Begun. ", *["more "] * 200, pace=0.05))
    write(world, statusLine={"command": f"echo {'x' * 200}"})
    opened = ready(terminal(columns=60))
    opened.enter("Talk.")
    opened.wait("Esc interrupts", "x" * 50)
    sight = opened.in_sight().splitlines()
    assert sum("xxx" in line for line in sight) == 1
    assert sum("Esc interrupts" in line for line in sight) == 1
