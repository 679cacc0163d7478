"""Settings files of every layer, in a home, a workspace and an administrator's folder of their own."""

from __future__ import annotations

import os
from pathlib import Path

from claw.settings import Managed, Settings, read_settings


class Files:
    def __init__(self, root: Path) -> None:
        self.home, self.workspace, self.etc = root / "home", root / "workspace", root / "etc"
        for folder in (self.home, self.workspace):
            (folder / ".claude").mkdir(parents=True)
        (self.etc / "settings.d").mkdir(parents=True)
        self.managed = self.etc / "settings.json"
        self.user = self.home / ".claude/settings.json"
        self.project = self.workspace / ".claude/settings.json"
        self.local = self.workspace / ".claude/settings.local.json"

    def read(self) -> Settings:
        return read_settings(str(self.home), str(self.workspace), Managed(str(self.etc), os.getuid()))


def rules(settings: Settings) -> list[tuple[str, str, str]]:
    return [(rule.effect, rule.rule, rule.source) for rule in settings.rules]
