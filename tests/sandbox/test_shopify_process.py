"""The stand-in as a process of its own, with its controls."""

import json
import signal
import subprocess
import sys
import urllib.request

import pytest


@pytest.fixture
def process():
    arguments = ("shopify", "--products", "4", "--control", "--prices-include-tax")
    with subprocess.Popen(
        [sys.executable, "-m", "qantara.sandbox", *arguments], stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        yield running.stdout.readline().removeprefix("ready ").strip()
        running.send_signal(signal.SIGTERM)


def send(url, told):
    request = urllib.request.Request(  # noqa: S310
        url,
        data=json.dumps(told).encode(),
        headers={"Content-Type": "application/json", "X-Shopify-Access-Token": "shpat_stand_in"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        return json.loads(answer.read())


def test_it_is_filled_and_takes_orders_and_faults(process):
    order = {
        "items": [{"sku": "SH-0001-1", "quantity": 2}],
        "taxes": [{"percent": "15"}],
        "shipping": {"title": "Post", "price": "11.50"},
        "payments": [{"gateway": "cash", "amount": "5"}],
        "tip": "1.5",
    }
    made = send(f"{process}/_stand/order", order)["id"]
    send(f"{process}/_stand/refund", {"order": made, "amount": "2"})
    send(f"{process}/_stand/fault", {"kind": "throttled"})

    asked = {
        "query": "{ orders(first: 9) { nodes { id name totalPriceSet { shopMoney { amount } } } } }"
    }
    api = f"{process}/admin/api/2026-10/graphql.json"
    assert send(api, asked)["errors"][0]["message"] == "Throttled"
    found = send(api, asked)["data"]["orders"]["nodes"]
    assert [one["name"] for one in found] == ["#1001", "#1002", "#1003", "#1004"]
    assert found[-1]["id"].endswith(made)
    assert found[-1]["totalPriceSet"]["shopMoney"]["amount"] == "2413.0"
