"""A command of git's that meets a protected file is done whole or not begun, by whatever it is called."""

# ruff: noqa: E501 - scripts

from __future__ import annotations

import shlex

import pytest

from claw import _native
from tests.toolbox.test_confining import run as confined
from tests.toolbox.test_repositories import outside
from tests.toolbox.world import World

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(not _native.Confinement.available()["namespaces"], reason="no user namespaces here"),
]

CONFIG = "[user]\nname = a\nemail = a@localhost\n[init]\ndefaultBranch = main\n[alias]\nco = checkout -q\nput = apply -v\n[advice]\ndetachedHead = false\n"
REPOSITORY = """\
git init -q . && mkdir .vscode code && echo '{"a": 1}' > .vscode/settings.json && echo a > .npmrc && echo x > f
echo z > code/z && git add -f . && git commit -q -m one && git checkout -q -b other
echo '{"a": 2}' > .vscode/settings.json && echo y > f && git rm -q .npmrc && git add -A && git commit -q -m two
git format-patch -q -1 --stdout > .git/patch && git checkout -q -b same main && echo g > g && git add g && git commit -q -m g
echo b > .npmrc && echo b > g && git stash -q && git checkout -q main
git init -q --bare .git/up && git push -q .git/up other:other same:same && git update-ref refs/remotes/o/feature same
git checkout -q -b binary main && printf '\\0b' > .npmrc && git commit -qam b && git checkout -q -b mode main
chmod +x .npmrc && git commit -qam m && git checkout -q main && git diff --binary main same > .git/harmless
git format-patch -q -1 --stdout --attach same > .git/attached && mkdir -p .git/box/cur .git/box/new .git/box/tmp
cp .git/patch .git/box/cur/1 && (sed '/^$/q; s/^MIME.*//' .git/patch && echo && sed '1,/^$/d' .git/patch | base64) |
sed '/^Subject/aMIME-Version: 1.0\\nContent-Type: text/plain; charset=UTF-8\\nContent-Transfer-Encoding: base64' > .git/encoded
git config remote.o.url ./.git/up && git config remote.o.fetch '+refs/heads/*:refs/remotes/o/*'
"""
STATE = "git rev-parse HEAD; git symbolic-ref HEAD; git status --porcelain; git stash list; tail -n +1 .npmrc .vscode/* f g || :"
CHANGED = "echo b > .npmrc; echo b > f"
REFUSED = [
    *("git checkout -q other", "git checkout -f other", "git checkout -q -b new other", "git checkout --detach other"),
    *(
        "git checkout other -- .",
        "git checkout -q other .",
        "git switch other",
        "git switch -qc new other",
        "git co other",
    ),
    *("git reset -q --hard other", "git reset --merge other", "git reset --keep other"),
    *("git merge -q other", "git merge --no-ff --no-edit other", "git merge --squash other"),
    *("git checkout -q same && git merge -q --no-edit other", "git checkout -q same && git rebase -q other"),
    *(
        "git cherry-pick other",
        "git cherry-pick main..other",
        "git stash pop",
        "git stash apply",
        "git stash branch new",
    ),
    *("git apply .git/patch", "git apply --index .git/patch", "git am -q .git/patch", "git read-tree -u -m HEAD other"),
    *(
        "git pull -q o other",
        "git checkout -q same && git pull -q --rebase o other",
        "git rm -rq .",
        "git mv .vscode v",
    ),
    *("sh -c 'git checkout -q other'", "git -C . checkout other", "bash -ec 'cd code; git checkout -q other'"),
    "python3 -c \"import subprocess as s; s.run(['git', 'checkout', '-q', 'other'])\"",
    "printf 'a:\\n\\t@git checkout -q other\\n' > ../m; make -s -f ../m",
    *(
        "git apply < .git/patch",
        "git apply - < .git/patch",
        "cat .git/patch | git apply --index",
        "git put < .git/patch",
    ),
    *('git apply <<< "$(cat .git/patch)"', "git diff main other | git apply", "git apply <(git diff main other)"),
    *("git apply /dev/stdin < .git/patch", "git apply -p0 < <(git diff --no-prefix main other)"),
    *("git diff --binary main binary | git apply", "git diff main mode | git apply"),
    *("git -C code/.. apply --include='.n*' .git/patch", "git diff other main | git apply -R --exclude f"),
    *("git am -q < .git/patch", "git format-patch -1 other --stdout | git am -q", "git am -q -3 < .git/patch"),
    *("git am -q - < .git/patch", "git am -q .git/encoded", "git am -q < .git/encoded", "git am -q .git/box"),
    *("git rev-list -1 other | git cherry-pick --stdin", "echo .npmrc | git rm -q --pathspec-from-file=-"),
]
REFUSED_AFTER = {
    **dict.fromkeys(
        ("git checkout -- .", "git checkout .", "git restore .", "git reset -q --hard", "git stash"), CHANGED
    ),
    **dict.fromkeys(
        ("git restore -s HEAD .", "git stash push -u", "git checkout-index -qaf", "git checkout -f"), CHANGED
    ),
    "git revert --no-edit HEAD": "git checkout -q --orphan o && git commit -q -m o && git rm -q .npmrc && git commit -q -m p",
    **dict.fromkeys(
        ("git clean -fdqx", "git clean -dxi <<< 1"), "git rm -q --cached .npmrc && git commit -q -m o && echo u > u"
    ),
}
DONE = [
    *(
        "git checkout -q same",
        "git checkout -q -b third && echo z > f",
        "git switch -q same",
        "git checkout -q other -- f",
    ),
    *(
        "git merge -q same",
        "git reset -q --hard same",
        "git reset -q --soft other",
        "git cherry-pick same",
        "git rm -q f",
    ),
    *(
        "git checkout -q same && git rebase -q main",
        "git pull -q o same",
        "git clean -fdq",
        "git mv f h",
        "git co feature",
    ),
    *(
        "echo b > f; git stash -q",
        "echo b > f; git checkout -q -- f",
        "echo b > f; git restore .",
        "git branch -f z other",
    ),
    *(
        "git apply < .git/harmless",
        "git apply --index - < .git/harmless",
        "git diff main same | git apply",
        "git apply <(git diff main same)",
        "git diff main other | git apply --exclude='.*'",
        "git diff main other -- f | git apply --stat --apply .git/harmless -",
        "git apply --check < .git/patch; git apply --stat < .git/patch; git apply --cached --check < .git/patch",
        "git format-patch -1 --stdout same | git am -q",
        "git am -q -3 < .git/attached",
        "git rev-list -1 same | git cherry-pick --stdin",
        "echo f | git rm -q --pathspec-from-file=-",
        "printf 'one\\ntwo\\n' | while read x; do git am --quit; echo $x >> f; done; true",
        "(head -c 100000 /dev/zero | git apply; echo $?) > g 2>&1; (git apply < /dev/null; echo $?) >> g 2>&1",
        "git log -1 -p other > /dev/null",
        "git checkout -q nowhere; true",
        "git stash drop -q",
        "git commit -qa --allow-empty -m x",
    ),
]


async def test_each_is_whole_or_not_begun(world: World) -> None:
    (world.home / ".gitconfig").write_text(CONFIG)
    outside(world, f"mkdir first && cd first && {REPOSITORY}", world.workspace)
    commands = [*REFUSED, *REFUSED_AFTER, *DONE]
    prepared = " && ".join(
        f"cp -a first {at} && (cd {at}; {REFUSED_AFTER.get(line, 'true')}) >/dev/null 2>&1 && cp -a {at} ../copy-{at}"
        for at, line in enumerate(commands)
    )
    outside(world, prepared, world.workspace)
    when = "export GIT_AUTHOR_DATE=2020-01-01T00:00:00Z GIT_COMMITTER_DATE=2020-01-01T00:00:00Z"
    states = "; ".join(f"(cd {{0}}{at}; {STATE}) 2>&1; echo =====" for at in range(len(commands)))

    def look(prefix: str) -> list[str]:
        return outside(world, f"set +e; {states}".replace("{0}", prefix), world.workspace).split("=====\n")[:-1]

    untouched = look("../copy-")
    alone = "; ".join(f"(cd ../copy-{at}; {line}) >/dev/null 2>&1" for at, line in enumerate(commands))
    outside(world, f"set +e; {when}; {alone}; true", world.workspace)
    whole = look("../copy-")
    inside = "; ".join(f"(cd {at}; {line}) 2>&1 | sed 's/^/{at} /'" for at, line in enumerate(commands))
    result = await confined(world, f"{when}; {inside}; true", writable=True)
    said, now = result.text, look("")
    wrong: list[str] = []
    for at, line in enumerate(commands):
        refused = f"\n{at} [claw: `" in f"\n{said}"
        if line in DONE:
            right = now[at] == whole[at] and not refused
        else:
            wrong += [f"{line} changes nothing anyway"] if untouched[at] == whole[at] else []
            # What stands before it in the line has been done.
            right = refused and (now[at] == untouched[at] or line.startswith("git checkout -q same &&"))
        if not right:
            wrong += [line, *(words for words in said.splitlines() if words.startswith(f"{at} "))]
    assert wrong == []


async def test_what_the_user_was_asked_about_is_done(world: World) -> None:
    (world.home / ".gitconfig").write_text(CONFIG)
    outside(world, REPOSITORY, world.workspace)
    result = await confined(world, "git checkout -q other", writable=True)
    names = ".npmrc .vscode/settings.json"
    assert (
        f"was not begun and has changed nothing, because its sandbox keeps `{names.replace(' ', '`, `')}`"
        in result.error
    )
    line = f"touch -c {names}; git checkout -q other"
    assert f"Run `{line}` to have the user asked" in result.error
    opened = tuple(fact.canonical for fact in await world.facts("Bash", command=line))
    assert opened == tuple(shlex.split(names))
    assert (await confined(world, line, writable=True, opened=opened)).finished.exit == 0
    assert outside(world, "git status --porcelain && git symbolic-ref HEAD", world.workspace) == "refs/heads/other\n"
    back = await confined(world, f"touch -c {names}; git checkout -q main", writable=True, opened=opened)
    assert "set aside" not in back.text
    assert outside(world, "git status --porcelain", world.workspace) == ""


async def test_what_lies_outside_of_the_workspace_is_not_half_changed_either(world: World) -> None:
    (world.home / ".gitconfig").write_text(CONFIG)
    outside(
        world, f"mkdir mono && cd mono && {REPOSITORY} mkdir -p web; echo 1 > web/x; git add web; git commit -q -m web"
    )
    world.workspace = world.home / "mono/web"
    world.context.workspace = str(world.workspace)
    result = await confined(world, "git reset -q --hard same", writable=True)
    assert "was not begun" in result.error
    assert "`../g`" in result.error
    assert outside(world, "git log -1 --format=%s; git status --porcelain", world.workspace) == "web\n"


async def test_a_patch_outside_of_a_repository_is_whole_or_not_begun(world: World) -> None:
    world.write("f", "1\n")
    world.write(".npmrc", "a\n")
    patch = "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-1\n+2\n"
    world.write("small", patch)
    world.write("large", f"{patch}--- a/.npmrc\n+++ b/.npmrc\n@@ -1 +1 @@\n-a\n+b\n")
    refused = await confined(world, "git apply < large; cat large | git apply; git apply large", writable=True)
    assert refused.error.count("was not begun") == 3
    assert "Run the same command with `touch -c .npmrc;` in front of it" in refused.error
    assert (world.workspace / "f").read_text() == "1\n"
    assert "claw" not in (await confined(world, "cat small | git apply", writable=True)).text
    assert (world.workspace / "f").read_text() == "2\n"


async def test_what_cannot_be_read_beforehand_is_not_begun(world: World) -> None:
    (world.home / ".gitconfig").write_text(CONFIG)
    outside(world, REPOSITORY, world.workspace)
    line = "mkfifo /tmp/p; git diff main other > /tmp/p & git apply /tmp/p; cat /tmp/p > /dev/null; wait"
    told = await confined(world, f"{line}; head -c 135000000 /dev/zero | git apply", writable=True)
    assert (
        "not begun and has changed nothing: `/tmp/p` is a FIFO; give it as a file or on standard input.]" in told.error
    )
    assert "it is given more than 128 MiB; give it that as a file.]" in told.error
    assert outside(world, "git status --porcelain", world.workspace) == ""


async def test_git_itself_is_found(world: World) -> None:
    """Whatever stands in front of it."""
    assert (await confined(world, "git --version; git version; git help -a | wc -l; git nothing; true")).text.count(
        "git version"
    ) == 2
    assert "not found" in (await confined(world, "PATH=${PATH%%:*} git status", writable=True)).error


@pytest.mark.parametrize("rule", ["Bash(sh:*)", "Bash(python3:*)", "Bash(git diff:*)", "Bash(git push:*)"])
async def test_rules_for_what_looks_first_do_not_stop_git_itself(world: World, rule: str) -> None:
    world.write("f", "x\n")
    done = await confined(world, "git init -q . && git add f && git checkout -q f && git ls-files", rule, writable=True)
    assert done.text == "f"


TREES = """\
mkdir lib plain && (cd lib && git init -q . && echo l > l && git add l && git commit -q -m lib)
(cd plain && git init -q . && mkdir sub && echo x > x && echo y > sub/y && git add . && git commit -q -m plain
 git checkout -q -b tools && echo a > .npmrc && git add . && git commit -q -m tools && git checkout -q main)
(cd plain && git checkout -q -b modules && git submodule --quiet add ../lib lib && git commit -q -m modules && git checkout -q main)
git clone -q plain work && (cd work && git branch -q tools origin/tools && git branch -q harmless origin/modules)
git clone -q --bare plain bare.git
"""
NEW_REFUSED = [
    *(
        "git clone -q -b tools ../plain new",
        "git clone -q --branch=tools ../bare.git new",
        "git clone -qb tools file://$PWD/../plain new",
    ),
    *("git worktree add -q new tools", "git worktree add -q -b more new tools", "git worktree add -q tools"),
    *("git -C sub worktree add -q --detach ../new tools", "git --git-dir=../bare.git worktree add -q $PWD/new tools"),
    *(
        "git submodule --quiet add ../lib new",
        "git checkout -q harmless",
        "sh -c 'cd sub; git clone -q -b tools ../../plain'",
    ),
]
NEW_DONE = [
    *(
        "git clone -q ../plain new",
        "git clone -q ../plain",
        "git clone -q --bare -b tools ../plain new",
        "git clone -qn -b tools ../plain new",
    ),
    *("git worktree add -q new", "git worktree add -q -b more new", "git worktree add -q --no-checkout new tools"),
    *(
        "git clone -q -b modules ../plain new",
        "git clone -q -b tools ../plain /tmp/new && test -e /tmp/new/.npmrc && rm -r /tmp/new",
    ),
    *(
        "git worktree add -q new && git worktree remove new",
        "git worktree add -q new harmless",
        "git submodule --quiet update",
    ),
]


async def test_a_new_work_tree_is_whole_or_not_begun(world: World) -> None:
    (world.home / ".gitconfig").write_text(f'{CONFIG}[protocol "file"]\nallow = always\n')
    commands = [*NEW_REFUSED, *NEW_DONE]
    for at in range(len(commands)):
        outside(world, f"mkdir {at} && cd {at}\n{TREES}", world.workspace)
    inside = "; ".join(
        f"(cd {at}/work; {line} || echo failed) 2>&1 | sed 's/^/{at} /'" for at, line in enumerate(commands)
    )
    said = (await confined(world, f"{inside}; true", writable=True)).text
    assert "set aside" not in said
    wrong: list[str] = []
    for at, line in enumerate(commands):
        folder = world.workspace / str(at) / "work"
        refused = f"\n{at} [claw: `" in f"\n{said}"
        left = [name for name in ("new", "tools", "lib", "sub/plain") if (folder / name).exists()]
        failed = f"\n{at} failed" in f"\n{said}"
        if (refused, failed) != ((True, True) if line in NEW_REFUSED else (False, False)) or (refused and left):
            wrong += [line, *left, *(words for words in said.splitlines() if words.startswith(f"{at} "))]
    assert wrong == []
    line = "cd 0/work; touch -c asked/.npmrc; git worktree add -q asked tools"
    opened = tuple(fact.canonical for fact in await world.facts("Bash", command=line) if fact.protected)
    assert "0/work/asked/.npmrc" in opened
    assert "claw" not in (await confined(world, line, writable=True, opened=opened)).text
    assert outside(world, "git status --porcelain", world.workspace / "0/work/asked") == ""
