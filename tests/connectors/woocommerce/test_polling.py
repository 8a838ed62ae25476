"""No record is lost between two polls: not in a crowded second, not when pages shift."""

import json
import time
from collections.abc import Mapping

import pytest

from qantara.connectors.base import Change
from qantara.connectors.woocommerce.client import PAGE, Listing
from qantara.connectors.woocommerce.polling import Captured, Poll, shifted
from qantara.sandbox.woocommerce import WooCommerceStandIn
from tests.connectors.woocommerce.entering import entered

START = "2026-03-01T10:00:00"


class Shelf:
    """A list as the store keeps it: times by id, read by its rules."""

    def __init__(self, times: Mapping[int, str]) -> None:
        self.times = dict(times)
        self.asked = 0
        self.between = lambda: None

    async def listed(self, params: Mapping[str, str]) -> Listing:
        self.asked += 1
        after, before = params.get("modified_after", ""), params.get("modified_before", "9")
        rows = [
            {"id": one, "date_modified_gmt": at}
            for one, at in self.times.items()
            if at > after and at < before
        ]
        rows.sort(key=lambda row: (row["date_modified_gmt"], row["id"]))
        start = (int(params.get("page", "1")) - 1) * PAGE
        self.between()
        return Listing(rows=rows[start : start + PAGE], total=len(rows))


async def walked(shelf: Shelf, cursor: str = "") -> tuple[list[str], str]:
    poll = Poll(shelf.listed, cursor, 5.0)
    came: list[str] = []
    async for rows in poll.steps():
        captured = [
            Captured(owner=str(row["id"]), at=row["date_modified_gmt"], changes=[_change(row)])
            for row in rows
        ]
        came += [one.external_id for one in poll.account(captured)]
    return came, poll.cursor


async def test_a_second_with_more_than_a_page_comes_whole():
    times = dict.fromkeys(range(1, 2 * PAGE + 51), START)
    times |= {one: shifted(START, 1) for one in range(1000, 1003)}
    came, cursor = await walked(Shelf(times))
    again, _ = await walked(Shelf(times), cursor)

    assert sorted(map(int, came)) == sorted(times)
    assert again == []


async def test_what_is_changed_while_pages_are_read_comes_and_hides_nothing():
    """The first of the list moves to its end at each call, as when people work in the store."""
    times = {one: shifted(START, one // 40) for one in range(1, 3 * PAGE)}
    shelf = Shelf(times)
    moved: list[int] = []

    def edit() -> None:
        if len(moved) < 4:
            first = min(shelf.times, key=lambda one: (shelf.times[one], one))
            shelf.times[first] = shifted(START, 100 + len(moved))
            moved.append(first)

    shelf.between = edit
    came, _ = await walked(shelf)

    assert {int(one) for one in came} == set(times)


async def test_a_crash_in_a_crowded_second_loses_nothing():
    times = dict.fromkeys(range(1, 2 * PAGE + 51), START)
    shelf = Shelf(times)
    poll = Poll(shelf.listed, "", 5.0)
    came = set()
    async for rows in poll.steps():
        captured = [
            Captured(owner=str(row["id"]), at=START, changes=[_change(row)]) for row in rows
        ]
        came |= {one.external_id for one in poll.account(captured)}
        break
    stored = json.loads(poll.cursor)
    late = json.dumps({**stored, "since": stored["since"] - 3600})
    rest, _ = await walked(shelf, late)

    assert {int(one) for one in came | set(rest)} == set(times)


async def test_a_store_at_rest_lists_nothing_again():
    shelf = Shelf({1: START})
    _, cursor = await walked(shelf)
    stored = json.loads(cursor)
    quiet = json.dumps({**stored, "since": int(time.time()) - 60})
    poll = Poll(shelf.listed, quiet, 5.0)
    rows = [row async for step in poll.steps() for row in step]

    assert rows == []


@pytest.mark.parametrize(
    ("entity", "path"), [("category", "products/categories"), ("partner", "customers")]
)
async def test_what_tells_no_time_is_compared_when_it_is_time(
    shop: WooCommerceStandIn, entity: str, path: str
):
    """A webhook tells meanwhile; more or fewer customers are noticed at once."""
    fields = {"name": "First"} if entity == "category" else {"email": "a@example.com"}
    one = shop.add(path, **fields)["id"]
    async with entered(shop, compare_minutes="60") as connector:
        pages = [page async for page in connector.changes(entity, "")]
        name = "name" if entity == "category" else "first_name"
        shop.edit(f"{path}/{one}", **{name: "Edited"})
        soon = [page async for page in connector.changes(entity, pages[-1].cursor)]
    late = _hour_ago(soon[-1].cursor if soon else pages[-1].cursor)
    async with entered(shop, compare_minutes="60") as connector:
        found = [c async for page in connector.changes(entity, late) for c in page.changes]

    assert [change for page in soon for change in page.changes] == []
    assert [change.external_id for change in found] == [str(one)]


async def test_a_new_customer_is_found_before_it_is_time(shop: WooCommerceStandIn):
    shop.add("customers", email="a@example.com")
    async with entered(shop, compare_minutes="60") as connector:
        pages = [page async for page in connector.changes("partner", "")]
        new = shop.add("customers", email="b@example.com")["id"]
        found = [
            change.external_id
            async for page in connector.changes("partner", pages[-1].cursor)
            for change in page.changes
        ]

    assert str(new) in found


def _hour_ago(cursor: str) -> str:
    stored = json.loads(cursor)
    for name in ("at", "compared"):
        if name in stored:
            stored[name] -= 4000
    return json.dumps(stored)


def _change(row) -> Change:
    return Change(
        entity="product", external_id=str(row["id"]), version=row["date_modified_gmt"], wire=row
    )
