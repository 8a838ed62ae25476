"""What the headers of an answer tell of limits, in the words of many systems."""

import pytest

from qantara.transport.hints import Hint, read

NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("headers", "hint"),
    [
        ({}, Hint()),
        ({"x-shopify-shop-api-call-limit": "32/40"}, Hint(size=40, left=8, rate=2.0)),
        ({"x-shopify-shop-api-call-limit": "401/400"}, Hint(size=400, left=0, rate=20.0)),
        ({"x-shopify-shop-api-call-limit": "much"}, Hint()),
        ({"x-shopify-shop-api-call-limit": "0/0"}, Hint()),
        (
            {"x-ratelimit-limit": "120", "x-ratelimit-remaining": "7", "x-ratelimit-reset": "30"},
            Hint(size=120, left=7, reset=30),
        ),
        ({"x-ratelimit-reset": f"{NOW + 12:.0f}"}, Hint(reset=12)),
        ({"x-ratelimit-reset": f"{(NOW + 12) * 1000:.0f}"}, Hint(reset=12)),
        ({"x-ratelimit-reset": f"{NOW - 12:.0f}"}, Hint(reset=0)),
        ({"x-rate-limit-limit": "10", "x-rate-limit-remaining": "0"}, Hint(size=10, left=0)),
        ({"x-ratelimit-remaining": "soon"}, Hint()),
        (
            {"ratelimit-limit": "100, 100;w=60", "ratelimit-remaining": "50"},
            Hint(size=100, left=50, window=60),
        ),
        ({"ratelimit": "limit=100, remaining=50, reset=5"}, Hint(size=100, left=50, reset=5)),
        (
            {
                "ratelimit-policy": '"burst";q=100;w=60, "day";q=5000;w=86400',
                "ratelimit": '"burst";r=50;t=30',
            },
            Hint(size=100, window=60, left=50, reset=30),
        ),
    ],
)
def test_a_header_tells(headers, hint):
    assert read(headers, lambda: NOW) == hint
