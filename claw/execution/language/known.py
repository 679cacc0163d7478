"""Which language servers claw knows, for which files, and where their programs are. A start imports none of this."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from claw.execution.links import is_in
from claw.execution.programs import only_apart

if TYPE_CHECKING:
    from claw.execution.context import ToolContext


class Program(Struct, frozen=True):
    """A server. `command` is the program's name or absolute path, and its arguments; `languages` has the identifier of
    the language by the suffix of a file's name. `settings` is what it is told when it asks for its configuration.
    """

    name: str
    command: tuple[str, ...]
    languages: dict[str, str]
    settings: dict[str, Any] = field(default_factory=dict)
    options: Any = None
    """What the protocol calls initializationOptions."""
    env: dict[str, str] = field(default_factory=dict)
    """Variables for its process."""


_PYTHON = {".py": "python", ".pyi": "python"}
_SCRIPTS = {".js": "javascript", ".mjs": "javascript", ".cjs": "javascript", ".jsx": "javascriptreact"}
_TYPED = {".ts": "typescript", ".mts": "typescript", ".cts": "typescript", ".tsx": "typescriptreact"}
KNOWN = (
    # What a project does not ask for itself is not held against it: without this every unannotated line is a warning.
    Program(
        "basedpyright",
        ("basedpyright-langserver", "--stdio"),
        _PYTHON,
        {"basedpyright": {"analysis": {"typeCheckingMode": "standard", "diagnosticMode": "openFilesOnly"}}},
    ),
    Program("pyright", ("pyright-langserver", "--stdio"), _PYTHON),
    Program("typescript-language-server", ("typescript-language-server", "--stdio"), _TYPED | _SCRIPTS),
    # The workspace cannot be written to, so what cargo makes goes where everything goes with the server.
    Program("rust-analyzer", ("rust-analyzer",), {".rs": "rust"}, env={"CARGO_TARGET_DIR": "/tmp/target"}),
)
"""The first that is found counts for a file."""


class Chosen(Struct, frozen=True):
    """What the settings say: no server at all, these beside the known ones or instead of those of the same name, and
    names that are switched off.
    """

    off: bool = False
    programs: tuple[Program, ...] = ()
    without: tuple[str, ...] = ()


def all_of(chosen: Chosen) -> tuple[Program, ...]:
    """What may be used, what the settings name first."""
    if chosen.off:
        return ()
    named = {*chosen.without, *(program.name for program in chosen.programs)}
    return (*chosen.programs, *(program for program in KNOWN if program.name not in named))


def of(path: str, programs: Iterable[Program]) -> Iterator[Program]:
    """Those that are for files of this name."""
    suffix = os.path.splitext(path)[1].lower()
    return (program for program in programs if suffix in program.languages)


def place(program: Program, search_path: str, roots: tuple[str, ...]) -> str | None:
    """The file that is run: none that commands and edits can change, which is what lies in `roots`. None: there is
    none.
    """
    name = program.command[0]
    if os.sep in name:
        found = name if os.path.isabs(name) and os.access(name, os.X_OK) and os.path.isfile(name) else None
    else:
        found = shutil.which(name, path=only_apart(search_path, roots))
    if found is None or is_in(os.path.realpath(found), roots) or is_in(found, roots):
        return None
    return found


def place_for(program: Program, context: ToolContext) -> str | None:
    """The same for calls that act there."""
    return place(program, context.environment.get("PATH", os.defpath), context.changeable)
