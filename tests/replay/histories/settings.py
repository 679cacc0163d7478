"""Settings that a model looks at, and has changed."""

from __future__ import annotations

import json

from msgspec.structs import replace

from claw.events.permission import Mode, Rule
from claw.events.session import ConfigChanged, Limits, Style
from claw.events.setting import SettingSaved
from claw.tools.config import Config
from tests.pure.drive import Drive
from tests.replay.histories.agents import over
from tests.replay.histories.hooked import heard, hook
from tests.replay.histories.parts import HISTORIES, history
from tests.replay.histories.tasks import answers, spawn, task, with_agents

CONFIG = Config.spec
ALLOWED = Rule(effect="allow", rule="Config", source="s:1")


def configured(setting: str | None = None, value: str | None = None) -> tuple[str, str]:
    given = {"setting": setting, "value": value}
    return "Config", json.dumps({name: one for name, one in given.items() if one is not None})


def saved(drive: Drive, error: str = "") -> None:
    call = drive.open("setting.save_requested")
    drive.feed(SettingSaved(call=call, tool_call=drive.log[call].data.tool_call, path="/h/s.json", error=error))


@history
def settings_that_are_looked_at() -> Drive:
    rules = (ALLOWED, Rule(effect="deny", rule="Read(x)", source="s:2"))
    settings = {
        "rules": rules,
        "hooks": (hook("Stop"),),
        "limits": Limits(turns=99),
        "domains": ("a.example", "b.example"),
    }
    drive = with_agents(tools=(CONFIG,), **settings, sources={"limits.turns": "--max-turns"})
    for setting in (None, "model", "limits.turns", "permissions.deny", "hooks", "domains", "compact_at", "nothing"):
        spawn(drive, configured(setting))
    drive.reply("so")
    heard(drive)
    return drive


@history
def output_styles_that_are_changed() -> Drive:
    """In the place of claw's instructions, behind them, and none again; an agent goes on as its kind says."""
    drive = with_agents(style=Style(name="a", source="s", digest="00", text="as a", instead="be kind"))
    spawn(drive, task())
    drive.reply("seen", agent=1)
    drive.reply("so")
    styles = (Style(name="b", source="s", digest="01", text="as b"), None)
    for style in styles:
        drive.feed(ConfigChanged(config=replace(drive.state.session.settings, style=style)))
        drive.say("more")
        drive.reply("so")
    return drive


@history
def settings_that_are_changed() -> Drive:
    """Each time the person is asked, whatever rule allows it, and no rule is offered for the next."""
    drive = with_agents(tools=(CONFIG,), rules=(ALLOWED,))
    spawn(drive, configured("model", "other"))
    answers(drive, 0, scope="always", rule="Config")
    saved(drive)
    spawn(drive, configured("model", "another"))
    answers(drive, 0)
    saved(drive, "It cannot be.")
    spawn(drive, configured("model", "a third"))
    answers(drive, 0, allowed=False)
    for setting in ("permissions.allow", "hooks", "mode", None):
        spawn(drive, configured(setting, "x"))
    return over(drive)


def in_mode(mode: Mode, *rules: Rule) -> Drive:
    drive = with_agents(tools=(CONFIG,), mode=mode, rules=rules)
    for call in (configured("model", "other"), configured("model"), configured()):
        spawn(drive, call)
        if drive.all_open("permission.asked"):
            answers(drive, 0)
        if drive.all_open("setting.save_requested"):
            saved(drive)
    return over(drive)


HISTORIES["settings_in_bypass"] = lambda: in_mode("bypassPermissions")
HISTORIES["settings_in_plan"] = lambda: in_mode("plan")
HISTORIES["settings_unasked"] = lambda: in_mode("dontAsk", ALLOWED)
HISTORIES["settings_asked"] = lambda: in_mode("default", Rule(effect="ask", rule="Config", source="s:4"))
HISTORIES["settings_denied"] = lambda: in_mode("default", Rule(effect="deny", rule="Config", source="s:3"))
