"""Which plugins the person has installed, and which marketplaces they know: `plugins/plugins.json` in claw's home.

A plugin is there as one folder, `plugins/store/DIGEST`, and what its files are is in `plugins/files/DIGEST.json`.
"""

from __future__ import annotations

import os

import msgspec

from claw.errors import ToolError, UsageError
from claw.execution.files import read_whole
from claw.settings.reading import PLUGINS

FOLDER, FILE = os.path.split(PLUGINS)
STORE, FILES = "store", "files"


class Source(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where files were taken from: `place` is a folder, absolute, or a URL that git knows, and `ref` and `commit` are
    git's. `below`: the folder in it. `marketplace`: who named it.
    """

    place: str
    git: bool = False
    ref: str = ""
    commit: str = ""
    below: str = ""
    marketplace: str = ""

    @property
    def shown(self) -> str:
        """In words."""
        named = f"{self.place}{f'@{self.ref}' if self.ref else ''}{f', {self.below}' if self.below else ''}"
        commit = f" ({self.commit[:12]})" if self.commit else ""
        return f"{named}{commit}{f', by {self.marketplace}' if self.marketplace else ''}"


class Installed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A plugin, as the person has said yes to it, on the date `at` (ISO 8601, UTC): `digest` stands for all of its
    files, `state` for the same without reading them (`claw.settings.plugins.tree`).
    """

    name: str
    digest: str
    state: str
    source: Source
    at: str
    version: str = ""
    description: str = ""
    enabled: bool = True


class Records(msgspec.Struct, frozen=True, omit_defaults=True):
    plugins: dict[str, Installed] = {}
    marketplaces: dict[str, Source] = {}


def folder(claw_home: str) -> str:
    return os.path.join(claw_home, FOLDER)


def root_of(claw_home: str, digest: str) -> str:
    """The folder of the plugin with this digest, canonical."""
    return os.path.join(os.path.realpath(folder(claw_home)), STORE, digest)


def read_records(claw_home: str) -> Records:
    """Blocks. Raises UsageError for a file that is damaged or cannot be read."""
    path = os.path.join(claw_home, FOLDER, FILE)
    try:
        return parsed(read_whole(os.path.realpath(path)).data, path)
    except (FileNotFoundError, NotADirectoryError):
        return Records()
    except ToolError as error:
        raise UsageError(error.message) from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None


def parsed(data: bytes, path: str) -> Records:
    """Raises UsageError."""
    try:
        return msgspec.json.decode(data, type=Records) if data else Records()
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is damaged: {error}", hint=f"rm {path}, and install the plugins again") from None


def files_then(claw_home: str, digest: str) -> dict[str, str]:
    """What the files of the plugin with this digest were; nothing where nobody knows any more."""
    path = os.path.join(claw_home, FOLDER, FILES, f"{digest}.json")
    try:
        return msgspec.json.decode(read_whole(os.path.realpath(path)).data, type=dict[str, str])
    except (OSError, ToolError, msgspec.DecodeError, UnicodeDecodeError):
        return {}
