"""The stores' chapters: people buy while everything is kept in step, then every order is looked up."""

import asyncio
from collections.abc import Sequence
from typing import Any

from qantara.cli.demo import checking
from qantara.cli.demo.checking import ROWS, Book
from qantara.cli.demo.live import live
from qantara.cli.demo.market import Market
from qantara.cli.demo.stage import Stage
from qantara.cli.words import counted
from qantara.storage import dead_letters


async def trade(stage: Stage, market: Market, orders: int) -> list[dict[str, Any]]:
    """Play it; returns the figures of each store. Raises KeyboardInterrupt when it was stopped."""
    stage.chapter("Both stores are open: somebody buys every second")

    async def day(stop: asyncio.Event) -> None:
        await market.day(stop, orders)

    if not await live(stage, day, market.ticker):
        raise KeyboardInterrupt
    return await _look_up(stage, market)


async def _look_up(stage: Stage, market: Market) -> list[dict[str, Any]]:
    stage.chapter("Every order of both stores is looked up at the buyer")
    books = [await checking.read(stage.buyer, shop) for shop in stage.shops]
    _show(stage, market, books)
    before = len(stage.disagreements)
    for book in books:
        for complaint in book.complaints:
            stage.expect(None, complaint)
    await _expect_each_customer_once(stage, market)
    for letter in await stage.hub.store.run(dead_letters.listing):
        stage.expect(None, f"{letter.link} put {letter.external_id} aside: {letter.reason}")
    if len(stage.disagreements) == before:
        every = counted(sum(len(book.orders) for book in books), "order")
        stage.say(
            f"All {every} of both stores are at the buyer once, and every total is equal.", "green"
        )
    return [
        {"store": book.store, **_plain(book), "seconds": market.told(shop)}
        for book, shop in zip(books, stage.shops, strict=True)
    ]


async def _expect_each_customer_once(stage: Stage, market: Market) -> None:
    """Whoever bought in both stores is one customer at the buyer."""
    emails = sorted({sale.basket.email for sale in market.sales})
    people = [["email", "in", emails], ["parent_id", "=", False]]
    found = await stage.buyer.find("res.partner", people, ["email"])
    both = (
        f"{counted(len(emails), 'person', 'people')} bought, {len(found)} are known at the buyer."
    )
    stage.expect(len(found) == len(emails), both)


def _show(stage: Stage, market: Market, books: Sequence[Book]) -> None:
    columns = ("", *(f"{book.store}#" for book in books))
    rows = [(words, *(f"{book.figures[name]:,}" for book in books)) for name, words in ROWS.items()]
    seconds = [market.told(shop) for shop in stage.shops]
    rows += [
        (f"seconds to the buyer, {name}", *(str(one[name]) for one in seconds))
        for name in ("median", "slowest")
    ]
    stage.rows(columns, rows)


def _plain(book: Book) -> dict[str, Any]:
    """For JSON: amounts as numbers."""
    return {name: one if isinstance(one, int) else float(one) for name, one in book.figures.items()}
