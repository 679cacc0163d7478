"""A tool's process, confined: what it sees of home, what it may not change, what is set aside after it.

What rules and the verdict say comes with the intent; what exists on this disk is found out right before the start.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress

from msgspec import Struct

from claw import _native
from claw.errors import ToolError
from claw.events.tool import Sandbox
from claw.execution import git_environment
from claw.execution.cleanup import cleanup
from claw.execution.context import Facts, ToolContext
from claw.execution.denials import Bounds, explained, speaks_of_refusal
from claw.execution.denied_programs import not_started
from claw.execution.file_changes import contents, identities, remember_left
from claw.execution.git import is_repository, named_path
from claw.execution.links import is_inside
from claw.execution.paths import real
from claw.execution.programs import is_hidden, prefixes
from claw.execution.quarantine import kept, settled, writable
from claw.execution.repository import found, own_directory
from claw.execution.threads import finished

READABLE = (
    *(".asdf", ".bun", ".cargo", ".conda", ".deno", ".dotnet", ".elan", ".ghcup", ".juliaup", ".m2", ".mix", ".nvm"),
    *(".npm-global", ".opam", ".pyenv", ".rbenv", ".rustup", ".rvm", ".sdkman", ".volta", "go"),
    *("anaconda3", "mambaforge", "miniconda3", "miniforge3", ".virtualenvs", ".local/share/virtualenvs"),
    *(".local/bin", ".local/lib", ".local/share/mise", ".local/share/uv", ".local/pipx", ".local/share/pipx"),
    *(".gitconfig", ".config/git/config", ".config/git/ignore", ".gitignore_global", ".editorconfig"),
)
"""What a confined process sees of the home folder: toolchains, and what git is told."""
CACHES = (
    *(".cargo/git", ".cargo/registry", "go/pkg", ".cache/go-build", ".cache/golangci-lint", ".cache/ccache", ".ccache"),
    *(".npm", ".cache/node", ".cache/node-gyp", ".cache/yarn", ".yarn/berry", ".cache/pnpm", ".local/share/pnpm"),
    *(".bun/install/cache", ".cache/deno", ".cache/Cypress", ".cache/ms-playwright", ".cache/puppeteer"),
    *(".cache/pip", ".cache/uv", ".cache/pdm", ".cache/pypoetry", ".cache/pre-commit"),
    *(".gradle", ".m2/repository", ".ivy2/cache", ".ivy2/local", ".sbt/boot", ".cache/coursier", ".konan"),
    *(".nuget/packages", ".local/share/NuGet", ".composer/cache", ".cache/composer", ".bundle/cache", ".gem"),
    *(".hex/packages", ".cabal/packages", ".stack", ".conan2/p", ".pub-cache/hosted", ".pub-cache/git"),
)
"""What else it sees of it, so that builds find what was fetched before. What it changes there goes when it ends."""
_AS_INSTALLED = {"GOTOOLCHAIN": "local"}
"""For what is let run because it only reads: it is the program that is installed, not one that files here name."""
MOST = 4096
"""Paths that rules may keep from a process; with more it does not start."""


class Running(Struct, frozen=True):
    """A process that was started, and what it cannot change; None where it is not confined."""

    process: _native.Process
    context: ToolContext
    bounds: Bounds | None = None
    mounted_on: tuple[str, ...] = ()
    """What was made in the scratch for something of the machine's to be mounted on."""

    def settle(self) -> str:
        """Once it is gone: set aside what it must not have made; a note for the model, or "". Blocks."""
        for path in self.mounted_on:
            with suppress(OSError):
                (os.rmdir if os.path.isdir(path) else os.unlink)(path)
        aside = "" if self.bounds is None else settled(self.bounds, self.context)
        notes = _refused(self.process), not_started(self.process, self.context), aside
        if self.bounds is not None and self.bounds.writable:
            remember_left(self.bounds.opened, self.context)
        return "\n".join(note for note in notes if note)

    async def settled(self) -> str:
        """The same, in a thread where it may block."""
        return await finished(self.settle) if self.bounds is not None else self.settle()

    async def explained(self, said: str, *, failed: bool) -> str:
        """What its sandbox has to do with what it said; a note for the model, or "". Looks at the disk."""
        bounds = self.bounds
        if bounds is None or not (bounds.missing or speaks_of_refusal(said)):
            return ""
        return await finished(lambda: explained(said, failed, bounds, self.context))


def start(
    shell: str,
    facts: Facts,
    context: ToolContext,
    terminal: tuple[int, int] | None = None,
    *,
    environment: dict[str, str] | None = None,
    stdin: bytes = b"",
    input: int | None = None,
    driver: str | None = None,
) -> Running:
    """Start the granted command with this shell, confined as its intent says. Blocks. With a `driver` that is run
    instead, and told the command.

    `terminal`: rows and columns of one of its own. `environment`: another one than the context's. `stdin`: what it
    reads, or `input`: the descriptor that it reads from. Raises ToolError; SandboxUnavailable where it cannot be
    confined so.
    """
    sandbox = facts.sandbox
    environment = context.environment if environment is None else environment
    if sandbox is None:
        return Running(
            _started(shell, facts, context, environment, terminal, stdin=stdin, input=input, driver=driver), context
        )
    bounds = _bounds(sandbox, context)
    scratch = _scratch(context) if sandbox.namespaces else None
    mounted_on = [real(path, context) for path in sorted(bounds.opened) if os.path.lexists(path)] if scratch else []
    missing = tuple(path for path in mounted_on if is_inside(path, scratch or "") and not os.path.lexists(path))
    confinement = _confinement(sandbox, bounds, context, scratch)
    told = {"TMPDIR": "/tmp", **({} if sandbox.writable else _AS_INSTALLED), **_of_git(facts, bounds, context)}
    environment = environment | told
    process = _started(shell, facts, context, environment, terminal, confinement, bounds, stdin, input, driver)
    return Running(process, context, bounds, missing)


def _scratch(context: ToolContext) -> str | None:
    """The session's own /tmp, as this process finds it. Raises ToolError."""
    try:
        return (context.scratch.make() or None) if context.scratch else None
    except OSError as error:
        raise ToolError(f"No folder for temporary files can be made: {error}.") from None


def _bounds(sandbox: Sandbox, context: ToolContext) -> Bounds:
    opened = frozenset(_absolute(sandbox.opened, context))
    missing = frozenset(path for path in opened if not is_inside(path, context.workspace) and not os.path.lexists(path))
    if not sandbox.writable:
        return Bounds(writable=False, opened=opened, missing=missing)
    repository = found(context.workspace, context.home, context.claw_home)
    apart = () if repository is None or is_inside(repository.git, context.workspace) else (repository.git,)
    shared = frozenset((*apart, *_parts(sandbox, context)))
    before = kept(context, opened, shared)
    ruled = frozenset(_named(sandbox.kept, [*writable(opened, context), *sorted(shared)], context)) - opened
    return Bounds(
        writable=True,
        protected=before.protected,
        closed=before.closed,
        bare=before.bare,
        shared=shared,
        identities=identities((*before.protected, *ruled)),
        contents=frozenset() if sandbox.namespaces else contents((*before.protected, *ruled)),
        ruled=ruled,
        rules=sandbox.kept,
        opened=opened,
        missing=missing,
    )


def _started(
    shell: str,
    facts: Facts,
    context: ToolContext,
    environment: dict[str, str],
    terminal: tuple[int, int] | None,
    confinement: _native.Confinement | None = None,
    bounds: Bounds | None = None,
    stdin: bytes = b"",
    input: int | None = None,
    driver: str | None = None,
) -> _native.Process:
    return _native.Process(
        facts.grant,
        shell=shell,
        cwd=context.workspace,
        env=environment,
        guard=context.guard,
        stdin=stdin,
        input=input,
        confinement=confinement,
        terminal=terminal,
        heir=cleanup(bounds, context) if bounds is not None and bounds.writable else None,
        denied=[(denied.rule, denied.source) for denied in facts.denied],
        driver=driver,
    )


def _refused(process: _native.Process) -> str:
    hosts = sorted({f"{host}:{port}" for host, port, passed in process.network_log() if not passed})
    return f"[claw did not let it reach {', '.join(hosts)}.]" if hosts else ""


def _confinement(sandbox: Sandbox, bounds: Bounds, context: ToolContext, scratch: str | None) -> _native.Confinement:
    readable, writable = _repository(sandbox, context)
    (writable if sandbox.writable else readable).extend(_parts(sandbox, context))
    hidden = _named(sandbox.hidden, [context.workspace, *readable, *writable, *_session(context)], context)
    hidden += _others(context)
    return _native.Confinement(
        workspace=context.workspace,
        home=context.home,
        claw_home=context.claw_home,
        writable=sandbox.writable,
        protected=sorted(bounds.protected | bounds.ruled | set(_of_other_trees(context))),
        hidden=[path for path in hidden if path not in bounds.opened],
        readable=[
            *_in_home(READABLE, context),
            *prefixes(context.environment.get("PATH", ""), context.home, context.changeable),
            *_own(context),
        ],
        layered=_in_home(CACHES, context),
        scratch=scratch,
        shown=[*readable, *context.plugins, *(() if sandbox.writable else sorted(bounds.opened))],
        writable_extra=sorted({*bounds.opened, *writable}) if sandbox.writable else [],
        network=list(sandbox.network),
        namespaces=sandbox.namespaces,
    )


def _session(context: ToolContext) -> list[str]:
    """The session's workspace and its work tree, where calls act elsewhere: rules hold there as well."""
    if not context.session:
        return []
    repository = found(context.session, context.home, context.claw_home)
    return [context.session, *([repository.top] if repository else [])]


def _others(context: ToolContext) -> list[str]:
    """Worktrees of other agents, where commands would see them: what rules keep from one lies in each of them."""
    if not context.trees or is_hidden(context.trees, context.home) or not os.path.isdir(context.trees):
        return []
    return [path for name in os.listdir(context.trees) if (path := os.path.join(context.trees, name)) != context.tree]


def _of_other_trees(context: ToolContext) -> Iterator[str]:
    """What git knows of the repository's other work trees, where calls act in a worktree of their own: the branch that
    each is on, as far as it has a file, its HEAD and its index. What is common, as objects are, is not among it.
    """
    repository = found(context.workspace, context.home, context.claw_home) if context.session else None
    if repository is None:
        return
    common, own = repository.git, own_directory(repository.top)
    linked = os.path.join(common, "worktrees")
    names = os.listdir(linked) if os.path.isdir(linked) else []
    others = [path for name in names if (path := os.path.join(linked, name)) != own]
    branches = (os.path.relpath(ref, at) for at in (common, *others) if (ref := named_path(at, "HEAD", "ref:")))
    for path in (os.path.join(common, name) for name in ("HEAD", "index", *others, *branches)):
        if os.path.lexists(path) and os.path.realpath(path) == path and is_inside(path, common):
            yield path


def _of_git(facts: Facts, bounds: Bounds, context: ToolContext) -> dict[str, str]:
    repository = found(context.workspace, context.home, context.claw_home)
    named = [os.path.join(context.workspace, fact.canonical) for fact in facts.paths if fact.directory]
    bare = bool(bounds.bare) or any(is_repository(folder) for folder in (context.workspace, *named))
    return git_environment.told(repository, bare, bounds.opened, facts.denied, context)


def _own(context: ToolContext) -> list[str]:
    """claw's own files, where they would not be seen."""
    own = git_environment.CLAW
    return [own] if is_hidden(own, context.home) and not is_inside(own, context.workspace) else []


def _repository(sandbox: Sandbox, context: ToolContext) -> tuple[list[str], list[str]]:
    """Of the workspace's repository what lies outside of it: what is seen, and what of that may be changed."""
    repository = found(context.workspace, context.home, context.claw_home)
    if repository is None:
        return [], []
    git = [] if is_inside(repository.git, context.workspace) else [repository.git]
    top = [] if repository.top == context.workspace else [repository.top]
    return [*top, *repository.alternates, *(() if sandbox.writable else git)], git if sandbox.writable else []


def _parts(sandbox: Sandbox, context: ToolContext) -> list[str]:
    """The folders that are taken for parts of the workspace, as long as they are there and nothing of claw's."""
    return [
        folder
        for folder in sandbox.directories
        if os.path.realpath(folder) == folder and os.path.isdir(folder) and not is_inside(folder, context.claw_home)
    ]


def _absolute(paths: Iterable[str], context: ToolContext) -> Iterator[str]:
    return (os.path.join(context.workspace, path) for path in paths)


def _named(patterns: tuple[str, ...], roots: list[str], context: ToolContext) -> list[str]:
    """What exists of what rules name, in these folders and in what is seen of home."""
    all_named: list[str] = []
    for root in (*roots, *_in_home((*READABLE, *CACHES), context)) if patterns else ():
        named = _native.matching(patterns, root, MOST)
        if named is None:
            raise ToolError(
                f"The rules keep more than {MOST} paths below {root} from commands, which no sandbox can hold.",
                hint="Name folders instead of single files in the deny and ask rules for Read and Edit.",
            )
        all_named += named
    # A rule speaks of files, and these are the same ones.
    return all_named + _native.other_names(all_named, context.workspace) if all_named else all_named


def _in_home(names: Iterable[str], context: ToolContext) -> list[str]:
    paths = (os.path.join(context.home, name) for name in names)
    return [path for path in paths if os.path.lexists(path)]
