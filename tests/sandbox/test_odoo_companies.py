"""Several companies in one stand-in: the record rules as measured on real servers."""

from collections.abc import Iterator

import pytest

from qantara.sandbox.odoo import OdooStandIn
from tests.flows.witness import Witness

FIRST, SECOND = ({"allowed_company_ids": [one]} for one in (1, 2))


def seen_by(odoo: OdooStandIn) -> Witness:
    return Witness(odoo.url, odoo.database_name, "hub@example.com", "hub-key")


@pytest.fixture
def odoo() -> Iterator[OdooStandIn]:
    with OdooStandIn(version=16) as stand_in:
        own = stand_in.create("res.partner", {"name": "East"})
        facts = {"name": "East", "partner_id": own, "currency_id": 1}
        assert stand_in.create("res.company", facts) == 2
        yield stand_in


def found(odoo: OdooStandIn, model: str, context: dict[str, list[int]]) -> set[str]:
    rows = seen_by(odoo).call(model, "search_read", [("name", "like", "T-")], ["name"], **context)
    return {row["name"] for row in rows}


def test_shared_records_are_everybodys_and_others_their_companys(odoo):
    for name, company in (("T-all", False), ("T-1", 1), ("T-2", 2)):
        odoo.create("res.partner", {"name": name, "company_id": company})

    assert found(odoo, "res.partner", FIRST) == {"T-all", "T-1"}
    assert found(odoo, "res.partner", SECOND) == {"T-all", "T-2"}
    assert found(odoo, "res.partner", {}) == {"T-all", "T-1", "T-2"}


def test_who_names_a_record_of_another_company_is_refused(odoo):
    one = odoo.create("res.partner", {"name": "T-2", "company_id": 2})

    for method, more in (("read", [["name"]]), ("write", [{"name": "Mine"}]), ("unlink", [])):
        with pytest.raises(Exception, match="security restrictions"):
            seen_by(odoo).call("res.partner", method, [one], *more, **FIRST)


def test_what_is_made_belongs_to_the_company_of_the_call(odoo):
    tax = {"name": "T-tax", "amount": 5.0, "type_tax_use": "sale"}
    seen_by(odoo).call("account.tax", "create", tax, **SECOND)

    assert found(odoo, "account.tax", SECOND) == {"T-tax"}
    assert found(odoo, "account.tax", FIRST) == set()


def test_a_warehouse_of_another_company_has_its_own_places(odoo):
    made = odoo.create("stock.warehouse", {"name": "T-east", "code": "E", "company_id": 2})
    row = next(one for one in odoo.rows("stock.warehouse") if one["id"] == made)
    places = {one["id"]: one["company_id"] for one in odoo.rows("stock.location")}

    assert places[row["lot_stock_id"]] == 2
    assert found(odoo, "stock.warehouse", FIRST) == set()
