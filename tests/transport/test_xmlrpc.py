"""XML-RPC both ways, with the standard library as the outside witness."""

import xmlrpc.client
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qantara.transport.xmlrpc import MAX_DEPTH, Fault, NotXmlRpc, decode, encode

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**31), 2**31 - 1) | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
)


def answer(inner: str) -> bytes:
    return f"<methodResponse><params><param>{inner}</param></params></methodResponse>".encode()


@given(VALUES)
def test_the_standard_library_reads_what_we_write(value: object):
    (read,), method = xmlrpc.client.loads(encode("execute_kw", [value]))

    assert (method, read) == ("execute_kw", value)


@given(VALUES)
def test_we_read_what_the_standard_library_writes(value: Any):
    body = xmlrpc.client.dumps((value,), methodresponse=True, allow_none=True)

    assert decode(body.encode()) == value


def test_a_decimal_keeps_its_digits():
    sent = encode("m", [Decimal("0.10"), Decimal("1E+3")])

    assert b"<double>0.10</double>" in sent
    assert b"<double>1000</double>" in sent
    assert decode(answer("<value><double>0.1</double></value>")) == Decimal("0.1")


def test_an_integer_beyond_32_bits_is_sent_as_what_it_is():
    (read,), _ = xmlrpc.client.loads(encode("m", [2**40]))

    assert read == 2**40


def test_control_characters_are_dropped_both_ways():
    (read,), _ = xmlrpc.client.loads(encode("m", ["a\x00b\x08c\td\ud800"]))

    assert read == "abc\td"
    assert decode(answer("<value><string>a\x08b</string></value>")) == "ab"


def test_text_without_a_type_is_a_string():
    assert decode(answer("<value>عينة</value>")) == "عينة"


def test_a_fault_is_an_object_that_does_not_show_its_text():
    body = xmlrpc.client.dumps(xmlrpc.client.Fault(2, "canary"))

    fault = decode(body.encode())

    assert fault == Fault(code=2, text="canary")
    assert "canary" not in repr(fault)


@pytest.mark.parametrize(
    "body",
    [
        b"<html><body>Bad gateway</body></html>",
        b"not xml",
        b"",
        b'<!DOCTYPE x [<!ENTITY a "b">]>' + answer("<value>&a;</value>"),
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd">' + answer("<value>a</value>"),
        answer("<value><int>one</int></value>"),
        answer("<value><boolean>2</boolean></value>"),
        answer("<value><double>wide</double></value>"),
        answer("<value><array><data>" * 5000 + "</data></array></value>" * 5000),
    ],
)
def test_what_is_not_a_harmless_answer_is_refused(body: bytes):
    with pytest.raises(NotXmlRpc):
        decode(body)


def test_nesting_up_to_the_bound_is_read():
    inner = "<value><array><data>" * MAX_DEPTH + "</data></array></value>" * MAX_DEPTH

    value = decode(answer(inner))

    for _ in range(MAX_DEPTH - 1):
        (value,) = value
    assert value == []
