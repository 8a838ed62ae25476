"""The items an invoice keeps for taxes and for what is owed, and what has been settled of it."""

from typing import TYPE_CHECKING, Any

from qantara.sandbox.odoo.business.amounts import digits_of
from qantara.sandbox.odoo.business.journals import account
from qantara.sandbox.odoo.business.reconciling import counterpart, partials_of, residual
from qantara.sandbox.odoo.env import Env
from qantara.sandbox.odoo.store import Row
from qantara.sandbox.odoo.values import rounded

if TYPE_CHECKING:
    from qantara.sandbox.odoo.business.invoices import Move

LINES = "account.move.line"
RECEIVABLE = "121000"
BY_KIND = {"tax": 10000, "payment_term": 12000}


def sync(moves: "Move", row: Row) -> None:
    """Amounts of the lines, one item per tax, one for the customer."""
    pairs = moves.shares(row["id"])
    found = moves.totals(row, [share for _, share in pairs])
    sign = -moves.sign(row)
    rest = rounded(found.untaxed - sum(share.subtotal for _, share in pairs), moves.digits(row))
    largest = max(pairs, key=lambda pair: abs(pair[1].subtotal), default=None)
    for line, share in pairs:
        extra = rest if largest and line is largest[0] else 0.0
        total = rounded(share.subtotal + share.tax, moves.digits(row))
        shown = {"price_subtotal": share.subtotal, "price_total": total}
        _put(moves.env, line, sign * (share.subtotal + extra), **shown)
    _sync_taxes(moves, row, {tax: sign * amount for tax, amount in found.taxes.items()})
    _sync_owed(moves, row, -sign * (found.untaxed + found.tax), wanted=bool(pairs))


def open_amount(env: Env, line: Row, name: str = "amount_currency") -> float:
    return residual(env, line, name)


def is_open(env: Env, line: Row) -> bool:
    return bool(residual(env, line))


def counterparts(moves: "Move", row: Row) -> list[tuple[Row, Row]]:
    """Each pair that settles something of the document, and the other document's item."""
    rows = moves.env.store.table(LINES).rows
    return [
        (pair, rows[counterpart(pair, line["id"])])
        for line in moves.lines(row["id"])
        for pair in partials_of(moves.env, line["id"])
    ]


def payment_of(env: Env, move: Row) -> int | None:
    """The payment an entry belongs to."""
    return move.get("payment_id" if env.version < 18 else "origin_payment_id")


def payment_state(moves: "Move", row: Row) -> str:
    """Without the accountant's module a registered payment counts as paid at once."""
    if not moves.is_invoice(row) or row["state"] == "cancel":
        return "not_paid"
    others = [moves.row(line["move_id"]) for _, line in counterparts(moves, row)]
    owed = moves.receivable(row["id"])
    if row["state"] == "draft" and not others:
        return "not_paid"
    if owed and is_open(moves.env, owed):
        return "partial" if others else "not_paid"
    kinds = {each["move_type"] for each in others}
    return "reversed" if row["move_type"] == "out_invoice" and kinds == {"out_refund"} else "paid"


def payments_widget(moves: "Move", row: Row) -> Any:
    """What settled the document, or nothing."""
    if not moves.is_invoice(row) or row["state"] != "posted":
        return None
    content = [_paid(moves, pair, line) for pair, line in counterparts(moves, row)]
    return {"title": "Less Payment", "outstanding": False, "content": content} if content else None


def outstanding_widget(moves: "Move", row: Row) -> Any:
    """Open items of the same customer that could settle the document, or nothing."""
    owed = moves.receivable(row["id"])
    if row["state"] != "posted" or not owed or not is_open(moves.env, owed):
        return None
    sign = 1 if open_amount(moves.env, owed) > 0 else -1
    found = [
        line
        for line in moves.env.store.table(LINES).rows.values()
        if line.get("account_id") == owed["account_id"]
        and _of_same(moves, line, row)
        and sign * residual(moves.env, line) < 0
    ]
    if not found:
        return None
    kind = "credits" if sign > 0 else "debits"
    content = [_offered(moves, line) for line in found]
    title = f"Outstanding {kind}"
    return {"outstanding": True, "content": content, "move_id": row["id"], "title": title}


def tax_totals(moves: "Move", row: Row) -> Any:
    """Amounts per tax group, in the shape of the version."""
    groups: dict[int, dict[str, Any]] = {}
    taxes = moves.env.store.table("account.tax").rows
    names = moves.env.model("account.tax.group")
    for line in moves.lines(row["id"], "tax"):
        tax = taxes[line["tax_line_id"]]
        held = groups.setdefault(tax["tax_group_id"], {"tax": 0.0, "base": 0.0, "taxes": []})
        held["tax"] += abs(line["amount_currency"])
        held["taxes"].append(tax["id"])
    for number, held in groups.items():
        held["name"] = names.value(number, "name")
        lines = moves.lines(row["id"], "product")
        held["base"] = sum(
            line["price_subtotal"]
            for line in lines
            if set(line.get("tax_ids") or ()) & set(held["taxes"])
        )
    shape = _totals_of_18 if moves.env.version >= 18 else _totals_of_16
    return shape(moves, row, groups)


def _sync_taxes(moves: "Move", row: Row, wanted: dict[int, float]) -> None:
    held = {line["tax_line_id"]: line for line in moves.lines(row["id"], "tax")}
    taxes = moves.env.model("account.tax")
    journal = moves.env.store.table("account.journal").rows[row["journal_id"]]
    for tax in [each for each in held if each not in wanted]:
        moves.env.store.table(LINES).delete(held[tax]["id"])
    for tax, amount in wanted.items():
        side = "_refund_account" if row["move_type"] == "out_refund" else "_invoice_account"
        line = held.get(tax) or _insert(
            moves,
            row,
            kind="tax",
            tax_line_id=tax,
            name=taxes.display_name(taxes.row(tax)),
            account_id=taxes.row(tax).get(side) or journal.get("default_account_id"),
        )
        _put(moves.env, line, amount)


def _sync_owed(moves: "Move", row: Row, amount: float, *, wanted: bool) -> None:
    line = moves.receivable(row["id"])
    if not wanted:
        if line:
            moves.env.store.table(LINES).delete(line["id"])
        return
    if line is None:
        empty = None if moves.env.version >= 18 else ""
        chart = account(moves.env, RECEIVABLE)
        line = _insert(moves, row, kind="payment_term", name=empty, account_id=chart)
    _put(moves.env, line, amount, date_maturity=moves.value(row["id"], "invoice_date_due"))


def _insert(moves: "Move", row: Row, *, kind: str, **facts: Any) -> Row:
    """An item the server keeps itself, straight into the table."""
    stamp = {"create_date": moves.env.stamp, "write_date": moves.env.stamp}
    who = {"create_uid": moves.env.uid, "write_uid": moves.env.uid}
    common = {"move_id": row["id"], "display_type": kind, "sequence": BY_KIND[kind]}
    zeros = dict.fromkeys(("quantity", "price_unit", "discount"), 0.0)
    zeros |= {"price_subtotal": 0.0, "price_total": 0.0}
    table = moves.env.store.table(LINES)
    return table.rows[table.insert({**common, **zeros, **facts, **stamp, **who})]


def _put(env: Env, line: Row, amount: float, **more: Any) -> None:
    move = env.store.table("account.move").rows[line["move_id"]]
    held = rounded(amount, digits_of(env, move["currency_id"])) + 0.0
    own = rounded(held, digits_of(env, None)) + 0.0
    facts = {"currency_id": move["currency_id"], "partner_id": move.get("partner_id")}
    env.store.table(LINES).update(
        line["id"], {**facts, "amount_currency": held, "balance": own, **more}
    )


def _of_same(moves: "Move", line: Row, row: Row) -> bool:
    move = moves.row(line["move_id"])
    same = move.get("partner_id") == row.get("partner_id") and move["id"] != row["id"]
    return bool(same and move["state"] == "posted")


def _paid(moves: "Move", pair: Row, line: Row) -> dict[str, Any]:
    env, move = moves.env, moves.row(line["move_id"])
    payment = payment_of(env, move)
    journals = env.model("account.journal")
    method = "Manual Payment" if env.version >= 18 else "Manual"
    mark = {"is_refund": move["move_type"] == "out_refund"} if env.version >= 19 else {}
    return {
        **mark,
        "name": line.get("name") or "",
        "journal_name": journals.value(move["journal_id"], "name"),
        "amount": pair["debit_amount_currency"],
        "currency_id": line["currency_id"],
        "date": move["date"],
        "partial_id": pair["id"],
        "account_payment_id": payment or False,
        "payment_method_name": method if payment else False,
        "move_id": move["id"],
        "ref": moves.display_name(move),
        "is_exchange": False,
    }


def _offered(moves: "Move", line: Row) -> dict[str, Any]:
    move = moves.row(line["move_id"])
    return {
        "journal_name": move.get("ref") or move["name"],
        "amount": abs(residual(moves.env, line)),
        "currency_id": line["currency_id"],
        "id": line["id"],
        "move_id": move["id"],
        "date": move["date"],
        "account_payment_id": payment_of(moves.env, move) or False,
    }


def _totals_of_16(moves: "Move", row: Row, groups: dict[int, dict[str, Any]]) -> dict[str, Any]:
    untaxed = moves.value(row["id"], "amount_untaxed")
    name = "Untaxed Amount"
    listed = [
        {
            "group_key": number,
            "tax_group_id": number,
            "tax_group_name": held["name"],
            "tax_group_amount": held["tax"],
            "tax_group_base_amount": held["base"],
        }
        for number, held in groups.items()
    ]
    return {
        "amount_untaxed": untaxed,
        "amount_total": moves.value(row["id"], "amount_total"),
        "groups_by_subtotal": {name: listed} if listed else {},
        "subtotals": [{"name": name, "amount": untaxed}],
        "subtotals_order": [name],
        "display_tax_base": len(groups) > 1,
    }


def _totals_of_18(moves: "Move", row: Row, groups: dict[int, dict[str, Any]]) -> dict[str, Any]:
    untaxed, tax = (moves.value(row["id"], each) for each in ("amount_untaxed", "amount_tax"))
    listed = [
        {
            "id": number,
            "involved_tax_ids": held["taxes"],
            "tax_amount_currency": held["tax"],
            "base_amount_currency": held["base"],
            "display_base_amount_currency": held["base"],
            "group_name": held["name"],
            "group_label": False,
        }
        for number, held in groups.items()
    ]
    amounts = {"base_amount_currency": untaxed, "tax_amount_currency": tax}
    return {
        "currency_id": row["currency_id"],
        "has_tax_groups": bool(groups),
        "subtotals": [{"name": "Untaxed Amount", "tax_groups": listed, **amounts}],
        "same_tax_base": len(groups) < 2,
        "total_amount_currency": moves.value(row["id"], "amount_total"),
        **amounts,
    }
