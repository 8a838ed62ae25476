"""Faults on demand, the call log, speed, and the stand-in as a process of its own."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest

from qantara.sandbox.odoo.pace import COLD, Pace
from tests.sandbox.callers import Refused, posted

CUT = (urllib.error.URLError, http.client.HTTPException, ConnectionError)


def names(stand):
    return {row.get("name") for row in stand.rows("res.partner")}


def test_a_cut_before_leaves_nothing_behind(odoo16, rpc16):
    odoo16.fault("cut_before", model="res.partner", method="create")

    with pytest.raises(CUT):
        rpc16("res.partner", "create", {"name": "Lost"})

    assert "Lost" not in names(odoo16)


def test_a_cut_after_has_done_the_work(odoo16, rpc16):
    odoo16.fault("cut_after", model="res.partner", method="create")

    with pytest.raises(CUT):
        rpc16("res.partner", "create", {"name": "Kept"})

    assert "Kept" in names(odoo16)


@pytest.mark.parametrize(
    ("kind", "status"), [("http_500", 500), ("http_502", 502), ("http_429", 429)]
)
def test_a_proxy_can_answer_instead(odoo16, rpc16, kind, status):
    odoo16.fault(kind)

    answered, headers, page = posted(f"{odoo16.url}/jsonrpc", {"params": {}})

    assert (answered, page[:6]) == (status, b"<html>")
    assert headers.get("Retry-After") == ("1" if status == 429 else None)


def test_a_proxy_can_answer_with_a_page_and_200(odoo16, rpc16):
    odoo16.fault("not_json", method="search")

    with pytest.raises(json.JSONDecodeError):
        rpc16("res.partner", "search", [])


def test_a_lost_race_is_a_message_of_load_and_an_error_elsewhere(odoo16, rpc16):
    odoo16.fault("serialization", times=2)

    loaded = rpc16("res.partner", "load", ["id", "name"], [["hub.p", "P"]])
    with pytest.raises(Refused) as refused:
        rpc16("res.partner", "create", {"name": "P"})

    assert loaded["ids"] is False
    assert "could not serialize access" in loaded["messages"][0]["message"]
    assert refused.value.name == "psycopg2.errors.SerializationFailure"


def test_a_session_can_expire(odoo16, rpc16):
    odoo16.fault("session_expired")

    with pytest.raises(Refused) as refused:
        rpc16("res.partner", "search", [])

    assert refused.value.code == 100


def test_a_fault_strikes_after_so_many_and_so_often(odoo16, rpc16):
    odoo16.fault("session_expired", method="search", after=1, times=2)
    outcomes: list[bool | None] = []

    for _ in range(4):
        try:
            outcomes.append(bool(rpc16("res.partner", "search", [])))
        except Refused:
            outcomes.append(None)

    assert outcomes == [True, None, None, True]


def test_an_unknown_fault_is_refused(odoo16):
    with pytest.raises(ValueError, match="unknown fault 'earthquake'"):
        odoo16.fault("earthquake")


def test_a_slow_call_does_not_hold_up_the_others(odoo16, rpc16):
    odoo16.fault("slow", method="search_count", seconds=3)

    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(rpc16, "res.partner", "search_count", [])
        time.sleep(0.1)
        rpc16("res.partner", "search", [])
        first = not slow.done()

    assert slow.result() > 0
    assert first


def test_the_log_tells_what_was_called_and_what_came_of_it(odoo16, rpc16):
    odoo16.clear()
    rpc16("res.partner", "create", [{"name": "A"}, {"name": "B"}])
    with pytest.raises(Refused):
        rpc16("res.partner", "create", [{"email": "x"}])
    rpc16("res.partner", "search", [])

    told = [(c.protocol, c.model, c.method, c.records, c.error) for c in odoo16.calls]
    assert told == [
        ("jsonrpc", "res.partner", "create", 2, None),
        ("jsonrpc", "res.partner", "create", 1, "odoo.exceptions.ValidationError"),
        ("jsonrpc", "res.partner", "search", 0, None),
    ]
    assert odoo16.writes() == 1
    assert all(call.request_bytes and call.response_bytes for call in odoo16.calls)


def test_a_measured_pace_makes_the_call_after_a_product_wait():
    pace = Pace(16)
    pace.seconds("product.product", "create", 1)

    cold, warm = (pace.seconds("res.partner", "search_count", 0) for _ in range(2))

    assert cold - warm == COLD[16]


def test_a_load_of_known_products_is_cheaper_and_leaves_the_caches_warm():
    pace = Pace(18)

    known = pace.seconds("product.template", "load", 500, [".id", "name"])

    assert not pace.cold
    assert known < pace.seconds("product.template", "load", 500, ["id", "name"])


def test_a_process_says_ready_is_controlled_and_stops():
    command = [sys.executable, "-m", "qantara.sandbox", "odoo", "--version", "18", "--control"]
    demo = ["--demo", "buyer", "--products", "3", "--partners", "3"]
    environment = {**os.environ, "PYTHONPATH": "src"}
    with subprocess.Popen(
        [*command, *demo], stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout
        word, url = process.stdout.readline().split()
        with urllib.request.urlopen(f"{url}/_stand/rows?model=product.product") as answer:  # noqa: S310
            rows = json.load(answer)
        posted(f"{url}/_stand/fault", {"kind": "http_502"})
        status, _, _ = posted(f"{url}/jsonrpc", {"params": {}})
        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=5)

    assert (word, len(rows), status, code) == ("ready", 3, 502, 0)


def test_controls_are_closed_unless_asked_for(odoo16):
    status, _, _ = posted(f"{odoo16.url}/_stand/clear", {})

    assert status == 404
