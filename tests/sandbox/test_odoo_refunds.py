"""Credit notes settle invoices and are paid back, as measured on real servers of each version."""

import pytest

from tests.sandbox.callers import Refused
from tests.sandbox.storefront import Storefront


@pytest.fixture
def store(rpc):
    return Storefront(rpc)


def reversal(store, invoice, method=None, **vals):
    """The credit note that the dialogue makes."""
    context = {"active_model": "account.move", "active_ids": [invoice]}
    journal = store.read("account.move", invoice, "journal_id")[0][0]
    told = {"reason": "Refund 55", "journal_id": journal, "date": "2026-11-20", **vals}
    if store.version == 16 and method:
        told["refund_method"] = method
    wizard = store.rpc("account.move.reversal", "create", told, context=context)
    names = {"refund": "refund_moves", "modify": "modify_moves"}
    button = "reverse_moves" if store.version == 16 else names[method or "refund"]
    return store.rpc("account.move.reversal", button, [wizard])["res_id"]


def settle(store, *moves):
    lines = [store.owed(each) for each in moves]
    return store.rpc("account.move.line", "reconcile", lines)


def test_a_credit_note_by_hand_settles_its_open_invoice_at_once_from_17(store):
    invoice = store.posted(store.order(store.line(store.desk, 2, 10, store.excluded)))
    note = store.note(invoice, 1, 7)
    store.rpc("account.move", "action_post", [note])
    left = 23.0 if store.version == 16 else 14.95
    assert store.read("account.move", invoice, "amount_residual") == (left,)

    if store.version == 16:
        owed = store.owed(note)
        store.rpc("account.move", "js_assign_outstanding_line", [invoice], owed)
    fields = ("payment_state", "amount_residual")
    assert store.read("account.move", invoice, *fields) == ("partial", 14.95)
    assert store.read("account.move", note, *fields) == ("paid", 0.0)
    store.pay(invoice)
    assert store.read("account.move", invoice, *fields) == ("paid", 0.0)


def test_an_invoice_that_credit_notes_settle_is_reversed(store):
    invoice = store.posted(store.order(store.line(store.desk, 1, 10, store.excluded)))
    note = store.note(invoice, 1, 10, reversed_entry_id=False)
    store.rpc("account.move", "action_post", [note])
    assert store.read("account.move", invoice, "payment_state") == ("not_paid",)
    told = settle(store, invoice, note)

    assert store.read("account.move", invoice, "payment_state") == ("reversed",)
    assert store.read("account.move", note, "payment_state") == ("paid",)
    assert (told is None) == (store.version > 16)
    with pytest.raises(Refused, match="already reconciled"):
        settle(store, invoice, note)


def test_what_was_settled_can_be_set_free(store):
    invoice = store.posted(store.order(store.line(store.desk, 1, 10, store.excluded)))
    store.pay(invoice)
    item = store.owed(invoice)
    assert store.read("account.move.line", item, "reconciled") == (True,)
    assert store.read("account.move.line", item, "full_reconcile_id") != (False,)

    store.rpc("account.move.line", "remove_move_reconcile", [item])
    fields = ("payment_state", "amount_residual")
    assert store.read("account.move", invoice, *fields) == ("not_paid", 11.5)
    assert store.rpc("account.full.reconcile", "search", []) == []


def test_the_dialogue_makes_a_draft_that_is_cut_down_and_paid_back(store):
    order = store.usual(client_order_ref="W2001")
    invoice = store.posted(order)
    store.pay(invoice, journal_id=store.bank)
    note = reversal(store, invoice)
    name = store.read("account.move", invoice, "name")[0]
    fields = ("state", "move_type", "amount_total", "amount_total_signed", "ref")
    told = ("draft", "out_refund", 39.75, -39.75, f"Reversal of: {name}, Refund 55")
    assert store.read("account.move", note, *fields) == told
    assert store.read("account.move", note, "reversed_entry_id")[0][0] == invoice

    desks, fee = store.read("account.move", note, "invoice_line_ids")[0]
    lines = [[1, desks, {"quantity": 1}], [2, fee, 0]]
    store.rpc("account.move", "write", [note], {"invoice_line_ids": lines})
    assert store.read("account.move", note, "amount_untaxed", "amount_tax") == (10.0, 1.5)
    store.rpc("account.move", "action_post", [note])
    payment = store.pay(note, journal_id=store.bank, communication="W2001 refund")

    assert store.read("account.move", note, "payment_state") == ("paid",)
    assert store.read("account.move", invoice, "payment_state") == ("paid",)
    settled = ("payment_type", "amount", "reconciled_invoices_type")
    assert store.read("account.payment", payment, *settled) == ("outbound", 11.5, "credit_note")


def test_credit_notes_are_numbered_apart(store):
    invoice = store.posted(store.usual())
    note = reversal(store, invoice)
    store.rpc("account.move", "action_post", [note])
    assert store.read("account.move", note, "name")[0] == "RINV/2026/00001"


def test_a_draft_is_numbered_at_once_only_where_it_is_the_first_until_17(store):
    first, second = store.invoice(store.usual()), store.invoice(store.usual())
    names = [store.read("account.move", each, "name")[0] for each in (first, second)]
    if store.version >= 18:
        assert names == [False, False]
    else:
        assert names[0].endswith("/00001")
        assert names[1] == "/"


def test_a_credit_note_makes_the_order_open_again(store):
    order = store.usual()
    invoice = store.posted(order)
    note = reversal(store, invoice)

    assert store.read("sale.order", order, "invoice_status") == ("to invoice",)
    assert store.sold(order, "qty_invoiced", "qty_to_invoice")[0] == (0.0, 3.0)
    assert set(store.invoices(order)) == {invoice, note}


def test_a_full_reversal_gives_all_back_and_a_new_draft(store):
    order = store.usual()
    invoice = store.posted(order)
    again = reversal(store, invoice, "modify")

    assert store.read("account.move", invoice, "payment_state") == ("reversed",)
    fields = ("move_type", "state", "amount_total", "ref")
    assert store.read("account.move", again, *fields) == ("out_invoice", "draft", 39.75, False)
    assert store.read("sale.order", order, "invoice_status") == ("invoiced",)


def test_only_what_is_posted_is_reversed(store):
    invoice = store.invoice(store.usual())
    with pytest.raises(Refused, match=r"only reverse posted moves|has to be posted first"):
        reversal(store, invoice)


def test_16_names_the_method_in_a_field_and_later_versions_in_the_button(store):
    fields = store.rpc("account.move.reversal", "fields_get", [], ["type"])
    assert ("refund_method" in fields) == (store.version == 16)
    name = "refund_moves" if store.version == 16 else "no_such_button"
    with pytest.raises(Refused, match="does not exist"):
        store.rpc("account.move.reversal", name, [1])


def test_what_settled_an_invoice_is_told_with_it(store):
    invoice = store.posted(store.usual())
    assert store.read("account.move", invoice, "invoice_payments_widget") == (False,)
    payment = store.pay(invoice, journal_id=store.bank)
    (widget,) = store.read("account.move", invoice, "invoice_payments_widget")

    (line,) = widget["content"]
    assert (line["amount"], line["account_payment_id"]) == (39.75, payment)


def test_an_invoice_set_back_keeps_its_number_and_on_19_its_payment(store):
    invoice = store.posted(store.usual())
    store.pay(invoice)
    name = store.read("account.move", invoice, "name")
    store.rpc("account.move", "button_draft", [invoice])

    fields = ("state", "payment_state", "amount_residual")
    free = ("draft", "not_paid", 39.75)
    kept = ("draft", "paid", 0.0)
    assert store.read("account.move", invoice, *fields) == (kept if store.version >= 19 else free)
    assert store.read("account.move", invoice, "name") == name


def test_a_cancelled_invoice_sets_its_payment_free_from_17(store):
    invoice = store.posted(store.usual())
    payment = store.pay(invoice)
    store.rpc("account.move", "button_cancel", [invoice])

    kept = store.version == 16
    assert store.read("account.payment", payment, "is_reconciled") == (kept,)
    assert store.read("account.move", invoice, "payment_state") == ("not_paid",)


def test_an_order_of_goods_given_back_is_invoiced_as_a_credit_note(store):
    order = store.order(store.line(store.desk, -1, 10, store.excluded))
    note = store.invoice(order)
    assert store.read("account.move", note, "move_type", "amount_total") == ("out_refund", 11.5)
    assert store.sold(order, "qty_invoiced") == [(-1.0,)]
