"""The Rust half of claw. This stub is its documentation; a test compares the two.

Every function that waits for a lock, a disk or a process releases the GIL. Errors are the classes of ``claw.errors``.
A panic in any function, method or attribute is raised as ``ClawError`` itself, and nothing is printed: its message says
where in the code it began, its hint what to do. A ``SecretFilter`` or ``TokenFilter`` in which one began raises that
from then on, since nobody knows what it has withheld.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Literal, TypeAlias, TypedDict, final, type_check_only

# --- log -----------------------------------------------------------------------------------------------------------

FLAG_DERIVED: int
"""Bit 0: claw's own decision (clear: observed)."""
FLAG_DURABLE: int
"""Bit 1: the append that wrote it returned only after fdatasync (clear: lazy)."""
FLAG_SKIPPABLE: int
"""Bit 2: a reader that does not know the kind may go on without it."""

RecordIn: TypeAlias = tuple[str, int, int, int, int | None, int, bytes]
"""kind, schema version, ts (ns since 1970 UTC), agent, cause (seq or None), flags, payload (msgpack)."""

RecordOut: TypeAlias = tuple[int, int, str, int, int, int | None, int, bytes]
"""seq, ts, kind, schema version, agent, cause, flags, payload."""

@final
class LogWriter:
    """The only writer of one log: holds its lock, and dies (poisoned) at the first failed write or sync."""

    @staticmethod
    def create(path: str, *, session: bytes) -> LogWriter:
        """Make a new log in the new folder `path`; `session` is its UUID (16 bytes).

        Raises LogFull, LogError (folder exists, unwritable).
        """

    @staticmethod
    def fork(path: str, *, session: bytes, parent: str, at: int) -> LogWriter:
        """Make a log whose first seq is `at + 1` and that shares `parent`'s records 0..=at by reference.

        `parent` is a folder beside `path`. Syncs the parent to `at` first. Copies nothing.
        Raises LogNotFound, LogCorrupt, LogError (`at` is not in the parent).
        """

    @staticmethod
    def open(path: str, *, continues: bool = False) -> LogWriter:
        """Take the lock, recover, and go on after the last record.

        `continues`: in the segment that a writer has left by `leave`; else always in a new one.
        Raises LogNotFound, LogLocked, LogCorrupt (durable bytes damaged), LogTooNew.
        """

    recovery: Recovery | None
    """What `open` found and did; None after `create` and `fork`."""
    session: bytes
    next_seq: int
    chain: bytes
    """Chain hash (32 bytes) after the last record."""
    durable_upto: int | None
    """Highest seq known to be on disk."""

    def append(self, records: Sequence[RecordIn], *, durable: bool, reserve: int = 0) -> int:
        """Write all records as one commit block; return the seq of the first.

        `durable`: return after fdatasync covers them. Else they are in the kernel on return (they survive a kill of
        this process) and are synced within 200 ms or 1 MiB. A lazy append clears FLAG_DURABLE.
        `reserve`: bytes of log space that must remain allocated after this append, so that a later terminal event fits
        on a full disk; count 2 KiB beside the payload for each later append. `append_one` leaves them alone until the
        next `append` says otherwise.
        Raises LogFull (nothing was accepted and the writer lives on), LogPoisoned, LogError (a kind that is empty or
        longer than 255 bytes, unknown flags, closed, a child after fork).
        """

    def append_one(
        self, kind: str, version: int, ts: int, agent: int, cause: int | None, flags: int, payload: bytes
    ) -> int:
        """Lazy append of one record; return its seq. Raises LogFull, LogPoisoned."""

    def sync(self) -> int | None:
        """fdatasync all that was written before the call; return the new `durable_upto`. Raises LogPoisoned."""

    def close(self) -> None:
        """Sync, seal, pack what is sealed, release the lock. Closing twice is harmless. Raises LogPoisoned."""

    def leave(self) -> None:
        """Sync and release the lock, but seal nothing, so that the next writer can go on in the same segment: for a
        log that many write to, each for a moment. Harmless after `close`. Raises LogPoisoned.
        """

@final
class Recovery:
    """What recovery did to a log when it was opened."""

    sealed: bool
    """The last close was clean: nothing had to be done."""
    last_seq: int | None
    durable_upto: int | None
    """What was known to be on disk before recovery made the rest so."""
    torn_bytes: int
    """Bytes of a torn tail that were set aside."""
    kept: str | None
    """Where they are."""

@final
class LogReader:
    """Reads one log and, through its lineage, its parents'. Takes no lock; many may read while one writes."""

    def __new__(cls, path: str) -> LogReader:
        """Raises LogNotFound, LogCorrupt, LogTooNew."""

    session: bytes
    parent: tuple[bytes, int, bytes] | None
    """Parent's UUID, the fork's seq there, the chain hash there."""
    format_version: int

    def refresh(self) -> tuple[int, int]:
        """(written, durable): one past the last seq in the kernel, one past the last on disk. 0, 0 when empty."""

    def read(
        self,
        start: int = 0,
        stop: int | None = None,
        *,
        kinds: Sequence[str] | None = None,
        without: Sequence[tuple[str, int]] | None = None,
        agent: int | None = None,
        cause: int | None = None,
        pattern: str | None = None,
        limit: int = 65536,
    ) -> Batch:
        """Records with start <= seq < stop of these kinds, of none in `without` up to the version there, and of this
        agent and this cause, in order, at most `limit` of them or 64 MiB.

        `pattern`: only those that have a text in which the regular expression is found (Rust's syntax; `^` and `$` are
        the ends of a line), or that refer to a blob. Raises ToolError for one that is none.
        Raises LogCorrupt when damage lies in the range; an incomplete last block is simply not there yet.
        """

    def wait(self, seq: int, timeout: float) -> bool:
        """Wait at most `timeout` seconds until `seq` is written; say whether it is."""

    def chain_at(self, seq: int) -> bytes:
        """Chain hash (32 bytes) after `seq`, recomputed from its block. Raises IndexError: not written."""

    def rewound_to(self, seq: int, chain: bytes) -> int | None:
        """None while the log holds what the token (seq, chain) names; else the seq it was rewound to (-1: none)."""

    def verify(self) -> Verification:
        """Recompute every CRC and every link of the chain, parents included up to the fork.

        Damage is reported, not raised.
        """

@final
class Batch:
    """Some records, held together; a sequence of RecordOut."""

    next_seq: int
    """Where to go on reading."""
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[RecordOut]: ...
    def __getitem__(self, index: int, /) -> RecordOut: ...

@final
class Verification:
    ok: bool
    sealed: bool
    records: int
    """Records that verify, inherited ones included."""
    last_seq: int | None
    durable_upto: int | None
    chain: bytes
    torn_bytes: int
    """Bytes after the last valid block of a log that was not sealed: not damage."""
    error: str | None
    """What is wrong, in one sentence."""
    error_path: str | None
    error_offset: int | None

def salvage(path: str, into: str, *, session: bytes) -> tuple[int, int]:
    """Copy every record before the first damage of `path` into a new log; (records copied, bytes left behind)."""

def written_last(sessions: str) -> list[tuple[str, int, int, int]]:
    """The folders in `sessions` that are named as sessions are: name, number and bytes of the newest segment (0, 0
    where there is none), and the time of the last write to it (ns since 1970; without one, to the folder), by which
    they are in order. No log is opened. Raises OSError.
    """

def new_session_id(ms: int) -> bytes:
    """A UUIDv7 (RFC 9562) of this time in milliseconds since 1970, 16 bytes."""

# --- blobs ---------------------------------------------------------------------------------------------------------

@final
class BlobStore:
    """Content by its BLAKE3 digest (64 hex digits), in one folder, fanned out by the first two digits."""

    def __new__(cls, path: str) -> BlobStore: ...
    def put(self, content: bytes) -> str:
        """Store and sync; return the digest. Content that is there already is not written again."""
    def get(self, digest: str) -> bytes:
        """Raises BlobError when it is missing or does not match."""
    def has(self, digest: str) -> bool: ...

def blake3(content: bytes) -> str:
    """BLAKE3 digest, 64 hex digits."""

# --- arguments -----------------------------------------------------------------------------------------------------

def parse_arguments(text: str, schema: str | None = None) -> bytes:
    """Parse one JSON object as a model wrote it; return it as msgpack (maps keep their order).

    With the tool's JSON Schema, a text where the schema allows none is taken as what it is JSON of, if that is allowed
    there (`"20"` for an integer). Empty text is an empty object. `-0` is the integer 0. Raises ArgumentsInvalid, whose
    message names line and column and is meant for the model: syntax, duplicate key (its path), lone surrogate, a number
    that no 64-bit integer or finite double holds, nesting over 128, not an object, trailing text.
    """

def parse_document(text: str, name: str) -> bytes:
    """Parse a file that holds one JSON object, as strictly. Raises UsageError with the file's `name` and line."""

# --- policy --------------------------------------------------------------------------------------------------------

POLICY_DIGEST: str
"""Of all that a verdict is computed from, code and tables (32 hex digits): under the same one the same question has the
same verdict."""

def evaluate(question: bytes) -> bytes:
    """The verdict on one call: a pure function. msgpack in, msgpack out.

    In, a map: `tool`, `mode` (default, acceptEdits, plan, dontAsk, bypassPermissions), `footprint` (read, write,
    execute, network, none), `cwd`; and where there are any: `traits` (`claw.events.tools.Traits`; without them the
    call is of what settings files mean by its tool's name), `arguments`, `facts` (`paths`: maps as
    `claw.events.tool.PathFact`; for Bash those of `shell_paths`), `rules` (maps as `claw.events.permission.Rule`),
    `grants` (maps of `rule` and `source`; they rank with allow rules), `home`, `workspace` (else `cwd`), `sandboxed`
    (commands run confined; else an allow rule from a settings file lets no command run unasked that is not known to
    change nothing). Other keys are ignored.

    Out, a map: `verdict` (allow, ask, deny), `rule` (text or nil), `source` (the rule's own, or "mode", or "builtin"),
    `part` (the command or path that decided), `reason` (one sentence), `suggestion` (the narrowest rule that would
    have allowed the call; nil where none can), `wider` (rules that cover more, as a person would write them; narrowest
    first), `segments` (Bash: maps of `text`, `verdict`, `rule`, `source` and
    `reason`, one for each command of the line), `read_only` (the call changes nothing, as far as is known),
    `unresolved` (paths of a command without a fact; then the verdict is at least ask, but in bypassPermissions).

    In this order: deny rules; bypassPermissions allows the rest; plan denies what may do more than read; ask rules;
    protected paths and writes outside the workspace ask; allow rules and grants, every path of a call needing one or
    the mode's leave; the mode. Read, Glob, Grep, Edit and Write are asked for while no path is known for them.
    Of a command line each command is judged so, and the strictest verdict wins; what cannot be read or is known only
    when it runs is asked for; commands that are known to only read are allowed. Last, dontAsk denies what would ask.
    Raises UsageError (a rule does not parse), ClawError (no such question).
    """

@final
class Policy:
    """Many calls judged by the same rules, which are read once."""

    def __new__(cls, question: bytes) -> Policy:
        """`question` as for `evaluate`; whatever call it is about is forgotten. The same errors."""
    def check(self, call: bytes) -> bytes:
        """The verdict that `evaluate` gives on the question with this call in it.

        `call`, a map: `tool`, `footprint`, and where there are any: `arguments`, `traits`, `facts`, `mode` (else the
        question's).
        """

def shell_paths(command: str) -> list[str]:
    """Every path whose fact a verdict on this command looks up, each once, in order of appearance; at most 256.

    Targets of redirections, paths among the arguments of known commands, what looks like one among those of others,
    and the targets of `cd`, in front of the relative paths behind it. Absolute, from `~/`, or relative to the folder
    the shell starts in: that text is the fact's `given`. Never fails; what cannot be read has no paths.
    """

def shell_lookups(command: str) -> tuple[list[str], list[str], list[str]]:
    """Those of `shell_paths`, and further paths whose facts a verdict on this command looks up, written as they are:
    files that must not be there, lest the command runs a program that they name. It does not name them itself. At last
    the names by which it starts programs, as far as they are known, without those that are bash's own."""

def exclusions(question: bytes) -> list[str]:
    """What a call that searches must not look into: the `exclude` of `glob` and `grep`, from deny and ask rules.

    `question` as for `evaluate`, and the same errors. Ask rules count unless the call is about what they name.
    """

def kept_from_processes(question: bytes) -> tuple[list[str], list[str]]:
    """What rules keep every process from reading, and from changing, as `exclusions` gives it. `question` may be about
    any call; the same errors.
    """

def rule_names() -> list[tuple[str, str]]:
    """The names that settings files have for tools, and what each stands for: `command`, `url`, `read` (of files),
    `edit` (of files), `harmless` (changes nothing on this machine), or `call`, of which rules say nothing more.
    """

def denials(question: bytes) -> list[tuple[str, str]]:
    """The deny rules for commands that hold for what a call of Bash starts, as (rule, source): none where an allow rule
    is its command line to the letter. `question` as for `evaluate`, and the same errors.
    """

def parse_rule(text: str) -> tuple[str, str | None]:
    """Check one rule and split it, as `Tool(specifier)`; (tool, specifier). Raises UsageError naming what is wrong.

    Bash: `git log:*` or `git log *` (that and any arguments), `npm run test` (exactly), `*` elsewhere is any text,
    `\\*` a star. Edit, Write, Read, Glob, Grep: gitignore patterns that start at the root (`//x`), home (`~/x`),
    workspace (`/x`) or cwd (`./x`, `x`); Edit stands for all tools that edit files, Read for all that read them.
    WebFetch: `domain:example.com`, `domain:*.example.com`. `*` is every tool, `domain:*` every host; neither allows.
    Agent, Skill: a name. `mcp__server`, `mcp__server__*`,
    `mcp__server__tool` and others: no specifier.
    """

def is_protected(canonical: str, workspace: str, home: str, claw_home: str) -> bool:
    """Is a write to this path asked for whatever the rules say? Compared without case; nothing need exist.

    claw's own files, agent and editor settings that run code, `.git`, shell and login files, credentials.
    `canonical` is absolute or relative to `workspace`.
    """

def is_plain_locale(locale: str) -> bool:
    """Is text in this locale read as it is written, in UTF-8 or byte by byte? Judged by its name alone."""

def command_effect(words: Sequence[str]) -> tuple[Literal["read-only", "edits", "unknown"], list[str], list[str]]:
    """What one simple command does, name and arguments as words: (effect, paths read, paths written).

    "edits" changes the paths written and nothing else; "unknown" may do anything. Programs that a repository's
    configuration makes git or cargo run are not looked at.
    """

def read_only_table() -> list[tuple[str, list[str]]]:
    """What `command_effect` goes by: each command or subcommand, in order, with its usage lines."""

# --- search --------------------------------------------------------------------------------------------------------

@final
class CancelToken:
    """Stops searches from another thread."""

    def __new__(cls) -> CancelToken: ...
    @property
    def cancelled(self) -> bool: ...
    def cancel(self) -> None:
        """Every search that was given this raises ToolError soon."""

def glob(
    pattern: str,
    root: str,
    *,
    limit: int = 1000,
    exclude: Sequence[str] = (),
    ignored: bool = False,
    cancel: CancelToken | None = None,
) -> tuple[list[str], bool]:
    """Files under `root` that match, newest first, then by path; (absolute paths, truncated).

    As in ripgrep a pattern without a slash matches at any depth, and one with a slash from `root`. Brackets also stand
    for themselves. Ignore files are honoured unless `ignored`; hidden files are found, those of `.git` only if the
    pattern names it; links are not followed. `exclude`: gitignore patterns of absolute paths, hidden whatever the
    pattern says. Raises ToolError (bad pattern, no such root, cancelled).
    """

def grep(
    pattern: str,
    root: str,
    *,
    glob: str | None = None,
    file_type: str | None = None,
    ignore_case: bool = False,
    multiline: bool = False,
    before: int = 0,
    after: int = 0,
    mode: str = "files_with_matches",
    line_numbers: bool = True,
    limit: int | None = None,
    max_bytes: int = 1_000_000,
    exclude: Sequence[str] = (),
    decode: Callable[[bytes], str | None] | None = None,
    cancel: CancelToken | None = None,
) -> tuple[str, bool]:
    """ripgrep's search of a directory or a file, in path order; (output, truncated).

    `mode`: content (`path:line:text`, context `path-line-text`, `--` between groups), files_with_matches, count
    (`path:n`). `glob`: as `rg --glob`, several separated by white space or commas. `file_type`: as `rg --type`.
    `limit` counts lines of output. Files as for `glob`, without binary ones; of a line over 500 bytes the part around
    its first match is shown. `decode` gives the text of a file that is not UTF-8, None where its bytes are searched;
    of a file over 1 MiB it gets the first bytes, one more than that. Several threads call it. Raises ToolError (bad
    pattern, glob or type, no such root, cancelled).
    """

def fuzzy(query: str, names: Sequence[str], limit: int) -> list[str]:
    """Names with the letters of the query in this order, whatever their case, best first, as fzf ranks them."""

@final
class PathIndex:
    """The names of files and folders below `root`, a canonical path, without what the gitignore patterns of absolute
    paths in `exclude` name; empty until `refresh`.
    """

    def __new__(cls, root: str, exclude: Sequence[str] = ()) -> PathIndex: ...
    def refresh(self, cancel: CancelToken | None = None) -> None:
        """Walk the tree, as `glob` does but with folders and links (which are not followed), on several threads; until
        it is done the names of the last walk count. Half a million names are kept at most. Raises ToolError (no such
        root, cancelled).
        """

    def matching(self, query: str, limit: int) -> list[str]:
        """The paths that hold the letters of the query in this order, best first, as fzf ranks them, those of the last
        part before others; folders end with a slash. Hidden ones are found where a part of the query begins with a dot.
        For an empty query what lies next to the root.
        """

def matching_lines(text: str, pattern: str) -> str:
    """The lines of the text in which the regular expression is found. Raises ToolError for one that is none."""

# --- exec ----------------------------------------------------------------------------------------------------------

@final
class Grant:
    """The proof that a call was allowed; what acts takes it, each thing once.

    A command is taken by `Process`, a path by the write to it.
    """

    def __new__(cls, call: bytes, digest: str, command: str | None = None) -> Grant:
        """`call`: msgpack of [tool, arguments, paths], paths as its facts; `digest`: its BLAKE3, 64 hex digits,
        as the intent names it; `command`: the argument that is a command line to run, None for a call that starts no
        process. Raises ToolError when they do not belong together, or the bytes are no call.
        """

@final
class Confinement:
    """What a command can reach: everything it starts included, whatever it is.

    It sees the system read-only; `home`, all other homes, /tmp, /var/tmp, /run and /dev/shm are empty, private, and
    gone when the command ends; `claw_home` and credentials are hidden wherever they lie. Bound into that: `readable`,
    `layered` folders (what is changed there is private, and goes with the command), `workspace` (read-only, or to be
    changed if `writable`), `writable_extra` (to be changed), `shown` (read-only, credentials too), and `protected`
    paths inside of those, read-only and unmovable if they exist. The most specific path counts, but what lies in
    `hidden` is not to be seen at all. It has its own processes, terminals and loopback, no privilege at all and no way
    to get one.

    `network`: [] none but its own loopback, ["*"] the host's, else the hosts that a proxy on that loopback leads to:
    "example.com", "*.example.com" (below it), an address, each with a port or for 80 and 443. The environment names the
    proxy. Names that lead to this machine or a private network are refused, but for "localhost" and addresses; so
    is TLS for a name that is none of these hosts, or to a name without saying it, and anything but TLS to port 443.

    `namespaces=False` is the weaker level, with Landlock and seccomp only: nothing is private, `protected` does not
    hold, no socket without ["*"].

    `scratch`: a folder whose `tmp` and `var/tmp` it has for /tmp and /var/tmp, so that these outlast it.

    `processes`: about how many processes and threads there may be at once; a further one is refused (EAGAIN). None is
    4096, or 64 a processor where that is more. What bounds them, if anything does, `available` says.
    """

    def __new__(
        cls,
        *,
        workspace: str,
        home: str,
        claw_home: str,
        writable: bool,
        protected: Sequence[str],
        readable: Sequence[str],
        writable_extra: Sequence[str],
        network: Sequence[str],
        hidden: Sequence[str] = ...,
        layered: Sequence[str] = ...,
        shown: Sequence[str] = ...,
        scratch: str | None = None,
        namespaces: bool = True,
        processes: int | None = None,
    ) -> Confinement:
        """All paths absolute; those that do not exist are left out. Raises ToolError for a network that is none."""

    @staticmethod
    def begin() -> None:
        """Begin to find out what `available` says, beside what the caller goes on to do."""

    @staticmethod
    def settle() -> None:
        """Wait for what `begin` has begun, if it has."""

    @staticmethod
    def available() -> SandboxFacts:
        """What this kernel gives here, tried once in a child and remembered."""

@type_check_only
class SandboxFacts(TypedDict):
    """`why` says what failed first; it is empty when nothing did."""

    namespaces: bool
    proc: bool
    """/proc shows the sandbox's own processes only; else the host's is there, read-only."""
    landlock: int
    """Version of its interface, 0 for none; from 6 on it keeps signals and abstract sockets in."""
    seccomp: bool
    cgroup: bool
    """Each command has one of its own, by which it is killed whole."""
    processes: Literal["cgroup", "rlimit", "pid_max", ""]
    """What bounds how many a command has: its cgroup, RLIMIT_NPROC, its pid namespace; or nothing."""
    traced: bool
    """Commands can be traced, so that deny rules hold where programs start."""
    why: str

@final
class Program:
    """A program that claw runs for itself, and for no tool's call. It leads a process group, and keeps `guard` locked
    (shared) until it and all that it has started are gone. One that is forgotten before it has ended is killed. Methods
    may be called from several threads; none holds the GIL.
    """

    def __new__(cls, argv: Sequence[str], *, cwd: str, env: Mapping[str, str], guard: str) -> Program:
        """Start it, with exactly this environment; `argv[0]` is its path. Raises OSError."""

    def answer(self, given: bytes, timeout: float) -> tuple[int, bytes, bytes] | None:
        """Give it what is left of `given`, and hear it to its end: exit status (negative: the signal), standard output
        and standard error. None where the end has not come after so many seconds. Raises OSError.
        """

    def kill(self) -> None:
        """Kill it and its process group, unless it has ended."""

@final
class Process:
    """One command and everything it starts, killed as one: on `kill`, and when this process dies in any way.

    A supervisor between claw and the command adopts whatever the command leaves behind. It keeps `guard` locked
    (shared: several commands may have one guard) until the last of them is gone, so that whoever gets that lock for
    itself knows that nothing runs any more. When the command has ended, what it left has 0.2 s to end by itself, then
    SIGTERM, and 2 s later SIGKILL. Methods may be called from several threads.
    """

    def __new__(
        cls,
        grant: Grant,
        *,
        shell: str,
        cwd: str,
        env: dict[str, str],
        guard: str,
        stdin: bytes = ...,
        confinement: Confinement | None = None,
        terminal: tuple[int, int] | None = None,
        heir: tuple[Sequence[str], bytes] | None = None,
        denied: Sequence[tuple[str, str]] = ...,
        input: int | None = None,
        driver: str | None = None,
    ) -> Process:
        """Start what was granted: `shell -c COMMAND`, the command being the call's argument of that name.

        It reads `stdin`, and writes stdout and stderr to one pipe; or with `terminal`, (rows, columns), to a terminal
        of its own, into which `stdin` (at most 4095 bytes) is typed. With `input`, a descriptor that stays the
        caller's, it has that for its standard input instead; where that is a socket, bash reads its .bashrc. It has
        exactly this environment and a session of its own. A shell without a slash is looked for along `env`'s PATH.
        Raises ToolError when it cannot be started, and when the grant has no command left; SandboxUnavailable (a
        ToolError), naming the step, when it cannot be confined.

        If claw is gone when it and all it left have ended, its supervisor becomes the `heir`: a program's absolute path
        with its arguments, and what it reads. It has the same environment, and holds `guard` locked.

        `denied` are deny rules for commands, as (rule, source). If there are any, it is traced with all that descends
        from it, and what they deny is killed when it starts, before its first instruction; the command's own shell is
        not looked at. Raises UsageError for a rule that does not parse, and SandboxUnavailable if it cannot be traced.

        With a `driver` that is run instead, `shell -c DRIVER`, and told the command as `give` tells it later ones; it
        has neither other input nor a terminal.
        """

    @property
    def pid(self) -> int:
        """The command's pid."""

    @property
    def output_fd(self) -> int:
        """Readable when `read(0)` has something to give."""

    @property
    def status_fd(self) -> int:
        """Readable when `wait(0)` has the exit status."""

    @property
    def channel_fd(self) -> int | None:
        """Where a driven process answers: a socket that is not waited for. None: nobody drives it."""

    def give(self, grant: Grant) -> None:
        """Tell a driven process to do what was granted: one line, `__claw_cell`, the number of bytes of what follows,
        the command as a shell quotes it, and what a shell does then. Raises ToolError if it is not driven, or gone.
        """

    def interrupt(self) -> None:
        """SIGINT to the group of a driven process, which is then told `__claw_back`. Harmless when all is over."""

    def read(self, timeout: float) -> bytes | None:
        """The next piece of output, at most 64 KiB; b"" at its end; None when `timeout` seconds passed first."""

    def wait(self, timeout: float) -> int | None:
        """Exit status of the command (128 + n for signal n) once it and all it left are gone; None on timeout.

        Output that nobody reads keeps the command from ending. Raises ToolError if the supervisor was killed.
        """

    def network_log(self) -> list[tuple[str, int, bool]]:
        """(host, port, let through) of what was asked of the proxy, in order, the first 10 000."""

    def refused(self) -> list[tuple[str, str, str]]:
        """What was not let start: its words, the rule that denies it, and where that is from. An empty rule: nobody may
        look at the program, so that any could speak of it."""

    def kill(self) -> None:
        """SIGTERM to all, SIGKILL to what is left after 2 s (in the supervisor, without waiting here)."""

def prepare_starts() -> None:
    """Fork the process that commands are started from, unless there is one. The smaller claw is then, the less each
    start costs. Without this the first start does it. Raises OSError.
    """

def wait_guard(path: str, timeout: float) -> bool:
    """Wait until no supervisor holds this guard; say whether that is so. A missing file counts as free.

    Raises ToolError when the file cannot be opened.
    """

# --- files ---------------------------------------------------------------------------------------------------------

def open_file(path: str) -> int:
    """A descriptor of the regular file at this canonical, absolute path, for reading; the caller closes it.

    No symbolic link is followed anywhere in the path, and nothing is waited for: a FIFO or a device is refused. Raises
    OSError, IsADirectoryError, ToolError (it has become a link; it is no file).
    """

def write_file(
    grant: Grant,
    workspace: str,
    canonical: str,
    data: bytes,
    replacing: tuple[int, int, int, int, int] | None,
    at: str | None = None,
) -> None:
    """Put `data` at `canonical` (absolute, or relative to `workspace`, as in the granted call's facts), once per grant
    and path; all or nothing, synced; no link is followed. `at` is where the path really leads, if not there.

    `replacing` is the file that the caller looked at, as device, inode, bytes, and mtime and ctime in ns; None: there
    was none, and missing folders are made. Its mode is kept, its owner where we may. Raises ToolError (not granted;
    something else is there by now; it has become a link), IsADirectoryError, OSError.
    """

def change_files(
    grant: Grant,
    workspace: str,
    changes: Sequence[tuple[str, bytes | None, tuple[int, int, int, int, int] | None, int | None, str | None]],
) -> None:
    """Change several files: all, or none. Where one fails, those before it are put back as they were, unless somebody
    else has changed them since.

    Each is (canonical, data, replacing, mode, at), as in `write_file`; `data` None: the file is removed; `mode`:
    permission bits of a file that is made. Raises as `write_file` does; an OSError's `filename` is the file it was.
    """

def other_names(paths: Sequence[str], root: str) -> list[str]:
    """Absolute paths below `root` of the regular files that these are, or hold, under other names (hard links), without
    those that lie at `paths` themselves; sorted. `root` is looked through only if there may be any."""

def matching(patterns: Sequence[str], root: str, most: int) -> list[str] | None:
    """What exists below `root` and one of these gitignore patterns, anchored at `/`, matches: absolute paths, sorted,
    of a folder that matches only the folder. None if there are more than `most`."""

@final
class PathPatterns:
    """Gitignore patterns that start at one folder, in which braces are alternatives (`src/**/*.{ts,tsx}`). Pure."""

    def __new__(cls, patterns: Sequence[str]) -> PathPatterns:
        """Raises UsageError, which says what is wrong with the first that is no pattern."""
    def name(self, path: str) -> bool:
        """Do they name this file, which is given relative to their folder? They name nothing outside of it."""

def guarded(
    root: str, opening: AbstractSet[str] | None = None, configured: Sequence[str] = ...
) -> tuple[list[str], list[str], list[str]]:
    """The protected files and folders that exist below `root`, by name as for `is_protected`, absolute and sorted; of
    a repository what git obeys, wherever that lies, with the configurations that `configured` names besides its own.
    Links are named and not followed, but for those that git follows. Then the folders that cannot be looked into: with
    `opening` each of this user's that it does not name is opened up for its user, and looked into. Then those that git
    takes for git directories, though no entry `.git` leads to them."""

def obeyed_by_git(path: str, workspace: str, configured: Sequence[str]) -> bool:
    """Would a write to this canonical, absolute path be one to what git obeys (as `guarded` finds it), or make a
    repository of a folder in the workspace that is none?"""

def set_aside(path: str) -> str:
    """Give what is at this canonical path another name in its folder (`.set-aside` behind it); the new path.

    No link is followed, nothing replaced. Raises ToolError (a part of the path has become a link), OSError.
    """

# --- secrets -------------------------------------------------------------------------------------------------------

@final
class SecretFilter:
    """Hides known secrets in one stream of text: each becomes ``secret:NAME`` in single angle quotes
    (U+2039, U+203A); overlapping ones become one.

    What may be the start of a secret is withheld until it is known, so all pieces and the flush add up to the mask of
    the whole text, wherever it was cut. Lone surrogates become U+FFFD.
    """

    def __new__(cls, secrets: Sequence[tuple[str, str]]) -> SecretFilter:
        """(name, value) of each; empty values are ignored."""

    def feed(self, text: str) -> str:
        """Take the next piece; return all that is safe to show."""

    def flush(self) -> str:
        """The stream has ended: return what was withheld. The filter may be used again."""

    def mask(self, text: str) -> str:
        """Mask a whole text, apart from the stream."""

@final
class TokenFilter:
    """Hides tokens that show by their look what they are: each becomes ``secret:token`` in single angle quotes, a
    private key with as many line ends behind it as it had.

    The last word is withheld, and a private key until its end, so all pieces and the flush add up to the mask of the
    whole text, up to 16 KiB of either.
    """

    def __new__(cls) -> TokenFilter: ...
    def feed(self, text: str) -> str:
        """Take the next piece; return all that is safe to show."""

    def flush(self) -> str:
        """The stream has ended: return what was withheld. The filter may be used again."""

def mask_tokens(text: str) -> str:
    """The whole text, with a mask for each token in it."""

def find_tokens(text: str) -> list[str]:
    """Every token in the text, as it stands there."""

# --- wire ----------------------------------------------------------------------------------------------------------

RawRecord: TypeAlias = tuple[str, str]
"""The name of its event (often empty) and a text where a JSON object belongs, not empty and without white space around
it, which nobody has parsed. None stands among them where the server says ``[DONE]``."""

@final
class Certificates:
    """Certificates to trust."""

    def __new__(cls) -> Certificates: ...
    def add_system(self) -> int:
        """Those of the system; how many they are, which may be 0."""

    def add(self, path: str) -> int:
        """Those of a PEM file, or of a folder's files: the ones with names made of hashes, as OpenSSL looks for them,
        where there are any, else ``.pem``, ``.crt`` and ``.cer``. How many they are, which may be 0. Raises OSError.
        """

    def der(self) -> list[bytes]: ...

def web_target(url: str) -> tuple[str, str, bool]:
    """(the URL as it is sent, its host, whether that names this machine or a private network by itself), as the client
    that gets it reads it. The host is in lower case, IDNA in ASCII, without a dot at its end; an address in its usual
    form, IPv6 in brackets.

    Raises ToolError, with words for the model, for what is no URL of a web page: another scheme, a user's name or
    password, a port of other services, characters that two readers take differently, more than 2000 bytes.
    """

@final
class PageRequest:
    """A page of the web that is being read, on the thread that all connections of the process share.

    Names are looked up once, and the connection goes to an address that was looked at. Redirects are followed to the
    same scheme, host and port, at most 10. It ends after 60 s; a connection must be there after 10 s, and no silence
    be longer than 20 s.
    """

    def __new__(
        cls,
        url: str,
        addresses: Sequence[str],
        proxy: str | None,
        trusted: Certificates | None,
        *,
        agent: str,
        limit: int,
        room: int,
        headers: Sequence[tuple[str, str]] | None = None,
        body: bytes | None = None,
    ) -> PageRequest:
        """Begins. `addresses`: where to connect, and nowhere else; empty: where the name leads on the public internet.
        With a `proxy` (as in `WireClient`) that looks the name up. `limit`: bytes of the decompressed body that are
        read; `room`: bytes of the text.

        With `headers` it is a service's that the user has named: it may lie anywhere, no redirect is followed, a `body`
        of JSON is posted, and it may take 110 s.

        Raises ValueError for what cannot be sent.
        """

    def wait(self) -> Page:
        """Wait for it, once; the GIL is released."""

    def cancel(self) -> None:
        """Whoever waits is told at once, and the connection is closed."""

@final
class Page:
    """What came of a `PageRequest`."""

    outcome: Literal["text", "pdf", "binary", "elsewhere", "local", "failed", "cancelled"]
    """An answer that is HTML or other text, a PDF, or neither; a redirect to another place; a name that leads to no
    address of the public internet; no answer."""
    kind: Literal["", "timeout", "untrusted", "connection", "broken", "unsendable"]
    """Of a failure."""
    status: int
    """As HTTP numbers it."""
    url: str
    """Where it was read, after redirects; of "elsewhere" the other place."""
    reason: str
    """Why it failed, or only its beginning was read; of "local" the address."""
    content_type: str
    title: str
    text: str
    """HTML as Markdown."""
    size: int
    """Bytes that were read."""
    is_cut: bool
    """There is more than `text` has."""

    def body(self) -> bytes:
        """Of a PDF."""

@final
class WireClient:
    """A pool of connections by one way: HTTP/2 where the server offers it, else HTTP/1.1. Never tries again, never
    follows a redirect. All clients of a process share one thread, which the first request starts. A child after
    ``os.fork`` cannot use its parent's (ValueError).
    """

    def __new__(
        cls, proxy: str | None, trusted: Certificates | None, *, connect: float, read: float, write: float
    ) -> WireClient:
        """Opens no connection. `proxy` is a URL with http, https, socks5 or socks5h, which may hold a name and a
        password; a SOCKS proxy looks names up itself. Without `trusted` nothing can be encrypted. The limits are
        seconds: until there is a connection; of silence, before the answer and in it; without the server taking more
        of a request.

        Raises ValueError for a proxy that cannot be used.
        """

    def post(self, url: str, headers: Sequence[tuple[str, str]], body: bytes) -> Exchange:
        """Begins to send it; waits for nothing. Raises ValueError for what cannot be sent, without its content."""

    def close(self) -> None:
        """Close idle connections, and allow no new request. Waits for nothing."""

@final
class Exchange:
    """A request and its answer. Dropped before its end it is cancelled, unless it was left.

    A panic on the way is raised by `head` and `take`. In a child after ``os.fork`` everything raises ValueError.
    """

    def fileno(self) -> int:
        """Readable once there is what `head` or `take` returned None for."""

    def hush(self) -> None:
        """Make it unreadable until there is something again."""

    def head(self) -> tuple[int, dict[str, str], str] | None:
        """Status, headers by name in lower case, and the text (up to 1 MiB) of an answer with another status than 2xx.
        None: not yet. Status 0: there will be none, and `failure` says why.
        """

    def take(self) -> list[RawRecord | None] | None:
        """What has arrived since. None: nothing yet. An empty list: nothing more comes, and `failure` says whether that
        is the end. The connection is not read while a quarter of a MiB waits to be taken.
        """

    def rest(self) -> list[RawRecord | None]:
        """Once nothing more is waited for: the record that only lacked its end."""

    def leave(self) -> None:
        """Nothing more is expected: the answer's end is waited for in the background, for a quarter of a second, so
        that the connection can be used again.
        """

    def cancel(self) -> None:
        """Close the connection (HTTP/1.1) or the stream (HTTP/2) at once, unless the answer has ended or was left."""

    @property
    def form(self) -> Literal["", "events", "json", "page"]:
        """What the body is, by its first character: nothing yet, an event stream, JSON instead, or what is neither."""

    @property
    def said(self) -> str:
        """What the server said instead of records: a page, or lines that are none of an event stream."""

    @property
    def failure(self) -> tuple[Literal["timeout", "untrusted", "connection", "broken", "unsendable"], str] | None:
        """Why the answer ended as it should not, and what happened, in words without anything of the request: it took
        too long; the certificate is not trusted; there is no connection, or it broke; a record is longer than 64 MiB.
        """

@final
class RecordCutter:
    """Bytes to records, as `Exchange` does it; what comes out does not depend on where the bytes were cut."""

    def __new__(cls) -> RecordCutter: ...
    def feed(self, data: bytes) -> list[RawRecord | None]:
        """Raises ValueError for a record of more than 64 MiB."""

    def end(self) -> list[RawRecord | None]:
        """The record that only lacked its end. Raises ValueError as `feed` does."""

    @property
    def form(self) -> Literal["", "events", "json", "page"]: ...
    @property
    def is_full(self) -> bool:
        """Whether enough of a page has come: 64 KiB."""

    @property
    def said(self) -> str: ...
