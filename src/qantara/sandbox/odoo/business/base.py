"""Users, companies, partners, places, languages, currencies and taxes."""

from collections.abc import Mapping
from email.utils import getaddresses
from typing import Any, ClassVar

from qantara.sandbox.odoo.errors import CheckError, UserError
from qantara.sandbox.odoo.model import Model, Values
from qantara.sandbox.odoo.store import Row

ADDRESS = ("street", "street2", "zip", "city", "state_id", "country_id")
COMMERCIAL = ("vat", "company_registry")


class Users(Model):
    """A user is a partner with a login."""

    OWNER = "partner_id"
    RELATED: ClassVar = {
        "name": "partner_id.name",
        "email": "partner_id.email",
        "lang": "partner_id.lang",
        "tz": "partner_id.tz",
    }
    DEFAULTS: ClassVar = {"active": True, "share": False, "company_id": 1, "company_ids": [1]}
    UNIQUE: ClassVar = {("login",): "You can not have two users with the same login !"}
    COMPUTES: ClassVar = {"password": "_hidden"}
    ORDER = "login"
    MODEL_METHODS = frozenset({"context_get"})

    def context_get(self) -> Row:
        """The caller's own language and time zone."""
        row = self.row(self.env.uid)
        lang, zone = self.getter("lang")(row), self.getter("tz")(row)
        return {"lang": lang or "en_US", "tz": zone or False, "uid": self.env.uid}

    def _hidden(self, row: Row) -> None:
        """Passwords are never read."""

    def _on_creating(self, vals: Values) -> Values:
        if "partner_id" in vals:
            return vals
        names = [name for name in self.RELATED if name in vals]
        partner = self.env.model("res.partner").make({name: vals.pop(name) for name in names})
        return {**vals, "partner_id": partner}


class Company(Model):
    """Its address and contact data are its partner's."""

    OWNER = "partner_id"
    RELATED: ClassVar = {
        "email": "partner_id.email",
        "phone": "partner_id.phone",
        "vat": "partner_id.vat",
        "country_id": "partner_id.country_id",
    }
    DEFAULTS: ClassVar = {
        "active": True,
        "sequence": 10,
        "account_price_include": "tax_excluded",
        "tax_calculation_rounding_method": lambda model: (
            "round_globally" if model.env.version >= 19 else "round_per_line"
        ),
    }
    UNIQUE: ClassVar = {("name",): "The company name must be unique !"}
    ORDER = "sequence, name"


class Partner(Model):
    """Companies, their contacts and addresses. Property fields are not imitated."""

    PARENT = "parent_id"
    RECURSION = "You cannot create recursive Partner hierarchies."
    ORDER = "display_name"
    NAME_SEARCH = ("email", "ref", "vat")
    DEFAULTS: ClassVar = {
        "active": True,
        "type": "contact",
        "is_company": False,
        "supplier_rank": 0,
        "customer_rank": 0,
        "color": 0,
        "lang": lambda model: model.env.context.get("lang") or "en_US",
    }
    COMPUTES: ClassVar = {
        "company_type": "_company_type",
        "complete_name": "_complete_name",
        "commercial_partner_id": "_commercial",
        "commercial_company_name": "_commercial_name",
        "currency_id": "_currency",
        "partner_share": "_share",
    }
    INVERSES: ClassVar = {"company_type": "_set_company_type"}
    RELATED: ClassVar = {"parent_name": "parent_id.name", "country_code": "country_id.code"}
    METHODS = frozenset({"message_post", "message_unsubscribe"})
    KNOWN = frozenset({"address_get", "find_or_create", "create_company", "copy"})

    def _company_type(self, row: Row) -> str:
        return "company" if row.get("is_company") else "person"

    def _set_company_type(self, record_id: int, value: str) -> None:
        self.put(record_id, is_company=value == "company")

    def _commercial(self, row: Row) -> int:
        while not row.get("is_company") and row.get("parent_id"):
            row = self.row(row["parent_id"])
        return int(row["id"])

    def _commercial_name(self, row: Row) -> str | None:
        owner = self.row(self._commercial(row))
        return owner.get("name") if owner.get("is_company") else row.get("company_name")

    def _share(self, row: Row) -> bool:
        """False for the staff, who have users of their own."""
        users = self.env.store.table("res.users")
        mine = (users.rows[one] for one in users.with_value("partner_id", row["id"]))
        return all(user.get("share") for user in mine)

    def _currency(self, row: Row) -> int:
        del row
        return int(self.env.store.table("res.company").rows[1]["currency_id"])

    def _display_name(self, row: Row) -> str:
        return self._complete_name(row)

    def _complete_name(self, row: Row) -> str:
        name = row.get("name") or ""
        if not row.get("parent_id") and not row.get("company_name"):
            return name
        if not name and row.get("type") in ("invoice", "delivery", "other"):
            name = dict(self.fields["type"].selection)[row["type"]]
        if row.get("is_company"):
            return name
        parent = self.row(row["parent_id"]).get("name") if row.get("parent_id") else None
        return f"{self._commercial_name(row) or parent}, {name}"

    def _on_created(self, record_id: int, vals: Values) -> None:
        self._inherit_from_parent(record_id)
        self._check_name(record_id)
        self._normalise(record_id)
        if any(vals.get(name) for name in ADDRESS):
            self._hand_down(record_id, ADDRESS)

    def _on_written(self, ids: list[int], vals: Values) -> None:
        for record_id in ids:
            if "parent_id" in vals:
                self._inherit_from_parent(record_id)
            self._check_name(record_id)
            self._normalise(record_id)
            self._hand_down(record_id, [name for name in (*ADDRESS, *COMMERCIAL) if name in vals])

    def _check_name(self, record_id: int) -> None:
        row = self.row(record_id)
        if row.get("type", "contact") == "contact" and row.get("name") is None:
            raise CheckError("Contacts require a name")

    def _normalise(self, record_id: int) -> None:
        """The first address in `email`; a local part that is not ASCII keeps its case."""
        given = getaddresses([self.row(record_id).get("email") or ""])
        local, at, domain = next((one for _, one in given if "@" in one), "").rpartition("@")
        plain = f"{local.lower() if local.isascii() else local}{at}{domain.lower()}" or None
        if plain != self.row(record_id).get("email_normalized"):
            self.put(record_id, email_normalized=plain)

    def _inherit_from_parent(self, record_id: int) -> None:
        """A contact takes its company's address and tax number."""
        row = self.row(record_id)
        if not row.get("parent_id"):
            return
        parent = self.row(row["parent_id"])
        taken: Row = {}
        if row.get("type") == "contact" and any(parent.get(name) for name in ADDRESS):
            taken = {name: parent.get(name) for name in ADDRESS}
        if not row.get("is_company"):
            taken |= {name: parent.get(name) for name in COMMERCIAL}
        if taken:
            self.put(record_id, **taken)

    def _hand_down(self, record_id: int, names: Any) -> None:
        row = self.row(record_id)
        for child in self.table.with_value("parent_id", record_id):
            held = self.row(child)
            contact, company = held.get("type") == "contact", held.get("is_company")
            given = {n: row.get(n) for n in names if (contact if n in ADDRESS else not company)}
            if given and any(held.get(name) != value for name, value in given.items()):
                self.put(child, **given)
                self._hand_down(child, names)


class PartnerCategory(Model):
    """Tags of partners."""

    DEFAULTS: ClassVar = {"active": True}
    PARENT = "parent_id"
    RECURSION = "You can not create recursive tags."


class Country(Model):
    """Read and extended rarely."""

    ORDER = "name"
    NAME_SEARCH = ("code",)
    UNIQUE: ClassVar = {("code",): "The code of the country must be unique !"}


class State(Model):
    """Called `Riyadh (SA)`."""

    ORDER = "code"
    NAME_SEARCH = ("code",)
    UNIQUE: ClassVar = {("code", "country_id"): "The code of the state must be unique by country !"}

    def _display_name(self, row: Row) -> str:
        country = self.env.store.table("res.country").rows[row["country_id"]]
        return f"{row['name']} ({country.get('code')})"


class Currency(Model):
    """Inactive ones exist but are not found by a plain search. Rates are not imitated."""

    ORDER = "active desc, name"
    DEFAULTS: ClassVar = {"active": True, "rounding": 0.01, "position": "after"}
    COMPUTES: ClassVar = {"decimal_places": "_decimals", "rate": "_rate"}
    UNIQUE: ClassVar = {("name",): "The currency code must be unique!"}

    def _decimals(self, row: Row) -> int:
        rounding = row.get("rounding") or 1.0
        return next(digits for digits in range(7) if rounding >= 10.0**-digits)

    def _rate(self, row: Row) -> float:
        del row
        return 1.0


class Lang(Model):
    """A language that is switched off may not be used by `write`'s context."""

    ORDER = "active desc, name"
    REC_NAME = "name"
    DEFAULTS: ClassVar = {
        "active": False,
        "direction": "ltr",
        "date_format": "%m/%d/%Y",
        "time_format": "%H:%M:%S",
        "grouping": "[]",
        "decimal_point": ".",
        "thousands_sep": ",",
        "week_start": "7",
    }
    UNIQUE: ClassVar = {("code",): "The code of the language must be unique !"}

    def _on_writing(self, record_id: int, vals: Values) -> None:
        if vals.get("active") is False and self.row(record_id)["code"] == "en_US":
            raise UserError("Base Language 'en_US' can not be deleted.")


class Tax(Model):
    """Percent and fixed taxes; groups and divisions are refused when computing."""

    ORDER = "sequence,id"
    DEFAULTS: ClassVar = {
        "active": True,
        "amount_type": "percent",
        "type_tax_use": "sale",
        "amount": 0.0,
        "sequence": 1,
        "company_id": 1,
        "country_id": lambda model: model.env.model("res.company").value(1, "country_id"),
        "tax_group_id": 1,
    }

    @property
    def _included_by_field(self) -> bool:
        return "price_include_override" not in self.fields

    def includes_price(self, row: Row) -> bool:
        """16 and 17 keep a flag, 18 a wish that may override the company's."""
        if self._included_by_field:
            return bool(row.get("price_include"))
        company = self.env.store.table("res.company").rows[row.get("company_id") or 1]
        wish = row.get("price_include_override") or company.get("account_price_include")
        return bool(wish == "tax_included")


class TaxFrom18(Tax):
    """`price_include` is told from the override."""

    COMPUTES: ClassVar[Mapping[str, str]] = {"price_include": "includes_price"}
