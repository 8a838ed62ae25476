"""Companies and people, and where they are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from qantara.model.reference import Ref


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A postal address; `country` is ISO 3166-1 alpha-2, `state` the code used inside it."""

    street: str = ""
    street2: str = ""
    city: str = ""
    zip: str = ""
    state: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """A company or a person; a person or an address of a company has it as `parent`."""

    name: str
    is_company: bool = False
    parent: Ref | None = None
    kind: Literal["contact", "invoice", "delivery", "other", "private"] = "contact"
    reference: str = ""
    vat: str = ""
    email: str = ""
    phone: str = ""
    mobile: str = ""
    website: str = ""
    language: str = ""
    address: Address = Address()
    active: bool = True
    extra: Mapping[str, object] = field(default_factory=dict)
