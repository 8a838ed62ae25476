"""What a real WooCommerce 11.0.1 answered, call by call, is what the stand-in answers."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from qantara.sandbox.woocommerce import WooCommerceStandIn
from tests.sandbox.woo import Client, listener

SPECS = Path(__file__).parents[3] / "shared" / "specs" / "woocommerce"
UNSEEN = {49: 1, 75: 1}  # numbers that were used up between the recordings
# told by the server's clock, by its address, or by chance
LOOSE = frozenset(
    {
        *("_links", "permalink", "permalink_template", "order_key", "payment_url", "price_html"),
        *("related_ids", "src", "thumbnail", "avatar_url", "hooks", "message", "email"),
    }
)
# of the meta data, the numbers and what WordPress keeps for itself
NUMBERED = frozenset({"meta_data", "display_value"})
ELSEWHERE = {
    14: "the index lists every argument of every route",
    **dict.fromkeys(range(111, 116), "asks for times of the day it was recorded"),
    118: "no payment method was switched on",
    122: "reports are not imitated",
    123: "receipts are not imitated",
}

STATUS_ONLY = {
    87: "notes are counted with those that WordPress writes to itself",
    108: "orders kept as posts keep more of what they were when they are trashed",
}


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """One call and its answer; `told` is None where the recording was cut short."""

    number: int
    method: str
    path: str
    query: dict[str, str]
    body: Any
    status: int
    told: Any


def _recorded() -> Iterator[Recorded]:
    for file in sorted(SPECS.glob("[0-9]*.txt")):
        asked, _, answered = file.read_text().partition("\n\n<")
        number = int(file.name[:3])
        if not 13 <= number <= 126 or number in ELSEWHERE:
            continue
        method, url = asked.splitlines()[0].removeprefix("> ").split(" ")
        head, _, body = answered.partition("\n\n")
        parts = urlsplit(url)
        query = dict(parse_qsl(parts.query))
        yield Recorded(
            number=number,
            method=method.lower(),
            path=parts.path.removeprefix("/wp-json/wc/v3/"),
            query={name: told for name, told in query.items() if not name.startswith("oauth_")},
            body=json.loads(asked.partition("\n>\n")[2] or "null"),
            status=int(head.split()[0]),
            told=_read(body),
        )


def _read(body: str) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def differences(
    real: Any, ours: Any, path: str = "", *, loose: frozenset[str] = frozenset()
) -> Iterator[str]:
    """Where the answer of a real shop and ours are not the same, but for what is `loose`."""
    if isinstance(real, dict) and isinstance(ours, dict):
        for name in sorted({*real, *ours}):
            if name in LOOSE | loose or name.startswith("date_"):
                continue
            if name not in real or name not in ours:
                yield f"{path}.{name}: {'not told' if name in real else 'told for nothing'}"
            else:
                yield from differences(real[name], ours[name], f"{path}.{name}", loose=loose)
    elif isinstance(real, list) and isinstance(ours, list) and len(real) == len(ours):
        for at, pair in enumerate(zip(real, ours, strict=True)):
            yield from differences(*pair, f"{path}[{at}]", loose=loose)
    elif real != ours and not _numbered(path):
        yield f"{path}: {real!r}, and not {ours!r}"


def _numbered(path: str) -> bool:
    """Numbers of meta data and items count on through tables that others use too."""
    return path.endswith(".id") and any(f".{name}[" in path for name in NUMBERED | ITEMS)


ITEMS = frozenset({"line_items", "tax_lines", "shipping_lines", "coupon_lines", "fee_lines"})


def _burn(shop: WooCommerceStandIn, numbers: int) -> None:
    for _ in range(numbers):
        shop.delete(f"coupons/{shop.add('coupons', code='burnt')['id']}")


@pytest.mark.skipif(not SPECS.is_dir(), reason="the recorded answers of a real shop are not here")
def test_every_recorded_call_is_answered_as_it_was() -> None:
    wrong = []
    with WooCommerceStandIn(deliveries="manual", hpos=False) as shop, listener() as web:
        client = Client(shop)
        for call in _recorded():
            _burn(shop, UNSEEN.get(call.number, 0))
            body = json.loads(json.dumps(call.body).replace("http://127.0.0.1:8101", web.url))
            send = getattr(client.api, call.method)
            more = {} if call.method in ("get", "delete") else {"data": body}
            answer = send(call.path, params=dict(call.query), **more)
            found = [f"status {call.status}, and not {answer.status_code}"]
            if call.status == answer.status_code:
                seen = call.told is not None and call.number not in STATUS_ONLY
                found = list(differences(call.told, answer.json())) if seen else []
            wrong += [f"{call.number} {call.method} {call.path} {each}" for each in found]
    assert not wrong, "\n".join(wrong)
