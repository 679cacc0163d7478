"""Every setting that claw reads: what it is called, what it holds, and what it is for.

`claw config set` checks by this table, and `docs/settings.md` lists it (`tests/handlers/test_settings_keys.py`).
"""

from __future__ import annotations

from typing import TypeAlias

Row: TypeAlias = tuple[str, str, str]
"""The name, by its keys with dots between; what it holds: `text`, `number`, `yes or no`, `texts`, `object`, `any`, or
texts that it may be, with `|` between; and what it is for.

Below an `object` there may be anything, which whoever reads the setting looks at.
"""

TITLES = "sessionTitles"
STYLE = "outputStyle"
SILENCE = "messageIdleNotifThresholdMs"
EXCLUDES = "claudeMdExcludes"
LOOKS = ("theme", "editorMode", "preferredNotifChannel", "terminalTitle", "screenReader")
"""What the terminal looks like (`claw.settings.looks`)."""
STATUS_LINE = "statusLine"
_CHANNELS = "auto|terminal_bell|iterm2|iterm2_with_bell|kitty|ghostty|notifications_disabled"

TABLE: tuple[Row, ...] = (
    ("permissions.allow", "texts", "calls that are made without a question"),
    ("permissions.ask", "texts", "calls that are asked about, whatever allows them"),
    ("permissions.deny", "texts", "calls that are not made"),
    ("permissions.defaultMode", "text", "the mode that a session begins in: default, acceptEdits, plan, dontAsk"),
    ("permissions.disableBypassPermissionsMode", "disable", "nobody may choose the mode bypassPermissions"),
    ("permissions.additionalDirectories", "texts", "folders that are taken for parts of the workspace"),
    ("sandbox.network.allowedDomains", "texts", "hosts that confined commands reach"),
    ("sandbox.network.deniedDomains", "texts", "hosts that they do not reach"),
    ("model", "text", "the model that a session begins with"),
    ("fallbackModel", "text", "the model that is asked while the other one's service is overloaded"),
    ("smallModel", "text", "the model for summaries, titles and hooks of type prompt"),
    ("effortLevel", "off|low|medium|high", "how much the model thinks"),
    (STYLE, "text", "how claw answers (docs/output-styles.md)"),
    (TITLES, "never|terminal|always", "which sessions get a title"),
    ("models", "object", "windows, prices and abilities of your own models, by name"),
    ("env", "object", "variables for the session and its tools, by name"),
    ("hooks", "object", "what is told of events, and has a say in them (docs/hooks.md)"),
    (SILENCE, "number", "milliseconds of your silence until hooks about idle_prompt are told (60000)"),
    ("disableAllHooks", "yes or no", "the hooks of the same file do not run"),
    ("tools", "texts", "tools of third parties: package:name, or package"),
    ("languageServers", "any", "programs that say what is wrong with an edit, by name; false: none"),
    (EXCLUDES, "texts", "patterns of instruction files that are left out"),
    ("memory", "yes or no", "whether the model writes notes for later sessions"),
    (
        "theme",
        "auto|ansi|dark|light|dark-daltonized|light-daltonized|dark-ansi|light-ansi",
        "the terminal's colours (docs/terminal.md)",
    ),
    ("editorMode", "normal|vim", "which keys the line has"),
    ("preferredNotifChannel", _CHANNELS, "how you are called to the terminal"),
    ("terminalTitle", "yes or no", "whether the window's title says what claw does"),
    ("screenReader", "yes or no", "whether it is plain: words instead of signs, and lines are only ever added"),
    (STATUS_LINE, "object", "a program of yours that writes a line below the input (docs/terminal.md)"),
)

KEYS = tuple(dict.fromkeys(row[0].partition(".")[0] for row in TABLE))
"""What stands at the top of a file."""
PERMISSIONS = tuple(row[0].partition(".")[2] for row in TABLE if row[0].startswith("permissions."))
