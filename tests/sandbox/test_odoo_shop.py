"""Currencies, rounding, price lists, tags and replenishment, as measured on real servers."""

import pytest

from qantara.sandbox.odoo import OdooStandIn
from tests.sandbox.callers import Refused, Rpc
from tests.sandbox.storefront import Storefront


@pytest.fixture
def store(rpc):
    return Storefront(rpc)


def currency(store, code):
    domain = [["name", "=", code]]
    (found,) = store.rpc("res.currency", "search", domain, context={"active_test": False})
    store.rpc("res.currency", "write", [found], {"active": True})
    return found


def rounding(store, method):
    store.rpc("res.company", "write", [1], {"tax_calculation_rounding_method": method})


def amounts(store, order):
    """Of the order and of its invoice, which agree."""
    fields = ("amount_untaxed", "amount_tax", "amount_total")
    held = store.read("sale.order", order, *fields)
    assert store.read("account.move", store.invoice(order), *fields) == held
    return held


@pytest.mark.parametrize(
    ("code", "expected"),
    [("JPY", (3713.0, 557.0, 4270.0)), ("KWD", (3712.397, 556.86, 4269.257))],
)
def test_amounts_have_the_decimals_of_their_currency(store, code, expected):
    rounding(store, "round_per_line")
    prices = {"name": code, "currency_id": currency(store, code)}
    pricelist = store.rpc("product.pricelist", "create", prices)
    order = store.order(
        store.line(store.desk, 3, 1234.567, store.excluded),
        store.line(store.desk, 3, 3.333, store.included),
        pricelist_id=pricelist,
    )
    assert amounts(store, order) == expected
    # the price itself has two decimals whatever the currency
    assert store.sold(order, "price_unit") == [(1234.57,), (3.33,)]


def test_taxes_are_rounded_per_line_or_over_the_document(store):
    lines = [
        *[store.line(store.desk, 1, 9.99, store.excluded) for _ in range(3)],
        *[store.line(store.desk, 1, 3.33, store.reduced) for _ in range(2)],
        *[store.line(store.desk, 1, 11.11, store.included) for _ in range(2)],
    ]
    rounding(store, "round_per_line")
    assert amounts(store, store.order(*lines)) == (55.95, 7.74, 63.69)
    rounding(store, "round_globally")
    assert amounts(store, store.order(*lines)) == (55.95, 7.73, 63.68)


def test_taxes_in_the_price_are_rounded_over_the_document_from_18_only(store):
    told = ((3, 3.33), (7, 1.99), (1, 0.05), (13, 0.77))
    lines = [store.line(store.desk, many, price, store.included) for many, price in told]
    rounding(store, "round_globally")
    expected = (29.54, 4.44, 33.98) if store.version < 18 else (29.55, 4.43, 33.98)
    assert amounts(store, store.order(*lines)) == expected
    rounding(store, "round_per_line")
    assert amounts(store, store.order(*lines)) == (29.54, 4.44, 33.98)


def test_a_price_never_loses_a_cent_to_the_tax_in_it(store):
    rounding(store, "round_per_line")
    for price in (0.01, 0.04, 0.05, 0.11, 1.23, 99.99):
        line = store.line(store.desk, 1, price, store.included)
        order = store.order(line)
        assert store.read("sale.order", order, "amount_total") == (price,)


def test_new_databases_of_19_round_over_the_document_and_have_no_cash_journal(store):
    (method,) = store.read("res.company", 1, "tax_calculation_rounding_method")
    kinds = store.rpc("account.journal", "search_read", [], ["type"])
    late = store.version >= 19
    assert method == ("round_globally" if late else "round_per_line")
    assert ("cash" in {row["type"] for row in kinds}) == (not late)


def test_a_price_list_gives_the_fixed_price_of_the_first_rule_that_fits(store):
    pricelist = store.rpc("product.pricelist", "create", {"name": "Store"})
    (template,) = store.read("product.product", store.desk, "product_tmpl_id")
    rule = {"pricelist_id": pricelist, "compute_price": "fixed"}
    for more in (
        {"applied_on": "3_global", "fixed_price": 99},
        {"applied_on": "1_product", "product_tmpl_id": template[0], "fixed_price": 8},
        {"applied_on": "0_product_variant", "product_id": store.desk, "fixed_price": 7}
        | {"min_quantity": 10},
    ):
        store.rpc("product.pricelist.item", "create", {**rule, **more})
    lines = [[0, 0, {"product_id": store.desk, "product_uom_qty": many}] for many in (1, 10)]
    order = store.order(*lines, pricelist_id=pricelist)

    assert store.sold(order, "price_unit") == [(8.0,), (7.0,)]


def test_a_price_rule_that_is_not_fixed_is_refused_where_it_counts(store):
    pricelist = store.rpc("product.pricelist", "create", {"name": "Store"})
    rule = {"pricelist_id": pricelist, "compute_price": "percentage", "percent_price": 10}
    store.rpc("product.pricelist.item", "create", rule)
    line = [0, 0, {"product_id": store.desk}]
    with pytest.raises(Refused, match="does not imitate"):
        store.order(line, pricelist_id=pricelist)


def test_tags_have_unique_names_and_know_their_products(store):
    tag = store.rpc("product.tag", "create", {"name": "Summer"})
    (template,) = store.read("product.product", store.desk, "product_tmpl_id")
    store.rpc("product.template", "write", [template[0]], {"product_tag_ids": [[4, tag]]})

    assert store.read("product.tag", tag, "product_template_ids") == ([template[0]],)
    assert store.read("product.product", store.desk, "product_tag_ids") == ([tag],)
    with pytest.raises(Refused, match="Tag name already exists") as refused:
        store.rpc("product.tag", "create", {"name": "Summer"})
    assert refused.value.name == "odoo.exceptions.ValidationError"


def test_categories_of_a_website_do_not_exist_without_it(store):
    with pytest.raises(Refused, match=r"Object product\.public\.category doesn't exist"):
        store.rpc("product.public.category", "search", [])


def test_replenishment_counts_up_to_the_maximum_once_below_the_minimum(store):
    vals = {"product_id": store.desk, "product_min_qty": 5, "product_max_qty": 20}
    rule = store.rpc("stock.warehouse.orderpoint", "create", vals)

    fields = ("name", "trigger", "qty_to_order")
    assert store.read("stock.warehouse.orderpoint", rule, *fields) == ("OP/00001", "auto", 20.0)
    with pytest.raises(Refused, match="A replenishment rule already exists"):
        store.rpc("stock.warehouse.orderpoint", "create", vals)


def test_without_the_delivery_module_parcels_have_no_number():
    modules = {"base", "product", "uom", "stock", "sale", "sale_stock", "account", "mail"}
    with OdooStandIn(version=18, modules=modules) as stand:
        fields = Rpc(stand)("stock.picking", "fields_get", [], ["type"])
    assert "carrier_tracking_ref" not in fields
