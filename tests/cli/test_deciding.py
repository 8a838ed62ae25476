"""A decision in a running installation: `sync --listen` asks, serves the page, and carries it out."""

import http.client
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from html import unescape
from urllib.parse import urlencode, urlsplit

import pytest

from tests.cli.conftest import connect, stand_in, write_flow

PATIENCE = 60.0
"""Seconds after which what was to happen will not happen any more."""

CODE = "a code of layla's"
LINK = re.compile(r'href="([^"]+/decide/[^"]+)"')


@pytest.fixture
def world(call, monkeypatch):
    """A factory and a buyer who knows it, small."""
    monkeypatch.setenv("QANTARA_APPROVER_CODE", CODE)
    with (
        stand_in("factory", 16, products=1, partners=0) as factory,
        stand_in("buyer", 18, products=0, partners=0) as buyer,
    ):
        money = next(row["id"] for row in factory.rows("res.currency") if row["name"] == "USD")
        factory.write("res.currency", money, {"active": True})
        factory.create("product.pricelist", {"name": "Dollars", "currency_id": money})
        call("init")
        connect(call, factory)
        connect(call, buyer)
        yield factory, buyer


def test_without_an_address_it_says_what_to_write_where(call, world, tmp_path):
    write_flow(tmp_path / "home", 'parts = ["approvals"]\n')

    refused = call("run")

    assert refused.code != 0
    assert "address" in refused.err
    assert "qantara.toml" in refused.err


def test_it_asks_hears_and_does(call, world, tmp_path):
    factory, buyer = world
    port = _free_port()
    hub = f'[hub]\naddress = "http://127.0.0.1:{port}"\n'
    _write(tmp_path / "home", hub)
    assert call("run").code == 0
    assert call("plan").code == 0
    assert call("approvers", "add", "factory", "l@example.com", "--name", "Layla").code == 0

    with _sync(tmp_path / "home", port) as sync:
        try:
            for number in (1, 2):
                _order(factory, buyer)
                address = _until(lambda: _buttons(factory))[0]
                shown = _press(address)
                _until(lambda wanted=number: _states(factory) == ["sale"] * wanted)
                told = _until(lambda wanted=number: _told(buyer)[wanted - 1 :])
                _until(lambda wanted=number: _told(buyer, "was confirmed.")[wanted - 1 :])
                _until(lambda: not _buttons(factory))
        finally:
            sync.send_signal(signal.SIGINT)
            sync.communicate(timeout=PATIENCE)

    assert "Thank you, Layla" in shown
    assert sync.returncode == 0
    assert len(told) == 1
    assert call("status").code == 0
    assert call("verify").code == 0


def _write(home, head):
    write_flow(home, 'parts = ["approvals"]\nevery = "1s"\n')
    file = home / "qantara.toml"
    file.write_text(head + file.read_text())


def _order(factory, buyer):
    """Somebody at the buyer orders, of no more than a note."""
    name = factory.rows("res.company")[0]["name"]
    vendor = next(row["id"] for row in buyer.rows("res.partner") if row["name"] == name)
    line = {"display_type": "line_note", "name": "As discussed", "product_qty": 0}
    values = {"partner_id": vendor, "order_line": [(0, 0, line)]}
    order = buyer.create("purchase.order", values)
    buyer.call("purchase.order", "button_confirm", [order])


def _sync(home, port):
    words = ("--home", home, "sync", "--listen", f"127.0.0.1:{port}")
    return subprocess.Popen(
        [sys.executable, "-m", "qantara.cli", *words],
        text=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def _press(address):
    """What a browser does with the button: open the page, send its form with its cookie."""
    where = urlsplit(unescape(address))
    with closing(http.client.HTTPConnection(where.hostname or "", where.port)) as there:
        there.request("GET", where.path)
        page = there.getresponse()
        cookie = page.headers["set-cookie"].partition(";")[0]
        [form] = re.findall('name="form" value="([^"]+)"', page.read().decode())
        fields = urlencode({"form": form, "email": "l@example.com", "code": CODE})
        kind = "application/x-www-form-urlencoded"
        there.request("POST", where.path, fields, {"cookie": cookie, "content-type": kind})
        return there.getresponse().read().decode()


def _buttons(factory):
    return [one for row in factory.rows("mail.message") for one in LINK.findall(row["body"] or "")]


def _states(factory):
    return [row["state"] for row in factory.rows("sale.order")]


def _told(buyer, words="Confirmed by Layla"):
    bodies = [row["body"] or "" for row in buyer.rows("mail.message")]
    return [body for body in bodies if words in body]


def _until(look):
    """What is looked for, once it is there."""
    end = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < end, "It did not happen."
        time.sleep(0.2)
    return found


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
