"""Names of models, their windows, and prices."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pytest

from claw.errors import ProviderError, UsageError
from claw.events.content import Usage
from claw.providers import abilities, catalogue, names, pricing

OPENAI = {"OPENAI_BASE_URL": "https://api.openai.com/v1"}
LOCAL = {"OPENAI_BASE_URL": "http://localhost:11434/v1"}


@pytest.mark.parametrize(
    ("name", "environment", "provider", "api", "model", "base_url"),
    [
        ("opus", {}, "anthropic", "anthropic", "claude-opus-5-5", ""),
        ("claude-haiku-4-5", {}, "anthropic", "anthropic", "claude-haiku-4-5", ""),
        ("anthropic/kimi-k2", {"ANTHROPIC_BASE_URL": "https://k/"}, "anthropic", "anthropic", "kimi-k2", "https://k"),
        ("gpt-6-sol", {}, "openai", "openai-responses", "gpt-6-sol", ""),
        ("o3", {}, "openai", "openai-responses", "o3", ""),
        ("gpt-6-sol", LOCAL, "openai-chat", "openai-chat", "gpt-6-sol", LOCAL["OPENAI_BASE_URL"]),
        ("gpt-6-sol", OPENAI, "openai", "openai-responses", "gpt-6-sol", OPENAI["OPENAI_BASE_URL"]),
        ("openai/gpt-6-sol", LOCAL, "openai", "openai-responses", "gpt-6-sol", LOCAL["OPENAI_BASE_URL"]),
        ("openai/x", LOCAL, "openai", "openai-responses", "x", LOCAL["OPENAI_BASE_URL"]),
        ("openai-chat/a/b", {}, "openai-chat", "openai-chat", "a/b", ""),
        ("llama3.2", LOCAL, "openai-chat", "openai-chat", "llama3.2", LOCAL["OPENAI_BASE_URL"]),
        ("meta/llama", LOCAL, "openai-chat", "openai-chat", "meta/llama", LOCAL["OPENAI_BASE_URL"]),
        ("scripted", {"CLAW_SCRIPTED_URL": "http://s"}, "scripted", "anthropic", "scripted-1", "http://s"),
        ("scripted/openai-chat", {}, "scripted", "openai-chat", "scripted-1", ""),
        (None, {"ANTHROPIC_API_KEY": "k", "OPENAI_API_KEY": "k"}, "anthropic", "anthropic", "claude-sonnet-5-5", ""),
        (None, {"ANTHROPIC_AUTH_TOKEN": "t"}, "anthropic", "anthropic", "claude-sonnet-5-5", ""),
        (None, {"ANTHROPIC_API_KEY": "k", "ANTHROPIC_MODEL": "opus"}, "anthropic", "anthropic", "claude-opus-5-5", ""),
        (None, {"OPENAI_API_KEY": "k"}, "openai", "openai-responses", "gpt-6.1-sol", ""),
        ("", {"CLAW_SCRIPTED_URL": "http://s"}, "scripted", "anthropic", "scripted-1", "http://s"),
    ],
)
def test_names(
    name: str | None, environment: dict[str, str], provider: str, api: str, model: str, base_url: str
) -> None:
    found = catalogue.resolve(name, environment)
    assert (found.provider, found.api, found.name, found.base_url) == (provider, api, model, base_url)
    assert 0 < found.max_output < found.window


KEY = {"ANTHROPIC_API_KEY": "k"}
GATEWAY = {"ANTHROPIC_BASE_URL": "https://g.test/anthropic", "ANTHROPIC_AUTH_TOKEN": "t"}


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("opusplan", "claude-sonnet-5-5"),
        ("OpusPlan[1m]", "claude-sonnet-5-5"),
        ("best", "claude-opus-5-5"),
        ("opus[1m]", "claude-opus-5-5"),
        (" Sonnet ", "claude-sonnet-5-5"),
        ("claude", "claude-sonnet-5-5"),
        ("claude-haiku-latest", "claude-haiku-5-5"),
        ("sonnet[1m]", "claude-sonnet-5-5"),
        ("claude-opus-4-1[1m]", "claude-opus-4-1"),
        ("claude-sonnet-4-5-20250929[1M]", "claude-sonnet-4-5-20250929"),
        ("claude-opus-4-20250514", "claude-opus-4-20250514"),
        ("claude-3-5-sonnet-20241022", "claude-3-5-sonnet-20241022"),
        ("Opus 4.1", "claude-opus-4-1"),
        ("claude-sonnet-4.5", "claude-sonnet-4-5"),
        ("anthropic/claude-sonnet-4.6", "claude-sonnet-4-6"),
        ("anthropic:claude-opus-4-1", "claude-opus-4-1"),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5-20250929"),
        ("anthropic.claude-opus-4-1-20250805-v1:0[1m]", "claude-opus-4-1-20250805"),
        ("claude-opus-4-1@20250805", "claude-opus-4-1-20250805"),
        ("default", "claude-sonnet-5-5"),
        ("default[1m]", "claude-sonnet-5-5"),
        ("auto", "claude-sonnet-5-5"),
    ],
)
def test_words_of_other_programs_become_names_of_the_api(written: str, asked: str) -> None:
    found = catalogue.resolve(written, KEY)
    assert (found.provider, found.name) == ("anthropic", asked)
    assert catalogue.resolve(None, {**KEY, "ANTHROPIC_MODEL": written}).name == asked


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("qwen3-coder", "qwen3-coder"),
        ("gpt-6-sol", "gpt-6-sol"),
        ("openai/gpt-5", "openai/gpt-5"),
        ("moonshotai/kimi-k2[1m]", "moonshotai/kimi-k2"),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ("claude-sonnet-4.5", "claude-sonnet-4.5"),
        ("opus", "claude-opus-5-5"),
    ],
)
def test_a_gateway_is_asked_for_any_name(written: str, asked: str) -> None:
    for name, environment in ((written, GATEWAY), (None, {**GATEWAY, "ANTHROPIC_MODEL": written})):
        found = catalogue.resolve(name, environment)
        assert (found.provider, found.name, found.base_url) == ("anthropic", asked, GATEWAY["ANTHROPIC_BASE_URL"])


def test_the_environment_says_what_a_word_means_at_a_gateway() -> None:
    environment = {**GATEWAY, "ANTHROPIC_DEFAULT_OPUS_MODEL": "glm-4.6[1m]", "ANTHROPIC_DEFAULT_HAIKU_MODEL": "haiku"}
    asked = [catalogue.resolve(name, environment).name for name in ("opusplan", "opus", "sonnet", "haiku")]
    assert asked == ["claude-sonnet-5-5", "glm-4.6", "claude-sonnet-5-5", "claude-haiku-5-5"]
    assert catalogue.resolve("opusplan", environment).planner == "glm-4.6"


def test_opusplan_is_opus_in_plan_mode_and_sonnet_otherwise() -> None:
    for written in ("opusplan", " OpusPlan[1m]", "anthropic/opusplan"):
        found = catalogue.resolve(written, KEY)
        asked = [found.in_mode(mode).name for mode in ("plan", "default", "acceptEdits")]
        assert asked == ["claude-opus-5-5", "claude-sonnet-5-5", "claude-sonnet-5-5"]
    assert {catalogue.resolve(name, KEY).planner for name in ("opus", "sonnet", "default")} == {""}


def test_a_gateway_of_the_other_kind_has_models_of_all_makers() -> None:
    found = catalogue.resolve("claude-sonnet-4.5", LOCAL)
    assert (found.provider, found.name) == ("openai-chat", "claude-sonnet-4.5")
    assert catalogue.resolve("claude-sonnet-4-5", {**LOCAL, **KEY}).provider == "anthropic"
    assert catalogue.resolve("glm", {**LOCAL, **GATEWAY, "ANTHROPIC_MODEL": "glm"}).provider == "anthropic"


def test_a_name_without_a_service() -> None:
    with pytest.raises(UsageError, match="'llama3'") as caught:
        catalogue.resolve("llama3", {})
    assert "OPENAI_BASE_URL" in caught.value.hint
    with pytest.raises(UsageError):
        catalogue.resolve("scripted/telnet", {})


@pytest.mark.parametrize("environment", [{}, LOCAL, {**LOCAL, "OPENAI_API_KEY": "k"}])
def test_nothing_to_choose_by(environment: dict[str, str]) -> None:
    with pytest.raises(ProviderError) as caught:
        catalogue.resolve(None, environment)
    assert caught.value.hint


def test_the_windows_at_hand_are_those_of_genai_prices() -> None:
    for family in abilities.FAMILIES:
        if family.window:
            assert pricing.window(family.heads[0], family.maker) == family.window
    at_hand = {family.heads[0] for family in abilities.FAMILIES if family.window}
    assert {*names.ALIASES.values(), catalogue.DEFAULT_ANTHROPIC, catalogue.DEFAULT_OPENAI} == at_hand


def test_other_windows() -> None:
    assert catalogue.resolve("claude-haiku-4-5", {}).window == 200_000
    assert catalogue.resolve("gpt-4o", {}).window == 128_000
    assert catalogue.resolve("llama3.2", LOCAL).window == abilities.COMPATIBLE.window


def test_choosing_a_model_imports_nothing_heavy() -> None:
    code = (
        "import sys; from claw.providers import catalogue; catalogue.resolve(None, {'ANTHROPIC_API_KEY': 'k'});"
        "print([n for n in ('anthropic', 'openai', 'genai_prices', 'httpx2', 'pydantic') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_asking_a_model_imports_neither_a_client_nor_what_only_errors_need() -> None:
    code = (
        "import sys; from claw.providers import connect; from claw.events.session import Model\n"
        "for api in ('anthropic', 'openai-responses', 'openai-chat'):\n"
        "    connect(Model(provider='scripted', api=api, name='m', base_url='http://127.0.0.1:9'), {})\n"
        "unwanted = 'anthropic openai genai_prices httpx2 h11 pydantic email.utils html.parser'.split()\n"
        "print([name for name in unwanted if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


AT = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("model", "provider", "usage", "base_url", "nusd"),
    [
        ("claude-opus-5", "anthropic", Usage(input=1_000_000), "", 5_000_000_000),
        ("claude-opus-5", "anthropic", Usage(output=1_000), "", 25_000_000),
        ("claude-opus-5", "anthropic", Usage(cache_read=1_000, cache_write=1_000), "", 500_000 + 6_250_000),
        ("gpt-4o", "openai", Usage(input=1, output=1), "", 2_500 + 10_000),
        ("gpt-4o", "openai-chat", Usage(input=1, output=1), "https://api.openai.com/v1", 2_500 + 10_000),
    ],
)
def test_prices(model: str, provider: str, usage: Usage, base_url: str, nusd: int) -> None:
    priced = pricing.price(model, provider, usage, AT, base_url)
    assert priced is not None
    assert priced == (nusd, f"genai-prices {pricing.version()}")


@pytest.mark.parametrize(
    ("model", "provider", "base_url"),
    [
        ("claude-nobody-1", "anthropic", ""),
        ("llama3.2", "openai-chat", LOCAL["OPENAI_BASE_URL"]),
        ("gpt-4o", "openai-chat", LOCAL["OPENAI_BASE_URL"]),
        ("scripted-1", "scripted", ""),
    ],
)
def test_no_price_is_none(model: str, provider: str, base_url: str) -> None:
    assert pricing.price(model, provider, Usage(input=1), AT, base_url) is None


def test_the_price_is_that_of_the_day() -> None:
    """gpt o3 cost 10 dollars a million until 10 June 2025, and 2 dollars from then on."""
    usage: Any = Usage(input=1_000_000)
    before = pricing.price("o3", "openai", usage, datetime(2025, 6, 1, tzinfo=UTC))
    after = pricing.price("o3", "openai", usage, datetime(2025, 7, 1, tzinfo=UTC))
    assert before is not None
    assert after is not None
    assert (before[0], after[0]) == (10_000_000_000, 2_000_000_000)
