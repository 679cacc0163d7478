"""The session itself: how it began, with what settings, and how it went on."""

from collections.abc import Iterable
from typing import ClassVar, Literal, Self, TypeAlias

import msgspec
from msgspec.structs import replace

from claw.events.base import Derived, Observed
from claw.events.content import Api
from claw.events.hook import Hook
from claw.events.permission import Mode, Rule
from claw.events.request import Effort
from claw.events.tools import ToolSpec


class Model(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which model answers, where, and its limits in tokens."""

    provider: str
    api: Api
    name: str
    base_url: str = ""
    """Empty: the provider's own."""
    window: int = 200_000
    max_output: int = 16_000
    effort: Effort = "off"
    planner: str = ""
    """Who is asked in plan mode; empty: the same model."""
    without: tuple[str, ...] = ()
    """Parts of a request that it is known not to take."""
    having: tuple[str, ...] = ()
    """Abilities that the user says it has."""

    def in_mode(self, mode: Mode) -> Self:
        """The model that is asked in this mode."""
        return replace(self, name=self.planner) if self.planner and mode == "plan" else self


class Limits(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What may be used; None: no limit. `turns` counts model calls per input, `nusd` is 10⁻⁹ US dollars per run,
    `tokens` are `Usage.context` of all model calls per run, `ms` milliseconds per input.
    """

    turns: int | None = None
    nusd: int | None = None
    tokens: int | None = None
    ms: int | None = None


class Retry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Backoff: `base_ms` doubles per attempt up to `cap_ms`; a longer retry-after than `cap_ms` is not waited for."""

    attempts: int = 8
    base_ms: int = 1_000
    cap_ms: int = 60_000


class PluginUse(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A plugin that takes part: `digest` stands for all of its files (BLAKE3, hex; `claw.settings.plugins.tree`)."""

    name: str
    version: str = ""
    digest: str


class Style(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An output style: `text` stands behind claw's own instructions, or behind `instead` in their place. `digest` is
    the BLAKE3 (hex) of the file `source`, whole.
    """

    name: str
    source: str
    digest: str
    text: str
    instead: str = ""


Titles: TypeAlias = Literal["never", "beside", "waited"]


class Config(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Resolved settings. `sources` says where each value came from, by its name."""

    model: Model
    mode: Mode = "default"
    rules: tuple[Rule, ...] = ()
    limits: Limits = Limits()
    retry: Retry = Retry()
    compact_at: int = 80
    """Percent of the window at which the conversation is compacted."""
    domains: tuple[str, ...] = ()
    """Hosts that a confined command may reach, as `example.com` or `*.example.com`; `*` for all."""
    hooks: tuple[Hook, ...] = ()
    fallback: Model | None = None
    """Who is asked while the model's service has more to do than it can."""
    small: Model | None = None
    """Who is asked for summaries and titles; None: the model."""
    titles: Titles = "never"
    """Whether a model is asked what the session is about: never; beside the conversation; or so that a run waits."""
    memory: bool = False
    """The user has long-term memory: notes are loaded, and may be written."""
    plugins: tuple[PluginUse, ...] = ()
    style: Style | None = None
    """How the main agent answers; None: as claw does."""
    idle_ms: int = 0
    """How long the person is silent behind a turn until hooks are told; 0: none wants to be, or nobody is there."""
    sources: dict[str, str] = {}


class Confinement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the kernel here gives to confine commands. `landlock` is its ABI, 0 for none; `why` what is missing.

    `cgroup`: each command has one of its own. `processes`: what bounds how many a command has, "cgroup", "rlimit" or
    "pid_max"; empty for nothing, and in logs that are older than that. `traced`: deny rules for commands can be held
    where programs start; False too in older logs, which held them in the text of a line only.
    """

    namespaces: bool = False
    landlock: int = 0
    seccomp: bool = False
    cgroup: bool = False
    processes: str = ""
    traced: bool = False
    why: str = ""


class Runtime(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The program and the machine that write from here on."""

    claw: str
    python: str
    platform: str
    behaviours: dict[str, int] = {}
    """Number of each part of `decide` whose logic may change (see `claw.decide.behaviour`)."""
    seed: int = 0
    """Recorded randomness; the only one that decisions use."""
    confinement: Confinement = Confinement()
    policy: str = ""
    """Digest of the code and tables that verdicts come from; empty in logs of behaviour `policy` 1."""


class Prompts(msgspec.Struct, frozen=True, kw_only=True):
    """The texts that steer the model, as they were when the session began."""

    system: str
    compaction: str
    title: str = ""


class SessionStarted(Observed, frozen=True, kw_only=True, tag="session.started"):
    """`workspace` and `home` are absolute; `date` is ISO 8601, in the local time zone; `git_head` a commit or empty.

    `tools` are what was offered before there was `tools.changed`; empty since version 2.
    """

    version: ClassVar[int] = 3

    session: str
    runtime: Runtime
    config: Config
    prompts: Prompts
    tools: tuple[ToolSpec, ...] = ()
    workspace: str
    home: str
    git_head: str = ""
    date: str
    name: str = ""


class SessionForked(Observed, frozen=True, kw_only=True, tag="session.forked"):
    """The first record of a fork. `seq` is the last inherited one; `chain` the hash there (hex).

    It closes the inherited open calls (`closed`, by seq) and drops the grants given for the parent's session only.
    `git_head` is the commit that the fork's workspace stands on, maybe not the parent's; empty before version 2.
    """

    version: ClassVar[int] = 2

    session: str
    parent: str
    seq: int
    chain: str
    runtime: Runtime
    workspace: str
    git_head: str = ""
    closed: tuple[int, ...] = ()
    name: str = ""


class RecoveryReport(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What opening the log found. `torn_bytes` of an unfinished write were set aside in `kept`."""

    clean: bool
    torn_bytes: int = 0
    kept: str = ""


class SessionResumed(Observed, frozen=True, kw_only=True, tag="session.resumed"):
    """`git_head` is the commit that the workspace stands on now; empty where there is none, and before version 2.
    `system` stands from here on for the instructions in `prompts`; None: they stay, and before version 3.
    """

    version: ClassVar[int] = 3

    runtime: Runtime
    recovery: RecoveryReport
    git_head: str = ""
    date: str
    system: str | None = None


class SessionRenamed(Observed, frozen=True, kw_only=True, tag="session.renamed"):
    name: str


class SessionTagged(Observed, frozen=True, kw_only=True, tag="session.tagged"):
    """Words by which the person finds the session: those that it has from here on, and those that it has no longer."""

    skippable: ClassVar[bool] = True

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def applied(self, tags: Iterable[str]) -> tuple[str, ...]:
        """The tags of a session that had these before."""
        return tuple(sorted({*tags, *self.added}.difference(self.removed)))


class SessionTitled(Derived, frozen=True, kw_only=True, tag="session.titled"):
    """What the session is about, as the reply of this call says: for people who look for it. It is no name."""

    call: int
    title: str


class SessionFaulted(Observed, frozen=True, kw_only=True, tag="session.faulted"):
    """`decide` failed on the event before this one. The session has stopped."""

    error: str


class SessionEnded(Observed, frozen=True, kw_only=True, tag="session.ended"):
    reason: Literal["quit", "done", "interrupted", "failed"]


class SessionSalvaged(Observed, frozen=True, kw_only=True, tag="session.salvaged"):
    """The records before this one are what could be read of the damaged session `source`; `left` bytes could not be."""

    session: str
    source: str
    left: int


class SnapshotTaken(Observed, frozen=True, kw_only=True, tag="snapshot.taken"):
    """The state after event `upto` was kept beside the log: BLAKE3 of the file (hex), by its name, `state`; in older
    logs there is one for each projection.

    A file beside the log is believed because this event names it. One that cannot be believed costs time only.
    """

    durable: ClassVar[bool] = False
    skippable: ClassVar[bool] = True

    upto: int
    digests: dict[str, str]


class ConfigChanged(Observed, frozen=True, kw_only=True, tag="config.changed"):
    """New settings, whole, as read at resume or by a command."""

    version: ClassVar[int] = 2

    config: Config


TurnEnd: TypeAlias = Literal[
    "done",
    "interrupted",
    "stopped",
    "failed",
    "turns",
    "budget",
    "tokens",
    "time",
    "max_tokens",
    "refused",
    "overflow",
    "blocked",
    "loop",
]
"""`loop`: the model made the same call again and again; `stopped`: the person has stopped this agent alone;
`interrupted`: whatever else has called the turn off.
"""


class TurnFinished(Derived, frozen=True, kw_only=True, tag="turn.finished"):
    """Everything that one input led to is over. `failure` and `message` explain a failed one.

    `limit`: what the conversation holds from here on of each text that is longer is its beginning and its end, together
    so many bytes of UTF-8, because the model could not take it; None: nothing was cut, and before version 2. `loop`
    came with version 3.
    """

    version: ClassVar[int] = 3

    reason: TurnEnd
    failure: str = ""
    message: str = ""
    limit: int | None = None
