"""`sync` keeps going until it is stopped, and stops in order; `connect` asks on a terminal."""

import json
import os
import pty
import select
import signal
import subprocess
import sys

import pytest

from qantara.cli import reference
from tests.cli.conftest import CANARY, LOGIN, connect, write_flow

PATIENCE = 30
"""Seconds without a word after which a program is taken to be stuck."""


def _qantara(home, *words, **options):
    return subprocess.Popen(
        [sys.executable, "-m", "qantara.cli", "--home", home, *words], text=True, **options
    )


@pytest.mark.parametrize(
    "end", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.campaign)]
)
def test_it_tells_of_every_run_and_stops_in_order(call, factory, buyer, tmp_path, end):
    home = tmp_path / "home"
    call("init")
    connect(call, factory)
    connect(call, buyer)
    write_flow(home, 'every = "1s"\n')
    links = [one["link"] for one in call("status", "--json").told["links"]]

    with _qantara(home, "sync", "--json", stdout=subprocess.PIPE, stderr=subprocess.PIPE) as sync:
        assert sync.stdout
        told: list[dict[str, str]] = []
        while len(told) < 4 * len(links) or len({one["link"] for one in told}) < len(links):
            told.append(json.loads(sync.stdout.readline()))
        sync.send_signal(end)
        _, err = sync.communicate(timeout=60)

    (meaning,) = reference.ANSWERS["sync"].values()
    assert sync.returncode == 0
    assert list(dict.fromkeys(one["link"] for one in told)) == links
    assert {key for one in told for key in one if f"`{key}`" not in meaning} == set()
    assert "All that was begun is finished." in err
    assert {one["state"] for one in call("status", "--json").told["links"]} == {"complete"}
    assert call("verify").code == 0


def test_it_asks_on_a_terminal_and_does_not_show_the_key(call, factory, tmp_path):
    call("init")
    ours, theirs = pty.openpty()
    options = {"stdin": theirs, "stdout": theirs, "stderr": theirs, "start_new_session": True}
    answers = {  # what is typed before the blank of the last question is thrown away
        "Address (https://...):": factory.url,
        "Database:": "factory",
        "Login:": LOGIN,
        "API key or password: ": CANARY,
    }

    with _qantara(tmp_path / "home", "connect", "factory", "--private", **options) as asking:
        os.close(theirs)
        seen = _answered(ours, answers)
        asking.wait(PATIENCE) if "Stored" in seen else asking.kill()

    assert asking.returncode == 0, seen
    assert CANARY not in seen
    assert "Stored the connection factory." in seen


def _answered(terminal: int, answers: dict[str, str]) -> str:
    """Type each answer once its question is there; returns all that the terminal showed."""
    seen, waiting = "", list(answers.items())
    while select.select([terminal], [], [], PATIENCE)[0]:
        try:
            seen += os.read(terminal, 4096).decode("utf-8", "replace")
        except OSError:  # the other side has closed it
            break
        if waiting and waiting[0][0] in seen:
            os.write(terminal, f"{waiting.pop(0)[1]}\n".encode())
    os.close(terminal)
    return seen
