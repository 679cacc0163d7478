"""The commands of claw: where each one's function is, what it takes, and what its help says."""

from __future__ import annotations

import builtins
from collections.abc import Callable

from claw.cli import parameters as p
from claw.cli.parameters import Parameter, argument, option, switch
from claw.late import load


class Command:
    """`module` has the function of the command's name, `list_` for `list`, which returns the exit code (None: 0).
    `help` is its line in the list of commands, `about` the text of its own help.

    A command with `parts` is run by the name of one of them; its own function only says so. `confines`: it asks what
    the kernel gives to confine commands, which is looked for while its modules are imported.
    """

    __slots__ = ("about", "confines", "help", "module", "name", "parameters", "parts")

    def __init__(
        self,
        name: str,
        module: str,
        help: str,
        about: str,
        parameters: tuple[Parameter, ...] = (),
        parts: tuple[Command, ...] = (),
        *,
        confines: bool = False,
    ) -> None:
        self.name = name
        self.module = module
        self.help = help
        self.about = about
        self.parameters = parameters
        self.parts = parts
        self.confines = confines

    def function(self) -> Callable[..., int | None]:
        function: Callable[..., int | None] = load(
            self.module, f"{self.name}_" if self.name in dir(builtins) else self.name
        )
        return function

    def part(self, name: str) -> Command | None:
        return next((part for part in self.parts if part.name == name), None)


MAIN = Command(
    "main",
    "claw.cli.live.main",
    "",
    """\
A coding agent for the terminal whose only memory is an event log.

Without a terminal, or with -p, the answer is printed and claw exits: 0 done, 1 failed, 2 usage, 3 permission denied,
4 money, tokens or time, 5 turns, 7 provider, 130/143 signals.""",
    (
        p.PROMPT,
        p.PRINT,
        *p.ANSWER,
        p.GO_ON,
        p.RESUME,
        *p.MODEL,
        *p.LEAVE,
        *p.RULES,
        *p.LIMITS,
        p.ADDED,
        *p.PROGRAM,
        p.FOLDER,
        p.NAME,
        p.INPUT_ID,
        p.PLAIN,
        p.VERSION,
    ),
    confines=True,
)

_RUN = Command(
    "run",
    "claw.cli.live.run",
    "answer one prompt and exit (the same as claw -p)",
    "Answer one prompt without a terminal and exit; what is piped in is added to the prompt.",
    (p.PROMPT, *p.ANSWER, *p.MODEL, *p.LEAVE, *p.RULES, *p.LIMITS, p.ADDED, p.FOLDER, p.NAME, p.INPUT_ID),
    confines=True,
)
_RESUME = Command(
    "resume",
    "claw.cli.live.resume",
    "go on with a session where it stopped",
    """\
Go on where a session stopped, in its own folder.

Without a terminal and without a prompt the turn that was left open is finished, and its answer printed.""",
    (
        argument(
            "session",
            "S",
            "Id prefix, name or @last; else you choose one, and a prompt goes to the last one here.",
        ),
        p.SENT,
        *p.ANSWER,
        *p.MODEL,
        *p.LEAVE,
        *p.RULES,
        *p.LIMITS,
        p.ADDED,
        p.INPUT_ID,
        p.PLAIN,
    ),
    confines=True,
)
_FORK = Command(
    "fork",
    "claw.cli.live.fork",
    "branch a session at any step into a new one",
    """\
Branch the conversation into a new session, whose id is printed. Files stay as they are.

With a prompt the fork answers it; on a terminal it goes on there; else it is only made.""",
    (
        argument("source", "S[@n|@n^]", "Where: @n after n's step, @n^ before it.", required=True),
        p.SENT,
        option("folder", "-C", metavar="DIR", help="The folder that the fork works in."),
        p.NAME,
        *p.ANSWER,
        *p.MODEL,
        *p.RULES,
        *p.LIMITS,
        p.ADDED,
        p.INPUT_ID,
        p.PLAIN,
    ),
    confines=True,
)
_SEND = Command(
    "send",
    "claw.cli.live.send",
    "say something to a session that runs elsewhere",
    """\
Give TEXT, or what is piped in, to session S while claw runs it in another terminal or program. It waits there until the
turn is over, as if it had been typed, and is shown as coming from outside.

Printed is the event that has it, S@N, once it is on disk. Where no claw runs the session, nothing is sent.""",
    (
        argument("session", "S", "Id prefix, name or @last.", required=True),
        argument("text", "TEXT", "What to say; - or nothing: what is piped in."),
        switch("steer", "--steer", help="Let the model read it with its next request, in the middle of the turn."),
        p.INPUT_ID,
    ),
)
_RENAME = Command(
    "rename",
    "claw.cli.live.rename",
    "give a session a name",
    """\
Give session S the name NAME, also while claw runs it elsewhere.""",
    (
        argument("session", "S", "Id prefix, name or @last.", required=True),
        argument("name", "NAME", "1 to 64 letters, digits, '.', '_' or '-'.", required=True),
    ),
)
_TAG = Command(
    "tag",
    "claw.cli.live.tag",
    "words to find a session by: add, remove, list",
    """\
Give session S tags, or take them away, also while claw runs it elsewhere; those that it has then are printed.
claw log --tag NAME and the list of claw resume find it by them.""",
    (
        argument("session", "S", "Id prefix, name or @last.", required=True),
        argument("tags", "NAME", "A tag to add; -NAME removes it.", many=True, dashed=True, values="tags"),
    ),
)
_ACP = Command(
    "acp",
    "claw.cli.live.acp",
    "serve an editor, by the Agent Client Protocol",
    """\
Talk to an editor over standard input and output by version 1 of the Agent Client Protocol: Zed, JetBrains, Neovim,
Emacs and others start claw so (docs/editors.md). One process has as many sessions as the editor opens; the flags hold
for each of them.""",
    (*p.MODEL, *p.LEAVE, *p.RULES, *p.LIMITS, p.ADDED, p.TIMEOUT),
    confines=True,
)
_SCHEDULE = Command(
    "schedule",
    "claw.cli.offline.schedule",
    "prompts that come by themselves, at times",
    """\
Prompts of your own that come by themselves in sessions in a folder, while claw is open there in a terminal and nothing
else is under way. They stand in your own log: claw log user.""",
    parts=(
        Command(
            "add",
            "claw.cli.offline.schedule",
            "have a prompt come at times",
            """\
Have PROMPT come at the times that CRON says, in local time: minute, hour, day of the month, month, day of the week. Its
id is printed. Where claw is open in the folder more than once, it comes in one of the sessions.""",
            (
                argument("cron", "CRON", "As in '0 9 * * 1-5' or '*/10 * * * *'.", required=True),
                argument("prompt", "PROMPT", "What comes; - or nothing: what is piped in."),
                switch("once", "--once", help="The next time, and then no more."),
                p.FOLDER,
            ),
        ),
        Command(
            "list",
            "claw.cli.offline.schedule",
            "what is scheduled for this folder",
            "List your own schedules for this folder, with the next time of each.",
            (switch("whole", "--all", help="For all folders."), p.FOLDER, p.JSON_LINE),
        ),
        Command(
            "remove",
            "claw.cli.offline.schedule",
            "take a schedule out",
            "Take out the schedule with this id. What your own log says of it stays there.",
            (argument("id", "ID", "As claw schedule list shows it.", required=True),),
        ),
    ),
)
_LOG = Command(
    "log",
    "claw.cli.offline.log",
    "list sessions, or the events of one",
    """\
List the sessions, or the events of the session S, a line each.

A session is named by the beginning of its id, by its name, or as @last. The log of what outlives sessions, such as
notes, is named user.""",
    (
        argument("session", "S", "Id prefix, name or @last."),
        switch("json", "--json", help="JSON Lines: seq, ts, kind, agent, cause, data."),
        switch("follow", "--follow", "-f", help="Go on with events as they are written."),
        switch("durable", "--durable", help="Only events that are on disk for certain."),
        option(
            "kind",
            "--kind",
            "-k",
            metavar="K",
            help="Only this kind, or family: 'tool.*'. May be repeated.",
            many=True,
        ),
        option("first", "--from", metavar="N", help="From this event on; -20: the last 20.", kind=p.NUMBER),
        option("last", "--to", metavar="N", help="Up to and including this event.", kind=p.NUMBER),
        option("agent", "--agent", metavar="N", help="Only events of this agent; 0 is the main one.", kind=p.NUMBER),
        option("pattern", "--grep", "-g", metavar="RE", help="Only events whose texts hold this expression."),
        option("tag", "--tag", metavar="NAME", help="List only the sessions with this tag.", values="tags"),
        switch("whole", "--all", help="All sessions, and not only those that were written to last."),
    ),
)
_SHOW = Command(
    "show",
    "claw.cli.offline.show",
    "show one event, or the request a model was sent",
    """\
Show the event S@N: its data, the chain of its causes, and what it led to. Or all of session S, as a transcript.

With --request, show what the model was sent: the request is rebuilt from the log alone, and its digest compared with
the recorded one.""",
    (
        argument("event", "S[@N]", "Event N of session S, or all of it to read.", required=True),
        switch("request", "--request", help="The request of a model.requested, rebuilt."),
        p.JSON_LINE,
    ),
)
_EXPORT = Command(
    "export",
    "claw.cli.offline.export",
    "write a session as Markdown or JSON",
    """\
Write session S as a text to read: Markdown, to standard output or into FILE, which must be new. With --json, or where
the name of FILE ends in .json or .jsonl: a line of JSON for each passage.""",
    (
        argument("session", "S", "Id prefix, name or @last.", required=True),
        argument("file", "FILE", "Where to; - or nothing: standard output."),
        switch("json", "--json", help="JSON instead of Markdown."),
        switch("replace", "--replace", help="Replace FILE where it is there already."),
    ),
)
_REPLAY = Command(
    "replay",
    "claw.cli.offline.replay",
    "decide a recorded session again and compare",
    """\
Feed the recorded facts of sessions to this claw and compare every decision with the recorded one.

Nothing is done again: no network, no process, no write. The first difference is shown with its cause. Exit code 8 for
a difference, 9 for a log that does not verify.""",
    (
        p.SESSIONS,
        p.ALL,
        switch(
            "content",
            "--content",
            off="--no-content",
            default=True,
            help="Show the values that differ, or nothing of the session.",
        ),
    ),
)
_VERIFY = Command(
    "verify",
    "claw.cli.offline.verify",
    "check that a log is whole and unchanged",
    """\
Check logs: every checksum, every link of the hash chain, and that the events can be what claw wrote.

Bytes first; then each event must be what its kind says, each decision must have its cause in its step, no tool may
have started without an allow or a grant, each call has one end, the streamed chunks make up each reply, and long
content that lies beside the log is what its digest says.""",
    (p.SESSIONS, p.ALL),
)
_COST = Command(
    "cost",
    "claw.cli.offline.cost",
    "tokens and money, by model",
    """\
Show tokens and money: of the session S by model and by agent, or of all sessions. With --by, of S or of all sessions
by day, model, agent, tool (a reply counts for the tools it calls, in equal parts) or session.

What a fork inherited was spent by its parent: it is shown apart and counted once. A cost marked +? has calls whose
price is not known.""",
    (
        argument("session", "S", "Id prefix, name or @last; none: all sessions."),
        option("by", "--by", metavar="WHAT", help="By day, model, agent, tool or session."),
        switch("json", "--json", help="One line of JSON per session, or per day, model, …."),
    ),
)
_CONTEXT = Command(
    "context",
    "claw.cli.offline.context",
    "what takes how much of the model's window",
    """\
Show what the next request of session S takes of its model's window, part by part, and what could go: now, or as it was
after event N. Where the provider has counted, the parts add up to what it said.""",
    (
        argument("session", "S[@N]", "Id prefix, name or @last, or one of its events.", required=True),
        option("agent", "--agent", metavar="N", help="Of this agent; 0 is the main one.", kind=p.NUMBER),
        p.JSON_LINE,
    ),
)
_FSCK = Command(
    "fsck",
    "claw.cli.offline.fsck",
    "look for damage in a log, and save what is whole",
    """\
Explain what is wrong with a log. Nothing is ever repaired in place.

With --salvage, the records before the first damage become a new session; the damaged log stays as it is.""",
    (
        argument("session", "S", "Id prefix, name, @last, or a log's folder.", required=True),
        switch("salvage", "--salvage", help="Copy every record before the damage into a new session."),
    ),
)
_DEMO = Command(
    "demo",
    "claw.cli.live.demo",
    "watch a session at work, with no key and no network",
    """\
Watch claw repair a small repository, then verify, replay and fork the session.

The model is a script on this machine; log, tools, permissions and files are real. Needs no key and no network.""",
)
_PERMISSIONS = Command(
    "permissions",
    "claw.cli.permissions.group",
    "what is allowed here, why, and under other rules",
    "What may be done here without a question: the rules in force, verdicts on calls, and other rules tried out.",
    parts=(
        Command(
            "list",
            "claw.cli.permissions.listing",
            "the rules in force here, and where they come from",
            "List the rules in force here, from the highest layer to the lowest, and what is not taken and why.",
            (p.FOLDER, *p.RULES, p.JSON),
            confines=True,
        ),
        Command(
            "explain",
            "claw.cli.permissions.explain",
            "the verdict on one call, part by part",
            """\
Say what would happen to a call here: the verdict, the rule and its line, each part of a command line by itself.

Nothing is run. Paths are looked up on this disk.""",
            (argument("call", "CALL", p.CALL, required=True), p.MODE, p.FOLDER, *p.RULES),
            confines=True,
        ),
        Command(
            "check",
            "claw.cli.permissions.check",
            "verdicts for programs: on one call, or on many as JSON Lines",
            """\
Judge one call: exit code 0 if it is allowed, 3 if it is denied or a person would be asked.

Without CALL, with --json: calls as JSON Lines on standard input, {"tool", "input"} and maybe "cwd" and "mode"; for
each a line with its verdict, or with an error, and then the exit code is 2. "cwd" is the folder of the session that
would make the call.""",
            (argument("call", "CALL", p.CALL), p.JSON, p.MODE, p.FOLDER, *p.RULES),
            confines=True,
        ),
        Command(
            "backtest",
            "claw.cli.permissions.backtest",
            "what other rules would have said in past sessions",
            """\
Judge every recorded call of past sessions by other rules, and show which verdicts would be others.

Without RULES it shows what this claw's policy says otherwise than the one that recorded the session. Only logs are
read. Where one lacks a fact that the rules need, the answer is unknown. The mode is the file's defaultMode or else
the recorded one; what was granted in a session counts as it did.""",
            (
                argument(
                    "rules",
                    "RULES",
                    "A settings file; its rules stand in for all that were in force. Without one those that were in "
                    "force count.",
                    default="",
                ),
                p.SESSIONS,
                p.ALL,
                p.JSON,
            ),
        ),
        Command(
            "revoke",
            "claw.cli.permissions.revoke",
            "take back what was allowed, for always or in a session",
            """\
Take an allow rule out of your settings, where an answer of "always" has put it; the rest of the file stays.

With --session: take back what answers allowed in a session, for its rest or for always; without RULE, all of that.
Where claw runs that session, type /permissions revoke RULE there.

With --trust: forget what you answered about this folder's own settings, yes or no; the next session there asks.""",
            (
                argument("rule", "RULE", "As claw permissions list or /permissions shows it."),
                option(
                    "session",
                    "--session",
                    metavar="S",
                    help="Take it back in this session: id prefix, name or @last.",
                ),
                switch("trusted", "--trust", help="Forget the answer about this folder's own settings."),
                p.FOLDER,
            ),
        ),
    ),
)
_HOOKS = Command(
    "hooks",
    "claw.cli.offline.hooks",
    "the hooks that a session here has",
    """\
List the hooks that are in force here: yours, and this folder's, once trusted.

Below them: what of the settings files is left out and why.""",
    (p.FOLDER, p.JSON_LINE),
)
_MCP = Command(
    "mcp",
    "claw.cli.offline.mcp",
    "the MCP servers that a session here has",
    "MCP servers that are configured for this folder, for claw or for other agents (docs/mcp.md).",
    parts=(
        Command(
            "list",
            "claw.cli.offline.mcp",
            "the servers here, and whether each is used",
            "List the MCP servers: yours, and this folder's, once trusted. Below them: what of them has no effect.",
            (p.FOLDER, p.JSON_LINE),
        ),
    ),
)
_AGENTS = Command(
    "agents",
    "claw.cli.offline.agents",
    "the kinds of agent that a session here can start",
    """\
List the kinds of agent: claw's, yours in ~/.claude/agents, and this folder's in .claude/agents, once trusted.

Below them: the files that are left out and why, and what of the others has no effect.""",
    (p.FOLDER, p.JSON_LINE),
)
_SKILLS = Command(
    "skills",
    "claw.cli.offline.skills",
    "the commands and skills that a session here has",
    """\
List commands and skills: yours in ~/.claude, ~/.agents, ~/.codex and ~/.config/opencode, and this folder's.

Below them: the files that are left out and why, and what of the others has no effect.""",
    (p.FOLDER, p.JSON_LINE),
)
_PLUGIN_NAME = argument("name", "NAME", "As claw plugin list shows it.", required=True)
_YES = switch("yes", "-y", "--yes", help="Say yes to what it brings, without being asked.")
_PLUGIN = Command(
    "plugin",
    "claw.cli.offline.plugin",
    "folders of commands, skills, agents and hooks: install, list, remove",
    """\
Plugins bring commands, skills, agents and hooks (docs/plugins.md). One is installed by your yes to just the files that
it has; where they are others later, nothing of it counts.

SOURCE is a folder, a git repository (https://HOST/PATH[@REF], git@HOST:PATH[@REF], OWNER/REPOSITORY of GitHub), or
NAME@MARKETPLACE.""",
    parts=(
        Command(
            "install",
            "claw.cli.offline.plugin",
            "show what a plugin brings, and install it after a yes",
            "Show what the plugin brings, ask, and copy its files into claw's own folder.",
            (argument("source", "SOURCE", "A folder, a git repository, or NAME@MARKETPLACE.", required=True), _YES),
        ),
        Command(
            "list",
            "claw.cli.offline.plugin",
            "the plugins that are installed",
            "List the plugins that are installed. Below them: what of them has no effect and why.",
            (p.JSON_LINE,),
        ),
        Command(
            "show",
            "claw.cli.offline.plugin",
            "what a plugin brings, installed or not",
            "Show what a plugin brings: hooks with their commands, what its commands allow, agents, servers.",
            (argument("what", "NAME|SOURCE", "One that is installed, or where one is.", required=True), p.JSON_LINE),
        ),
        Command(
            "update",
            "claw.cli.offline.plugin",
            "take a plugin again from where it came, after a yes",
            "Look where plugins were taken from; show what has changed, ask, and take what is there now.",
            (argument("name", "NAME", "Only this one; else all."), _YES),
        ),
        Command(
            "enable",
            "claw.cli.offline.plugin",
            "have a plugin take part again",
            "Have a plugin take part in sessions again.",
            (_PLUGIN_NAME,),
        ),
        Command(
            "disable",
            "claw.cli.offline.plugin",
            "keep a plugin, and have it take no part",
            "Keep a plugin, and have it take no part in sessions that begin from here on.",
            (_PLUGIN_NAME,),
        ),
        Command(
            "remove",
            "claw.cli.offline.plugin",
            "take a plugin out",
            "Take a plugin out, and remove its files from claw's own folder.",
            (_PLUGIN_NAME,),
        ),
        Command(
            "marketplace",
            "claw.cli.offline.plugin",
            "lists of plugins: add one, remove it, see what it has",
            """\
A marketplace is a folder or a git repository that lists plugins, in .claude-plugin/marketplace.json. Without words
those that are known are listed; with the name of one, the plugins that it has. To add one installs nothing.""",
            (
                argument("what", "add|remove|NAME", "What to do, or whose plugins to list."),
                argument("source", "SOURCE|NAME", "Where it is, or which one."),
                p.JSON_LINE,
            ),
        ),
    ),
)
_MODELS = Command(
    "models",
    "claw.cli.offline.models",
    "what is known of models: windows, prices, abilities",
    """\
List the models of Anthropic and OpenAI that have prices: the window, the longest reply that is asked for, prices of
today in dollars for a million tokens, whether images and PDFs are taken, how it is told how much to think, and whether
there is a key. With --servers: what each server that claw knows has of the APIs it speaks.

Any other model is asked by anthropic/NAME, openai/NAME or openai-chat/NAME; what it costs is unknown.""",
    (
        argument("filter", "TEXT", "Only models whose name or short name holds this."),
        switch("servers", "--servers", help="Of servers: what they have of the APIs they speak."),
        p.JSON_LINE,
    ),
)
_SETTING = argument("key", "KEY", "As it stands in settings files: model, permissions.allow, …", required=True)
_SCOPE = option(
    "scope",
    "--scope",
    metavar="WHOSE",
    help="Whose file: yours (user), this folder's for yourself (local) or for all who work here (project).",
    values=("user", "local", "project"),
)
_CONFIG = Command(
    "config",
    "claw.cli.offline.config",
    "what settings say, and where it comes from",
    """\
What the settings files of the administrator, of yours and of this folder say, and which of it counts
(docs/settings.md). Flags of a run go before all but the administrator's.""",
    parts=(
        Command(
            "get",
            "claw.cli.offline.config",
            "the value that counts",
            "Print the value that counts: a text as it is, anything else as JSON. Exit code 1: no file says anything.",
            (_SETTING, p.FOLDER),
        ),
        Command(
            "explain",
            "claw.cli.offline.config",
            "what each file says of it, and why it counts or does not",
            "Show what each file says of the setting, with its line, whether that counts, and why not.",
            (_SETTING, p.FOLDER, p.JSON_LINE),
        ),
        Command(
            "set",
            "claw.cli.offline.config",
            "write it into a file of yours, or of this folder",
            """\
Write the setting into a file: ~/.config/claw/config.toml where there is one, else ~/.claude/settings.json; or this
folder's (--scope). Everything else in the file stays, comments too. What would not count is not written.

A list is written as JSON has it, ["Bash(rm:*)"]; --add puts one text behind those that are there.""",
            (
                _SETTING,
                argument("value", "VALUE", "A text, true or false, or JSON for a list or an object.", required=True),
                _SCOPE,
                switch("add", "--add", help="VALUE is one more entry of a list."),
                p.FOLDER,
            ),
        ),
        Command(
            "unset",
            "claw.cli.offline.config",
            "take it out of a file of yours, or of this folder",
            """\
Take the setting out of the file, or only the entry VALUE of a list. Everything else in the file stays. Exit code 1: it
is not there.""",
            (_SETTING, argument("value", "VALUE", "Only this entry of a list."), _SCOPE, p.FOLDER),
        ),
    ),
)
_NOTE = argument("note", "N", "Its number, or its path as the list shows it.", required=True)
_MEMORY = Command(
    "memory",
    "claw.cli.offline.memory",
    "notes that later sessions load, and whether there are any",
    """\
The notes that the model has written for later sessions, with where each comes from, and whether there is long-term
memory at all: it is off until you turn it on.""",
    parts=(
        Command(
            "list",
            "claw.cli.offline.memory",
            "the notes that sessions here load, or all",
            "List the notes that sessions in this folder load, with who wrote each, where and when.",
            (p.FOLDER, switch("everything", "--all", help="Those of all projects."), p.JSON_LINE),
        ),
        Command(
            "show",
            "claw.cli.offline.memory",
            "what a note says, and where it comes from",
            "Show all that a note says, and where it comes from.",
            (_NOTE, p.FOLDER, p.JSON_LINE),
        ),
        Command(
            "edit",
            "claw.cli.offline.memory",
            "change what a note says",
            """\
Change what a note says: to TEXT, to what is piped in, or, on a terminal, to what your editor (VISUAL, EDITOR) makes of
it.""",
            (_NOTE, argument("text", "TEXT", "What it is to say."), p.FOLDER),
        ),
        Command(
            "remove",
            "claw.cli.offline.memory",
            "take notes out",
            "Take notes out: no later session loads them. Your own log keeps what they said (claw log user).",
            (argument("note", "N", "Numbers or paths, as the list shows them.", many=True), p.FOLDER),
        ),
        Command(
            "on",
            "claw.cli.offline.memory",
            "turn long-term memory on, for all projects",
            "Say what long-term memory is, ask, and turn it on in your settings file. Needs a terminal.",
        ),
        Command(
            "off",
            "claw.cli.offline.memory",
            "turn long-term memory off, for all projects",
            "Turn long-term memory off in your settings file. The notes stay where they are.",
        ),
    ),
)
_DOCTOR = Command(
    "doctor",
    "claw.cli.offline.doctor",
    "check this installation",
    """\
Check this installation: versions, the disk under claw's home, keys, programs, the sandbox, the terminal, the sessions,
the settings files that count in this folder.

Of keys only the names are shown. Nothing is changed; a test file is written into claw's home and removed.""",
)

_COMPLETION = Command(
    "completion",
    "claw.cli.offline.completion",
    "print what has a shell complete claw's commands",
    """\
Print the script that has SHELL complete commands, flags, sessions and models: bash, zsh or fish. In ~/.bashrc:
eval "$(claw completion bash)"; for zsh the same in ~/.zshrc, behind compinit; for fish: claw completion fish | source.

With words instead of a shell, it prints what the last of WORD may be, a line each: the scripts ask so.""",
    (
        argument("shell", "SHELL", "bash, zsh or fish.", required=True, values=("bash", "zsh", "fish")),
        argument("words", "WORD", "What is typed behind claw.", many=True),
    ),
)

COMMANDS = {
    command.name: command
    for command in (
        *(_RUN, _RESUME, _FORK, _SEND, _RENAME, _TAG, _ACP, _SCHEDULE),
        *(_LOG, _SHOW, _EXPORT, _REPLAY, _VERIFY, _COST, _CONTEXT, _FSCK),
        *(
            _DEMO,
            _PERMISSIONS,
            _HOOKS,
            _MCP,
            _AGENTS,
            _SKILLS,
            _PLUGIN,
            _MODELS,
            _MEMORY,
            _CONFIG,
            _DOCTOR,
            _COMPLETION,
        ),
    )
}
"""By name, in the order in which help lists them."""
