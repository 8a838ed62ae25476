"""JSON keeps every decimal digit."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qantara.transport.exactjson import NotJson, decode, encode


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_a_decimal_goes_out_and_comes_back(number: Decimal):
    assert Decimal(decode(encode([number]))[0]) == number


def test_a_tenth_stays_a_tenth():
    assert decode(b"[0.1, 3]") == [Decimal("0.1"), 3]
    assert encode({"price": Decimal("0.10")}) == b'{"price":0.10}'


@pytest.mark.parametrize("data", [b"<html>", b"", b'{"a":', b"[" * 100_000, b'"\xff"'])
def test_what_is_not_json_is_named_so(data: bytes):
    with pytest.raises(NotJson):
        decode(data)
