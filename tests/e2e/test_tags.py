"""Tags, by which a person finds a session: given in it and from outside, shown, searched, kept by its one writer."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from claw.log import Home, inbox
from claw.log.inbox import Sent
from tests.cli.live.tmux import Terminal, ready
from tests.cli.live.world import World, text, told
from tests.e2e.test_inbox import box, replays, until

Start = Callable[..., Terminal]


def tagged(world: World) -> list[dict[str, Any]]:
    return [event["data"] for event in world.events() if event["kind"] == "session.tagged"]


def listed(world: World, *arguments: str) -> list[dict[str, Any]]:
    done = world.run("log", "--json", *arguments)
    assert done.returncode == 0, told(done)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_tags_of_a_session_in_a_terminal_are_given_taken_away_and_completed(world: World, terminal: Start) -> None:
    world.serve(text("Done."))
    assert world.run("-p", "go").returncode == 0
    assert world.run("tag", "@last", "elsewhere").stdout == b"elsewhere\n"
    opened = ready(terminal())
    opened.enter("/tag")
    opened.wait("this session has no tags")
    opened.enter("/tag Bug later")
    opened.wait("tagged bug later")
    opened.enter("/tag bug")
    opened.wait("nothing about the tags has changed")
    opened.enter("/tag -later -never")
    opened.wait("no longer later")
    opened.enter("/tag a/b")
    opened.wait("'a/b' cannot be a tag")
    opened.enter("/tag " + " ".join(f"t{number}" for number in range(16)))
    opened.wait("it would have 17 tags, and 16 are the most")
    opened.type("/tag else")
    opened.wait("elsewhere")
    opened.press("Escape")
    opened.press("C-u")
    opened.enter("/tag")
    opened.wait_count("bug", 3)
    opened.enter("/quit")
    assert opened.exit_code() == 0
    assert tagged(world) == [{"added": ["bug", "later"]}, {"removed": ["later"]}]
    replays(world)


def test_a_live_session_takes_tags_and_a_name_from_outside(world: World, terminal: Start) -> None:
    world.serve(text("Done."))
    opened = ready(terminal())
    until(lambda: inbox.ring(box(world)), "its inbox")
    assert world.run("tag", "@last", "urgent", "bug").stdout == b"bug\nurgent\n"
    opened.wait("tagged urgent bug")
    assert world.run("tag", "@last", "-bug").stdout == b"urgent\n"
    opened.wait("no longer bug")
    assert world.run("rename", "@last", "parser-work").returncode == 0
    opened.wait("the session's name is now parser-work")
    opened.enter("go")
    opened.wait("● Done.")
    opened.enter("/quit")
    opened.exit_code()
    assert listed(world, "--tag", "URGENT")[0]["name"] == "parser-work"
    replays(world)


def test_what_is_no_tag_is_not_taken_from_whoever_leaves_it(world: World, terminal: Start) -> None:
    world.serve(text("Done."))
    opened = ready(terminal())
    until(lambda: inbox.ring(box(world)), "its inbox")
    for number, sent in enumerate(("\x1b[31mred", "a" * 33, " ".join(f"t{one}" for one in range(17)), "x -x")):
        inbox.leave(box(world), Sent(id=f"i{number}", text=sent, does="tag"))
    inbox.leave(box(world), Sent(id="n", text="../name", does="rename"))
    inbox.ring(box(world))
    until(lambda: [one.name for one in box(world).iterdir()] == ["bell"], "an empty inbox")
    opened.enter("go")
    opened.wait("● Done.")
    opened.enter("/quit")
    assert opened.exit_code() == 0
    assert not tagged(world)
    assert "session.renamed" not in world.kinds()


def test_a_session_that_does_not_run_is_tagged_listed_and_forked_with_its_tags(world: World) -> None:
    world.serve(text("Done."), text("Again."))
    assert world.run("-p", "go").returncode == 0
    done = world.run("tag", "@last", "bug", "later")
    assert (done.returncode, done.stdout) == (0, b"bug\nlater\n"), told(done)
    assert world.run("tag", "@last", "-later", "bug").stdout == b"bug\n"
    assert world.run("tag", "@last").stdout == b"bug\n"
    assert len(tagged(world)) == 2
    assert world.run("fork", "@last", "-p", "again").returncode == 0
    assert [line["tags"] for line in listed(world)] == [["bug"], ["bug"]]
    assert world.run("tag", "@last", "-bug", "fork").stdout == b"fork\n"
    assert [line["tags"] for line in listed(world, "--tag", "bug")] == [["bug"]]
    assert b"tags" in world.run("log").stdout
    none = world.run("log", "--tag", "nothing")
    assert (none.returncode, none.stdout) == (0, b"")
    assert "No session has the tag nothing" in told(none)
    assert "session.tagged" in world.run("log", "@last").stdout.decode()
    replays(world)


def test_what_cannot_be_a_tag_or_a_name_is_said_and_changes_nothing(world: World) -> None:
    world.serve(text("Done."), text("Done."))
    assert world.run("-p", "go", "--name", "first").returncode == 0
    assert world.run("-p", "go").returncode == 0
    wrong = {
        ("tag", "@last", "a b"): "cannot be a tag",
        ("tag", "@last", "\x1b[31m"): "cannot be a tag",
        ("tag", "@last", "x" * 33): "cannot be a tag",
        ("tag", "@last", "one", "-ONE"): "one is added and removed",
        ("tag", "@last", *(f"t{number}" for number in range(17))): "17 are too many tags",
        ("tag", "@last@3", "one"): "takes whole ones",
        ("tag", "nobody", "one"): "no session has the id or name",
        ("rename", "@last", "first"): "already named 'first'",
        ("rename", "@last", "a b"): "cannot name a session",
        ("log", "@last", "--tag", "one"): "--tag is about the list of sessions",
    }
    for words, said in wrong.items():
        done = world.run(*words)
        assert done.returncode == 2, words
        assert said in told(done), words
        assert "\x1b" not in told(done)
    assert "session.renamed" not in world.kinds()
    assert not tagged(world)
    secret = world.run("tag", "@last", "sk-ant-test-0123456789abcdef")
    assert "it holds a secret" in told(secret)
    assert "sk-ant" not in told(secret)


def test_a_tag_is_the_logs_and_not_the_catalogues(world: World) -> None:
    world.serve(text("Done."))
    assert world.run("-p", "go").returncode == 0
    assert world.run("tag", "@last", "bug").returncode == 0
    for file in Home(world.claw_home).path.glob("catalogue*"):
        file.unlink()
    assert [line["tags"] for line in listed(world, "--tag", "bug")] == [["bug"]]
