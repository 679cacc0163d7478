"""A plugin of several parts, for tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.cli.live.world import World
from tests.e2e.test_own_commands import write

RUN = '#!/bin/sh\necho "run $1 in $(basename "$(realpath "$(dirname "$0")/../..")")"\n'
GO = """---
description: Formats
allowed-tools: Bash(${CLAUDE_PLUGIN_ROOT}/scripts/run.sh:*)
---
Format $1. It says: !`${CLAUDE_PLUGIN_ROOT}/scripts/run.sh now`
"""
HOOK = """#!/bin/sh
cat >/dev/null
echo "hooked by $1, $CLAUDE_PLUGIN_ROOT" >>"$CLAUDE_PROJECT_DIR/hooked"
"""


def made(folder: Path, name: str = "fmt", **manifest: Any) -> Path:
    """A plugin in this folder that brings one of everything."""
    write(folder / ".claude-plugin/plugin.json", json.dumps({"name": name, "version": "1.0.0", **manifest}))
    write(folder / "commands/go.md", GO)
    write(folder / "agents/look.md", "---\nname: look\ndescription: Looks\ntools: Read\n---\nLook around.\n")
    write(
        folder / "skills/tidy/SKILL.md", "---\nname: tidy\ndescription: Tidies\n---\nTidy in ${CLAUDE_PLUGIN_ROOT}.\n"
    )
    write(folder / "scripts/run.sh", RUN)
    write(folder / "scripts/hook.sh", HOOK)
    for script in ("run", "hook"):
        (folder / f"scripts/{script}.sh").chmod(0o755)
    command = '"${CLAUDE_PLUGIN_ROOT}"/scripts/hook.sh write'
    hooks = {"PostToolUse": [{"matcher": "Write", "hooks": [{"type": "command", "command": command}]}]}
    write(folder / "hooks/hooks.json", json.dumps({"description": "Hooks", "hooks": hooks}))
    return folder


def stored(world: World) -> list[Path]:
    """The plugins' folders in claw's home."""
    store = world.claw_home / "plugins/store"
    return sorted(store.iterdir()) if store.is_dir() else []


def listed(world: World) -> dict[str, dict[str, Any]]:
    """What `claw plugin list` says of each, by its name."""
    done = world.run("plugin", "list", "--json")
    assert done.returncode == 0, done.stderr
    return {one["name"]: one for one in map(json.loads, done.stdout.splitlines())}
