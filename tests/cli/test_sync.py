"""`sync` keeps going until it is stopped, and stops in order; `connect` asks on a terminal."""

import json
import os
import pty
import re
import signal
import subprocess
import sys

import pytest

from qantara.cli import reference
from tests.cli.conftest import CANARY, LOGIN, connect, write_flow


def _qantara(home, *words, **options):
    return subprocess.Popen(
        [sys.executable, "-m", "qantara.cli", "--home", home, *words], text=True, **options
    )


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_it_tells_of_every_run_and_stops_in_order(call, factory, buyer, tmp_path, end):
    home = tmp_path / "home"
    call("init")
    connect(call, factory)
    connect(call, buyer)
    write_flow(home, 'every = "1s"\n')
    links = [one["link"] for one in call("status", "--json").told["links"]]

    with _qantara(home, "sync", "--json", stdout=subprocess.PIPE, stderr=subprocess.PIPE) as sync:
        assert sync.stdout
        told = [json.loads(sync.stdout.readline()) for _ in range(2 * len(links))]
        sync.send_signal(end)
        _, err = sync.communicate(timeout=60)

    (meaning,) = reference.ANSWERS["sync"].values()
    assert sync.returncode == 0
    assert [one["link"] for one in told[: len(links)]] == links
    assert {one["link"] for one in told} == set(links)
    assert {key for one in told for key in one if f"`{key}`" not in meaning} == set()
    assert "All that was begun is finished." in err
    assert {one["state"] for one in call("status", "--json").told["links"]} == {"complete"}
    assert call("verify").code == 0


def test_it_asks_on_a_terminal_and_does_not_show_the_key(call, factory, tmp_path):
    call("init")
    ours, theirs = pty.openpty()
    options = {"stdin": theirs, "stdout": theirs, "stderr": theirs, "start_new_session": True}

    with _qantara(tmp_path / "home", "connect", "factory", "--private", **options) as asking:
        os.close(theirs)
        seen = _answered(ours, [factory.url, "factory", LOGIN, CANARY])

    assert asking.returncode == 0
    assert re.search(r"Address.*Database.*Login.*API key or password", seen, re.DOTALL)
    assert CANARY not in seen
    assert "Stored the connection factory." in seen


def _answered(terminal: int, answers: list[str]) -> str:
    """Type one answer after each question; returns all that the terminal showed."""
    seen, waiting = "", list(answers)
    while True:
        try:
            seen += os.read(terminal, 4096).decode("utf-8", "replace")
        except OSError:  # the other side has closed it
            os.close(terminal)
            return seen
        if waiting and seen.rstrip(" ").endswith(":"):
            os.write(terminal, f"{waiting.pop(0)}\n".encode())
