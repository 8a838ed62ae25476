"""The program as a user calls it, and two stand-in Odoos to call it about."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from qantara.cli import app
from qantara.sandbox.odoo import OdooStandIn
from qantara.sandbox.odoo.demo import DEMOS

CANARY = "canary-0123456789abcdef0123456789abcdef"
"""The key of both stand-ins: it must never be seen."""

LOGIN = "hub@example.com"

FLOW = '[[flows]]\nrecipe = "supply"\nfactory = "factory"\nbuyer = "buyer"\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """What a call of the program did."""

    code: int
    out: str
    err: str

    @property
    def told(self) -> Any:
        """The result of a call with --json."""
        return json.loads(self.out)


Call = Callable[..., Called]


@pytest.fixture(autouse=True)
def into_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's window is narrow: what runs tests may say how wide its own is."""
    monkeypatch.delenv("COLUMNS", raising=False)


@pytest.fixture
def call(tmp_path: Path) -> Call:
    """Call the program in the test's own home."""
    return caller(tmp_path / "home")


def caller(home: Path) -> Call:
    """Calls the program in this home; no call may show the canary or a traceback."""

    def call(*words: str, stdin: str = "") -> Called:
        result = CliRunner().invoke(app, ["--home", str(home), *words], input=stdin)
        called = Called(code=result.exit_code, out=result.stdout, err=result.stderr)
        assert CANARY not in called.out + called.err
        assert "Traceback" not in called.out + called.err
        return called

    return call


def stand_in(name: str, version: int, **sizes: int) -> OdooStandIn:
    """A small company of the demo."""
    demo = DEMOS[name]
    stand = OdooStandIn(
        version=version,
        database=name,
        company=demo.company,
        currency=demo.currency,
        login=LOGIN,
        key=CANARY,
    )
    demo.fill(stand, **sizes)
    return stand


@pytest.fixture(scope="module")
def factory() -> Iterator[OdooStandIn]:
    """An Odoo 16 with goods."""
    with stand_in("factory", 16, products=12, partners=6) as stand:
        yield stand


@pytest.fixture(scope="module")
def buyer() -> Iterator[OdooStandIn]:
    """An Odoo 18 that has two of the goods."""
    with stand_in("buyer", 18, products=2, partners=0) as stand:
        yield stand


def connect(call: Call, stand: OdooStandIn, *more: str) -> Called:
    """Connect the stand-in under the name of its database."""
    name = stand.database_name
    where = ("--url", stand.url, "--database", name, "--login", LOGIN, "--private")
    return call("connect", name, *where, "--key-stdin", *more, stdin=f"{CANARY}\n")


def write_flow(home: Path, more: str = "") -> None:
    """Put the supply flow into the home's configuration."""
    (home / "qantara.toml").write_text(FLOW + more)
