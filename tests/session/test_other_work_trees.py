"""An agent in a worktree of its own leaves what git says of the other work trees as it is."""

from __future__ import annotations

from tests.cli.live.world import World, told, tool
from tests.cli.live.world import text as says
from tests.session.test_agents import of, reply, thread, whole
from tests.session.test_worktrees import FREE, alone, bash, git, repository, state_of

ATTEMPTS = (
    "echo x >> $G/index",
    "git --git-dir=$G symbolic-ref HEAD refs/heads/evil",
    "git --git-dir=$G update-ref --no-deref HEAD HEAD~1",
    "git update-ref refs/heads/main HEAD~1",
    "git update-ref -d refs/heads/mine",
    "echo ref: refs/heads/evil > $G/worktrees/mine/HEAD",
    "rm -rf $G/worktrees/mine $G/index $G/HEAD",
    "git worktree remove --force $W/../mine",
)


def test_what_git_says_of_other_work_trees_stays(world: World) -> None:
    """The person's own, and another that the person has made; its own branches and commits are its own."""
    repository(world)
    top = world.workspace
    git(top, "commit", "-q", "--allow-empty", "-m", "second")
    git(top, "worktree", "add", "-q", "-b", "mine", str(world.root / "mine"))
    tried = "".join(f'{attempt} && echo d"i"d: {number}\n' for number, attempt in enumerate(ATTEMPTS))
    script = f"G={top}/.git\nW={top}\n{tried}"
    own = "git add new.txt && git -c user.name=a -c user.email=a@b commit -qm mine && git branch other"
    world.serve(
        reply(alone("try", "Try it")),
        says("over", expect=["I tried", "new.txt"]),
        threads=[
            thread(
                "Try it",
                tool("Write", {"file_path": "new.txt", "content": script}),
                bash("sh ./new.txt"),
                bash(own, expect=["Read-only file system"], refuse=["did: "]),
                says("I tried", refuse=["fatal: your"]),
            )
        ],
    )
    before = state_of(top), state_of(world.root / "mine")[0]
    done = world.run("-p", "go", *FREE)
    assert done.returncode == 0, told(done)
    (closed,) = of(whole(world), "worktree.closed")
    after = state_of(top)
    assert after[0] == before[0][0] == ""
    assert after[4] == before[0][4]
    assert git(top, "rev-parse", "--abbrev-ref", "HEAD") == "main\n"
    for name in ("main", "mine"):
        assert git(top, "log", "-1", "--format=%s", name) == "second\n"
    assert state_of(world.root / "mine")[0] == before[1] == ""
    assert git(top, "log", "-1", "--format=%s", closed["branches"][0]) == "mine\n"
