"""A partner and Odoo's res.partner."""

from collections.abc import Collection, Mapping

from qantara.connectors.base import Wire
from qantara.connectors.odoo.mapping.tables import Tables
from qantara.connectors.odoo.mapping.values import Cell, identity, text
from qantara.model import Address, Partner, Ref
from qantara.transport import Rejected

_TEXTS = {
    "name": "name",
    "reference": "ref",
    "vat": "vat",
    "email": "email",
    "phone": "phone",
    "mobile": "mobile",
    "website": "website",
}
_FLAGS = {"is_company": "is_company", "active": "active"}
_ADDRESS = {"street": "street", "street2": "street2", "city": "city", "zip": "zip"}

FIELDS = (
    *_TEXTS.values(),
    *_FLAGS.values(),
    *_ADDRESS.values(),
    "parent_id",
    "type",
    "lang",
    "state_id",
    "country_id",
    "write_date",
)


def from_wire(wire: Wire) -> Partner:
    """The partner; a field that this Odoo does not have (mobile on 19) is empty."""
    row = wire["row"]
    parent = identity(row.get("parent_id"))
    return Partner(
        name=text(row["name"]),
        reference=text(row.get("ref")),
        vat=text(row.get("vat")),
        email=text(row.get("email")),
        phone=text(row.get("phone")),
        mobile=text(row.get("mobile")),
        website=text(row.get("website")),
        is_company=bool(row.get("is_company")),
        active=bool(row.get("active", True)),
        parent=Ref("partner", str(parent)) if parent else None,
        kind=row.get("type") or "contact",
        language=wire["language"],
        address=Address(
            **{ours: text(row.get(theirs)) for ours, theirs in _ADDRESS.items()},
            state=wire["state"],
            country=wire["country"],
        ),
    )


def to_cells(
    partner: Partner, fields: Collection[str], tables: Tables, kinds: Collection[str]
) -> dict[str, Cell]:
    """The named fields as import cells; `kinds` are the address types that this Odoo knows."""
    cells: dict[str, Cell] = {
        theirs: getattr(partner, ours)
        for ours, theirs in {**_TEXTS, **_FLAGS}.items()
        if ours in fields
    }
    if "parent" in fields:
        cells["parent_id/.id"] = int(partner.parent.id) if partner.parent else None
    if "kind" in fields:
        cells["type"] = _kind(partner, kinds)
    if "language" in fields:
        cells |= _language(partner, tables)
    if "address" in fields:
        cells |= _address(partner.address, tables)
    return cells


def _kind(partner: Partner, kinds: Collection[str]) -> str:
    if partner.kind not in kinds:
        raise Rejected(
            f"{partner.name} is a {partner.kind} address, and this Odoo has no such kind.",
            remedy="Make it a contact at the source, or leave it out of the link.",
            field="kind",
        )
    return partner.kind


def _language(partner: Partner, tables: Tables) -> Mapping[str, Cell]:
    """A language that is not active here is left as it is: mails go out in another one."""
    if not partner.language:
        return {"lang": None}
    code = tables.language_codes.get(partner.language)
    return {"lang": code} if code else {}


def _address(address: Address, tables: Tables) -> dict[str, Cell]:
    cells: dict[str, Cell] = {theirs: getattr(address, ours) for ours, theirs in _ADDRESS.items()}
    country = tables.country_id(address.country)
    cells["country_id/.id"] = country
    cells["state_id/.id"] = tables.state_id(address.state, country)
    return cells
