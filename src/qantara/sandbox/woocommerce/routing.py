"""Which path means what, and what all of them share: checks, batches, links, fields."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from qantara.sandbox.woocommerce import facts
from qantara.sandbox.woocommerce.calls import CHANGES, Call, Resource
from qantara.sandbox.woocommerce.coupons import Coupons
from qantara.sandbox.woocommerce.customers import Customers
from qantara.sandbox.woocommerce.hooks import Webhooks
from qantara.sandbox.woocommerce.notes import Notes
from qantara.sandbox.woocommerce.orders import Orders
from qantara.sandbox.woocommerce.products import Products
from qantara.sandbox.woocommerce.refunds import Refunds
from qantara.sandbox.woocommerce.schema import checked, unchecked
from qantara.sandbox.woocommerce.shop import Shop
from qantara.sandbox.woocommerce.taxes import TaxRates, tax_classes
from qantara.sandbox.woocommerce.terms import (
    Attributes,
    AttributeTerms,
    Categories,
    ShippingClasses,
    Tags,
)
from qantara.sandbox.woocommerce.variations import Variations
from qantara.sandbox.woocommerce.wire import BASE, Answer, NotImitated, Refused, Row
from qantara.sandbox.woocommerce.words import whole

TRUE = frozenset({"true", "1", "yes"})
TERMS = "/products/attributes/{attribute}/terms"
VARIATIONS = "/products/{product}/variations"
RESOURCES: dict[str, type[Resource]] = {
    "/products/categories": Categories,
    "/products/tags": Tags,
    "/products/shipping_classes": ShippingClasses,
    TERMS: AttributeTerms,
    "/products/attributes": Attributes,
    VARIATIONS: Variations,
    "/products": Products,
    "/orders/{order}/notes": Notes,
    "/orders/{order}/refunds": Refunds,
    "/orders": Orders,
    "/customers": Customers,
    "/coupons": Coupons,
    "/taxes": TaxRates,
    "/webhooks": Webhooks,
}
LISTS: dict[str, type[Resource]] = {"/variations": Variations, "/refunds": Refunds}
UNCHANGEABLE = (Notes, Refunds)  # made and taken away, never changed
FACTS: dict[str, facts.Fact] = {
    "": facts.index,
    "/system_status": facts.system_status,
    "/data/currencies/current": facts.current_currency,
    "/data/currencies": facts.currencies,
    "/orders/statuses": facts.order_statuses,
    "/reports/orders/totals": facts.order_totals,
    "/payment_gateways": facts.gateways,
    "/shipping/zones": facts.shipping_zones,
    "/settings": facts.settings_groups,
    "/settings/{group}": facts.settings_group,
    "/settings/{group}/{option}": facts.settings_option,
    "/taxes/classes": tax_classes,
}
# the real server has these too
ELSEWHERE = (
    *("/products/brands.*", "/products/reviews.*", "/products/{id}/(related|duplicate)"),
    "/products/(suggested-products|custom-fields/names|shipping_classes/slug-suggestion)",
    *("/orders/{id}/(receipt|actions/.+)", "/customers/{id}/downloads", "/taxes/classes/.+"),
    *("/reports(/.+)?", "/settings/(.+/)?batch", "/shipping.*", "/system_status/.+", "/data.*"),
    *("/payment_gateways/.+", "/marketplace/.+", "/paypal.+", "/layout-templates.*"),
)
PATHS = [*FACTS, *LISTS, *RESOURCES, *(f"{path}/{{id}}" for path in RESOURCES)]


def answered(shop: Shop, call: Call) -> Answer:
    """What the shop says to a call; whoever calls holds the lock."""
    path = call.path.removeprefix(BASE).rstrip("/")
    for pattern, serve in _ROUTES:
        found = pattern.fullmatch(path)
        if found is not None:
            return serve(shop, replace(call, ids=found.groupdict()))
    if any(pattern.fullmatch(path) for pattern in _ELSEWHERE):
        raise NotImitated(f"{call.method} {path}")
    message = "No route was found matching the URL and request method."
    raise Refused(404, "rest_no_route", message)


def told_resource(shop: Shop, name: str, number: int) -> Row:
    """One object as its GET tells it, without links: what a webhook carries."""
    kinds: dict[str, type[Resource]] = {
        "order": Orders,
        "product": Products,
        "customer": Customers,
        "coupon": Coupons,
    }
    resource = kinds[name](shop)
    call = Call(method="GET", path=f"{BASE}/{resource.path}/{number}")
    return resource.linked(resource.find(number, call), call)


def _collection(kind: type[Resource]) -> Callable[[Shop, Call], Answer]:
    def serve(shop: Shop, call: Call) -> Answer:
        resource = kind(shop)
        if call.method == "GET":
            return resource.answer_list(call)
        if call.method != "POST":
            raise _no_route()
        row = resource.make(checked(resource.schema, call.params), call)
        where = f"{shop.url}{BASE}{resource.address(row, call)}"
        return Answer(body=resource.linked(row, call), status=201, headers={"Location": where})

    return serve


def _list_only(kind: type[Resource]) -> Callable[[Shop, Call], Answer]:
    def serve(shop: Shop, call: Call) -> Answer:
        if call.method != "GET":
            raise _no_route()
        return kind(shop).answer_list(call)

    return serve


def _item(kind: type[Resource]) -> Callable[[Shop, Call], Answer]:
    def serve(shop: Shop, call: Call) -> Answer:
        resource = kind(shop)
        if call.method in CHANGES and kind in UNCHANGEABLE:
            raise _no_route()
        given = checked(resource.schema, call.params) if call.method in CHANGES else {}
        row = resource.find(int(call.ids["id"]), call)
        if call.method in CHANGES:
            return Answer(body=resource.linked(resource.change(row, given, call), call))
        if call.method == "DELETE":
            force = str(call.params.get("force", "")).lower() in TRUE
            return Answer(body=resource.remove(row, call, force=force))
        return Answer(body=resource.linked(row, call))

    return serve


def _batch(kind: type[Resource]) -> Callable[[Shop, Call], Answer]:
    def serve(shop: Shop, call: Call) -> Answer:
        if call.method not in CHANGES:
            raise _no_route()
        resource = kind(shop)
        made, changed, gone = (
            _items(call.body.get(name)) for name in ("create", "update", "delete")
        )
        limit = shop.settings.batch_limit
        if len(made) + len(changed) + len(gone) > limit:
            message = f"Unable to accept more than {limit} items for this request."
            raise Refused(413, "woocommerce_rest_request_entity_too_large", message)
        body: Row = {}
        if made:
            body["create"] = [_made(resource, each, call) for each in made]
        if changed:
            body["update"] = [_changed(resource, each, call) for each in changed]
        if gone:
            body["delete"] = [_gone(resource, each, call) for each in gone]
        return Answer(body=body or [])

    return serve


def _items(given: Any) -> list[Any]:
    return given if isinstance(given, list) else []


def _made(resource: Resource, given: Any, call: Call) -> Row:
    try:
        call = replace(call, batch=True)
        sent = unchecked(resource.schema, given if isinstance(given, dict) else {})
        return resource.linked(resource.make(sent, call), call)
    except NotImitated:
        raise
    except Refused as error:
        return {"id": 0, "error": error.told()}


def _changed(resource: Resource, given: Any, call: Call) -> Row:
    number = given.get("id") if isinstance(given, dict) else None
    try:
        row = resource.find(whole(number or 0), call)
        sent = unchecked(resource.schema, given)
        return resource.linked(resource.change(row, sent, call), call)
    except NotImitated:
        raise
    except Refused as error:
        return {"id": number, "error": error.told()}


def _gone(resource: Resource, given: Any, call: Call) -> Row:
    """For good: in a batch nothing goes to the trash."""
    number = whole(given.get("id", 0) if isinstance(given, dict) else given)
    try:
        call = replace(call, batch=True, gone=True)
        return resource.remove(resource.find(number, call), call, force=True)
    except NotImitated:
        raise
    except Refused as error:
        return {"id": number, "error": error.told()}


def _fact(told: facts.Fact) -> Callable[[Shop, Call], Answer]:
    def serve(shop: Shop, call: Call) -> Answer:
        if call.method != "GET":
            raise NotImitated(f"{call.method} {call.path.removeprefix(BASE)}")
        return told(shop, call)

    return serve


def _generate(shop: Shop, call: Call) -> Answer:
    if call.method != "POST":
        raise _no_route()
    return Variations(shop).generate(call)


def _no_route() -> Refused:
    message = "No route was found matching the URL and request method."
    return Refused(404, "rest_no_route", message)


def _pattern(path: str) -> re.Pattern[str]:
    words = {"group", "option"}
    return re.compile(
        re.sub(
            r"\{(\w+)\}",
            lambda at: f"(?P<{at[1]}>{'[^/]+' if at[1] in words else '[0-9]+'})",
            path,
        )
    )


_ROUTES: list[tuple[re.Pattern[str], Callable[[Shop, Call], Answer]]] = [
    *((_pattern(path), _fact(told)) for path, told in FACTS.items()),
    (_pattern(f"{VARIATIONS}/generate"), _generate),
    *((_pattern(path), _list_only(kind)) for path, kind in LISTS.items()),
    *((_pattern(path), _collection(kind)) for path, kind in RESOURCES.items()),
    *(
        (_pattern(f"{path}/batch"), _batch(kind))
        for path, kind in RESOURCES.items()
        if kind not in UNCHANGEABLE
    ),
    *((_pattern(f"{path}/{{id}}"), _item(kind)) for path, kind in RESOURCES.items()),
]
_ELSEWHERE = [_pattern(path) for path in ELSEWHERE]
