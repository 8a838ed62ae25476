"""Numbers of journal entries, and what is refused before, at and after posting."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from qantara.sandbox.odoo.business.automation import groups_of
from qantara.sandbox.odoo.env import Env
from qantara.sandbox.odoo.errors import AccessError, NotImitated, UserError, ValidationError
from qantara.sandbox.odoo.model import Values
from qantara.sandbox.odoo.store import Row

if TYPE_CHECKING:
    from qantara.sandbox.odoo.business.invoices import Move

BILLING = "account.group_account_invoice"
SUPERUSER = 1
FROZEN = ("invoice_line_ids", "line_ids", "partner_id", "invoice_date", "date", "currency_id")
FROZEN_LINES = ("invoice_line_ids", "line_ids")
GAMES = (
    "You can't delete a posted journal item. Don’t play games with your accounting records;"
    " reset the journal entry to draft before deleting it."
)
NEGATIVE = (
    "You cannot validate an invoice with a negative total amount. You should create a credit note"
    " instead. Use the action menu to transform it into a credit note or refund."
)
RECONCILED = (
    "You cannot do this modification on a reconciled journal entry. You can just change some non"
    " legal fields or you must unreconcile first.\nJournal Entry (id): {name} ({id})"
)
NOBODY = {
    "out_invoice": "Customer Invoice",
    "out_refund": "Customer Credit Note",
    "entry": "Journal Entry",
}
INVISIBLE = (
    "The 'Customer' field is required to validate the invoice.\n"
    "You probably don't want to explain to your auditor that you invoiced an invisible man :)"
)
OUT_OF_SEQUENCE = (
    "The Date ({day}) doesn't match the sequence number of the related Journal Entry ({name})\n"
    "You will need to clear the Journal Entry's Number to proceed.\n"
    "In doing so, you might want to resequence your entries in order to maintain a continuous"
    " date-based sequence."
)


def check_rights(env: Env) -> None:
    """Posting needs the billing group, whatever may be written."""
    if env.uid != SUPERUSER and env.reference(BILLING) not in groups_of(
        env.model("account.move"), env.uid
    ):
        raise AccessError("You don't have the access rights to post an invoice.")


def check(moves: "Move", record_id: int) -> None:
    """Raises in the order in which the server finds fault."""
    row = moves.row(record_id)
    _check_state(moves, row)
    if not moves.is_invoice(row):
        return
    if not moves.lines(record_id, "product"):
        late = moves.env.version >= 19
        raise UserError(
            "Even magicians can't post nothing!"
            if late
            else "You need to add a line before posting."
        )
    if not row.get("partner_id"):
        told = (
            f"The field 'Customer' is required, please complete it to validate the"
            f" {NOBODY[row['move_type']]}."
        )
        raise UserError(INVISIBLE if moves.env.version >= 19 else told)
    if moves.value(record_id, "amount_total") < 0:
        raise UserError(NEGATIVE)


def post(moves: "Move", record_id: int) -> None:
    """Number, dates and reference; the item of what is owed is named after them."""
    row = moves.row(record_id)
    if moves.is_invoice(row) and not row.get("invoice_date"):
        today = moves.env.stamp[:10]
        moves.put_quietly(record_id, invoice_date=today, date=today)
        moves.sync(record_id)
    if not row.get("name") or row["name"] == "/":
        moves.put_quietly(record_id, name=_next_name(moves, row))
    if row["move_type"] == "out_invoice" and not row.get("payment_reference"):
        moves.put_quietly(record_id, payment_reference=row["name"])
    moves.put(record_id, state="posted", posted_before=True)
    owed = moves.receivable(record_id)
    if owed:
        label = row.get("payment_reference")
        if moves.env.version >= 18 and row.get("ref") and label:
            label = f"{row['ref']} - {label}"
        moves.env.model("account.move.line").put_quietly(owed["id"], name=label or owed["name"])


def name_draft(moves: "Move", record_id: int) -> None:
    """Until 17 the first draft of a sequence has its number at once, others show `/`."""
    row = moves.row(record_id)
    if row.get("name"):
        return
    first = next(_numbers(moves, _prefix(moves, row)), None) is None
    moves.put_quietly(record_id, name=_next_name(moves, row) if first else "/")


def check_change(moves: "Move", record_id: int, vals: Values) -> None:
    """What is posted: 18 and later refuse, 16 and 17 let nearly all through."""
    row = moves.row(record_id)
    if "name" in vals:
        moves.env.store.highest.clear()
    if row["state"] != "posted":
        return
    told = [name for name in FROZEN if name in vals]
    if moves.env.version >= 18:
        if told:
            names = ", ".join(each for each in vals if each in told)
            raise UserError(
                f"You cannot modify the following readonly fields on a posted move: {names}"
            )
        return
    if any(name in vals for name in FROZEN_LINES):
        raise NotImitated("changing lines of a posted entry, which 16 and 17 allow")
    day = str(vals.get("invoice_date") or vals.get("date") or "")
    if day and f"/{day[:4]}/" not in str(row["name"]):
        shown = f"{day[5:7]}/{day[8:10]}/{day[:4]}"
        raise ValidationError(OUT_OF_SEQUENCE.format(day=shown, name=row["name"]))


def check_removal(moves: "Move", ids: list[int]) -> None:
    """Neither what is posted nor, on 16, what is settled."""
    for record_id in ids:
        row = moves.row(record_id)
        if row["state"] == "posted":
            old = "You cannot delete an item linked to a posted entry."
            raise UserError(old if moves.env.version == 16 else GAMES)
        if moves.value(record_id, "has_reconciled_entries"):
            raise UserError(RECONCILED.format(name=row.get("name"), id=record_id))


def _check_state(moves: "Move", row: Row) -> None:
    """16 posts what is cancelled."""
    named = f"The entry {row.get('name')} (id {row['id']})"
    if moves.env.version == 16:
        if row["state"] == "posted":
            raise UserError(f"{named} is already posted.")
    elif row["state"] != "draft":
        raise UserError(f"{named} must be in draft.")


def _prefix(moves: "Move", row: Row) -> str:
    """`INV/2026/`, `RINV/2026/` for credit notes, `PBNK1/2026/` for payments."""
    code = moves.env.store.table("account.journal").rows[row["journal_id"]]["code"]
    mark = {"out_refund": "R", "entry": "P"}.get(row["move_type"], "")
    return f"{mark}{code}/{str(row['date'])[:4]}/"


def _numbers(moves: "Move", prefix: str) -> Iterator[int]:
    moves.table.index("_prefix")
    rows = moves.table.rows
    names = (rows[each]["name"] for each in moves.table.with_value("_prefix", prefix))
    return (int(name.rpartition("/")[2]) for name in names if name and name != "/")


def _next_name(moves: "Move", row: Row) -> str:
    prefix, highest = _prefix(moves, row), moves.env.store.highest
    moves.table.index("_prefix")
    count, top = highest.get(prefix, (0, 0))
    if count != len(moves.table.indexes["_prefix"].get(prefix, ())):
        top = max(_numbers(moves, prefix), default=0)
    moves.put_quietly(row["id"], _prefix=prefix)
    highest[prefix] = len(moves.table.indexes["_prefix"][prefix]), top + 1
    return f"{prefix}{top + 1:05}"


def partner_label(env: Env, partner: Any) -> str:
    """As texts of entries show it."""
    partners = env.model("res.partner")
    return partners.display_name(partners.row(partner)) if partner else ""
