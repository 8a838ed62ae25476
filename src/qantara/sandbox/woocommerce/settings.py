"""What a shop is set up with, and what WooCommerce knows of currencies."""

import ssl
import zoneinfo
from dataclasses import dataclass
from typing import TypedDict

CURRENCIES = {
    "SAR": ("Saudi riyal", "ر.س", "&#x631;.&#x633;"),
    "EUR": ("Euro", "€", "&euro;"),
    "USD": ("United States (US) dollar", "$", "&#36;"),
    "GBP": ("Pound sterling", "£", "&pound;"),
    "AED": ("United Arab Emirates dirham", "د.إ", "&#x62f;.&#x625;"),
    "KWD": ("Kuwaiti dinar", "د.ك", "&#x62f;.&#x643;"),
    "BHD": ("Bahraini dinar", ".د.ب", ".&#x62f;.&#x628;"),
    "EGP": ("Egyptian pound", "EGP", "EGP"),
    "JPY": ("Japanese yen", "¥", "&yen;"),
    "UAH": ("Ukrainian hryvnia", "₴", "&#8372;"),
}
KEY = "ck_1111111111111111111111111111111111111111"
SECRET = "cs_2222222222222222222222222222222222222222"  # noqa: S105 - a stand-in has no secrets


class Options(TypedDict, total=False):
    """What `WooCommerceStandIn` takes, all by keyword; the defaults are in `Settings`."""

    currency: str
    decimals: int
    prices_include_tax: bool
    round_at_subtotal: bool
    tax_based_on: str
    shipping_tax_class: str
    country: str
    timezone: str
    hpos: bool
    key: str
    secret: str
    port: int
    tls: ssl.SSLContext | None
    version: str
    deliveries: str
    batch_limit: int
    strict_hosts: bool
    control: bool
    pace: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One shop. `deliveries` is `auto` (soon) or `manual` (when `deliver()` is called).

    With `control` it can be played over HTTP, under /_stand/; with the `pace` "measured" it takes as
    long as a real one.
    """

    currency: str = "SAR"
    decimals: int = 2
    prices_include_tax: bool = False
    round_at_subtotal: bool = False
    tax_based_on: str = "shipping"
    shipping_tax_class: str = "inherit"
    country: str = "SA"
    timezone: str = "Asia/Riyadh"
    hpos: bool = True
    key: str = KEY
    secret: str = SECRET
    port: int = 0
    tls: ssl.SSLContext | None = None
    version: str = "11.0.1"
    deliveries: str = "auto"
    batch_limit: int = 100
    strict_hosts: bool = False
    control: bool = False
    pace: str | None = None

    def __post_init__(self) -> None:
        if self.pace not in (None, "measured"):
            raise ValueError(f"unknown pace {self.pace!r}; known: None, 'measured'")
        if self.currency not in CURRENCIES:
            raise ValueError(f"unknown currency {self.currency!r}; known: {sorted(CURRENCIES)}")
        if self.deliveries not in ("auto", "manual"):
            raise ValueError(f"unknown deliveries {self.deliveries!r}; known: auto, manual")
        if self.tax_based_on not in ("shipping", "billing", "base"):
            raise ValueError(f"unknown tax_based_on {self.tax_based_on!r}")

    @property
    def tells_refund_tax(self) -> bool:
        """Whether an order tells the tax of its refunds: from 11 on."""
        return int(self.version.partition(".")[0]) >= 11

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.timezone)
