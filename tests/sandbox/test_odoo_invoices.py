"""An order becomes an invoice and is paid, as it was measured on real servers of each version."""

import pytest

from tests.sandbox.callers import Refused, Rpc
from tests.sandbox.storefront import Storefront


@pytest.fixture
def store(rpc):
    return Storefront(rpc)


AMOUNTS = ("amount_untaxed", "amount_tax", "amount_total", "amount_residual")


def test_an_order_is_invoiced_posted_and_paid(store):
    order = store.usual(client_order_ref="W1001")
    invoice = store.invoice(order)

    assert store.read("account.move", invoice, *AMOUNTS) == (35.0, 4.75, 39.75, 39.75)
    assert store.read("account.move", invoice, "state", "ref") == ("draft", "W1001")
    assert store.read("sale.order", order, "invoice_status") == ("invoiced",)

    assert store.rpc("account.move", "action_post", [invoice]) is False
    name, reference = store.read("account.move", invoice, "name", "payment_reference")
    assert name == reference
    assert name.startswith("INV/")
    store.pay(invoice, journal_id=store.bank, communication="W1001")

    assert store.read("account.move", invoice, "payment_state", "amount_residual") == ("paid", 0.0)


def test_an_invoice_keeps_its_taxes_and_what_is_owed_as_items(store):
    invoice = store.posted(store.usual())
    fields = ["display_type", "balance", "price_subtotal", "price_total"]
    rows = store.rpc("account.move.line", "search_read", [["move_id", "=", invoice]], fields)

    assert [tuple(row[field] for field in fields) for row in rows] == [
        ("product", -30.0, 30.0, 34.5),
        ("product", -5.0, 5.0, 5.25),
        ("tax", -4.5, 0.0, 0.0),
        ("tax", -0.25, 0.0, 0.0),
        ("payment_term", 39.75, 0.0, 0.0),
    ]


def test_totals_of_taxes_have_the_shape_of_the_version(store):
    invoice = store.invoice(store.usual())
    (told,) = store.read("account.move", invoice, "tax_totals")
    if store.version < 18:
        (group,) = told["groups_by_subtotal"]["Untaxed Amount"]
        held = (group["tax_group_amount"], group["tax_group_base_amount"], told["amount_total"])
    else:
        (group,) = told["subtotals"][0]["tax_groups"]
        taxed, base = group["tax_amount_currency"], group["base_amount_currency"]
        held = (taxed, base, told["total_amount_currency"])
    assert held == (4.75, 35.0, 39.75)


def test_lines_of_an_invoice_are_named_as_the_version_names_them(store):
    invoice = store.invoice(store.usual())
    lines = store.read("account.move", invoice, "invoice_line_ids")[0]
    names = {16: "Express", 17: "Express", 18: "[SHIP] Delivery Express"}

    shown = store.read("account.move.line", lines[1], "name")[0]
    assert shown == names.get(store.version, "[SHIP] Delivery\nExpress")


def test_invoices_cannot_be_made_by_the_private_method(store):
    order = store.usual()
    with pytest.raises(Refused, match="Private methods"):
        store.rpc("sale.order", "_create_invoices", [order])


def test_what_is_invoiced_is_not_invoiced_again(store):
    order = store.usual()
    store.invoice(order)
    with pytest.raises(Refused, match=r"othing to invoice!|No items are available to invoice"):
        store.invoice(order)


def test_a_quotation_has_nothing_to_invoice(store):
    order = store.usual(confirm=False)
    with pytest.raises(Refused) as refused:
        store.invoice(order)
    assert refused.value.name == "odoo.exceptions.UserError"


def test_quantities_invoiced_follow_drafts_credit_notes_and_cancelling(store):
    order = store.usual()
    fields = ("qty_invoiced", "qty_to_invoice", "invoice_status")
    assert store.sold(order, *fields)[0] == (0.0, 3.0, "to invoice")

    invoice = store.invoice(order)
    assert store.sold(order, *fields)[0] == (3.0, 0.0, "invoiced")

    store.rpc("account.move", "button_cancel", [invoice])
    assert store.sold(order, *fields)[0] == (0.0, 3.0, "to invoice")


def test_by_delivered_quantity_nothing_is_invoiced_before_the_delivery(store):
    store.rpc("product.product", "write", [store.desk], {"invoice_policy": "delivery"})
    order = store.order(store.line(store.desk, 2, 10, store.excluded))

    assert store.sold(order, "qty_to_invoice", "invoice_status") == [(0.0, "no")]


def test_amounts_invoiced_of_an_order_count_drafts_on_17_only(store):
    if store.version == 16:
        pytest.skip("16 has no such fields")
    order = store.usual()
    invoice = store.invoice(order)
    drafted = 39.75 if store.version == 17 else 0.0
    assert store.read("sale.order", order, "amount_invoiced") == (drafted,)

    store.rpc("account.move", "action_post", [invoice])
    fields = ("amount_invoiced", "amount_to_invoice")
    assert store.read("sale.order", order, *fields) == (39.75, 0.0)


def test_part_of_an_invoice_is_paid_and_then_the_rest(store):
    invoice = store.posted(store.usual())
    store.pay(invoice, amount=20, journal_id=store.bank)
    fields = ("payment_state", "amount_residual")
    assert store.read("account.move", invoice, *fields) == ("partial", 19.75)

    store.pay(invoice, journal_id=store.bank)
    assert store.read("account.move", invoice, *fields) == ("paid", 0.0)


def test_a_payment_tells_its_text_its_invoices_and_its_state(store):
    invoice = store.posted(store.usual())
    payment = store.pay(invoice, journal_id=store.bank, communication="W1001")
    memo = "memo" if store.version >= 18 else "ref"
    state = "paid" if store.version >= 18 else "posted"

    fields = ("amount", "payment_type", memo, "state", "reconciled_invoice_ids", "is_reconciled")
    told = (39.75, "inbound", "W1001", state, [invoice], True)
    assert store.read("account.payment", payment, *fields) == told
    assert store.rpc("account.payment", "search", [[memo, "=", "W1001"]]) == [payment]


def test_of_too_much_money_the_rest_stays_open(store):
    invoice = store.posted(store.usual())
    payment = store.pay(invoice, amount=50, journal_id=store.bank)

    assert store.read("account.move", invoice, "payment_state") == ("paid",)
    assert store.read("account.payment", payment, "is_reconciled") == (False,)


def test_a_difference_is_given_up_where_an_account_for_it_is_named(store):
    invoice = store.posted(store.usual())
    (lost,) = store.rpc("account.account", "search", [["code", "=", "443000"]])
    given_up = {"payment_difference_handling": "reconcile", "writeoff_account_id": lost}
    payment = store.pay(invoice, amount=39, journal_id=store.bank, **given_up)

    assert store.read("account.move", invoice, "payment_state") == ("paid",)
    move = store.read("account.payment", payment, "move_id")[0][0]
    domain = [["move_id", "=", move], ["account_id", "=", lost]]
    rows = store.rpc("account.move.line", "search_read", domain, ["balance"])
    assert [row["balance"] for row in rows] == [0.75]


def test_a_cancelled_payment_leaves_the_invoice_open(store):
    invoice = store.posted(store.usual())
    payment = store.pay(invoice, journal_id=store.bank)
    store.rpc("account.payment", "action_draft", [payment])
    kept = "paid" if store.version >= 19 else "not_paid"  # on 19 until it is cancelled
    assert store.read("account.move", invoice, "payment_state") == (kept,)

    store.rpc("account.payment", "action_cancel", [payment])
    state = "canceled" if store.version >= 18 else "cancel"
    assert store.read("account.payment", payment, "state") == (state,)
    assert store.read("account.move", invoice, "payment_state") == ("not_paid",)
    assert store.rpc("account.payment", "unlink", [payment]) is True
    assert store.rpc("account.move", "search", [["move_type", "=", "entry"]]) == []


def test_several_invoices_are_paid_each_for_itself_or_together(store):
    both = [store.posted(store.usual()) for _ in range(2)]
    context = {"active_model": "account.move", "active_ids": both}
    wizard = store.rpc("account.payment.register", "create", {}, context=context)
    action = store.rpc("account.payment.register", "action_create_payments", [wizard])
    assert len(store.rpc("account.payment", "search", action["domain"])) == 2

    both = [store.posted(store.usual()) for _ in range(2)]
    context = {"active_model": "account.move", "active_ids": both}
    vals = {"group_payment": True, "amount": 50}
    wizard = store.rpc("account.payment.register", "create", vals, context=context)
    store.rpc("account.payment.register", "action_create_payments", [wizard])
    states = [store.read("account.move", each, "payment_state")[0] for each in both]
    assert states == ["paid", "partial"]


def test_sections_and_notes_of_an_order_are_on_its_invoice(store):
    section = [0, 0, {"display_type": "line_section", "name": "Furniture"}]
    note = [0, 0, {"display_type": "line_note", "name": "Fragile"}]
    order = store.order(section, store.line(store.desk, 1, 10, store.excluded), note)
    invoice = store.invoice(order)
    lines = store.read("account.move", invoice, "invoice_line_ids")[0]

    rows = store.rpc("account.move.line", "read", lines, ["display_type"])
    kinds = [row["display_type"] for row in rows]
    assert kinds == ["line_section", "product", "line_note"]
    assert store.read("account.move", invoice, "amount_total") == (11.5,)


def test_payments_are_registered_only_on_open_documents(store):
    invoice = store.posted(store.usual())
    with pytest.raises(Refused, match="register payment wizard should only be called"):
        store.rpc("account.payment.register", "create", {})
    store.pay(invoice)
    with pytest.raises(Refused, match="nothing left to pay"):
        store.pay(invoice)


def test_a_draft_is_paid_only_after_posting_until_17(store):
    invoice = store.invoice(store.usual())
    with pytest.raises(Refused) as refused:
        store.pay(invoice)
    if store.version < 18:
        assert "only register payment for posted" in refused.value.message


def test_a_posted_invoice_is_not_posted_again(store):
    invoice = store.posted(store.usual())
    told = "is already posted." if store.version == 16 else "must be in draft."
    with pytest.raises(Refused, match=told):
        store.rpc("account.move", "action_post", [invoice])


def test_a_posted_invoice_is_not_deleted(store):
    invoice = store.posted(store.usual())
    with pytest.raises(Refused, match=r"posted (entry|journal item)"):
        store.rpc("account.move", "unlink", [invoice])


def test_a_posted_invoice_keeps_its_lines_and_takes_a_reference(store):
    invoice = store.posted(store.usual())
    store.rpc("account.move", "write", [invoice], {"ref": "new"})
    lines = [[0, 0, {"name": "more", "price_unit": 1}]]
    with pytest.raises(Refused) as refused:
        store.rpc("account.move", "write", [invoice], {"invoice_line_ids": lines})

    assert store.read("account.move", invoice, "ref", "amount_total") == ("new", 39.75)
    if store.version >= 18:
        assert refused.value.message.endswith("on a posted move: invoice_line_ids")


def test_an_invoice_without_lines_customer_or_value_is_not_posted(store):
    one = [[0, 0, {"name": "x", "price_unit": 1}]]
    less = [[0, 0, {"name": "x", "price_unit": -1}]]
    told = {"move_type": "out_invoice", "partner_id": store.customer}
    for vals in (
        told,
        {"move_type": "out_invoice", "invoice_line_ids": one},
        {**told, "invoice_line_ids": less},
    ):
        invoice = store.rpc("account.move", "create", vals)
        with pytest.raises(Refused) as refused:
            store.rpc("account.move", "action_post", [invoice])
        assert refused.value.name == "odoo.exceptions.UserError"


def test_unknown_fields_and_wrong_types_of_documents_are_refused(store):
    with pytest.raises(Refused, match="Invalid field 'foo'"):
        store.rpc("account.move", "create", {"move_type": "out_invoice", "foo": 1})
    with pytest.raises(Refused, match=r"Wrong value for account.move.move_type: 'bad'"):
        store.rpc("account.move", "create", {"move_type": "bad"})


def test_fiscal_positions_vendors_bills_and_down_payments_are_refused_loudly(store):
    position = store.rpc("account.fiscal.position", "create", {"name": "Abroad"})
    order = store.usual()
    down = {"advance_payment_method": "fixed", "sale_order_ids": [[6, 0, [order]]]}
    wizard = store.rpc("sale.advance.payment.inv", "create", down)
    for model, method, args in (
        ("sale.order", "write", [[order], {"fiscal_position_id": position}]),
        ("account.move", "create", [{"move_type": "in_invoice"}]),
        ("sale.advance.payment.inv", "create_invoices", [[wizard]]),
    ):
        with pytest.raises(Refused, match="does not imitate"):
            store.rpc(model, method, *args)


def test_cancelling_an_order_cancels_its_drafts_and_leaves_what_is_posted(store):
    order, other = store.usual(), store.usual()
    draft, posted = store.invoice(order), store.posted(other)
    for each in (order, other):
        context = {"disable_cancel_warning": True}
        store.rpc("sale.order", "action_cancel", [each], context=context)

    assert store.read("account.move", draft, "state") == ("cancel",)
    assert store.read("account.move", posted, "state") == ("posted",)


def test_who_does_not_bill_makes_drafts_but_neither_posts_nor_pays(store):
    ours = {"sale.order", "sale.order.line", "account.move", "sale.advance.payment.inv"}
    every = ("read", "write", "create", "unlink")
    store.rpc.stand.add_user("seller@example.com", "key", dict.fromkeys(ours, every))
    seller = Rpc(store.rpc.stand, "seller@example.com", "key")
    order = store.usual()
    vals = {"sale_order_ids": [[6, 0, [order]]]}
    wizard = seller("sale.advance.payment.inv", "create", vals)
    seller("sale.advance.payment.inv", "create_invoices", [wizard])
    (invoice,) = store.invoices(order)

    with pytest.raises(Refused, match="the access rights to post an invoice") as refused:
        seller("account.move", "action_post", [invoice])
    assert refused.value.name == "odoo.exceptions.AccessError"
    store.rpc("account.move", "action_post", [invoice])
    context = {"active_model": "account.move", "active_ids": [invoice]}
    with pytest.raises(Refused, match="not allowed to create"):
        seller("account.payment.register", "create", {}, context=context)


def test_who_has_no_mail_address_cannot_pay_an_invoice_in_full(store):
    (user,) = store.rpc("res.users", "read", [store.rpc.uid], ["partner_id"])
    store.rpc("res.partner", "write", [user["partner_id"][0]], {"email": False})
    invoice = store.posted(store.usual())
    store.pay(invoice, amount=1)

    with pytest.raises(Refused, match="configure the sender's email address"):
        store.pay(invoice)
    assert store.read("account.move", invoice, "payment_state") == ("partial",)
