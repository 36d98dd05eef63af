"""Orders and reports as bytes."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pegboard_sdk.wire.command import (
    LONGEST_S,
    MOST_ORDER_BYTES,
    Cause,
    Order,
    Report,
    StepEnd,
    cut_order,
    decode_report,
    encode_order,
    encode_report,
)

ORDER = Order(timeout_s=1.5, background=True)


@pytest.mark.parametrize("size", range(len(encode_order(ORDER))))
def test_an_order_is_waited_for_until_it_is_whole(size: int) -> None:
    assert cut_order(encode_order(ORDER)[:size]) is None


def test_an_order_survives_the_way_and_what_follows_it_stays() -> None:
    assert cut_order(encode_order(ORDER) + b"K") == (ORDER, b"K")


@pytest.mark.parametrize(
    "timeout", [float("nan"), float("inf"), -1.0, LONGEST_S * 2, "1"], ids=["nan", "inf", "negative", "years", "text"]
)
def test_a_time_that_is_none_is_refused(timeout: object) -> None:
    body = msgspec.msgpack.encode({"timeout_s": timeout})
    with pytest.raises(msgspec.DecodeError):
        cut_order(len(body).to_bytes(4, "big") + body)


def test_an_order_that_is_too_long_is_refused_before_it_has_come() -> None:
    with pytest.raises(msgspec.DecodeError):
        cut_order((MOST_ORDER_BYTES + 1).to_bytes(4, "big"))


@given(st.binary(max_size=200))
def test_any_bytes_are_an_order_or_none_or_refused(data: bytes) -> None:
    try:
        cut = cut_order(data)
    except msgspec.DecodeError:
        return
    assert cut is None or data.endswith(cut[1])


def test_a_report_survives_the_way() -> None:
    report = Report(cause=Cause.TIMED_OUT, ends=(StepEnd(program="x", status=-9),), left=2)
    assert decode_report(encode_report(report)) == report


@pytest.mark.parametrize("data", [b"", b"\x81", encode_report(Report(cause=Cause.ENDED, left=3))[:-1]])
def test_a_report_that_is_not_whole_means_lost(data: bytes) -> None:
    assert decode_report(data) == Report(cause=Cause.LOST)


def test_the_status_is_that_of_the_last_program_that_counts() -> None:
    ends = (StepEnd(program="a", status=3, piped=True), StepEnd(program="b", status=0))
    assert Report(cause=Cause.ENDED, ends=ends).status == 0
    assert Report(cause=Cause.KILLED).status is None
