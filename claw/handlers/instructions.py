"""Instruction files: those that there are, or what has changed of them since the agent was told."""

from __future__ import annotations

import os
from collections.abc import Iterator

import anyio
from msgspec import Struct
from msgspec.structs import replace

from claw._native import PathPatterns
from claw.errors import ClawError
from claw.events.base import INLINE_LIMIT, Blob, Content, Intent
from claw.events.context import InstructionFile, InstructionsFound, InstructionsRequested
from claw.execution.context import ToolContext
from claw.execution.files import read_whole
from claw.execution.masking import masked
from claw.execution.threads import finished
from claw.handlers.base import Blobs, Call, Handler
from claw.handlers.instruction_files import Reader
from claw.handlers.instruction_search import MANAGED, Places, Search
from claw.late import load


class Variables(Struct, frozen=True):
    """What the environment says of where they lie; empty: nothing. `added`: those of folders that settings add to the
    workspace count, too.
    """

    config: str = ""
    codex: str = ""
    added: bool = False
    excluded: tuple[str, ...] = ()
    """Patterns of the paths of files that are left out, as settings have them."""


USUAL = Variables()
MOST_SKIPPED = 100
"""Sentences on files that are left out."""


class InstructionsHandler(Handler):
    """Reads them; a file that cannot be read is skipped and named. `managed` are the folders of the administrator, who
    has the user id `owner`.
    """

    intents: frozenset[type[Intent]] = frozenset({InstructionsRequested})

    def __init__(
        self,
        context: ToolContext,
        blobs: Blobs,
        variables: Variables = USUAL,
        managed: tuple[str, ...] = MANAGED,
        owner: int = 0,
    ) -> None:
        self._context = context
        self._blobs = blobs
        self._added = variables.added
        home = os.path.realpath(context.home)
        self._places = Places(
            home=home,
            config=os.path.realpath(variables.config or os.path.join(home, ".config")),
            codex=os.path.realpath(variables.codex or os.path.join(home, ".codex")),
            managed=managed,
            owner=owner,
            excluded=PathPatterns(variables.excluded) if variables.excluded else None,
        )
        self._is_complete = False
        self._reader = Reader()
        self._named: dict[str, None] = {}
        """What was said of files that were left out."""

    async def perform(self, call: Call) -> None:
        intent = call.intent
        assert isinstance(intent, InstructionsRequested)
        with anyio.CancelScope(shield=True):
            try:
                found = await finished(lambda: self._found(call.seq, intent))
            except Exception as error:  # noqa: BLE001 - a session without its instructions still is one
                why = masked(f"Instructions could not be read: {type(error).__name__}: {error}", self._context)
                partly = bool(intent.known or intent.waiting or intent.behind)
                found = InstructionsFound(call=call.seq, files=(), skipped=(why,), partly=partly, behind=intent.behind)
            call.emit(found)

    def _found(self, call: int, intent: InstructionsRequested) -> InstructionsFound:
        context = self._context.at(intent.workspace)
        search = Search(context, self._reader, self._known_places(), counting=frozenset(intent.rules))
        search.everywhere(added=self._added)
        for folder in intent.folders:
            search.below(folder)
        more = len(search.skipped) - MOST_SKIPPED
        rest = [f"{more} more files do not count, or not all of them."] if more > 0 else []
        skipped = [masked(line, self._context) for line in (*search.skipped[:MOST_SKIPPED], *rest)]
        files, rules, partly = search.files, search.rules, intent.behind or bool(intent.known or intent.waiting)
        gone: tuple[str, ...] = ()
        dropped: tuple[str, ...] = ()
        if partly:
            skipped = [line for line in skipped if line not in self._named]
            if intent.why == "touch":
                files, rules = list(_touched(files, intent)), [rule for rule in rules if rule.folder in intent.folders]
            else:
                there, waiting = {file.path for file in files}, {rule.path for rule in rules}
                gone = tuple(path for path in intent.known if path not in there)
                dropped = tuple(path for path in (*intent.waiting, *intent.rules) if path not in waiting)
            files = [
                replace(file, replaces=intent.known.get(file.path, ""))
                for file in files
                if file.digest != intent.known.get(file.path)
            ]
            waited = (rule for rule in rules if rule.path not in intent.rules or intent.why == "touch")
            rules = [rule for rule in waited if rule.digest != intent.waiting.get(rule.path)]
        self._named |= dict.fromkeys(skipped)
        return InstructionsFound(
            call=call,
            files=tuple(replace(file, text=self._stored(file)) for file in files),
            skipped=tuple(skipped),
            rules=tuple(rules),
            gone=gone,
            dropped=dropped,
            partly=partly,
            behind=intent.behind,
        )

    def _known_places(self) -> Places:
        """With the names that Codex is told of in its settings, which are looked at the first time."""
        if not self._is_complete:
            self._places = replace(self._places, instead=_fallbacks(os.path.join(self._places.codex, "config.toml")))
            self._is_complete = True
        return self._places

    def _stored(self, file: InstructionFile) -> Content:
        assert isinstance(file.text, str), "a search gives texts inline"
        data = file.text.encode()
        if len(data) <= INLINE_LIMIT:
            return file.text
        self._blobs.put(data)
        return Blob(digest=file.digest, size=len(data))


def _fallbacks(path: str) -> tuple[str, ...]:
    """Names of files that Codex reads instead of `AGENTS.md`; none where its settings cannot be read, or name none."""
    try:
        data = read_whole(path).data
        if b"project_doc_fallback_filenames" not in data:
            return ()
        names = load("tomllib").loads(data.decode())["project_doc_fallback_filenames"]
    except (ClawError, OSError, ValueError, KeyError):
        return ()
    plain = [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
    return tuple(name for name in plain if name and "\0" not in name and os.path.basename(name) == name)


def _touched(files: list[InstructionFile], intent: InstructionsRequested) -> Iterator[InstructionFile]:
    """Those that count because of the folders and rules of the intent, and whose words are not known."""
    taken: set[str] = set()
    for file in files:
        if file.folder in intent.folders or file.path in intent.rules or file.imported_by in taken:
            taken.add(file.path)
            if file.digest not in intent.known.values():
                yield file
