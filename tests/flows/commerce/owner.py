"""A shop and its Odoo as their owner has them: a home, the program, and the words it says to him."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qantara.sandbox.odoo import OdooStandIn
from qantara.sandbox.shopify import ShopifyStandIn
from qantara.sandbox.woocommerce import WooCommerceStandIn
from qantara.storage.store import Store
from tests.cli.conftest import CANARY, LOGIN, Call, Called, caller
from tests.connectors.odoo.places import standing
from tests.flows.commerce.high_street import HighStreet, high_street
from tests.flows.commerce.mall import PLENTY, Mall, arcade

SECRET = "cs_" + "9" * 40
TOKEN = "shpat_" + "9" * 32

FLOW = """
[[flows]]
recipe = "commerce"
name = "shop"
odoo = "erp"
store = "{store}"
raise_after = 0.1
residue = "ROUND"
journals = {{ "*" = "BNK1" }}
products = {{ shipping = "SHIP", fee = "FEE", adjustment = "ROUND" }}
"""

NUMBERED = re.compile(r"\b(?:HTTP )?[45]\d\d\b")
INTERNAL = re.compile(r"Traceback|[a-z]Error\b|Exception|\w+\(\)|<[a-z]+>|None\b|\{|\bhttps?_\d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """What the owner of a shop does, and what he is told."""

    call: Call
    home: Path

    @property
    def store(self) -> Store:
        """The journal."""
        return Store.open(f"sqlite:///{self.home / 'qantara.sqlite3'}")

    def run(self, *more: str) -> Called:
        """Everything once."""
        return self.call("run", "--patience", "5", *more)

    def fine(self) -> None:
        """Everything once, and nothing needs a person."""
        ran = self.run()
        assert ran.code == 0, ran.out + ran.err

    def letters(self) -> list[dict[str, Any]]:
        """What needs a person."""
        told = self.call("dead-letters", "list", "--json").told["dead_letters"]
        assert isinstance(told, list)
        return told

    def letter(self, *words: str) -> dict[str, Any]:
        """The only letter; it says all of these words, and what to do."""
        [one] = self.letters()
        explained(f"{one['reason']} {one['remedy']}", *words)
        assert one["remedy"]
        shown = self.call("dead-letters", "show", str(one["id"])).out
        assert f"Then: qantara dead-letters retry {one['id']}" in shown
        return one

    def replay(self, letter: dict[str, Any]) -> None:
        """By the command that the letter names; it goes through."""
        sent = self.call("dead-letters", "retry", str(letter["id"]))
        assert f"{letter['id']}: it went through." in sent.out, sent.out + sent.err
        assert self.letters() == []


def explained(text: str, *words: str) -> None:
    """What an owner understands: sentences that name these words, and nothing of the inside."""
    for word in words:
        assert word in text, (word, text)
    assert not INTERNAL.search(text), text
    assert SECRET not in text
    assert TOKEN not in text
    assert CANARY not in text
    plain = NUMBERED.sub("", text)
    assert len(plain.split()) >= 8, text
    assert text.strip().endswith((".", ":"))


@contextmanager
def corner(tmp_path: Path) -> Iterator[tuple[Owner, HighStreet]]:
    """A WooCommerce and an Odoo 18, connected, with nothing on sale."""
    woo = WooCommerceStandIn(deliveries="manual", secret=SECRET)
    with standing(18) as odoo, woo:
        owner = Owner(call=caller(tmp_path / "home"), home=tmp_path / "home")
        owner.call("init")
        enter_odoo(owner, odoo)
        enter_woo(owner, woo)
        (owner.home / "qantara.toml").write_text(FLOW.format(store="woo"))
        with owner.store as store:
            yield owner, high_street(store, odoo, woo)


@contextmanager
def plaza(tmp_path: Path, **options: Any) -> Iterator[tuple[Owner, Mall]]:
    """A Shopify and an Odoo 18, connected, with nothing on sale."""
    shop = ShopifyStandIn(
        currency="SAR", country="SA", token=TOKEN, bucket=PLENTY, restore=PLENTY, **options
    )
    with standing(18) as odoo, shop:
        owner = Owner(call=caller(tmp_path / "home"), home=tmp_path / "home")
        owner.call("init")
        enter_odoo(owner, odoo)
        what = ("--connector", "shopify", "--url", shop.url, "--private")
        told = owner.call("connect", "mall", *what, "--key-stdin", stdin=f"{TOKEN}\n")
        assert told.code == 0, told.out + told.err
        (owner.home / "qantara.toml").write_text(FLOW.format(store="mall"))
        with owner.store as store:
            yield owner, arcade(store, odoo, shop)


def enter_odoo(owner: Owner, odoo: OdooStandIn) -> None:
    where = ("--url", odoo.url, "--database", odoo.database_name, "--login", LOGIN, "--private")
    told = owner.call("connect", "erp", *where, "--key-stdin", stdin="hub-key\n")
    assert told.code == 0, told.out + told.err


def enter_woo(owner: Owner, woo: WooCommerceStandIn) -> None:
    what = ("--connector", "woocommerce", "--url", woo.url, "--login", woo.key, "--private")
    settings = ("--set", "compare_minutes=0", "--set", "overlap=2")
    told = owner.call("connect", "woo", *what, *settings, "--key-stdin", stdin=f"{woo.secret}\n")
    assert told.code == 0, told.out + told.err
