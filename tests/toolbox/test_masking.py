"""Secrets: the same mask for a stream as for the whole, and what is no secret stays."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.toolbox.base import Place
from claw.toolbox.masking import StreamMask, masked
from claw.toolbox.tokens import MASK, without_tokens

KEY = "-----BEGIN RSA PRIVATE KEY-----\n" + "MIIEpAIBAAKCAQEA7bq\n" * 12 + "-----END RSA PRIVATE KEY-----"
TOKENS = [
    "sk-ant-api03-abcDEF123456_-abcDEF123456",
    "sk-proj-abcdefghijklmnop1234",
    "sk-abcdefghijklmnop12345678",
    "sk_live_abcdefghijklmnop",
    "ghp_0123456789abcdefghijABCDEFGHIJ012345",
    "github_pat_11AAAAAAA0123456789_abcdefgh",
    "glpat-abcdefghij0123456789",
    "AKIAIOSFODNN7EXAMPLE",
    "AIzaSyA-1234567890abcdefghijklmnopqrstu",
    "xoxb-123456789012-abcdefghijkl",
    "npm_0123456789abcdefghijABCDEFGHIJ012345",
    "hf_abcdefghijABCDEFGHIJ0123456789",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9",
    KEY,
]
BENIGN = [
    "sk-spinner-three-bounce-animation-1",
    "sk-learn",
    "npm_config_cache=/home/me/.npm",
    "ghp_short",
    "AKIA",
    "SG.short.short",
    "hf_transfer",
    "eyJ is how JSON begins in base64",
    'if line == "-----BEGIN RSA PRIVATE KEY-----":\n    return',
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC7",
    "a" * 200,
    "commit 0123456789abcdef0123456789abcdef01234567",
]


def place(*secrets: tuple[str, str]) -> Place:
    return Place(workspace="/", home="/", claw_home="/", guard="/", environment={}, secrets=secrets)


@pytest.mark.parametrize("token", TOKENS)
def test_a_recognisable_token_is_masked_wherever_it_stands(token: str) -> None:
    mask = MASK + "\n" * token.count("\n")
    assert without_tokens(token) == mask
    assert without_tokens(f'key: "{token}", more') == f'key: "{mask}", more'
    assert without_tokens(f"KEY={token}\nNEXT=1\n") == f"KEY={mask}\nNEXT=1\n"


@pytest.mark.parametrize("text", BENIGN)
def test_what_only_resembles_a_token_stays(text: str) -> None:
    assert without_tokens(text) == text


pieces = st.lists(
    st.sampled_from([*TOKENS, *BENIGN, "hunter2-hunter2", "\n", " ", "é", "-", ".", "x=", '"']), max_size=8
)


@given(pieces.map("".join), st.lists(st.integers(0, 2000), max_size=6))
def test_a_stream_is_masked_like_the_whole_wherever_it_is_cut(text: str, cuts: list[int]) -> None:
    where = place(("PASS", "hunter2-hunter2"))
    stream = StreamMask(where.secrets)
    edges = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    streamed = "".join(stream.feed(text[start:stop]) for start, stop in pairwise(edges))
    assert streamed + stream.flush() == masked(text, where)
    assert masked(masked(text, where), where) == masked(text, where)


def test_an_endless_word_is_let_go() -> None:
    stream = StreamMask(place().secrets)
    out = stream.feed("x" * 100_000)
    assert len(out) > 90_000
    assert out + stream.flush() == "x" * 100_000


def test_lone_surrogates_do_not_pass() -> None:
    text = masked("a\udcffb", place())
    assert text.startswith("a\ufffd")
    assert text.encode().endswith(b"b")
