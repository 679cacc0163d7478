"""apply_patch: several files changed by one patch, all of them or none."""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from claw.errors import ToolError
from claw.events.tool import PathFact
from claw.execution.context import Facts, ToolContext
from claw.execution.files import Change, File, read_whole, write_all
from claw.execution.masking import masked, must_not_write_masks
from claw.execution.paths import judged, shown
from claw.execution.threads import finished
from claw.tools.acts.read import similar
from claw.tools.apply_patch import ApplyPatchArguments
from claw.tools.arguments import parsed
from claw.tools.base import Outcome, Report
from claw.tools.fitting import Fit, fits
from claw.tools.patch import Add, Delete, Step, Update, steps
from claw.tools.read_marks import knows, left, remember
from claw.tools.text import NEW, Text, decoded, encoded, following, must_not_write_stand_ins, shown_text

UNCHANGED = "No file was changed."


async def run(arguments: dict[str, Any], facts: Facts, context: ToolContext, report: Report) -> Outcome:
    wanted = parsed("apply_patch", ApplyPatchArguments, arguments)
    return Outcome(await finished(lambda: _Patch(facts, context).apply(steps(wanted.input))))


class _Now(Struct):
    """A file as the patch has it by now. `old` is what was there before it; `data` None: there is none by now."""

    fact: PathFact
    path: str
    name: str
    old: File | None
    data: bytes | None
    text: Text | None
    mode: int | None = None
    whole: bool = False
    """The agent knows all that it holds."""
    gone: bool = False
    """A step has removed it."""


class _Patch:
    """Every step is tried on what the files hold, in memory; then all of them are written at once."""

    def __init__(self, facts: Facts, context: ToolContext) -> None:
        self._facts = facts
        self._context = context
        self._by_given = {fact.given: fact for fact in facts.paths}
        self._files: dict[str, _Now] = {}
        self._told: list[str] = []
        self._notes: list[str] = []

    def apply(self, wanted: tuple[Step, ...]) -> str:
        try:
            for step in wanted:
                self._try(step)
            self._must_be_files_of_their_own()
        except ToolError as error:
            raise ToolError(f"{error.message}\n{UNCHANGED}") from None
        changes = [
            Change(file.fact.canonical, file.data, file.old.stat if file.old else None, file.mode, file.path)
            for file in self._files.values()
            if file.data != (file.old.data if file.old else None)
        ]
        self._write(changes)
        for file in self._files.values():
            self._remember(file)
        return "\n".join(["Success. Updated the following files:", *self._told, *self._notes])

    def _try(self, step: Step) -> None:
        match step:
            case Add():
                self._add(step)
            case Delete():
                file = self._there(step.path)
                file.data, file.text, file.gone = None, None, True
                self._told.append(f"D {file.name}")
            case Update():
                self._update(step)

    # --- one step --------------------------------------------------------------------------------------------------

    def _add(self, step: Add) -> None:
        file = self._file(step.path)
        if file.data is not None:
            self._must_know(file, "Update it instead, or delete it first in the same patch")
        must_not_write_masks(file.text.text if file.text else "", step.content)
        file.data, file.text = _encoded(file.text or NEW, step.content, file.name)
        file.whole = True
        self._told.append(f"{'M' if file.old else 'A'} {file.name}")

    def _update(self, step: Update) -> None:
        file = self._there(step.path)
        data, text = file.data, file.text
        if step.hunks:
            if text is None:
                raise ToolError(f"{file.name} is not text in a known encoding. Use Bash to change it.")
            data, text = _encoded(text, self._patched(file, text, step), file.name)
        if not step.to:
            file.data, file.text = data, text
            self._told.append(f"M {file.name}")
            return
        target = self._file(step.to)
        if target is not file:
            if target.data is not None:
                self._must_know(target, "Choose another path, or delete it first in the same patch")
            target.mode = file.mode if file.old is None else file.old.stat.st_mode
            target.whole = file.whole
            file.data, file.text, file.gone = None, None, True
        target.data, target.text = data, text
        self._told.append(f"M {target.name} (moved from {file.name})")

    def _patched(self, file: _Now, text: Text, step: Update) -> str:
        lines, ends = _lines(text.text)
        plain = shown_text(text.text)
        seen, _ = _lines(masked(plain, self._context))
        if len(seen) != len(lines):
            seen, _ = _lines(plain)
        found = fits(step.hunks, lines, seen, file.name)
        added = "\n".join(line for hunk in step.hunks for sign, line in hunk.lines if sign == "+")
        must_not_write_masks(text.text, added)
        must_not_write_stand_ins(text, added)
        for fit in found:
            if fit.but:
                self._notes.append(f"({file.name}, hunk {fit.hunk.number}: matched but for {fit.but}.)")
        return _replaced(lines, ends, found)

    # --- the files ---------------------------------------------------------------------------------------------------

    def _there(self, given: str) -> _Now:
        file = self._file(given)
        if file.data is None:
            gone = ": this patch has removed or moved it" if file.gone else ""
            raise ToolError(f"{file.name} does not exist{gone}.{'' if gone else similar(file.path, self._context)}")
        return file

    def _file(self, given: str) -> _Now:
        fact = self._by_given[given]
        path = judged(fact, self._context)
        if path not in self._files:
            name = shown(path, self._context)
            old = self._read(path, name, fact)
            whole = old is not None and knows(path, old.data, self._context, self._facts.agent)
            data = old.data if old else None
            text = decoded(old.data) if old else None
            self._files[path] = _Now(fact, path, name, old, data, text, whole=whole)
        return self._files[path]

    def _read(self, path: str, name: str, fact: PathFact) -> File | None:
        try:
            if fact.given.endswith("/"):
                raise IsADirectoryError(path)
            return read_whole(path)
        except FileNotFoundError:
            return None
        except IsADirectoryError:
            raise ToolError(f"{name} is a folder, not a file.") from None
        except OSError as error:
            raise ToolError(f"{name} cannot be read: {error.strerror}.") from None

    def _must_know(self, file: _Now, instead: str) -> None:
        """Raises ToolError for a file whose content would be lost, unless the agent has read it as it is."""
        if not file.whole:
            raise ToolError(f"{file.name} exists, and you have not read it as it is now. {instead}.")

    def _must_be_files_of_their_own(self) -> None:
        by_identity: dict[tuple[int, int], str] = {}
        for file in self._files.values():
            if file.old is not None:
                identity = file.old.stat.st_dev, file.old.stat.st_ino
                other = by_identity.setdefault(identity, file.name)
                if other != file.name:
                    raise ToolError(f"{other} and {file.name} are one file (a hard link). Change it under one name.")

    def _write(self, changes: list[Change]) -> None:
        try:
            write_all(self._facts.grant, changes, self._context.workspace)
        except ToolError as error:
            raise ToolError(f"{error.message} {UNCHANGED}") from None
        except IsADirectoryError as error:
            raise ToolError(f"{self._named(error)} is a folder, not a file. {UNCHANGED}") from None
        except OSError as error:
            raise ToolError(f"{self._named(error)} cannot be changed: {error.strerror}. {UNCHANGED}") from None

    def _named(self, error: OSError) -> str:
        return shown(str(error.filename), self._context)

    def _remember(self, file: _Now) -> None:
        if file.data is None:
            left(file.path, None, self._context, self._facts.agent)
        elif file.whole:
            remember(file.path, file.data, self._context, self._facts.agent)
        else:
            left(file.path, file.data, self._context, self._facts.agent)


def _encoded(old: Text, text: str, name: str) -> tuple[bytes, Text]:
    """Another text in the place of the old one, as the file is encoded."""
    return encoded(old, text, name), replace(following(old, text), text=text)


def _lines(text: str) -> tuple[list[str], list[str]]:
    """The lines, and the end of each: CRLF, LF, or none behind the last."""
    pieces = text.split("\n")
    last = pieces.pop()
    crlf = [piece.endswith("\r") for piece in pieces]
    lines = [piece[:-1] if ends else piece for piece, ends in zip(pieces, crlf, strict=True)]
    ends = ["\r\n" if one else "\n" for one in crlf]
    return ([*lines, last], [*ends, ""]) if last else (lines, ends)


def _replaced(lines: list[str], ends: list[str], found: list[Fit]) -> str:
    """The text with its hunks; lines that stay are as they were, to the byte, and new ones end as those around them."""
    usual = ends[0] if ends and ends[0] else "\n"
    out: list[str] = []
    at = 0
    for fit in found:
        out += map("".join, zip(lines[at : fit.start], ends[at : fit.start], strict=True))
        at = fit.start
        for sign, text in fit.hunk.lines:
            if sign == "+":
                if out and not out[-1].endswith("\n"):
                    out[-1] += usual
                above = ends[at - 1] if at else ends[0] if ends else usual
                out.append(text.removesuffix("\r") + (above or usual))
            elif at < fit.stop:
                if sign == " ":
                    out.append(lines[at] + ends[at])
                at += 1
    out += map("".join, zip(lines[at:], ends[at:], strict=True))
    return "".join(out)
