"""A webhook is believed when it is signed with a secret that is valid now, and never otherwise.

The expected signatures were computed with `openssl dgst -sha256 -hmac`, not with the code under test.
"""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qantara.transport import signing
from qantara.transport.signing import Refused, Shown

KEY = "key-of-the-shop"
OTHER = "another-key"
BODY = '{"id":1,"name":"قهوة"}'.encode()
AT = 1_700_000_000.0

HEX = "4484fd6fc5c1e9ef65ada602350a17549e82ff564107aae671d6c5b43207a922"
BASE64 = "RIT9b8XB6e9lraYCNQoXVJ6C/1ZBB6rmcdbFtDIHqSI="
SHA1 = "66d220ad244eed126a9ab5bd102dbe0c66c523fa"
SHA512 = "aCkEi/bsTFXlsYjCpX7WxPuJ9XTm8ZiXhUQ0exUv0hmZDqiAuQZ0Lo/Vg9VojnIXjN0ziH3ULQnNj9JbLrMgog=="
TIMED = "28f8d4da3575f0d79ab1b4a5081c163ae1dd7b6a2663424ba2d2e83aab2bedd7"
TIMED_BY_OTHER = "86ba2aa2fab8ad21d92b12f06cedbbb3a6b93be048e73c881423182846d5707f"
SLACK = "99180493ed8dcff05394b5305927604a0ae100f107267d168f26c73c68f941ac"
STANDARD = "4zvfF34odg5bU3HsY2FCw7+WAMp7mUsiJoO4uKC/QRo="

SHOPIFY = {"scheme": "hmac", "header": "X-Shopify-Hmac-Sha256", "encoding": "base64"}
WOOCOMMERCE = {"scheme": "hmac", "header": "X-WC-Webhook-Signature", "encoding": "base64"}
SALLA = {"scheme": "hmac", "header": "X-Salla-Signature"}
SALLA_TOKEN = {"scheme": "token", "header": "Authorization"}
GITHUB = {"scheme": "hmac", "header": "X-Hub-Signature-256", "prefix": "sha256="}
OLD_GITHUB = {
    "scheme": "hmac",
    "header": "X-Hub-Signature",
    "prefix": "sha1=",
    "algorithm": "sha1",
}
STRIPE = {
    "scheme": "hmac",
    "header": "Stripe-Signature",
    "separator": ",",
    "prefix": "v1=",
    "timestamp": "Stripe-Signature",
    "timestamp_prefix": "t=",
    "signs": "{timestamp}.{body}",
}
SLACK_LIKE = {
    "scheme": "hmac",
    "header": "X-Slack-Signature",
    "prefix": "v0=",
    "timestamp": "X-Slack-Request-Timestamp",
    "signs": "v0:{timestamp}:{body}",
}
STANDARD_WEBHOOKS = {
    "scheme": "hmac",
    "header": "webhook-signature",
    "separator": " ",
    "prefix": "v1,",
    "encoding": "base64",
    "timestamp": "webhook-timestamp",
    "signs": "{webhook-id}.{timestamp}.{body}",
}
LONG_HASH = {"scheme": "hmac", "header": "X-Sign", "algorithm": "sha512", "encoding": "base64"}
IN_ADDRESS = {"scheme": "token"}
BEARER = {"scheme": "token", "header": "Authorization", "prefix": "Bearer "}

STAMP = "1700000000"

GOOD = {
    "shopify": (SHOPIFY, {"x-shopify-hmac-sha256": BASE64}),
    "woocommerce": (WOOCOMMERCE, {"x-wc-webhook-signature": BASE64}),
    "salla": (SALLA, {"x-salla-signature": HEX}),
    "salla by token": (SALLA_TOKEN, {"authorization": KEY}),
    "github": (GITHUB, {"x-hub-signature-256": f"sha256={HEX}"}),
    "github of old": (OLD_GITHUB, {"x-hub-signature": f"sha1={SHA1}"}),
    "stripe": (STRIPE, {"stripe-signature": f"t={STAMP},v1={TIMED},v0=old"}),
    "slack": (
        SLACK_LIKE,
        {"x-slack-signature": f"v0={SLACK}", "x-slack-request-timestamp": STAMP},
    ),
    "standard webhooks": (
        STANDARD_WEBHOOKS,
        {
            "webhook-id": "d-1",
            "webhook-timestamp": STAMP,
            "webhook-signature": f"v1,AAAA v1,{STANDARD}",
        },
    ),
    "sha512": (LONG_HASH, {"x-sign": SHA512}),
    "bearer": (BEARER, {"authorization": f"Bearer {KEY}"}),
}


def check(table, headers, *, secrets=(KEY,), now=AT, **more):
    shown = Shown(headers=headers, **{"body": BODY, **more})
    signing.scheme(table).check(shown, secrets, now)


def reason(*args, **kwargs) -> str:
    with pytest.raises(Refused) as caught:
        check(*args, **kwargs)
    return caught.value.reason


@pytest.mark.parametrize(("table", "headers"), GOOD.values(), ids=GOOD)
def test_what_the_vendor_signed_is_believed(table, headers):
    check(table, headers)


@pytest.mark.parametrize(("table", "headers"), GOOD.values(), ids=GOOD)
def test_another_secret_is_refused(table, headers):
    assert reason(table, headers, secrets=(OTHER,)) == "wrong signature"


@pytest.mark.parametrize(("table", "headers"), GOOD.values(), ids=GOOD)
def test_no_valid_secret_believes_nothing(table, headers):
    assert reason(table, headers, secrets=()) == "wrong signature"
    assert reason(table, headers, secrets=("",)) == "wrong signature"


@pytest.mark.parametrize(("table", "headers"), GOOD.values(), ids=GOOD)
def test_without_its_header_it_is_unsigned(table, headers):
    assert reason(table, {}) == "unsigned"


SIGNED = {name: case for name, case in GOOD.items() if case[0]["scheme"] == "hmac"}


@pytest.mark.parametrize(("table", "headers"), SIGNED.values(), ids=SIGNED)
def test_one_altered_byte_of_the_body_is_refused(table, headers):
    assert reason(table, headers, body=BODY.replace(b"1", b"2")) == "wrong signature"


@pytest.mark.parametrize(("table", "headers"), GOOD.values(), ids=GOOD)
def test_while_a_secret_is_replaced_both_are_believed(table, headers):
    check(table, headers, secrets=(OTHER, KEY))
    check(table, headers, secrets=(KEY, OTHER))


def test_a_hexadecimal_signature_may_be_in_capitals():
    check(GITHUB, {"x-hub-signature-256": f"sha256={HEX.upper()}"})


def test_a_sender_who_replaces_his_secret_may_sign_with_both():
    header = {"stripe-signature": f"t={STAMP},v1={TIMED_BY_OTHER},v1={TIMED}"}

    check(STRIPE, header, secrets=(KEY,))
    check(STRIPE, header, secrets=(OTHER,))


def test_a_token_in_the_address_is_compared_whole():
    check(IN_ADDRESS, {}, token=KEY)

    assert reason(IN_ADDRESS, {}, token=KEY[:-1]) == "wrong signature"
    assert reason(IN_ADDRESS, {}, token=f"{KEY}x") == "wrong signature"
    assert reason(IN_ADDRESS, {}, token="") == "unsigned"
    assert reason(IN_ADDRESS, {"authorization": KEY}) == "unsigned"


@pytest.mark.parametrize("drift", [-300.0, 0.0, 300.0])
def test_a_clock_may_be_five_minutes_off_either_way(drift):
    check(*GOOD["stripe"], now=AT + drift)


@pytest.mark.parametrize("drift", [-301.0, 301.0, 86400.0])
def test_a_signature_of_another_time_is_refused(drift):
    assert reason(*GOOD["stripe"], now=AT + drift) == "stale"


def test_the_tolerance_is_the_manifests():
    table, headers = GOOD["stripe"]

    assert reason({**table, "tolerance": 10}, headers, now=AT + 11) == "stale"


def test_a_time_that_was_not_signed_proves_nothing():
    fresh = {"stripe-signature": f"t=1700009999,v1={TIMED}"}

    assert reason(STRIPE, fresh, now=1_700_009_999.0) == "wrong signature"


@pytest.mark.parametrize(
    ("stamp", "moment"),
    [
        ("1700000000", AT),
        ("1700000000000", AT),
        ("2023-11-14T22:13:20Z", AT),
        ("2023-11-15T01:13:20+03:00", AT),
        ("2023-11-14T22:13:20", None),
        ("soon", None),
        ("", None),
        ("²", None),
        ("-1", None),
    ],
)
def test_times_are_read_as_vendors_write_them(stamp, moment):
    assert signing._moment(stamp) == moment


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({}, "scheme is 'None'"),
        ({"scheme": "rsa"}, "'rsa'"),
        ({"scheme": "hmac"}, "header"),
        ({**SHOPIFY, "algorithm": "md5"}, "md5"),
        ({**SHOPIFY, "encoding": "base32"}, "base32"),
        ({**SHOPIFY, "timestmp": "x"}, "timestmp"),
        ({**SHOPIFY, "signs": "{timestamp}"}, "leaves out the body"),
        ({**SHOPIFY, "timestamp": "X-Time"}, "only where it is signed"),
        ({**SHOPIFY, "signs": "{timestamp}.{body}"}, "only where it is signed"),
        ({"scheme": "token", "encoding": "hex"}, "encoding"),
        ({**GITHUB, "tolerance": "long"}, "cannot be 'long'"),
        ({**GITHUB, "prefix": 1}, "cannot be 1"),
    ],
)
def test_a_table_that_would_check_nothing_is_refused(table, told):
    with pytest.raises(ValueError, match=told):
        signing.scheme(table)


def test_only_a_token_without_a_header_is_a_part_of_the_address():
    inside = {name: signing.scheme(table).in_address for name, (table, _) in GOOD.items()}

    assert not any(inside.values())
    assert signing.scheme(IN_ADDRESS).in_address
    assert inside == {name: signing.in_address(table) for name, (table, _) in GOOD.items()}
    assert signing.in_address({**IN_ADDRESS, "topic": "X-Topic"})
    assert not signing.in_address({})


def test_the_address_ends_with_the_token_where_there_is_one():
    assert signing.address("https://hub.test/", "shop") == "https://hub.test/hooks/shop"
    assert signing.address("https://hub.test", "shop", "a/b") == "https://hub.test/hooks/shop/a%2Fb"


def test_what_is_shown_is_not_printed():
    shown = Shown(headers={"authorization": KEY}, body=KEY.encode(), token=KEY)

    assert KEY not in repr(shown)


_TEXT = st.text(max_size=60)
_TIMES = st.floats(0, 4e9) | st.just(datetime(2023, 11, 14, tzinfo=UTC).timestamp())


@given(
    table=st.sampled_from([*(table for table, _ in GOOD.values()), IN_ADDRESS]),
    values=st.lists(
        _TEXT | st.sampled_from([HEX, BASE64, f"t={STAMP},v1=x", "t=,v1="]), max_size=4
    ),
    body=st.binary(max_size=60),
    token=_TEXT,
    now=_TIMES,
)
def test_whatever_comes_is_refused_and_nothing_else_happens(table, values, body, token, now):
    names = ("header", "timestamp")
    wanted = [str(table[name]).lower() for name in names if name in table] + ["webhook-id"]
    headers = dict(zip(wanted, values, strict=False))

    with pytest.raises(Refused) as caught:
        check(table, headers, body=body, token=token, now=now, secrets=("never guessed",))

    assert caught.value.reason in {"unsigned", "wrong signature"}
