"""Every answer of Shopify's becomes data, or the error that says what to do next."""

import asyncio
import random

import pytest
from aiohttp import web

from qantara.connectors.base import Connection
from qantara.connectors.shopify.client import Client
from qantara.connectors.shopify.costs import GUESS, Costs
from qantara.connectors.shopify.errors import TooMuch
from qantara.transport import (
    AuthFailed,
    NotFound,
    OutcomeUnknown,
    Rejected,
    RetryLater,
    Unsupported,
)
from qantara.transport.limits import TokenBucket
from tests.connectors.shopify.scripted import TOKEN, cost, speaking
from tests.transport import virtual
from tests.transport.virtual import clock

SHOP = {"data": {"shop": {"name": "متجر"}}}


def wrong(message, **extensions):
    return {"errors": [{"message": message, "extensions": extensions}]}


async def caught(answer, operation="shop", **variables):
    async with speaking(answer) as (_, client):
        try:
            await client.ask(operation, **variables)
        except Exception as error:  # noqa: BLE001 - the test looks at it
            return error
    return None


async def test_the_token_and_the_version_go_with_every_call():
    async with speaking(SHOP, version="2026-04") as (shop, client):
        told = await client.ask("shop")

    assert told["shop"]["name"] == "متجر"
    assert shop.paths == ["/admin/api/2026-04/graphql.json"]
    assert shop.headers[0]["X-Shopify-Access-Token"] == TOKEN


async def test_a_throttled_call_says_when_to_come_again():
    answer = {**wrong("Throttled", code="THROTTLED"), "extensions": cost(500.0, None, 100.0)}

    error = await caught(answer)

    assert isinstance(error, RetryLater)
    assert error.after == pytest.approx(4.0)


async def test_a_missing_scope_is_named():
    error = await caught(
        wrong(
            "Access denied for orders field. Required access: `read_orders` access scope.",
            code="ACCESS_DENIED",
            requiredAccess="`read_orders` access scope.",
        )
    )

    assert isinstance(error, AuthFailed)
    assert "read_orders" in error.reason
    assert "read_orders" in error.remedy


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (wrong("Internal error", code="INTERNAL_SERVER_ERROR"), RetryLater),
        ((200, "<html>Please wait</html>"), RetryLater),
        ((200, "[]"), RetryLater),
        ({"data": None}, RetryLater),
        ((401, '{"errors":"[API] Invalid API key or access token"}'), AuthFailed),
        ((402, "{}"), AuthFailed),
        ((423, "{}"), AuthFailed),
        ((404, '{"errors":"Not Found"}'), NotFound),
        (wrong("The shop is inactive", code="SHOP_INACTIVE"), AuthFailed),
        (wrong("Query cost is 2000", code="MAX_COST_EXCEEDED"), TooMuch),
        (wrong("Field 'moon' doesn't exist on type 'Shop'"), Unsupported),
        (wrong("Variable $ids was provided an invalid value"), Rejected),
        ({"errors": "Something else"}, Rejected),
    ],
)
async def test_each_failure_says_what_to_do_next(answer, kind):
    error = await caught(answer)

    assert type(error) is kind
    assert error.connection == "shop"
    assert TOKEN not in f"{error.reason} {error.remedy} {error!r}"


@pytest.mark.parametrize(
    "answer", [wrong("Internal error", code="INTERNAL_SERVER_ERROR"), (200, "<html>"), (502, "")]
)
async def test_a_write_whose_answer_is_lost_has_an_unknown_outcome(answer):
    async with speaking(answer) as (_, client):
        with pytest.raises(OutcomeUnknown):
            await client.do("product_delete", id="gid://shopify/Product/1")


async def test_a_refused_field_is_named_without_our_own_argument():
    told = [
        {"field": ["input", "variants", "0", "price"], "message": "must be positive", "code": ""}
    ]
    async with speaking({"data": {"result": {"userErrors": told}}}) as (_, client):
        with pytest.raises(Rejected) as refused:
            await client.do("product_set", identifier=None, input={})

    assert refused.value.field == "variants.0.price"


async def test_what_is_gone_is_told_apart_from_what_is_wrong():
    told = [{"field": ["id"], "message": "Product does not exist", "code": None}]
    async with speaking({"data": {"result": {"userErrors": told}}}) as (_, client):
        with pytest.raises(NotFound):
            await client.do("product_delete", id="gid://shopify/Product/1")


async def test_a_call_that_asks_too_much_is_halved_until_it_goes():
    ids = [f"gid://shopify/Product/{one}" for one in range(6)]
    too_much = wrong("Query cost is 4000", code="MAX_COST_EXCEEDED")
    answers = [{"data": {"nodes": [{"id": one} for one in some]}} for some in (ids[:3], ids[3:])]
    async with speaking(too_much, *answers) as (shop, client):
        found = await client.nodes("products_read", ids)

    assert [one["id"] for one in found] == ids
    assert [len(one["variables"]["ids"]) for one in shop.asked] == [6, 3, 3]


def test_costs_are_learnt_for_each_size_of_a_call():
    costs = Costs()
    assert costs.asked("orders_read", {"ids": ["1"]}) == GUESS

    costs.learn("orders_read", {"ids": ["1", "2"]}, 40.0)
    costs.learn("orders_read", {"ids": ["1", "2"]}, 30.0)

    assert costs.asked("orders_read", {"ids": ["1", "2"]}) == 40.0
    assert costs.asked("orders_read", {"ids": ["1"] * 8}) == 160.0
    assert costs.asked("products_listing", {"first": 250}) == GUESS


class Points:
    """A bucket as Shopify has it: what a call asks is held back, what it does not use comes back."""

    size, rate = 2000.0, 100.0

    def __init__(self) -> None:
        self.left, self.at, self.spent = self.size, clock(), 0.0
        self.refused, self.used = 0, 0.0
        self.chance = random.Random(3)  # noqa: S311 - a server's moods are no secret

    async def answer(self, request):
        await asyncio.sleep(self.chance.uniform(0.02, 0.3))
        name = "products" if b"products" in await request.read() else "shop"
        asked = {"products": 320.0, "shop": 15.0}[name]
        now = clock()
        self.left = min(self.size, self.left + (now - self.at) * self.rate)
        self.at = now
        if self.left < asked:
            self.refused += 1
            told = {
                **wrong("Throttled", code="THROTTLED"),
                "extensions": cost(asked, None, self.left),
            }
            return web.json_response(told)
        actual = asked * self.chance.uniform(0.2, 1.0)
        self.left -= actual
        self.spent += actual
        return web.json_response({**SHOP, "extensions": cost(asked, actual, self.left)})


def test_after_learning_no_call_is_throttled_and_95_percent_of_the_rate_is_used():
    """Ten minutes of two kinds of calls, whose cost is known only once they are done."""

    async def main() -> Points:
        points = Points()
        async with speaking(points.answer, limits=TokenBucket(clock=clock)) as (_, client):
            started = clock()

            async def caller(operation: str, **variables):
                while clock() < started + 600:
                    await client.ask(operation, **variables)

            listing = {"first": 250, "after": None, "query": None}
            await asyncio.gather(
                *(caller("products_listing", **listing) for _ in range(4)),
                *(caller("shop") for _ in range(4)),
            )
            points.used = points.spent / (points.size + points.rate * (clock() - started))
        return points

    points = virtual.run(main())

    assert points.refused == 0
    assert points.used >= 0.95


async def test_a_shop_without_secrets_says_so():
    connection = Connection(
        name="shop", connector="shopify", url="http://127.0.0.1:1", private=True
    )
    client = Client(connection)
    with pytest.raises(RetryLater):
        await client.ask("shop")
    await client.close()
