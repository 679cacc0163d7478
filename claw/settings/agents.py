"""Files that say what kinds of agent there are: `~/.claude/agents/**/*.md`, and the same below the workspace.

A file that cannot be meant is left out, with a sentence that says why, and takes nothing else with it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator

from msgspec import Struct, field
from msgspec.structs import replace

from claw._native import blake3
from claw.events.agent import Isolation
from claw.events.base import INLINE_LIMIT
from claw.events.hook import Hook
from claw.events.permission import Layer, Mode
from claw.late import pattern
from claw.settings import amounts
from claw.settings.frontmatter import Page, Unreadable, Value, bytes_of, page
from claw.settings.hooks import Found as FoundHooks
from claw.settings.hooks import hooks_in
from claw.settings.modes import BYPASS, find_mode

FOLDER = ".claude/agents"
"""Below the home directory, and below the workspace."""
MOST_FILES = 100
"""In one such folder."""
MOST_FOLDERS = 200
LARGEST = INLINE_LIMIT
"""Bytes of one file."""
LARGEST_ALL = 8 * LARGEST
"""Bytes of all that one folder gives."""
MOST_TURNS = 100_000

KEYS = (
    *("name", "description", "tools", "disallowedTools", "model", "permissionMode", "maxTurns"),
    *("background", "hooks", "isolation", "maxTokens", "maxTime"),
)
NOT_YET = ("color", "effort", "initialPrompt", "mcpServers", "memory", "skills")
"""Keys of other programs for what claw does not do."""
_NAME = pattern(r"[^\W_][\w .-]{0,63}")


class AgentFile(Struct, frozen=True):
    """One kind of agent as it is written. `source` is the file, `lines` has the line of each key. `digest` is the
    BLAKE3 of all that the file says. A hook for `Stop` is one for `SubagentStop` about this kind. `notes` has a
    sentence for each thing in it that has no effect.
    """

    name: str
    description: str
    instructions: str
    source: str
    layer: Layer
    digest: str
    tools: tuple[str, ...] | None = None
    without: tuple[str, ...] = ()
    model: str = ""
    mode: Mode | None = None
    turns: int | None = None
    tokens: int | None = None
    ms: int | None = None
    background: bool = False
    hooks: tuple[Hook, ...] = ()
    isolation: Isolation | None = None
    lines: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def at(self, key: str) -> str:
        """`file:line` of what the key says."""
        return f"{self.source}:{self.lines.get(key, 1)}"


class Found(Struct):
    """`left_out` has a sentence for each file that counts for nothing."""

    files: list[AgentFile] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def agent_files(root: str, shown: str, layer: Layer, folder: str = FOLDER, prefix: str = "") -> Found:
    """The files of the folder below `root`, by path. A repository's must lie in it. `prefix`: how the names of all
    begin. Blocks, raises nothing.
    """
    found = Found()
    top = os.path.join(root, folder)
    bound = os.path.realpath(root) if layer in ("local", "project") else ""
    taken = 0
    for count, path in enumerate(_paths(top), 1):
        name = f"{shown}{os.path.relpath(path, root)}"
        if count > MOST_FILES:
            found.left_out.append(f"{name}:1: left out: {MOST_FILES} files stand before it; so are those behind it.")
            break
        try:
            data = bytes_of(path, bound, LARGEST)
            taken += len(data)
            if taken > LARGEST_ALL:
                raise Unreadable(1, f"the files before it have {LARGEST_ALL // 1024} KiB together")
            file = _file(data, name, layer, prefix)
            if other := next((one for one in found.files if one.name.lower() == file.name.lower()), None):
                raise Unreadable(file.lines["name"], f"{other.source} has the name {file.name}, too")
            found.files.append(file)
        except Unreadable as error:
            found.left_out.append(f"{name}:{error.line}: left out: {error.why}.")
    return found


def _paths(top: str) -> Iterator[str]:
    if os.path.isfile(top):
        yield top
    seen: set[str] = set()
    for folder, names, files in os.walk(top, followlinks=True):
        real = os.path.realpath(folder)
        if real in seen or len(seen) >= MOST_FOLDERS:
            names.clear()
            continue
        seen.add(real)
        names.sort()
        yield from (os.path.join(folder, name) for name in sorted(files) if name.endswith(".md"))


def _file(data: bytes, source: str, layer: Layer, prefix: str) -> AgentFile:
    """Raises Unreadable."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(data.count(b"\n", 0, error.start) + 1, "it is not UTF-8") from None
    if "\0" in text:
        raise Unreadable(text[: text.index("\0")].count("\n") + 1, "it is no text")
    return kind_of(page(text, (*KEYS, *NOT_YET)), data, source, layer, prefix)


def kind_of(said: Page, data: bytes, source: str, layer: Layer, prefix: str = "") -> AgentFile:
    """What is said of one kind, which is written as `data`; `prefix` stands before its name. Raises Unreadable."""
    for key, value in said.values.items():
        if key not in KEYS and key not in NOT_YET:
            raise Unreadable(value.line, f"there is no key {key!r}; those that there are: {', '.join(KEYS)}")
    name, hooks = f"{prefix}{_name(said)}", _hooks(said, source, layer)
    return AgentFile(
        name=name,
        description=" ".join(_text(said, "description").split()),
        instructions=said.body,
        source=source,
        layer=layer,
        digest=blake3(data),
        tools=_names(said.values.get("tools"), "tools"),
        without=_names(said.values.get("disallowedTools"), "disallowedTools") or (),
        model=_text(said, "model", needed=False),
        mode=_mode(said),
        turns=_turns(said),
        tokens=_amount(said, "maxTokens", amounts.tokens, amounts.TOKENS),
        ms=_amount(said, "maxTime", amounts.milliseconds, amounts.TIME),
        background=_background(said),
        hooks=tuple(_of_child(hook, name) for hook in hooks.hooks),
        isolation=_isolation(said),
        lines={key: value.line for key, value in said.values.items()},
        notes=(*_without_effect(said, source), *hooks.ignored),
    )


def _text(said: Page, key: str, *, needed: bool = True) -> str:
    value = said.values.get(key)
    if value is not None and (value.nested or value.entries is not None):
        raise Unreadable(value.line, f"{key} is no text")
    text = (value.text or "").strip() if value else ""
    if needed and not text:
        raise Unreadable(value.line if value else 1, f"it has no {key}")
    return text


def _name(said: Page) -> str:
    name = _text(said, "name")
    if not _NAME.fullmatch(name):
        why = "a name has at most 64 letters, digits, blanks, and the signs - _ . behind the first"
        raise Unreadable(said.values["name"].line, f"{name[:80]!r} cannot be a name: {why}")
    return name


def _names(value: Value | None, key: str) -> tuple[str, ...] | None:
    """Names of tools, between commas that stand in no parentheses, or in a list. None: the key is not there."""
    if value is None:
        return None
    if value.nested:
        raise Unreadable(value.line, f"{key} is neither a list nor names with commas between them")
    entries = value.entries if value.entries is not None else between_commas(value.text or "")
    names = tuple(entry.strip() for entry in entries if entry.strip())
    if not names and value.entries is None:
        raise Unreadable(value.line, f"{key} names no tool; [] stands for none")
    return names


def between_commas(text: str, signs: str = ",") -> Iterator[str]:
    """The parts of a list in one line. What stands in parentheses belongs to a rule."""
    depth = start = 0
    for at, sign in enumerate(text):
        depth = max(0, depth + (sign == "(") - (sign == ")"))
        if sign in signs and not depth:
            yield text[start:at]
            start = at + 1
    yield text[start:]


def _mode(said: Page) -> Mode | None:
    text = _text(said, "permissionMode", needed=False)
    mode = find_mode(text) if text else None
    if text and mode is None:
        raise Unreadable(said.values["permissionMode"].line, f"there is no permission mode {text[:80]!r}")
    return mode if mode != BYPASS else None


def _turns(said: Page) -> int | None:
    text = _text(said, "maxTurns", needed=False)
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,6}", text) or not 1 <= int(text) <= MOST_TURNS:
        line = said.values["maxTurns"].line
        raise Unreadable(line, f"maxTurns must be a number from 1 to {MOST_TURNS}, not {text[:80]!r}")
    return int(text)


def _amount(said: Page, key: str, read: Callable[[str], int | None], what: str) -> int | None:
    text = _text(said, key, needed=False)
    amount = read(text) if text else None
    if text and amount is None:
        raise Unreadable(said.values[key].line, f"{key} must be {what}, not {text[:80]!r}")
    return amount


def _background(said: Page) -> bool:
    text = _text(said, "background", needed=False).lower()
    if text not in ("", "true", "false", "yes", "no", "on", "off"):
        raise Unreadable(said.values["background"].line, f"background is true or false, not {text[:80]!r}")
    return text in ("true", "yes", "on")


def _hooks(said: Page, source: str, layer: Layer) -> FoundHooks:
    """Where one that may keep calls from being made cannot be read, the whole file counts for nothing."""
    value = said.values.get("hooks")
    if value is None:
        return FoundHooks()
    found = hooks_in({"hooks": value.content}, lambda *where: f"{source}:{value.line_of(*where[1:])}", layer)
    for at, _ in found.unread:
        why = next(sentence for sentence in found.ignored if sentence.startswith(f"{at}: "))
        raise Unreadable(int(at.rpartition(":")[2]), why.removeprefix(f"{at}: ").partition(";")[0])
    return found


def _of_child(hook: Hook, name: str) -> Hook:
    """Who may stop is an agent of this kind, and not one that it has started."""
    if hook.event != "Stop":
        return hook
    return replace(hook, event="SubagentStop", matcher=f"^{re.escape(name)}$")


def _isolation(said: Page) -> Isolation | None:
    text = _text(said, "isolation", needed=False)
    if text in ("", "worktree"):
        return "worktree" if text else None
    raise Unreadable(said.values["isolation"].line, f"isolation is worktree or left out, not {text[:80]!r}")


def _without_effect(said: Page, source: str) -> Iterator[str]:
    """What the file says for nothing."""
    later = [key for key in said.values if key in NOT_YET]
    if later:
        yield f"{source}:{said.values[later[0]].line}: not in effect yet: {', '.join(later)}."
    mode = said.values.get("permissionMode")
    if mode and find_mode(mode.text or "") == BYPASS:
        yield f"{source}:{mode.line}: no file can set the mode {BYPASS}: the agent has its parent's."
