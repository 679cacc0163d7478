"""Skills: named in the request, read when they are needed, trusted by digest with what they want."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable

from claw.events.skill import KnownSkill
from claw.tools.skill import Skill
from claw.tools.skill_list import with_skills
from tests.cli.live.tmux import Terminal, ready
from tests.cli.live.world import World, text, told, tool
from tests.e2e.test_own_commands import of, replays, write

Start = Callable[..., Terminal]

PDF = """---
name: fill-forms
description: Fills in PDF forms. Use it when the user speaks of a form.
allowed-tools: Bash(./fill:*)
license: any
---
# Forms

Run ./fill $ARGUMENTS, as reference.md in ${CLAUDE_SKILL_DIR} says. Today: !`date`
"""


def script(world: World, name: str) -> None:
    write(world.workspace / name, f"#!/bin/sh\necho {name} was run\n")
    (world.workspace / name).chmod(0o755)


def test_a_skill_is_named_at_first_and_read_when_it_is_used(world: World) -> None:
    skill = world.home / ".claude/skills/forms"
    write(skill / "SKILL.md", PDF)
    write(skill / "reference.md", "Fill from the top.\n")
    write(
        world.home / ".agents/skills/quiet/SKILL.md",
        "---\ndescription: For me\ndisable-model-invocation: true\n---\nQ\n",
    )
    write(world.home / ".codex/skills/.system/deep/SKILL.md", "---\ndescription: Deep down\n---\nDeep.\n")
    write(world.home / ".claude/commands/note.md", "---\ndescription: Writes a note\n---\nNote $1.\n")
    write(world.home / ".claude/commands/silent.md", "Has no description.\n")
    for name in ("fill", "other"):
        script(world, name)
    listed = [
        "- fill-forms: Fills in PDF forms. Use it when the user speaks of a form.",
        "- deep: Deep down",
        "- note: Writes a note",
    ]
    world.serve(
        {
            **tool("Skill", {"skill": "fill-forms", "args": "a.pdf"}),
            "expect": listed,
            "refuse": ["Run ./fill", "For me", "silent"],
        },
        {
            **tool("Bash", {"command": "./fill a.pdf"}),
            "expect": [
                f"Base directory for this skill: {skill}",
                "Run ./fill a.pdf, as reference.md in",
                "were not run",
            ],
        },
        {**tool("Bash", {"command": "./other"}), "expect": ["fill was run"]},
        {**tool("Skill", {"skill": "quiet"}), "expect": ["Nobody could be asked for permission"]},
        {**tool("Skill", {"skill": "nothing"}), "expect": ["There is no skill 'quiet'. Skills: fill-forms"]},
        {
            **tool("Skill", {"skill": "/note", "args": "it"}),
            "expect": ["There is no skill 'nothing'. Skills: fill-forms"],
        },
        {**text("Done."), "expect": ["Note it."]},
        {**tool("Bash", {"command": "./fill b.pdf"}), "expect": ["More."]},
        {**text("No leave any more."), "expect": ["Nobody could be asked for permission"]},
    )
    done = world.run("-p", "Fill in the form.")
    assert done.stdout == b"Done.\n", told(done)
    kinds = world.kinds()
    assert kinds.count("skills.changed") == 1
    assert kinds.count("skills.read") == 2
    shutil.rmtree(world.home / ".claude")
    replays(world)
    assert world.run("verify", "@last").returncode == 0
    # What it allowed was for that turn. Skills that are gone are told as that.
    done = world.run("resume", "@last", "-p", "More.")
    assert done.stdout == b"No leave any more.\n", told(done)
    assert [len(event["skills"]) for event in of(world, "skills.changed")] == [3, 1]
    replays(world)


def test_nothing_changes_in_the_request_when_nothing_has_changed(world: World) -> None:
    write(world.home / ".claude/skills/forms/SKILL.md", PDF)
    world.serve(text("One."), text("Two."))
    assert world.run("-p", "One?").returncode == 0
    assert world.run("resume", "@last", "-p", "Two?").returncode == 0
    kinds = world.kinds()
    assert kinds.count("skills.changed") == 1
    assert kinds.count("tools.changed") == 1
    # Who has none is told of none, and offered nothing more.
    shutil.rmtree(world.home / ".claude")
    world.serve({**text("Bare."), "refuse": ["Use a skill"]})
    assert world.run("-p", "Bare?").returncode == 0
    assert "skills.changed" not in world.kinds()


def test_typed_as_an_agent_s_task_and_for_files_of_a_kind(world: World, terminal: Start) -> None:
    skills = world.home / ".claude/skills"
    look = "---\ndescription: Looks\ncontext: fork\nagent: explore\ndisable-model-invocation: true\n"
    look = f"{look}allowed-tools: Bash(./fill:*)\n---\n"
    write(skills / "look/SKILL.md", f"{look}Look for $1.\n")
    sums = '---\ndescription: For sums\npaths: "*.csv, data/**"\nuser-invocable: false\n---\nAdd up.\n'
    write(skills / "sums/SKILL.md", sums)
    write(world.workspace / "a.csv", "1\n")
    write(world.workspace / "b.txt", "1\n")
    script(world, "fill")
    world.serve(
        {
            **tool("Skill", {"skill": "look", "args": "bugs"}),
            "expect": ["<command-name>/look</command-name>", "these arguments"],
            "refuse": ["Look for bugs"],
        },
        {**text("Two, then."), "expect": ["There are two."]},
        {**tool("Read", {"file_path": "b.txt"}), "refuse": ["For sums"]},
        {**tool("Read", {"file_path": "a.csv"}), "refuse": ["For sums"]},
        {**tool("Skill", {"skill": "sums"}), "expect": ["skills that have to do with a.csv", "- sums: For sums"]},
        {**text("Added."), "expect": ["Add up."]},
        threads=[{"when": "Look for bugs.", "replies": [{**text("There are two."), "refuse": ["command-name"]}]}],
    )
    opened = ready(terminal())
    opened.enter("/look bugs")
    opened.wait("● Two, then.")
    opened.wait_idle()
    opened.enter("Go on.")
    opened.wait("● Added.")
    opened.wait_idle()
    opened.enter("/sums")
    opened.wait("/sums is for the model alone")
    opened.enter("/skills")
    opened.wait("/look", "by an agent of the kind explore", "/sums", "for *.csv, data/**")
    opened.enter("/quit")
    opened.exit_code()
    (spawned,) = of(world, "agent.spawned")
    assert (spawned["definition"]["name"], spawned["description"]) == ("explore", "look")
    assert [rule["rule"] for rule in spawned["leave"]["rules"]] == ["Bash(./fill:*)"]
    assert [event["names"] for event in of(world, "skills.told")] == [["sums"]]
    replays(world)


def test_a_repository_s_skill_is_trusted_by_digest_and_bounded_by_rules(world: World) -> None:
    file = world.workspace / ".claude/skills/forms/SKILL.md"
    write(file, PDF)
    script(world, "fill")
    uses = (tool("Skill", {"skill": "fill-forms"}), tool("Bash", {"command": "./fill a"}))
    refused = {**text("No."), "expect": ["Nobody could be asked for permission"]}
    world.serve(*uses, refused)
    done = world.run("-p", "Fill.")
    assert done.stdout == b"No.\n", told(done)
    assert "skill /fill-forms: without asking Bash(./fill:*)" in told(done)
    world.serve(*uses, {**text("Yes."), "expect": ["fill was run"]})
    assert world.run("-p", "Fill.", "--trust").stdout == b"Yes.\n"
    # Neither a rule that asks nor one that denies is outdone; and a rule keeps the model from a skill.
    world.serve(*uses, refused)
    write(world.home / ".claude/settings.json", '{"permissions": {"ask": ["Bash(./fill:*)"]}}')
    assert world.run("-p", "Fill.", "--trust").stdout == b"No.\n"
    world.serve(uses[0], {**text("Denied."), "expect": ["Permission denied"], "refuse": ["Run ./fill"]})
    assert world.run("-p", "Fill.", "--disallowed-tools", "Skill(fill-forms)").stdout == b"Denied.\n"
    replays(world)


def test_a_link_of_the_user_s_into_the_workspace_is_the_repository_s(world: World) -> None:
    """Whoever may write there could else allow themselves what they like."""
    write(world.workspace / "dotfiles/skills/forms/SKILL.md", PDF)
    (world.home / ".claude").mkdir()
    (world.home / ".claude/skills").symlink_to(world.workspace / "dotfiles/skills")
    script(world, "fill")
    uses = (tool("Skill", {"skill": "fill-forms"}), tool("Bash", {"command": "./fill a"}))
    world.serve(*uses, {**text("No."), "expect": ["Nobody could be asked for permission"]})
    done = world.run("-p", "Fill.")
    assert done.stdout == b"No.\n", told(done)
    assert "skill /fill-forms: without asking Bash(./fill:*)" in told(done)


def test_folders_that_cannot_be_meant(world: World) -> None:
    ours = world.workspace / ".claude/skills"
    write(ours / "good/SKILL.md", "---\ndescription: Good\n---\nGood.\n")
    write(ours / "named/SKILL.md", "---\nname: a/b\x1b[31m\ndescription: Named\n---\nNamed.\n")
    write(ours / "bro\x07ken/SKILL.md", "---\ndescription: x\n---\nx\n")
    write(ours / "half/SKILL.md", "---\ndescription: x\n")
    write(ours / "flag/SKILL.md", "---\ndescription: x\nuser-invocable: maybe\n---\nx\n")
    write(world.workspace / ".agents/skills/good/SKILL.md", "---\ndescription: Second\n---\nSecond.\n")
    write(world.root / "mine/elsewhere/SKILL.md", "---\ndescription: Elsewhere\n---\nElsewhere.\n")
    (ours / "linked").symlink_to(world.root / "mine/elsewhere")
    (ours / "round").symlink_to(ours)
    with (ours / "good/huge.bin").open("wb") as huge:
        huge.truncate(10 * 1024 * 1024)
    write(ours / "large/SKILL.md", "---\ndescription: Large\n---\n")
    os.truncate(ours / "large/SKILL.md", 10 * 1024 * 1024)
    # The user's own may lead anywhere.
    (world.home / ".claude").mkdir()
    (world.home / ".claude/skills").symlink_to(world.root / "mine")
    done = world.run("skills", "--json")
    assert done.returncode == 0, told(done)
    found = json.loads(done.stdout)
    assert {row["name"] for row in found["commands"]} >= {"good", "named", "elsewhere"}
    notes = "\n".join(found["notes"])
    for words in (
        "named/SKILL.md:2: 'a/b?[31m' cannot be a name, so it is called named",
        "bro?ken/SKILL.md:1: left out: 'bro?ken' cannot be a name",
        "half/SKILL.md:1: left out: no second line ---",
        "flag/SKILL.md:3: left out: user-invocable is true or false, not 'maybe'",
        ".agents/skills/good/SKILL.md:1: left out: .claude/skills/good/SKILL.md has the name good, too, and goes first",
        ".claude/skills/linked/SKILL.md:1: left out: it is a link that leads out of the folder",
        "large/SKILL.md:1: left out: it has 10485760 bytes",
    ):
        assert words in notes, notes
    world.serve({**tool("Skill", {"skill": "good"}), "expect": ["- good: Good", "- named: Named"]}, text("Fine."))
    assert world.run("-p", "Well?").stdout == b"Fine.\n"


def test_what_is_said_of_many_fits_its_room() -> None:
    def skill(number: int, length: int) -> KnownSkill:
        return KnownSkill(name=f"skill-{number}", description="d" * length, source="s", path="/p", digest="")

    def lines(room: int) -> list[str]:
        spec = with_skills(Skill.spec, [skill(1, 10), *(skill(number, 1000) for number in range(2, 51))], room)
        return spec.description.partition("There are:\n")[2].split("\n")

    def size(some: list[str]) -> int:
        return sum(len(one.encode()) + 1 for one in some)

    assert size(lines(100_000)) > 49_000
    for room in (16_000, 4_000, 1_000, 300):
        assert size(lines(room)) <= room
    assert lines(16_000)[0] == "- skill-1: dddddddddd", "what is short loses nothing"
    assert len(lines(16_000)) == len(lines(4_000)) == 50
    assert lines(300)[-1].endswith("more, which the user can name")
