"""Tools of third parties: found among the entry points of claw's own environment, and made fit for a session.

They run in claw's process, because the person has named them. What is wrong with one is said, and costs no other.
"""

from __future__ import annotations

import asyncio
import re
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from importlib import metadata
from typing import Any, TextIO, TypeAlias, get_args

import anyio
from msgspec import Struct, field

from claw.errors import ToolError
from claw.events.tools import Shown, ToolSpec, Traits
from claw.execution.context import Facts, ToolContext
from claw.execution.paths import judged
from claw.tools import DEFERRED, OFFERED
from claw.tools.added import AddedFootprint, AddedTool, Call
from claw.tools.arguments import Arguments, parsed, schema_of
from claw.tools.base import Declared, Outcome, Report, Tool

GROUP = "claw.tools"
"""The group of entry points."""
LOADING_S = 10.0
"""Seconds that a tool may take to be imported and made."""
PATIENCE_S = 2.0
"""Seconds that a call has to end once nobody waits for it."""
MOST_DESCRIBED = 8_000
"""Characters of a description."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")


class Named(Struct, frozen=True):
    """What somebody has named: `package:name`, or `package` for all that it offers; and where."""

    text: str
    source: str


class Found(Struct):
    """The tools by package, and a sentence for each that is left out."""

    tools: dict[str, tuple[Declared, ...]] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)


class _LeftOut(Exception):
    """Why a tool is left out."""


def find(names: Iterable[Named]) -> Found:
    """The tools of these names. Imports them, for that they are there. Raises nothing."""
    found = Found()
    taken = {name.lower() for name in (*OFFERED, *DEFERRED)}
    done: set[str] = set()
    for named in names:
        try:
            for package, entry in _entries(named.text):
                if entry.value in done:
                    continue
                done.add(entry.value)
                try:
                    tool = _added(entry)
                    if tool.spec.name.lower() in taken:
                        raise _LeftOut(f"there is another tool of the name {tool.spec.name}")
                except _LeftOut as error:
                    found.left_out.append(f"{named.source}: the tool {package}:{entry.name} is left out: {error}.")
                    continue
                taken.add(tool.spec.name.lower())
                found.tools[package] = (*found.tools.get(package, ()), tool)
        except _LeftOut as error:
            found.left_out.append(f"{named.source}: the tools {named.text} are left out: {error}.")
    return found


def _entries(text: str) -> Iterator[tuple[str, metadata.EntryPoint]]:
    """The package's name, and each entry point that is meant. Raises _LeftOut."""
    package, _, wanted = (part.strip() for part in text.partition(":"))
    try:
        distribution = metadata.distribution(package)
        offered = [entry for entry in distribution.entry_points if entry.group == GROUP]
    except metadata.PackageNotFoundError:
        raise _LeftOut(f"claw's own environment ({sys.prefix}) has no package {package}") from None
    except Exception as error:  # noqa: BLE001 - whatever its metadata are
        raise _LeftOut(f"its metadata cannot be read: {_told(error)}") from None
    meant = [entry for entry in offered if wanted in ("", entry.name)]
    if not meant:
        names = ", ".join(entry.name for entry in offered) or "none"
        what = f"no tool {wanted}" if wanted else "no tools"
        raise _LeftOut(f"the package {package} has {what} (entry points of the group {GROUP}: {names})")
    yield from ((package, entry) for entry in meant)


def _added(entry: metadata.EntryPoint) -> Added:
    """The tool of an entry point. Raises _LeftOut."""

    def make() -> object:
        what = entry.load()
        return what() if isinstance(what, type) else what

    made, error = _Thread(make).result(LOADING_S)
    if error is not None:
        raise _LeftOut(_told(error))
    if not isinstance(made, AddedTool):
        raise _LeftOut(f"{entry.value} is no claw.tools.added.AddedTool")
    try:
        return Added(made)
    except _LeftOut:
        raise
    except Exception as wrong:  # noqa: BLE001 - whatever is wrong with what it declares
        raise _LeftOut(f"what it declares cannot be read: {_told(wrong)}") from None


def _told(error: BaseException) -> str:
    said = " ".join(f"{type(error).__name__}: {error}".split()).rstrip(".: ")
    return said if len(said) <= 200 else f"{said[:200]}…"


class Added(Tool):
    """A third party's tool as others see it. Raises _LeftOut for what it may not declare, and anything for what cannot
    be read.
    """

    def __init__(self, tool: AddedTool) -> None:
        self._tool = tool
        self._late: _Thread | None = None
        self.arguments = tool.arguments
        self.spec = _spec(tool)

    async def run(self, arguments: dict[str, Any], facts: Facts, context: ToolContext, report: Report) -> Outcome:
        if self._late is not None and self._late.is_alive():
            raise ToolError(f"{self.spec.name} still hangs in an earlier call. It can be called once that has ended.")
        wanted = parsed(self.spec.name, self._tool.arguments, arguments)
        stop = threading.Event()
        paths = {fact.parameter: judged(fact, context) for fact in facts.paths}
        call = Call(context.workspace, paths, stop.is_set)
        thread = _Thread(lambda: self._tool.run(wanted, call))
        try:
            with anyio.move_on_after(self._tool.seconds):
                await thread.ended()
        finally:
            stop.set()
            with anyio.CancelScope(shield=True), anyio.move_on_after(PATIENCE_S):
                await thread.ended()
            self._late = thread
        if thread.is_alive():
            raise ToolError(f"{self.spec.name} was given up: it did not end within {self._tool.seconds:g} s.")
        return _outcome(self.spec.name, *thread.result(0))


def _outcome(name: str, result: object, error: BaseException | None) -> Outcome:
    """Raises ToolError."""
    if isinstance(error, ToolError):
        raise error
    if error is not None:
        raise ToolError(f"{name} failed: {_told(error)}.")
    if not isinstance(result, str):
        raise ToolError(f"{name} gave back {type(result).__name__} where a text is to be.")
    return Outcome(result.encode(errors="replace").decode())


def _spec(tool: AddedTool) -> ToolSpec:
    """Raises _LeftOut, and anything for what cannot be read."""
    name, description, footprint = tool.name, tool.description, tool.footprint
    if not isinstance(name, str) or not _NAME.fullmatch(name) or name.startswith("mcp__"):
        raise _LeftOut(f"{name!r:.80} cannot be the name of a tool")
    if not isinstance(description, str) or not 0 < len(description) <= MOST_DESCRIBED:
        raise _LeftOut(f"its description must be a text of at most {MOST_DESCRIBED} characters")
    if footprint not in get_args(AddedFootprint):
        raise _LeftOut(f"its footprint is {footprint!r:.80}; one of {', '.join(get_args(AddedFootprint))} is to be")
    if not (isinstance(tool.arguments, type) and issubclass(tool.arguments, Arguments)):
        raise _LeftOut("its arguments are no claw.tools.added.Arguments")
    described = description.encode(errors="replace").decode()
    paths = tuple(tool.paths)
    known = tool.arguments.__struct_fields__
    unknown = [one for one in (*paths, *filter(None, [tool.url])) if one not in known]
    if unknown:
        raise _LeftOut(f"it has no argument {unknown[0]!r:.80}")
    if footprint == "write" and not paths:
        raise _LeftOut("it writes, and names no argument that is a path")
    if isinstance(tool.seconds, bool) or not isinstance(tool.seconds, int | float) or not tool.seconds > 0:
        raise _LeftOut("its seconds must be a number above 0")
    traits = Traits(
        footprint=footprint,
        subject="path" if paths else "url" if tool.url else "none",
        argument="" if paths else tool.url,
        paths=paths,
        limit=None if tool.limit is None else max(1, int(tool.limit)),
        shown=Shown(line=(*paths, tool.url)[0]),
    )
    deferred = None if tool.deferred is None else bool(tool.deferred)
    schema = schema_of(tool.arguments)
    return ToolSpec(name=name, description=described, schema=schema, traits=traits, deferred=deferred)


# --- threads that may hang -------------------------------------------------------------------------------------------

_Result: TypeAlias = tuple[object, BaseException | None]


class _Thread(threading.Thread):
    """Work that may block for ever: nobody has to wait for its end. What it prints goes nowhere."""

    def __init__(self, work: Callable[[], object]) -> None:
        super().__init__(name="claw-added-tool", daemon=True)
        self._work = work
        self._came: _Result = None, TimeoutError("it did not end")
        _Apart.hush()
        self.start()

    def run(self) -> None:
        try:
            self._came = self._work(), None
        except BaseException as error:  # noqa: BLE001 - SystemExit as well: whatever is wrong with it ends nothing else
            self._came = None, error

    def result(self, seconds: float) -> _Result:
        """What it came to within this time: a value, or an error. Blocks."""
        self.join(seconds)
        return (None, TimeoutError(f"it did not end within {seconds:g} s")) if self.is_alive() else self._came

    async def ended(self) -> None:
        """Wait for it."""
        pause = 0.001
        while self.is_alive():
            await asyncio.sleep(pause)
            pause = min(pause * 2, 0.05)


class _Apart:
    """A standard stream that takes nothing from such threads: what claw writes there is for who called it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    @staticmethod
    def hush() -> None:
        """From here on."""
        if not isinstance(sys.stdout, _Apart):
            sys.stdout, sys.stderr = _Apart(sys.stdout), _Apart(sys.stderr)

    def write(self, text: str) -> int:
        return len(text) if isinstance(threading.current_thread(), _Thread) else self._stream.write(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
