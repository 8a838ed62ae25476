"""Accounts, journals and the ways money comes into them."""

from typing import Any, ClassVar

from qantara.sandbox.odoo.env import Env
from qantara.sandbox.odoo.errors import NotImitated
from qantara.sandbox.odoo.model import Model, Values
from qantara.sandbox.odoo.store import Row

MONEY = ("bank", "cash")


class Account(Model):
    """Called `400000 Product Sales`. Reconcilable where money is owed or under way."""

    ORDER = "code, id"
    NAME_SEARCH = ("code", "name")
    DEFAULTS: ClassVar = {
        "company_id": 1,
        "company_ids": lambda model: [(6, 0, [model.env.company_id])],
        "reconcile": False,
        "deprecated": False,
        "active": True,
    }
    COMPUTES: ClassVar = {"internal_group": "_group"}

    def _group(self, row: Row) -> str:
        kind = str(row.get("account_type") or "off_balance")
        return "off" if kind == "off_balance" else kind.partition("_")[0]

    def _display_name(self, row: Row) -> str:
        """19 shows the code only to accountants."""
        name = str(self.getter("name")(row))
        return name if self.env.version >= 19 else f"{row['code']} {name}"


class Journal(Model):
    """Sales, bank and cash journals are what stores need; others exist and stay empty."""

    ORDER = "sequence, type, code"
    DEFAULTS: ClassVar = {
        "active": True,
        "sequence": 10,
        "company_id": 1,
        "refund_sequence": True,
        "payment_sequence": True,
    }
    COMPUTES: ClassVar = {
        "inbound_payment_method_line_ids": "_inbound",
        "outbound_payment_method_line_ids": "_outbound",
    }
    UNIQUE: ClassVar = {("code", "company_id"): "Journal codes must be unique per company."}

    def _on_created(self, record_id: int, vals: Values) -> None:
        """Money comes and goes by hand."""
        del vals
        row = self.row(record_id)
        if row.get("type") not in MONEY:
            return
        methods = self.env.model("account.payment.method")
        lines = self.env.model("account.payment.method.line")
        for method in sorted(methods.table.rows):
            name = methods.value(method, "name")
            lines.make({"payment_method_id": method, "journal_id": record_id, "name": name})

    def _inbound(self, row: Row) -> list[int]:
        return self._lines(row, "inbound")

    def _outbound(self, row: Row) -> list[int]:
        return self._lines(row, "outbound")

    def _lines(self, row: Row, kind: str) -> list[int]:
        lines = self.env.model("account.payment.method.line")
        every = sorted(lines.table.with_value("journal_id", row["id"]))
        return [each for each in every if lines.value(each, "payment_type") == kind]


class MethodLine(Model):
    """A way to pay of one journal."""

    ORDER = "sequence, id"
    DEFAULTS: ClassVar = {"sequence": 10}
    RELATED: ClassVar = {
        "code": "payment_method_id.code",
        "payment_type": "payment_method_id.payment_type",
        "company_id": "journal_id.company_id",
    }

    def _display_name(self, row: Row) -> str:
        name = str(row.get("name"))
        if self.env.version < 18:
            return name
        return f"{name} ({self.env.model('account.journal').value(row['journal_id'], 'name')})"


class FiscalPosition(Model):
    """Exists to be read; what it would change is not imitated."""

    ORDER = "sequence, id"
    DEFAULTS: ClassVar = {"active": True, "company_id": 1, "auto_apply": False, "sequence": 10}


def refuse_fiscal_position(vals: Values, where: str) -> None:
    """Loudly: taxes and accounts would have to be exchanged."""
    if vals.get("fiscal_position_id"):
        raise NotImitated(f"a fiscal position on {where}")


def journal_of(env: Env, *kinds: str) -> int:
    """The first journal of these kinds, as the server chooses by default."""
    model: Any = env.model("account.journal")
    found: list[int] = model.search([("type", "in", list(kinds)), ("company_id", "=", 1)], limit=1)
    if not found:
        raise NotImitated(f"a document without any journal of type {kinds}")
    return found[0]


def account(env: Env, code: str) -> int:
    """The account of the chart that the server brought."""
    (found, *_) = env.store.table("account.account").with_value("code", code)
    return found
