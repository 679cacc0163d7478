"""`claw._native.SecretFilter`."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from claw import _native

MARK = "\u2039secret:{}\u203a"


def test_a_secret_over_two_pieces() -> None:
    stream = _native.SecretFilter([("KEY", "hunter2")])
    assert [stream.feed("pw: hun"), stream.feed("ter2 ok"), stream.flush()] == ["pw: ", MARK.format("KEY") + " ok", ""]


def test_masking_a_whole_text_leaves_the_stream_alone() -> None:
    stream = _native.SecretFilter((("KEY", "hunter2"),))
    assert stream.feed("hunter") == ""
    assert stream.mask("x hunter2 y") == f"x {MARK.format('KEY')} y"
    assert stream.feed("2") == MARK.format("KEY")


def test_half_a_surrogate_pair_is_no_reason_to_fail() -> None:
    masked = _native.SecretFilter([("KEY", "x1")]).mask("a\ud800x1")
    assert masked.endswith(MARK.format("KEY"))
    masked.encode()


@given(
    st.lists(st.tuples(st.sampled_from("AB"), st.text("abé", max_size=4)), max_size=4),
    st.lists(st.text("abcé", max_size=6), max_size=8),
)
def test_pieces_add_up_to_the_mask_of_the_whole(secrets: list[tuple[str, str]], pieces: list[str]) -> None:
    stream = _native.SecretFilter(secrets)
    shown = "".join([stream.feed(piece) for piece in pieces]) + stream.flush()
    assert shown == stream.mask("".join(pieces))
