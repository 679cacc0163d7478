"""Secrets: the same mask for a stream as for the whole, and what is no secret stays."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from claw._native import mask_tokens
from claw.execution.context import ToolContext
from claw.execution.masking import masked
from claw.execution.stream import StreamMask

MASK = "\u2039secret:token\u203a"
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
    "sk_live_" + "a1" * 12,
    "glrt-" + "aB3_" * 5,
    "glptt-" + "0af9" * 10,
    "ATATT3" + "xFfGF0" * 30,
    "ABSK" + "aB3+" * 30 + "==",
    "GOCSPX-" + "aB3-" * 7,
    "LTAI" + "aB3x" * 5,
    "dckr_pat_" + "aB3-" * 7,
    "hvs." + "aB3x" * 23,
    "dp.pt." + "aB3x" * 10 + "yyy",
    "glsa_" + "aB3x" * 8 + "_0123abcd",
    "shpat_" + "0af9" * 8,
    "SK" + "0af9" * 8,
    "xapp-1-A0123BCDE-1234567890123-0af9beef",
    "xoxe.xoxp-1-" + "AB12" * 40,
    "pscale_pw_" + "aB3." * 10,
    "sha256~" + "aB3x" * 10 + "yyy",
    "PMAK-" + "0af9" * 6 + "-" + "0af9" * 8 + "01",
    "lin_api_" + "aB3x" * 10,
    "ntn_12345678901" + "aB3x" * 8 + "yyy",
    "dapi" + "0af9" * 8,
    "AGE-SECRET-KEY-1" + "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L" + "QPZRY9X8GF2TVDW0S3JN54KHCE",
    "A3-ABC123-ABC123-ABC12-ABC12-ABC12-ABC12",
    KEY,
    KEY.replace("RSA PRIVATE KEY", "PGP PRIVATE KEY BLOCK"),
]
PARTS = [
    ("aws_secret_access_key = ", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "\n"),
    ('"SecretAccessKey": "', "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", '",'),
    ("//registry.npmjs.org/:_authToken=", "0f9e8d7c-6b5a-4938-a7b6-c5d4e3f2a1b0", "\n"),
    ("DefaultEndpointsProtocol=https;AccountName=me;AccountKey=", "aB3+" * 21 + "ab==", ";EndpointSuffix=x"),
    ("https://hooks.slack.com/services/", "T0123ABCD/B0123ABCD/" + "aB3x" * 6, " "),
    ("https://discord.com/api/webhooks/123456789012345678/", "aB3_" * 17, "\n"),
    ("bot 123456789", ":AA" + "aB3_" * 8 + "a", " "),
]
"""Texts of which a part in the middle is the secret."""
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
    "sha256:AA" + "b" * 33,
    "aws_secret_access_key = os.environ['AWS_SECRET']",
    "task_live_abcdefghijklmnop and disk-abcdefghijklmnopqrstuvwxyz",
    "SKELETON EAAC API-VERSION key-value dp.pt. glc_x hvs.x",
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=",
]


def context(*secrets: tuple[str, str]) -> ToolContext:
    return ToolContext(workspace="/", home="/", claw_home="/", guard="/", environment={}, secrets=secrets)


@pytest.mark.parametrize("token", TOKENS)
def test_a_recognisable_token_is_masked_wherever_it_stands(token: str) -> None:
    mask = MASK + "\n" * token.count("\n")
    assert mask_tokens(token) == mask
    assert mask_tokens(f'key: "{token}", more') == f'key: "{mask}", more'
    assert mask_tokens(f"KEY={token}\nNEXT=1\n") == f"KEY={mask}\nNEXT=1\n"


@pytest.mark.parametrize("text", BENIGN)
def test_what_only_resembles_a_token_stays(text: str) -> None:
    assert mask_tokens(text) == text


@pytest.mark.parametrize(("before", "secret", "after"), PARTS)
def test_only_the_secret_part_is_masked(before: str, secret: str, after: str) -> None:
    assert mask_tokens(before + secret + after) == before + MASK + after


def test_claws_own_sources_stay_as_they_are() -> None:
    root = Path(__file__).parents[2]
    sources = [
        root / "README.md",
        *(path for name in ("claw", "native/src", "docs") for path in (root / name).rglob("*")),
    ]
    texts = {path: path.read_text() for path in sources if path.suffix in (".py", ".pyi", ".rs", ".md", ".txt")}
    assert len(texts) > 150
    changed = [path for path, text in texts.items() if mask_tokens(text) != text]
    assert [path.relative_to(root) for path in changed if path.name != "tests.rs"] == []


SECRET = "hunter2-hunter2"
SEPARATORS = ["\n", " ", "é", "-", ".", "x=", '"']
pieces = st.lists(
    st.sampled_from([*TOKENS, *BENIGN, *(part for parts in PARTS for part in parts), SECRET, *SEPARATORS]), max_size=8
)


@example("xapp-1-A0123BCDE-1234567890123-0af9beefAKIAIOSFODNN7EXAMPLE", [50])
@given(pieces.map("".join), st.lists(st.integers(0, 2000), max_size=6))
def test_a_stream_is_masked_like_the_whole_wherever_it_is_cut(text: str, cuts: list[int]) -> None:
    where = context(("PASS", SECRET))
    stream = StreamMask(where.secrets)
    edges = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    streamed = "".join(stream.feed(text[start:stop]) for start, stop in pairwise(edges))
    assert streamed + stream.flush() == masked(text, where)
    assert masked(masked(text, where), where) == masked(text, where)


def test_an_endless_word_is_let_go() -> None:
    stream = StreamMask(context().secrets)
    out = stream.feed("x" * 100_000)
    assert len(out) > 90_000
    assert out + stream.flush() == "x" * 100_000


def test_lone_surrogates_do_not_pass() -> None:
    text = masked("a\udcffb", context())
    assert text.startswith("a\ufffd")
    assert text.encode().endswith(b"b")
