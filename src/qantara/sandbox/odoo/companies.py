"""The record rules of a database with several companies: whose records a call sees.

As on real servers (16 and 18, November 2026): the companies of a call are the context's
`allowed_company_ids`, else all; records of other companies are not found, and AccessError is
raised for who names them. Branches of a company are not imitated.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from qantara.sandbox.odoo.errors import AccessError
from qantara.sandbox.odoo.model import Model

OWN = frozenset(
    {
        *("sale.order", "sale.order.line", "purchase.order", "purchase.order.line", "account.tax"),
        *("stock.warehouse", "stock.picking", "stock.picking.type", "stock.move"),
        *("stock.move.line", "stock.quant", "account.move", "account.move.line"),
        *("account.journal", "account.payment"),
    }
)
"""Each record belongs to a company."""

SHARED = frozenset(
    {
        *("res.partner", "product.template", "product.product", "product.supplierinfo"),
        *("stock.location", "product.pricelist", "stock.lot"),
    }
)
"""A record without a company is everybody's."""

SEARCHES: Mapping[str, int] = {
    "search": 0,
    "search_count": 0,
    "search_read": 0,
    "read_group": 0,
    "name_search": 1,
}
"""Where the domain stands among the arguments."""

DOMAINS = {0: "domain", 1: "args"}


def ruled(
    model: Model, method: str, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> tuple[list[Any], dict[str, Any]]:
    """The arguments of the call as far as the rules let it see; raises AccessError."""
    rule = _rule(model)
    if not rule:
        return list(args), dict(kwargs)
    if method in SEARCHES:
        return _narrowed(SEARCHES[method], rule, args, kwargs)
    ids = args[0] if args else kwargs.get("ids")
    if method not in ("create", "load") and ids:
        _check(model, rule, [ids] if isinstance(ids, int) else ids)
    return list(args), dict(kwargs)


def _rule(model: Model) -> list[Any]:
    allowed = model.env.context.get("allowed_company_ids")
    several = len(model.env.store.table("res.company").rows) > 1
    if not allowed or not several or model.name not in OWN | SHARED:
        return []
    nobody = [False] if model.name in SHARED else []
    return [("company_id", "in", [*allowed, *nobody])]


def _narrowed(
    place: int, rule: list[Any], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> tuple[list[Any], dict[str, Any]]:
    if len(args) > place:
        domain = [*(args[place] or []), *rule]
        return [*args[:place], domain, *args[place + 1 :]], dict(kwargs)
    name = DOMAINS[place]
    return list(args), {**kwargs, name: [*(kwargs.get(name) or []), *rule]}


def _check(model: Model, rule: list[Any], ids: Any) -> None:
    if not isinstance(ids, list) or not all(isinstance(one, int) for one in ids):
        return
    there = [one for one in ids if one in model.table.rows]
    seen = model.env.using(active_test=False).model(model.name).search([("id", "in", there), *rule])
    if hidden := sorted(set(there) - set(seen)):
        raise AccessError(
            "Due to security restrictions, you are not allowed to access"
            f" '{model.label}' ({model.name}) records.\n\n"
            f"Records: {', '.join(map(str, hidden))}\n\n"
            "Contact your administrator to request access if necessary."
        )
