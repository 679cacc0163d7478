"""The table of what models and servers can do: which row a name and an address find."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from claw.events.session import Model
from claw.providers import abilities, catalogue
from claw.providers.abilities import COMPATIBLE, FAMILIES, family_of, maker_of, server_of

CLAW = Path(abilities.__file__).parent.parent


@pytest.mark.parametrize(
    ("name", "thinking", "off", "bound"),
    [
        ("claude-opus-5-5", "adaptive", "low", True),
        ("anthropic/claude-sonnet-5.5", "adaptive", "between_tools", True),
        ("claude-haiku-5-5-20261001", "adaptive", "disabled", True),
        ("claude-sonnet-5", "adaptive", "disabled", False),
        ("claude-sonnet-5-20260401", "adaptive", "disabled", False),
        ("claude-opus-5-7", "adaptive", "low", True),
        ("claude-someday-7", "adaptive", "low", True),
        ("claude-haiku-5", "adaptive", "low", False),
        ("us.anthropic.claude-sonnet-4-6-20260101-v1:0", "adaptive", "", False),
        ("claude-opus-4-8", "adaptive", "", False),
        ("claude-opus-4-20250514", "budget", "", False),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "budget", "", False),
        ("claude-opus-4-1@20250805", "budget", "", False),
        ("claude-3-7-sonnet-latest", "budget", "", False),
        ("gpt-6.1-sol", "effort", "none", False),
        ("openai/gpt-5.4-mini", "effort", "none", False),
        ("gpt-5-nano-2025-08-07", "effort", "minimal", False),
        ("gpt-5.1-codex-max", "effort", "low", False),
        ("codex-mini-latest", "effort", "low", False),
        ("gpt-5.4-pro", "effort", "", False),
        ("o3-pro", "effort", "", False),
        ("o4-mini", "effort", "low", False),
        ("gpt-5.1-chat-latest", "none", "", False),
        ("gpt-4o", "none", "", False),
        ("gpt-4.1-mini", "none", "", False),
        ("gpt-oss:120b", "none", "", False),
        ("llama3.2", "unknown", "", False),
        ("solo-o3x", "unknown", "", False),
        ("", "unknown", "", False),
    ],
)
def test_how_a_model_is_told_how_much_to_think(name: str, thinking: str, off: str, bound: bool) -> None:
    found = family_of(name)
    assert (found.thinking, found.off, found.bound) == (thinking, off, bound)


@pytest.mark.parametrize(
    ("name", "images", "output"),
    [
        ("gpt-3.5-turbo", False, 8_192),
        ("openai/gpt-oss-20b", False, 8_192),
        ("o1-mini-2024-09-12", False, 32_000),
        ("o1", True, 32_000),
        ("claude-2.1", False, 8_192),
        ("claude-instant-1.2", False, 8_192),
        ("claude-3-haiku-20240307", True, 8_192),
        ("claude-sonnet-4-5", True, 32_000),
        ("gpt-4.1", True, 16_000),
        ("gpt-6-sol", True, 32_000),
        ("DeepSeek-R1-Distill-Qwen-32B", False, 8_192),
        ("hf.co/unsloth/DeepSeek-V3.1-GGUF:Q4", False, 8_192),
        ("deepseek-vl2", True, 8_192),
        ("qwen3-coder:30b", False, 8_192),
        ("Qwen/Qwen2.5-Coder-7B", False, 8_192),
        ("qwen3-vl", True, 8_192),
        ("moonshotai/kimi-k2-thinking", False, 8_192),
        ("kimi-k2.5", True, 8_192),
        ("starcoder2:15b", False, 8_192),
        ("phind-codellama", False, 8_192),
    ],
)
def test_what_a_model_takes_and_how_long_a_reply_is_asked_for(name: str, images: bool, output: int) -> None:
    found = family_of(name)
    assert (found.images, found.output) == (images, output)


def test_every_row_is_found_by_each_of_its_heads() -> None:
    """A row that another one hides would say nothing."""

    def names() -> Iterator[tuple[str, object]]:
        for family in FAMILIES:
            for head in family.heads:
                yield head + (family.having and f"-{family.having.strip('-')}"), family

    hidden = [name for name, family in names() if family_of(name) is not family]
    assert hidden == []


def test_whose_service_a_name_asks() -> None:
    names = ("gpt-9-x", "o3", "codex-mini", "chatgpt-4o-latest", "claude-x", "xo3", "my-gpt-5", "llama3", "opus")
    assert [maker_of(name) for name in names] == ["openai"] * 4 + ["anthropic"] + [""] * 4
    assert abilities.newest()["opus"] == "claude-opus-5-5"


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://api.anthropic.com", "Anthropic"),
        ("https://api.anthropic.com:443/v1", "Anthropic"),
        ("http://api.anthropic.com", "another"),
        ("https://api.anthropic.com.example.com", "another"),
        ("https://xapi.openai.com/v1", "another"),
        ("https://API.OpenAI.com/v1", "OpenAI"),
        ("https://ours.openai.azure.com/openai/v1", "Azure OpenAI"),
        ("https://openrouter.ai/api/v1", "OpenRouter"),
        ("https://bedrock-runtime.us-east-1.amazonaws.com/openai/v1", "Bedrock"),
        ("http://localhost:11434/v1", "Ollama"),
        ("http://[::1]:8080", "llama.cpp"),
        ("http://127.0.0.1:9", "another"),
        ("http://192.168.0.2:11434/v1", "another"),
        ("http://[bad", "another"),
        ("", "another"),
    ],
)
def test_which_server_an_address_is(url: str, name: str) -> None:
    assert server_of(url).name == name


def test_a_server_that_nothing_is_known_of_is_asked_in_the_oldest_words() -> None:
    plain = (COMPATIBLE.strict, COMPATIBLE.words, COMPATIBLE.documents, COMPATIBLE.cache_key, COMPATIBLE.freeform)
    assert not any(plain)
    assert COMPATIBLE.limit == "max_tokens"


@pytest.mark.parametrize(
    ("api", "name", "fields", "taken"),
    [
        ("openai-responses", "gpt-5.4", {}, True),
        ("openai-chat", "gpt-5.4", {}, False),
        ("openai-responses", "gpt-4.1", {}, False),
        ("openai-responses", "gpt-5.4", {"base_url": "http://localhost:8000/v1"}, False),
        ("openai-responses", "m", {"base_url": "http://localhost:8000/v1", "having": ("freeform",)}, True),
        ("openai-responses", "gpt-5.4", {"without": ("freeform",)}, False),
        ("openai-responses", "gpt-5.4", {"base_url": "https://x.openai.azure.com/openai/v1"}, True),
    ],
)
def test_who_takes_tools_by_a_grammar(api: str, name: str, fields: dict[str, object], taken: bool) -> None:
    model = Model(provider="openai", api=api, name=name, **fields)  # type: ignore[arg-type]
    assert catalogue.takes_freeform(model) is taken


def test_no_other_module_tells_models_apart_by_their_names() -> None:
    """But for how names are spelled (`names`), and which tool a log was recorded with (`projections.tools`)."""
    told = re.compile(r"[\"'|(](?:gpt|claude|o\\d|deepseek|qwen|kimi|codex)[-\\[|.(]")
    found = [str(path.relative_to(CLAW)) for path in sorted(CLAW.rglob("*.py")) if told.search(path.read_text())]
    assert found == ["projections/tools.py", "providers/abilities.py", "providers/names.py"]
