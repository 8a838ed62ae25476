"""Where a sale order stands, and what a question about it is about."""

from qantara.connectors.base import Wire
from qantara.connectors.odoo.mapping.order import state_from_wire
from qantara.connectors.odoo.mapping.values import moment, number, text
from qantara.model import Money, Note, OrderStanding, Ref

FIELDS = (
    "name",
    "state",
    "locked",
    "partner_id",
    "client_order_ref",
    "currency_id",
    "amount_total",
    "create_date",
    "write_date",
)


def from_wire(wire: Wire) -> OrderStanding:
    """The state, and what people need to know to decide."""
    row, news = wire["order"], state_from_wire(wire)
    return OrderStanding(
        order=news.order,
        number=news.number,
        state=news.state,
        customer=row["partner_id"][1],
        reference=text(row["client_order_ref"]),
        total=Money(number(row["amount_total"]), row["currency_id"][1]),
        made_at=moment(row["create_date"]),
    )


def question_from_wire(wire: Wire) -> Note:
    """What was asked cannot be read back; the document is known."""
    return Note(on=Ref("sale_order", str(wire["order"]["id"])), body="")
