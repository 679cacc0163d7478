"""What a call may write into the user's settings file, and what becomes of the rest of it."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest

from claw.events.base import Event
from claw.events.setting import SettingSaved, SettingSaveRequested
from claw.handlers.base import Call
from claw.handlers.setting import SettingHandler
from claw.session.config import Options, check_setting
from claw.settings import Settings

KEY = {"ANTHROPIC_API_KEY": "sk-ant-test-0123456789abcdef"}


async def saved(
    path: Path, value: str = "claude-haiku-4-5", setting: str = "model", **settings: object
) -> SettingSaved:
    events: list[Event] = []
    check = partial(check_setting, Options(workspace="/", environ=KEY), Settings(**settings))  # type: ignore[arg-type]
    intent = SettingSaveRequested(tool_call=3, setting=setting, value=value)
    await SettingHandler(path, check).perform(Call(5, intent, events.append))
    (event,) = events
    assert isinstance(event, SettingSaved)
    assert (event.call, event.tool_call, event.path) == (5, 3, str(path))
    return event


@pytest.mark.anyio
async def test_all_else_in_the_file_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "new" / "settings.json"
    assert not (await saved(path)).error
    assert json.loads(path.read_text()) == {"model": "claude-haiku-4-5"}
    path.write_text('{\n    "env": {"A": "b"},\n    "model": "x",\n    "permissions": {"allow": ["Read"]}\n}\n')
    assert not (await saved(path)).error
    assert list(json.loads(path.read_text())) == ["env", "model", "permissions"]
    before = path.stat().st_mtime_ns
    assert not (await saved(path)).error
    assert path.stat().st_mtime_ns == before, "done again, as after a crash, it changes nothing"


@pytest.mark.anyio
@pytest.mark.parametrize("text", ["[]", "7", "{", '{"a": 1, "a": 2'])
async def test_what_is_no_settings_file_is_left_alone(text: str, tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(text)
    assert (await saved(path)).error
    assert path.read_text() == text


@pytest.mark.anyio
async def test_what_a_person_could_not_do_is_not_done(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    assert "No key for OpenAI" in (await saved(path, "openai/gpt-5")).error
    managed = await saved(path, managed=frozenset({"model"}), model="claude-opus-5", sources={"model": "managed:3"})
    assert "managed:3 sets the model claude-opus-5" in managed.error
    assert (await saved(path, setting="permissions")).error
    (tmp_path / "file").write_text("")
    assert "cannot be written" in (await saved(tmp_path / "file" / "settings.json")).error
    assert not path.exists()
