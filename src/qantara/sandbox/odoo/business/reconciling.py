"""What pays what: open amounts of journal items and the pairs that settle them."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from qantara.sandbox.odoo.business.amounts import digits_of
from qantara.sandbox.odoo.env import Env
from qantara.sandbox.odoo.errors import NotImitated, UserError
from qantara.sandbox.odoo.model import Model
from qantara.sandbox.odoo.store import Row
from qantara.sandbox.odoo.values import rounded

ALREADY = "You are trying to reconcile some entries that are already reconciled."
PARTIALS = "account.partial.reconcile"
SIDES = (("debit_move_id", "debit_amount_currency"), ("credit_move_id", "credit_amount_currency"))


class Partial(Model):
    """One amount of one debit settled by one credit."""

    DEFAULTS: ClassVar = {"company_id": 1}
    RELATED: ClassVar = {
        "debit_currency_id": "debit_move_id.currency_id",
        "credit_currency_id": "credit_move_id.currency_id",
    }

    def _on_unlinked(self, ids: list[int]) -> None:
        """What is not settled in full any more has no full reconciliation."""
        del ids
        full = self.env.model("account.full.reconcile")
        held = self.table.rows.values()
        for each in list(full.table.rows):
            if not any(row.get("full_reconcile_id") == each for row in held):
                full.unlink([each])


class Full(Model):
    """Several amounts that settle each other to nothing; 16 numbers them by a letter."""

    COMPUTES: ClassVar = {"reconciled_line_ids": "_lines", "name": "_display_name"}

    def _lines(self, row: Row) -> list[int]:
        table = self.env.store.table(PARTIALS)
        pairs = [table.rows[each] for each in table.with_value("full_reconcile_id", row["id"])]
        return sorted({pair[side] for pair in pairs for side, _ in SIDES})

    def _display_name(self, row: Row) -> str:
        return f"A{row['id']}" if self.env.version == 16 else f"account.full.reconcile,{row['id']}"


def partials_of(env: Env, line: int) -> list[Row]:
    """The pairs a journal item is in, oldest first."""
    table = env.store.table(PARTIALS)
    ids = {each for side, _ in SIDES for each in table.with_value(side, line)}
    return [table.rows[each] for each in sorted(ids)]


def counterpart(row: Row, line: int) -> int:
    """The other item of a pair."""
    debit, credit = int(row["debit_move_id"]), int(row["credit_move_id"])
    return credit if debit == line else debit


def residual(env: Env, row: Row, name: str = "amount_currency") -> float:
    """What of an item is still open, debits above zero; `name` may be `balance`."""
    if not is_open_kind(env, row):
        return 0.0
    table = env.store.table(PARTIALS)
    amount = row.get(name) or 0.0
    for (side, told), sign in zip(SIDES, (-1, 1), strict=True):
        taken = told if name == "amount_currency" else "amount"
        amount += sign * sum(table.rows[p][taken] for p in table.with_value(side, row["id"]))
    currency = row.get("currency_id") if name == "amount_currency" else None
    return rounded(amount, digits_of(env, currency)) + 0.0


def is_open_kind(env: Env, row: Row) -> bool:
    """Only some accounts keep track of what is settled."""
    accounts = env.store.table("account.account").rows
    return bool(row.get("account_id") and accounts[row["account_id"]].get("reconcile"))


def reconcile(env: Env, lines: Sequence[int]) -> list[int]:
    """Settle debits with credits, oldest first; the new pairs. Raises for what is settled."""
    rows = [env.store.table("account.move.line").rows[each] for each in lines]
    _check(env, rows)
    debits = sorted((r for r in rows if residual(env, r) > 0), key=_age)
    credits_ = sorted((r for r in rows if residual(env, r) < 0), key=_age)
    made = []
    for debit in debits:
        for credit in credits_:
            amount = min(residual(env, debit), -residual(env, credit))
            if amount > 0:
                made.append(_pair(env, debit, credit, amount))
    if made:
        _close(env, rows[0]["id"])
    return made


def release(env: Env, lines: Iterable[int]) -> None:
    """Undo what settles these items."""
    ids = {row["id"] for line in lines for row in partials_of(env, line)}
    if ids:
        env.model(PARTIALS).unlink(sorted(ids))


def _check(env: Env, rows: Sequence[Row]) -> None:
    moves = env.store.table("account.move").rows
    if any(moves[row["move_id"]]["state"] != "posted" for row in rows):
        raise UserError("You can only reconcile posted entries.")
    if not all(is_open_kind(env, row) and residual(env, row) for row in rows):
        raise UserError(ALREADY)
    if len({row["account_id"] for row in rows}) > 1:
        raise UserError("Entries are not from the same account.")
    if len({row["currency_id"] for row in rows}) > 1:
        raise NotImitated("reconciling entries of several currencies")


def _pair(env: Env, debit: Row, credit: Row, amount: float) -> int:
    own = [abs(residual(env, row, "balance")) for row in (debit, credit)]
    whole = amount == residual(env, debit) == -residual(env, credit)
    taken = min(own) if whole else min(*own, rounded(amount, digits_of(env, None)))
    pair = {"debit_move_id": debit["id"], "credit_move_id": credit["id"], "amount": taken}
    dates = [str(row.get("date_maturity") or "") for row in (debit, credit)]
    told = {"debit_amount_currency": amount, "credit_amount_currency": amount}
    return env.model(PARTIALS).make({**pair, **told, "max_date": max(dates) or False})


def _age(row: Row) -> tuple[str, int]:
    return str(row.get("date_maturity") or ""), row["id"]


def _close(env: Env, start: int) -> None:
    """All that hangs together and is settled to nothing gets one number."""
    rows = env.store.table("account.move.line").rows
    seen, fresh, pairs = {start}, [start], set()
    while fresh:
        line = fresh.pop()
        for pair in partials_of(env, line):
            pairs.add(pair["id"])
            other = counterpart(pair, line)
            if other not in seen:
                seen.add(other)
                fresh.append(other)
    if any(residual(env, rows[each]) for each in seen):
        return
    full = env.model("account.full.reconcile").make({})
    partials: Any = env.model(PARTIALS)
    for each in sorted(pairs):
        partials.put(each, full_reconcile_id=full)


def matching(env: Env, line: int) -> tuple[int | None, str | None]:
    """The full reconciliation of an item and what its `matching_number` shows."""
    pairs = partials_of(env, line)
    if not pairs:
        return None, None
    full = pairs[0].get("full_reconcile_id")
    if full:
        return full, f"A{full}" if env.version == 16 else str(full)
    return None, "P" if env.version == 16 else f"P{pairs[0]['id']}"
