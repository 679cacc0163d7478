"""Which instruction files there are, outermost first, each with what it imports behind it, and the same words once."""

from __future__ import annotations

import os
import stat
from collections import deque
from collections.abc import Iterator

from msgspec import Struct, field

from claw._native import PathPatterns, blake3
from claw.events.context import InstructionFile, InstructionRule, Scope
from claw.execution.context import ToolContext
from claw.execution.links import is_inside
from claw.execution.paths import shown
from claw.handlers.instruction_files import Reader, Said, Unusable

MANAGED = ("/etc/claw", "/etc/claude-code")
"""Folders of the machine's administrator's."""
AGENTS = ("AGENTS.override.md", "AGENTS.md")
"""The first of a folder that holds something counts, as in Codex."""
DEPTH = 5
"""Imports of imports that are followed."""
TOTAL_LIMIT = 512 * 1024
"""Characters that are taken in all."""
TOUCHED_LIMIT = 128 * 1024
"""Characters that are taken of a folder in which something was touched."""
MOST_FILES = 2_000
"""Files that are read."""
MOST_FOLLOWED = 10_000
"""Words of all of them that are looked at as paths."""
MOST_RULES = 500
"""Rules of one folder that are read."""
MOST_ENTRIES = 20_000
"""Entries of such a folder, and of all below, that are looked at."""


class Places(Struct, frozen=True):
    """Where what is not the workspace's lies: canonical folders. `owner` is the user id of the administrator."""

    home: str
    config: str
    codex: str
    managed: tuple[str, ...] = MANAGED
    owner: int = 0
    instead: tuple[str, ...] = ()
    """Names of files that count where a folder has no `AGENTS.md`."""
    excluded: PathPatterns | None = None
    """What the user does not want to count, by absolute path: anything but what is the administrator's."""

    def leave_out(self, path: str) -> bool:
        """Whether this file is left out, by the name that it has here or by the one that it really has."""
        if self.excluded is None:
            return False
        names = dict.fromkeys((os.path.normpath(path), os.path.realpath(path)))
        return any(self.excluded.name(name.removeprefix("/")) for name in names)


class Search(Struct):
    """What was found so far; texts are inline, however long. `counting`: paths of the rules that are for some files, of
    which one was touched.
    """

    context: ToolContext
    reader: Reader
    places: Places
    counting: frozenset[str] = frozenset()
    files: list[InstructionFile] = field(default_factory=list)
    rules: list[InstructionRule] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    _limit: int = TOTAL_LIMIT
    _taken: int = 0
    _followed: int = 0
    _root: str = ""
    """The outermost folder whose instructions count."""
    _seen: dict[str, None] = field(default_factory=dict)
    _words: dict[str, None] = field(default_factory=dict)
    _folders: dict[str, str] = field(default_factory=dict)
    """Canonical paths of folders."""

    # --- where they lie ---

    def everywhere(self, *, added: bool) -> None:
        """Those that count for all work here. `added`: those of the folders that settings add to the workspace, too."""
        places = self.places
        for folder in places.managed:
            self._managed(folder, places.owner)
        home = places.home
        self.take(os.path.join(home, ".claude", "CLAUDE.md"), "user", home)
        self._rules(os.path.join(home, ".claude", "rules"), "user", home, self.context.workspace, "")
        bound = home if is_inside(places.config, home) else places.config
        self.take(os.path.join(places.config, "claw", "AGENTS.md"), "user", bound)
        self._agents(places.codex, "user", home if is_inside(places.codex, home) else places.codex, "")
        self._root, folders = project_folders(self.context.workspace, home)
        for folder in folders:
            # Without a repository nobody knows which folders above belong together.
            self._project(folder, self._root if _is_repository(self._root) else folder, "")
        for folder in self.context.roots[1:] if added else ():
            self._project(folder, folder, "")

    def below(self, name: str) -> None:
        """Those of a folder of the workspace, by its name there, in which something was touched: after `everywhere`."""
        workspace = self.context.workspace
        folder = os.path.join(workspace, name)
        if os.path.realpath(folder) != folder or not os.path.isdir(folder):
            return
        if _is_open(folder) and not _is_open(workspace):
            self.skipped.append(f"The instructions in {name} do not count: anyone may write there.")
            return
        self._limit, self._taken = TOUCHED_LIMIT, 0
        bound = folder
        while bound != self._root and not _is_repository(bound):
            bound = os.path.dirname(bound)
        self._project(folder, bound if _is_repository(bound) else folder, name)

    def _managed(self, folder: str, owner: int) -> None:
        path = os.path.join(folder, "CLAUDE.md")
        for place in (folder, path, os.path.join(folder, ".claude"), os.path.join(folder, ".claude", "rules")):
            try:
                found = os.stat(place)
            except OSError:
                if place == folder:
                    return
                continue
            if found.st_uid != owner or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
                self.skipped.append(f"{place} does not count: others than the administrator can write to it.")
                return
        self.take(path, "managed", folder)
        self._rules(os.path.join(folder, ".claude", "rules"), "managed", folder, self.context.workspace, "")

    def _project(self, folder: str, bound: str, name: str) -> None:
        """Those of one folder; `name` is as in `InstructionFile.folder`."""
        self.take(os.path.join(folder, "CLAUDE.md"), "project", bound, folder=name)
        self.take(os.path.join(folder, ".claude", "CLAUDE.md"), "project", bound, folder=name)
        self._agents(folder, "project", bound, name)
        self._rules(os.path.join(folder, ".claude", "rules"), "project", bound, folder, name)
        self.take(os.path.join(folder, "CLAUDE.local.md"), "project", bound, folder=name)

    def _agents(self, folder: str, scope: Scope, bound: str, name: str) -> None:
        paths = [os.path.join(folder, one) for one in (*AGENTS, *(self.places.instead if scope == "project" else ()))]
        path = next((one for one in paths if _holds_something(one) and not self.places.leave_out(one)), None)
        if path is not None:
            self.take(path, scope, bound, folder=name)

    def _rules(self, folder: str, scope: Scope, bound: str, base: str, name: str) -> None:
        """All rules below this folder. Their patterns start at `base`."""
        if not os.path.isdir(folder):
            return
        there = shown(folder, self.context)
        if scope == "project" and not is_inside(os.path.realpath(folder), bound):
            self.skipped.append(f"{there} leads out of {bound}.")
            return
        paths = self._markdown(folder, bound if scope == "project" else "")
        if len(paths) > MOST_RULES:
            self.skipped.append(f"There are {len(paths)} rules in {there}; the first {MOST_RULES} by name count.")
        start = "" if base == self.context.workspace else shown(base, self.context)
        for path in paths[:MOST_RULES]:
            self.take(path, scope, bound, folder=name, base=start)

    def _markdown(self, folder: str, bound: str) -> list[str]:
        """Paths of the Markdown files in a folder and all below, sorted. Links to folders are followed in `bound`."""
        waiting, seen, looked = deque([folder]), {os.path.realpath(folder)}, 0
        found: list[str] = []
        while waiting:
            for entry in self._entries(waiting.popleft()):
                looked += 1
                if looked > MOST_ENTRIES:
                    self.skipped.append(f"{shown(folder, self.context)} is too large; only a part of it counts.")
                    return sorted(found)
                if not (os.path.isdir(entry.path) if entry.is_symlink() else entry.is_dir()):
                    found += [entry.path] if entry.name.endswith(".md") else []
                elif (real := os.path.realpath(entry.path)) not in seen:
                    seen.add(real)
                    if bound and not is_inside(real, bound):
                        self.skipped.append(f"{shown(entry.path, self.context)} leads out of {bound}.")
                    else:
                        waiting.append(entry.path)
        return sorted(found)

    def _entries(self, folder: str) -> Iterator[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as entries:
                yield from entries
        except OSError as error:
            self.skipped.append(f"{shown(folder, self.context)}: {error.strerror}.")

    # --- what they say ---

    def take(
        self,
        path: str,
        scope: Scope,
        bound: str,
        *,
        folder: str = "",
        base: str | None = None,
        by: InstructionFile | None = None,
        depth: int = 0,
    ) -> None:
        """Take the file, if there is one that was not seen yet, and then what it imports.

        It must lie in `bound`; only the user's own files may be links to wherever the user likes. What rules keep from
        being read, by the name it has here or by the one it really has, is not taken, and neither are credentials.
        `base`: it is a rule, whose patterns start there; `by`: the file that imports it.
        """
        canonical, written = self._canonical(path), os.path.normpath(path)
        if not canonical or canonical in self._seen or (scope != "managed" and self.places.leave_out(path)):
            return
        name, own = shown(written, self.context), scope == "user" and not by
        if not own and not is_inside(canonical, bound):
            # By another way it may be reached all the same.
            self._skip(f"{name} leads out of {bound}.")
            return
        self._seen[canonical] = None
        if len(self._seen) > MOST_FILES:
            self._skip(f"There are more than {MOST_FILES} instruction files; the rest does not count.")
            return
        said = self._said(canonical, written, name, rule=base is not None)
        if said is None:
            return
        paths = by.paths if by else said.paths
        if base is not None and paths:
            digest = blake3("\n".join((said.digest, base, *paths)).encode())
            self.rules.append(
                InstructionRule(path=name, scope=scope, digest=digest, paths=paths, base=base, folder=folder)
            )
            if name not in self.counting:
                return
        file = InstructionFile(
            path=name,
            scope=scope,
            digest=said.digest,
            text=said.text,
            imported_by=by.path if by else "",
            folder=folder,
            paths=paths,
        )
        self._add(file, said)
        if depth < DEPTH and (by or base is not None or os.path.basename(path).startswith("CLAUDE")):
            for imported in said.imports:
                self._follow(imported, os.path.dirname(canonical), bound, file, depth + 1)

    def _canonical(self, path: str) -> str:
        """Where this path leads; empty: to nothing. Of a folder that is found out once."""
        try:
            is_link = stat.S_ISLNK(os.lstat(path).st_mode)
        except (OSError, ValueError):
            return ""
        folder, name = os.path.split(path)
        if is_link or name in ("", os.curdir, os.pardir):
            return os.path.realpath(path) if os.path.exists(path) else ""
        if folder not in self._folders:
            self._folders[folder] = os.path.realpath(folder)
        return os.path.join(self._folders[folder], name)

    def _skip(self, sentence: str) -> None:
        if sentence not in self.skipped:
            self.skipped.append(sentence)

    def _said(self, canonical: str, written: str, name: str, *, rule: bool) -> Said | None:
        """What the file says; None, and a reason kept, where that is not to be known."""
        if not name.isprintable():
            self.skipped.append(f"{name!r} has a name that cannot be shown.")
            return None
        if not all(self.reader.may_read(seen, self.context) for seen in dict.fromkeys((canonical, written))):
            self.skipped.append(f"{name} is kept from being read by a rule, or can hold keys, tokens or passwords.")
            return None
        try:
            said = self.reader.read(canonical, name, self.context, rule=rule)
        except Unusable as why:
            self.skipped.append(str(why))
            return None
        self.skipped += said.notes
        return said

    def _add(self, file: InstructionFile, said: Said) -> None:
        if said.words in self._words or not said.text.strip():
            return
        if self._taken + len(said.text) > self._limit:
            self.skipped.append(f"{file.path} is left out: instructions are {self._taken} characters long without it.")
            return
        self._taken += len(said.text)
        self._words[said.words] = None
        self.files.append(file)

    def _follow(self, imported: str, origin: str, bound: str, by: InstructionFile, depth: int) -> None:
        self._followed += 1
        if self._followed > MOST_FOLLOWED:
            self._skip(f"There are more than {MOST_FOLLOWED} imports; the rest is not followed.")
            return
        for written in dict.fromkeys((imported, imported.rstrip(".,;:!?)"))):
            path = self.context.home + written[1:] if written.startswith("~/") else os.path.join(origin, written)
            if "\0" not in path and os.path.isfile(path):
                self.take(path, by.scope, bound, folder=by.folder, by=by, depth=depth)
                return


def _holds_something(path: str) -> bool:
    try:
        state = os.stat(path)
    except OSError:
        return False
    return state.st_size > 0 or not stat.S_ISREG(state.st_mode)


def _is_open(folder: str) -> bool:
    """Whether anyone may write there."""
    return bool(os.stat(folder).st_mode & stat.S_IWOTH)


def _is_repository(folder: str) -> bool:
    return os.path.lexists(os.path.join(folder, ".git"))


def project_folders(workspace: str, home: str) -> tuple[str, list[str]]:
    """The outermost folder whose instructions count, and all from there down to the workspace.

    That is the root of the git repository; without one, in the home directory, the folder below home. Above the
    workspace no folder counts in which another user may write, such as /tmp.
    """
    owners = {os.getuid(), os.stat(workspace).st_uid}
    folders = [workspace]
    while not _is_repository(folders[-1]):
        above = os.path.dirname(folders[-1])
        if above == home:
            break
        state = os.stat(above)
        if above == folders[-1] or state.st_uid not in owners or state.st_mode & stat.S_IWOTH:
            folders = [workspace]
            break
        folders.append(above)
    return folders[-1], folders[::-1]
