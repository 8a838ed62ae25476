"""The dialogues that buttons open: immediate transfer, back order, SMS, cancelling a sale."""

from typing import Any, ClassVar

from qantara.sandbox.odoo.model import Model
from qantara.sandbox.odoo.store import Row


class Dialogue(Model):
    """Known by its model and number, as it has no name."""

    def _display_name(self, row: Row) -> str:
        return f"{self.name},{row['id']}"


class Wizard(Model):
    """A dialogue of `button_validate`; goes on with the context it was opened with."""

    DEFAULTS: ClassVar = {"show_transfers": False}

    def _go_on(self, **context: Any) -> Any:
        ids = self.env.context.get("button_validate_picking_ids") or ()
        if not ids:
            return True
        env = self.env.using(**context)
        return env.business("stock.picking").button_validate(list(ids))

    def _pickings(self, ids: list[int]) -> list[int]:
        found = [
            pick for each in self.existing(ids) for pick in self.row(each).get("pick_ids") or ()
        ]
        return found or list(self.env.context.get("button_validate_picking_ids") or ())


class ImmediateTransfer(Wizard):
    """16 only: nothing was entered as done."""

    METHODS = frozenset({"process"})

    def process(self, ids: list[int]) -> Any:
        """Everything reserved is done."""
        self.env.business("stock.picking").fill(self._pickings(ids))
        return self._go_on(skip_immediate=True)


class BackorderConfirmation(Wizard):
    """Less than demanded was done."""

    METHODS = frozenset({"process", "process_cancel_backorder"})

    def process(self, ids: list[int]) -> Any:
        """The rest goes to a new transfer."""
        self._pickings(ids)
        return self._go_on(skip_backorder=True)

    def process_cancel_backorder(self, ids: list[int]) -> Any:
        """The rest is dropped."""
        dropped = self._pickings(ids)
        return self._go_on(skip_backorder=True, picking_ids_not_to_backorder=dropped)


class ConfirmSms(Wizard):
    """Shall the customer be told by SMS? Asked once per company."""

    METHODS = frozenset({"send_sms", "dont_send_sms"})

    def send_sms(self, ids: list[int]) -> Any:
        return self._answered(ids)

    def dont_send_sms(self, ids: list[int]) -> Any:
        return self._answered(ids)

    def _answered(self, ids: list[int]) -> Any:
        self.existing(ids)
        self.env.store.table("res.company").update(1, {"_sms_answered": True})
        return self._go_on(skip_sms=True)


class SaleOrderCancel(Model):
    """The dialogue that `action_cancel` opens."""

    METHODS = frozenset({"action_cancel"})

    def action_cancel(self, ids: list[int]) -> Any:
        """Cancels without sending a message."""
        for record_id in self.existing(ids):
            self.env.business("sale.order").cancel(self.row(record_id)["order_id"])
        return True
