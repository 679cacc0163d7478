"""The client of the protocol's own Python library, as others use it, in front of claw."""

from __future__ import annotations

import asyncio
from typing import Any

import acp
from acp import schema

from tests.cli.live.world import CLAW, World, tool
from tests.cli.live.world import text as says


class Headless(acp.Client):
    """Allows every call once, fills in every form, and keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    async def session_update(self, session_id: str, update: Any, **more: Any) -> None:
        self.told.append(update)

    async def request_permission(self, options: Any, session_id: str, tool_call: Any, **more: Any) -> Any:
        chosen = next(option for option in options if option.kind == "allow_once")
        outcome = schema.AllowedOutcome(outcome="selected", option_id=chosen.option_id)
        return schema.RequestPermissionResponse(outcome=outcome)


def test_a_day_of_an_editor(world: World) -> None:
    """Each of its methods, and each message of claw's, is what the library's models say."""
    world.serve(
        tool("Write", {"file_path": "a.txt", "content": "one\n"}, say="I write."),
        tool("Bash", {"command": "echo out; exit 2"}),
        tool("TodoWrite", {"todos": [{"content": "Look", "status": "pending", "activeForm": "Looking"}]}),
        says("Done."),
        says("Other."),
    )
    client = Headless()

    async def live() -> None:
        started = acp.spawn_agent_process(
            client, CLAW, "acp", "--allowed-tools", "Bash", env=world.environ, cwd=world.workspace
        )
        async with started as (agent, process):
            here = str(world.workspace)
            hello = await agent.initialize(protocol_version=acp.PROTOCOL_VERSION)
            assert hello.agent_info is not None
            assert hello.agent_info.name == "claw"
            await agent.authenticate(method_id=hello.auth_methods[0].id)
            made = await agent.new_session(cwd=here, mcp_servers=[])
            session = made.session_id
            await agent.set_session_mode(session_id=session, mode_id="plan")
            await agent.set_config_option(session_id=session, config_id="mode", value="default")
            ended = await agent.prompt(session_id=session, prompt=[acp.text_block("Go.")])
            assert ended.stop_reason == "end_turn"
            assert [entry.session_id for entry in (await agent.list_sessions(cwd=here)).sessions] == [session]
            fork = await agent.fork_session(session_id=session, cwd=here, mcp_servers=[])
            await agent.cancel(session_id=fork.session_id)
            await agent.close_session(session_id=fork.session_id)
            await agent.close_session(session_id=session)
            client.told.clear()
            await agent.load_session(session_id=session, cwd=here, mcp_servers=[])
            await agent.close_session(session_id=session)
            await agent.resume_session(session_id=session, cwd=here)
            assert process.returncode is None

    asyncio.run(live())
    assert (world.workspace / "a.txt").read_text() == "one\n"
    chunks = [one for one in client.told if isinstance(one, schema.AgentMessageChunk)]
    assert [one.content.text for one in chunks] == ["I write.", "Done."]  # type: ignore[union-attr]
    begun = [one for one in client.told if isinstance(one, schema.ToolCallStart)]
    assert [one.kind for one in begun] == ["edit", "execute", "think"]
    assert any(isinstance(one, schema.AgentPlanUpdate) for one in client.told)
    assert any(isinstance(one, schema.UserMessageChunk) for one in client.told)
