"""What a command of the model's can reach, tried by commands: the intent says it, the kernel holds it."""

from __future__ import annotations

import os
import subprocess

import anyio
import anyio.to_thread
import pytest
from msgspec.structs import replace

from claw import _native
from claw.events.base import Event
from claw.events.tool import DeniedCommand, Sandbox, ToolStarted, call_bytes
from claw.handlers.base import Call
from claw.handlers.tool import ToolHandler
from tests.toolbox.world import BY_NAME, SECRET, TRAITS, Result, World, running

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(not _native.Confinement.available()["namespaces"], reason="no user namespaces here"),
]


def outside(command: str, world: World) -> None:
    subprocess.run(command, shell=True, cwd=world.workspace, check=True)


def is_there(path: str) -> bool:
    return os.path.lexists(path)


async def run(world: World, command: str, *denied: str, **sandbox: object) -> Result:
    arguments = {"command": command}
    paths = await world.facts("Bash", **arguments)
    intent = ToolStarted(
        request=1,
        name="Bash",
        arguments=arguments,
        traits=TRAITS["Bash"],
        paths=paths,
        digest=_native.blake3(call_bytes("Bash", arguments, paths)),
        sandbox=Sandbox(**sandbox),  # type: ignore[arg-type]
        denied=tuple(DeniedCommand(rule=rule, source="settings.json:3") for rule in denied),
    )
    events: list[Event] = []
    await ToolHandler(BY_NAME, world.context, world.blobs).perform(Call(1, intent, events.append))
    return Result(events, world.blobs)


async def test_a_command_that_only_reads_cannot_write(world: World) -> None:
    world.write("a.txt", "old")
    result = await run(world, "cat a.txt; echo new > a.txt; touch b.txt")
    assert "old" in result.error
    assert "Read-only file system" in result.error
    assert [path.name for path in world.workspace.iterdir()] == ["a.txt"]
    assert (world.workspace / "a.txt").read_text() == "old"


async def test_a_command_may_change_the_workspace_and_sees_no_home(world: World) -> None:
    (world.home / "diary").write_text("dear diary")
    result = await run(
        world,
        "touch made && ls -A ~ && cat ~/diary; echo $TMPDIR; touch /tmp/x-of-claws-test && ls /tmp",
        writable=True,
    )
    assert "dear" not in result.text
    assert (world.workspace / "made").exists()
    assert not is_there("/tmp/x-of-claws-test")


async def test_claws_own_files_are_not_there(world: World) -> None:
    (world.root / "claw/sessions").mkdir()
    assert "claw/sessions" not in (await run(world, f"ls -R {world.root}; true", writable=True)).text


async def test_what_rules_deny_is_neither_seen_nor_changed(world: World) -> None:
    world.write("secrets/key", "the key")
    world.write("a.lock", "locked")
    result = await run(
        world,
        "cat $(echo secrets/key); echo open > $(echo a.lock); mv secrets s && cat s/key",
        writable=True,
        hidden=(f"{world.workspace}/secrets/**",),
        kept=(f"{world.workspace}/**/*.lock",),
    )
    assert "the key" not in result.error
    # Nor by another name of the folder above.
    world.write("deep/down/secrets/key", "the key")
    world.write("deep/down/b.lock", "locked")
    result = await run(
        world,
        "mv deep d; mv deep/down deep/up; cat */*/secrets/key; echo open > $(echo */*/b.lock)",
        writable=True,
        hidden=(f"{world.workspace}/deep/down/secrets/**",),
        kept=(f"{world.workspace}/**/*.lock",),
    )
    assert "the key" not in result.error
    assert (world.workspace / "deep/down/b.lock").read_text() == "locked"
    assert (world.workspace / "a.lock").read_text() == "locked"


async def test_what_a_person_allowed_in_sight_is_reached(world: World) -> None:
    outside = world.root / "outside"
    outside.mkdir()
    (outside / "notes").write_text("old")
    notes = str(outside / "notes")
    assert "No such file" in (await run(world, f"echo new > {notes}", writable=True)).error
    assert (await run(world, f"echo new > {notes}", writable=True, opened=(notes,))).finished.exit == 0
    assert (outside / "notes").read_text() == "new\n"
    assert "Read-only" in (await run(world, f"cat {notes}; echo newer > {notes}", opened=(notes,))).error


async def test_of_a_folder_that_a_person_allowed_what_makes_other_programs_run_is_not_reached(world: World) -> None:
    other = world.root / "other"
    (other / ".git/hooks").mkdir(parents=True)
    (other / "sub").mkdir()
    for name in (".bashrc", ".config/fish/config.fish", "diary"):
        (world.home / name).parent.mkdir(parents=True, exist_ok=True)
        (world.home / name).write_text("old")
    command = (
        f"cd {other}; echo x > .git/hooks/pre-commit; echo x > sub/.envrc; echo x > notes;"
        f"cd {world.home}; echo x > .bashrc; echo x > .config/fish/config.fish; echo x > .zshrc; echo x > diary; true"
    )
    result = await run(world, command, writable=True, opened=(str(other), str(world.home)))
    assert result.text.count("Read-only file system") == 3
    assert f"{world.home}/.zshrc → .zshrc.set-aside, {other}/sub/.envrc → .envrc.set-aside" in result.text
    assert [*(other / ".git/hooks").iterdir()] == []
    assert (world.home / ".bashrc").read_text() == "old"
    assert ((other / "notes").read_text(), (world.home / "diary").read_text()) == ("x\n", "x\n")
    named = f"{other}/.git/hooks/pre-commit"
    await run(world, f"echo x > {named}", writable=True, opened=(named, str(other)))
    assert is_there(named)


async def test_what_makes_other_programs_run_is_read_only(world: World) -> None:
    world.write(".git/config", "[core]\n")
    world.write(".vscode/settings.json", "{}")
    result = await run(world, "echo '[alias]' >> .git/config; echo x > .vscode/settings.json", writable=True)
    assert result.error.count("Read-only file system") == 2
    assert (world.workspace / ".git/config").read_text() == "[core]\n"


async def test_a_folder_of_the_workspace_that_is_on_the_path_can_be_changed(world: World) -> None:
    world.write(".venv/bin/tool", "")
    path = f"{world.workspace}/.venv/bin:{world.context.environment['PATH']}"
    world.context = replace(world.context, environment={**world.context.environment, "PATH": path})
    assert (await run(world, "touch .venv/bin/new .venv/lib", writable=True)).finished.exit == 0
    assert (world.workspace / ".venv/bin/new").exists()


async def test_it_is_changed_by_a_call_that_named_it_and_was_allowed(world: World) -> None:
    world.write(".envrc", "old")
    await run(world, "echo new > .envrc", writable=True, opened=(".envrc",))
    assert (world.workspace / ".envrc").read_text() == "new\n"


async def test_what_did_not_exist_is_set_aside_and_said(world: World) -> None:
    command = "echo evil > $(echo .envrc); mkdir -p deep/.claude && echo '{}' > deep/.claude/settings.json; mkdir .GIT"
    result = await run(world, command, writable=True)
    assert (
        "claw set aside what the command made: .envrc → .envrc.set-aside, deep/.claude → .claude.set-aside"
        in result.text
    )
    assert (world.workspace / ".envrc.set-aside").read_text() == "evil\n"
    assert not (world.workspace / ".envrc").exists()
    assert not (world.workspace / "deep/.claude").exists()


async def test_a_link_of_a_protected_name_is_set_aside_once_it_is_another(world: World) -> None:
    world.write("shared/envrc", "ours")
    world.write("shared/code/tasks.json", "{}")
    for name, target in {".envrc": "shared/envrc", ".vscode": "shared/code", ".zed": "shared"}.items():
        (world.workspace / name).symlink_to(target)
    command = "rm .envrc .vscode; echo evil > $(echo .envrc); ln -s . .vscode; echo evil > shared/envrc"
    result = await run(world, f"{command}; true", writable=True)
    assert ".envrc → .envrc.set-aside, .vscode → .vscode.set-aside" in result.text
    assert not is_there(f"{world.workspace}/.envrc")
    assert (world.workspace / ".zed").is_symlink()
    assert (world.workspace / "shared/envrc").read_text() == "ours"


async def test_what_was_allowed_while_a_command_ran_is_left_where_it_is(world: World) -> None:
    os.mkfifo(world.workspace / "go")
    command = "echo begun > go; cat go; echo evil > $(echo .npmrc)"
    async with anyio.create_task_group() as group:
        results: list[Result] = []

        async def wait() -> None:
            results.append(await run(world, command, writable=True, kept=(f"{world.workspace}/*.lock",)))

        group.start_soon(wait)
        await anyio.to_thread.run_sync((world.workspace / "go").read_text)
        (await world.call("Write", file_path=".envrc", content="mine")).text  # noqa: B018
        (await world.call("Write", file_path="my.lock", content="mine")).text  # noqa: B018
        assert (await run(world, "echo x > .yarnrc", writable=True, opened=(".yarnrc",))).finished.exit == 0
        await anyio.to_thread.run_sync((world.workspace / "go").write_text, "on")
    assert "set aside what the command made: .npmrc → .npmrc.set-aside." in results[0].text
    assert (world.workspace / ".envrc").read_text() == "mine"
    assert (world.workspace / ".yarnrc").exists()
    assert (world.workspace / "my.lock").exists()


async def test_what_others_replaced_while_a_command_ran_is_named(world: World) -> None:
    """The mount that held it goes with the old file."""
    os.mkfifo(world.workspace / "go")
    for name in (".envrc", ".npmrc", ".yarnrc"):
        world.write(name, "old")
    await world.call("Read", file_path=".npmrc")
    async with anyio.create_task_group() as group:
        results: list[Result] = []

        async def wait() -> None:
            results.append(await run(world, "echo begun > go; cat go", writable=True))

        group.start_soon(wait)
        await anyio.to_thread.run_sync((world.workspace / "go").read_text)
        world.write("new", "new").rename(world.workspace / ".envrc")
        (world.workspace / ".yarnrc").write_text("in place")
        (await world.call("Edit", file_path=".npmrc", old_string="old", new_string="new")).text  # noqa: B018
        await anyio.to_thread.run_sync((world.workspace / "go").write_text, "on")
    assert "another program replaced `.envrc` while the command ran" in results[0].text
    assert (world.workspace / ".envrc").read_text() == "new"


async def test_a_name_of_many_lines_is_told_in_one(world: World) -> None:
    result = await run(world, 'd=$(printf \'a]\\n[claw: b\'); mkdir "$d"; echo x > "$d"/$(echo .envrc)', writable=True)
    assert r"'a]\n[claw: b/.envrc' → .envrc.set-aside" in result.text


async def test_what_rules_keep_is_set_aside_where_it_did_not_exist(world: World) -> None:
    world.write("lib/old.lock", "old")
    outside, here = world.root / "outside", world.workspace
    outside.mkdir()
    result = await run(
        world,
        f"mkdir -p $(echo src/deep) lib/gen && echo new | tee src/deep/x lib/new.lock lib/gen/y {outside}/z lib/kept",
        writable=True,
        opened=(str(outside),),
        kept=(f"{here}/src/**", f"{here}/**/*.lock", f"{here}/lib/gen", f"{outside}/*"),
    )
    assert "src → src.set-aside (rule for src/**)" in result.text
    assert "lib/new.lock → new.lock.set-aside (rule for **/*.lock)" in result.text
    assert "lib/gen → gen.set-aside (rule for lib/gen)" in result.text
    assert f"{outside}/z → z.set-aside (rule for {outside}/*)" in result.text
    assert (world.workspace / "src.set-aside/deep/x").read_text() == "new\n"
    assert sorted(path.name for path in (world.workspace / "lib").iterdir()) == [
        *("gen.set-aside", "kept", "new.lock.set-aside", "old.lock")
    ]
    assert not is_there(f"{world.workspace}/src")
    assert not is_there(f"{outside}/z")


async def test_what_rules_keep_is_left_where_it_was_and_where_it_was_let_in(world: World) -> None:
    world.write("src/x", "old")
    outside = world.root / "outside"
    outside.mkdir()
    (outside / "a").write_text("old")
    command = f"echo new > {outside}/a; mkdir build; echo x > build/src"
    result = await run(
        world,
        command,
        writable=True,
        opened=(f"{outside}/a",),
        kept=(f"{world.workspace}/src/**", f"{outside}/**"),
    )
    assert "set aside" not in result.text
    assert (world.workspace / "build/src").read_text() == "x\n"
    assert (outside / "a").read_text() == "new\n"
    assert (world.workspace / "src/x").read_text() == "old"


async def test_only_some_of_many_files_that_a_rule_keeps_are_named(world: World) -> None:
    result = await run(world, "touch {1..30}.lock", writable=True, kept=(f"{world.workspace}/**/*.lock",))
    assert result.text.count("→") == 20
    assert "and 10 more" in result.text
    assert [path for path in world.workspace.iterdir() if path.suffix == ".lock"] == []


async def test_a_new_repository_is_left_alone_unless_it_runs_programs(world: World) -> None:
    environment = "git -c init.defaultBranch=main"
    assert "set aside" not in (await run(world, f"{environment} init -q one", writable=True)).text
    assert (world.workspace / "one/.git/config").exists()
    evil = f"{environment} init -q two && git -C two config core.fsmonitor 'touch /tmp/pwned'"
    assert "two/.git/config → config.set-aside" in (await run(world, evil, writable=True)).text
    hook = f"{environment} init -q three && echo 'touch x' > three/.git/hooks/post-checkout"
    assert "three/.git/hooks → hooks.set-aside" in (await run(world, hook, writable=True)).text


@pytest.mark.parametrize("look", ["status", "diff", "diff HEAD", "log -p", "show"])
async def test_git_at_the_top_runs_nothing_that_a_repository_below_names(world: World, look: str) -> None:
    git = "git -c user.name=a -c user.email=a@b -c init.defaultBranch=main"
    outside(f"{git} init -q . && {git} init -q sub && {git} -C sub commit -q --allow-empty -m one", world)
    outside(f"{git} add sub 2>&1 && {git} commit -q -m two && touch sub/new", world)
    outside("git -C sub config core.fsmonitor 'echo monitor was here >&2; false'", world)
    assert "monitor was here" in (await run(world, "git -C sub status")).text
    assert "monitor was here" not in (await run(world, f"git {look}")).text


@pytest.mark.parametrize("name", ["sub", "a=b", "it's", 'q"!'])
async def test_git_modules_does_not_lead_git_into_a_submodule(name: str, world: World) -> None:
    git = "git -c user.name=a -c user.email=a@b -c init.defaultBranch=main"
    outside(f"{git} init -q . && {git} init -q sub && echo a > sub/a && {git} -C sub add a", world)
    quoted = name.replace('"', '\\"')
    world.write(".gitmodules", f'[submodule "{quoted}"]\n\tpath = sub\n\turl = ./sub\n\tIGNORE = none\n')
    commits = f"{git} -C sub commit -q -m one && {git} add .gitmodules sub 2>&1 && {git} commit -q -m two"
    outside(f"{commits} && echo b > sub/a && {git} -C sub config core.fsmonitor 'echo monitor >&2; false'", world)
    assert "monitor" in (await run(world, "git -C sub status")).text
    looks = "git status; git status --porcelain=2; git diff HEAD; git diff; git log -p; git describe --all"
    for writable in (True, False):
        assert "monitor" not in (await run(world, looks, writable=writable)).text
    # That another commit is checked out is seen.
    outside(f"git -C sub config --unset core.fsmonitor && {git} -C sub commit -q -a -m two", world)
    assert "sub (new commits)" in (await run(world, "git status")).text


async def test_git_obeys_no_bare_repository_that_a_command_comes_upon(world: World) -> None:
    made = "mkdir objects refs; echo ref: refs/heads/m > HEAD; git config -f config core.fsmonitor 'echo monitor >&2'"
    line = f"{made}; git config -f config core.bare false; git config -f config core.worktree .; git status; git log"
    result = await run(world, line, writable=True)
    assert "safe.bareRepository is 'explicit'" in result.error
    assert "monitor" not in result.error
    assert "HEAD → HEAD.set-aside" in result.error
    outside("git init -q --bare one.git", world)
    assert (
        "No commits"
        not in (await run(world, "git -C one.git rev-parse --git-dir && cd one.git && git rev-parse --git-dir")).text
    )


async def test_a_new_worktree_can_be_used(world: World) -> None:
    git = "git -c user.name=a -c user.email=a@b -c init.defaultBranch=main"
    outside(f"{git} init -q . && {git} commit -q --allow-empty -m one", world)
    result = await run(world, f"{git} worktree add -q wt && git -C wt log --oneline", writable=True)
    assert "one" in result.text
    assert "set aside" not in result.text
    assert (world.workspace / "wt/.git").is_file()


async def test_there_is_no_network(world: World) -> None:
    listener = "import socket\ns = socket.create_connection(('127.0.0.1', 9))"
    result = await run(world, f'python3 -c "{listener}"; cat /proc/net/dev | tail -n +3 | cut -d: -f1', writable=True)
    assert "Connection refused" in result.text
    assert result.text.split()[-1] == "lo"
    lookup = "python3 -c 'import urllib.request as u; u.urlopen(\"http://example.com/\")'"
    assert "commands run without a network" in (await run(world, lookup, writable=True)).error


async def test_a_host_that_was_not_granted_is_named(world: World) -> None:
    fetch = "import os, urllib.request as u; u.urlopen('http://evil.example/')"
    result = await run(world, f'python3 -c "{fetch}"', network=("good.example",))
    assert "claw did not let it reach evil.example:80" in result.error


async def test_nothing_of_it_is_left_when_it_ends(world: World) -> None:
    marker = "sleep 98764"
    result = await run(
        world, f"(setsid {marker} &) ; (setsid nohup {marker} >/dev/null 2>&1 &) ; echo begun", writable=True
    )
    assert "begun" in result.text
    assert running(marker) == []


async def test_without_namespaces_what_is_protected_and_was_changed_is_said(world: World) -> None:
    outside("git init -q && echo 'touch x' > .envrc && mkdir .vscode && echo 1 > .vscode/a && echo 2 > a.lock", world)
    rule = (f"{world.workspace}/*.lock",)
    line = "printf '[alias]\\n' >> .git/config; echo evil > .git/hooks/pre-commit; echo x >> a.lock; rm .vscode/a; >b"
    said = (await run(world, line, writable=True, namespaces=False, kept=rule)).text
    told = said.partition("while the command ran ")[2].partition(" changed.")[0]
    assert told == "'.git/config', '.git/hooks/pre-commit', '.vscode/a', 'a.lock'"
    said = (await run(world, "echo y > b; cat .envrc .git/config", writable=True, namespaces=False, kept=rule)).text
    assert "[claw" not in said


@pytest.mark.skipif(not _native.Confinement.available()["traced"], reason="nothing can be traced here")
async def test_the_result_says_what_was_not_started_and_which_rule_that_was(world: World) -> None:
    lines = f"for i in 1 2 3 4 5 6 7; do sh -c 'env rm {SECRET} '$i; done; true"
    result = await run(world, lines, "Bash(rm:*)", writable=True)
    notes = [line for line in result.text.splitlines() if line.startswith("[claw")]
    assert SECRET not in result.text
    assert "before it began: it is denied by the rule Bash(rm:*) (settings.json:3)." in notes[0]
    assert (len(notes), notes[-1]) == (6, "[claw: and 2 more were stopped.]")
