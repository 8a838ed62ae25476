"""An owner learns where a system rings, replaces its secret, and serves the entrance."""

import http.client
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading

import pytest

CONNECTOR = """
import json
from qantara.connectors.base import Connector, Event, Manifest

def manifest(name, webhook):
    return Manifest(
        name=name, title=name.capitalize(), docs="", reads=frozenset(), writes=frozenset(),
        webhooks=frozenset(), batch={}, auth={"settings": []}, quirks=(), webhook=webhook,
    )

class Ringing(Connector):
    manifest = manifest("ringing", {"scheme": "token"})

    async def close(self): ...
    async def check(self, reads, writes): ...

    @classmethod
    def hear(cls, delivery):
        return [Event(topic="t", entity="product", external_id=str(json.loads(delivery.body)))]

class Signing(Ringing):
    manifest = manifest("signing", {"scheme": "hmac", "header": "X-Signature"})

class Mute(Ringing):
    manifest = manifest("mute", {})
"""

POINTS = """[qantara.connectors]
ringing = a_ringing_package:Ringing
signing = a_ringing_package:Signing
mute = a_ringing_package:Mute
"""

KEY = "key-of-the-account-0123456789"
GIVEN = "made-by-the-system-itself-0123456789"


@pytest.fixture
def packages(tmp_path, monkeypatch):
    """A folder with a package that brings three connectors, as `pip install` would leave it."""
    about = tmp_path / "packages" / "ringing-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: ringing\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(POINTS)
    (about.parent / "a_ringing_package.py").write_text(CONNECTOR)
    monkeypatch.syspath_prepend(about.parent)
    return about.parent


@pytest.fixture
def shop(call, packages, tmp_path):
    """A home with the connections `shop` (a token), `desk` (signs) and `post` (never rings)."""
    call("init")
    for name, connector in (("shop", "ringing"), ("desk", "signing"), ("post", "mute")):
        where = ("--connector", connector, "--url", "https://shop.test", "--no-check")
        stored = call("connect", name, *where, "--key-stdin", stdin=f"{KEY}\n")
        assert stored.code == 0, stored.err
    (tmp_path / "home" / "qantara.toml").write_text('[hub]\naddress = "https://hub.test/"\n')
    return call


def test_before_there_is_a_secret_it_is_told_how_to_make_one(shop):
    shown = shop("webhooks", "show", "shop")

    assert shown.code == 0
    assert "https://hub.test/hooks/shop/TOKEN" in shown.out
    assert "qantara webhooks rotate shop" in shown.out


def test_a_new_secret_is_printed_once_and_stands_in_the_address(shop):
    made = shop("webhooks", "rotate", "shop", "--json").told
    shown = shop("webhooks", "show", "shop")

    assert len(made["secret"]) == 43
    assert made["address"] == f"https://hub.test/hooks/shop/{made['secret']}"
    assert made["earlier_until"] is None
    assert made["secret"] not in shown.out + shown.err
    assert "it is replaced" in shown.out


def test_a_secret_that_signs_is_no_part_of_the_address(shop):
    made = shop("webhooks", "rotate", "desk")
    shown = shop("webhooks", "show", "desk", "--json").told

    assert "https://hub.test/hooks/desk\n" in made.out
    assert "The secret, shown this once: " in made.out
    assert shown["address"] == "https://hub.test/hooks/desk"
    assert shown["in_address"] is False


def test_the_earlier_secret_stays_valid_for_the_overlap(shop):
    shop("webhooks", "rotate", "shop")
    made = shop("webhooks", "rotate", "shop", "--overlap", "2h", "--json").told

    new, old = shop("webhooks", "show", "shop", "--json").told["secrets"]

    assert new["expires_at"] is None
    assert old["expires_at"] == made["earlier_until"] is not None


def test_a_secret_that_became_known_ends_at_once(shop):
    shop("webhooks", "rotate", "shop")
    shop("webhooks", "rotate", "shop", "--overlap", "0s")

    assert len(shop("webhooks", "show", "shop", "--json").told["secrets"]) == 1


def test_a_secret_that_the_system_made_is_entered_and_not_shown(shop):
    given = shop("webhooks", "rotate", "desk", "--secret-stdin", stdin=f"{GIVEN}\n")
    as_token = shop("webhooks", "rotate", "shop", "--secret-stdin", "--json", stdin=f"{GIVEN}\n")

    assert (given.code, as_token.code) == (0, 0)
    assert GIVEN not in given.out + given.err + as_token.out + as_token.err
    assert as_token.told["address"].endswith("/shop/TOKEN")


@pytest.mark.parametrize(
    ("words", "stdin", "told"),
    [
        (("rotate", "post"), "", "does not ring"),
        (("show", "post"), "", "does not ring"),
        (("show", "nobody"), "", "nobody"),
        (("rotate", "shop", "--overlap", "soon"), "", "24h"),
        (("rotate", "desk", "--secret-stdin"), "short\n", "8 characters"),
        (("rotate", "shop", "--secret-stdin"), "with/slash-and-more\n", "cannot stand"),
    ],
)
def test_what_cannot_be_is_told_and_changes_nothing(shop, words, stdin, told):
    answered = shop("webhooks", *words, stdin=stdin)

    assert answered.code == 2
    assert told in answered.err
    for name in ("shop", "desk"):
        assert shop("webhooks", "show", name, "--json").told["secrets"] == []


def test_a_new_key_for_the_account_leaves_the_webhooks_secret(shop):
    shop("webhooks", "rotate", "shop")

    shop("connect", "shop", "--no-check", "--key-stdin", stdin="another-key\n")

    assert len(shop("webhooks", "show", "shop", "--json").told["secrets"]) == 1
    listed = shop("connect", "--list", "--json").told["connections"]
    assert {one["name"]: one["secrets"] for one in listed}["shop"] == ["key"]


def ring(port: int, place: str, content: bytes = b"7") -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Content-Type": "application/json"}
    connection.request("POST", f"/hooks/{place}", content, headers)
    try:
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.fixture
def listening(shop, packages, tmp_path):
    """The entrance as a process of its own, and its port."""
    words = ("--home", tmp_path / "home", "web", "--port", "0", "--json")
    with subprocess.Popen(
        [sys.executable, "-m", "qantara.cli", *words],
        env={**os.environ, "PYTHONPATH": str(packages)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        line = process.stdout.readline()
        yield process, int(json.loads(line)["address"].rpartition(":")[2])
        process.kill()


def test_the_entrance_hears_who_has_the_secret_and_stops_in_order(shop, listening):
    process, port = listening
    secret = shop("webhooks", "rotate", "shop", "--json").told["secret"]

    answers = [ring(port, place) for place in (f"shop/{secret}", "shop/wrong", "nobody")]
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=30)

    assert answers == [200, 400, 400]
    assert process.returncode == 0
    assert json.loads(out)["counts"] == {
        "": {"unknown connection": 1},
        "shop": {"accepted": 1, "wrong signature": 1},
    }
    assert "Sent away at the entrance of shop: wrong signature (1)." in err
    assert "in the journal" in err
    assert secret not in out + err
    assert "Traceback" not in err


def test_what_had_begun_to_arrive_is_answered_before_it_stops(shop, listening):
    process, port = listening
    secret = shop("webhooks", "rotate", "shop", "--json").told["secret"]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.putrequest("POST", f"/hooks/shop/{secret}")
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Content-Length", "4")
    connection.endheaders(b"12")
    assert ring(port, f"shop/{secret}") == 200  # so the first has begun as well

    process.send_signal(signal.SIGTERM)
    connection.send(b"34")
    status = connection.getresponse().status
    connection.close()
    out, _ = process.communicate(timeout=30)

    assert status == 200
    assert process.returncode == 0
    assert json.loads(out)["counts"]["shop"]["accepted"] == 2


def test_what_was_acknowledged_survives_a_kill(shop, listening, tmp_path):
    process, port = listening
    secret = shop("webhooks", "rotate", "shop", "--json").told["secret"]
    acknowledged: list[int] = []

    def deliver(numbers):
        for number in numbers:
            try:
                status = ring(port, f"shop/{secret}", str(number).encode())
            except (OSError, http.client.HTTPException):
                return
            if status == 200:
                acknowledged.append(number)
            if len(acknowledged) == 60:
                process.kill()

    threads = [
        threading.Thread(target=deliver, args=(range(first, 4000, 8),)) for first in range(8)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    with sqlite3.connect(tmp_path / "home" / "qantara.sqlite3") as journal:
        kept = [int(row[0]) for row in journal.execute("SELECT external_id FROM inbox")]
    journal.close()
    assert 60 <= len(acknowledged) < 4000
    assert set(acknowledged) <= set(kept)
    assert len(kept) == len(set(kept))


def test_a_port_that_is_taken_is_told(shop, listening):
    _, port = listening

    taken = shop("web", "--port", str(port))

    assert taken.code == 2
    assert "--port" in taken.err
