"""Shopify's ways of writing ids, times, numbers and amounts."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from qantara.model import Address, TaxAmount
from qantara.transport import Rejected

THOUSANDTHS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
WHOLE = frozenset({"CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF", "XPF"})

HUNDRED = Decimal(100)


def number(gid: Any) -> str:
    """The bare number of `gid://shopify/Product/1?...`, "" of nothing."""
    return str(gid or "").rpartition("/")[2].partition("?")[0]


def gid(kind: str, bare: str) -> str:
    """The id as Shopify writes it; Rejected for what is no number."""
    if not bare.isdecimal():
        raise Rejected(
            f"{bare!r} is no id of Shopify's.", remedy="Ids of Shopify are numbers.", field="id"
        )
    return f"gid://shopify/{kind}/{bare}"


def kind_of(one: Any) -> str:
    """Of what an id is: `Product`."""
    return str(one or "").removeprefix("gid://shopify/").partition("/")[0]


def text(value: Any) -> str:
    """The text, "" of nothing."""
    return "" if value is None else str(value)


def moment(value: Any) -> datetime | None:
    """Aware UTC."""
    return datetime.fromisoformat(value).astimezone(UTC) if value else None


def decimal(value: Any) -> Decimal:
    """An amount as its digits say; 0 of nothing."""
    return Decimal(str(value)) if value not in {None, ""} else Decimal(0)


def plain(value: Decimal) -> Decimal:
    """The number without zeros at its end, never as 1E+1."""
    short = value.normalize()
    return short if short.as_tuple().exponent <= 0 else short.quantize(Decimal(1))  # type: ignore[operator]


def rounded(amount: Decimal, currency: str) -> Decimal:
    """To the smallest coin."""
    return amount.quantize(cent(currency), ROUND_HALF_UP)


def cent(currency: str) -> Decimal:
    """The smallest coin."""
    if currency in THOUSANDTHS:
        return Decimal("0.001")
    return Decimal(1) if currency in WHOLE else Decimal("0.01")


def shared(total: Decimal, weights: Sequence[Decimal], currency: str) -> list[Decimal]:
    """The total in parts as the weights are, each in whole coins; the last takes the rest."""
    everything = sum(weights, Decimal(0))
    parts: list[Decimal] = []
    for weight in weights[:-1]:
        share = total * weight / everything if everything else Decimal(0)
        parts.append(rounded(share, currency))
    return [*parts, total - sum(parts, Decimal(0))] if weights else []


class Purse:
    """Reads amounts in the money that is asked for: the shop's, or the one the customer saw."""

    def __init__(self, money: str) -> None:
        self._side = "presentmentMoney" if money == "presentment" else "shopMoney"

    def amount(self, bag: Mapping[str, Any] | None) -> Decimal:
        """The amount, 0 of nothing."""
        return decimal(bag[self._side]["amount"]) if bag else Decimal(0)

    def currency(self, bag: Mapping[str, Any]) -> str:
        """ISO 4217."""
        return text(bag[self._side]["currencyCode"])

    def taxes(self, lines: Sequence[Mapping[str, Any]]) -> tuple[TaxAmount, ...]:
        """Each tax with its rate in percent."""
        return tuple(
            TaxAmount(
                rate=percent(line), amount=self.amount(line["priceSet"]), name=text(line["title"])
            )
            for line in lines
        )


def percent(line: Mapping[str, Any]) -> Decimal:
    """15 for 15 %."""
    told = line.get("ratePercentage")
    if told is None:
        return plain(decimal(line.get("rate")) * HUNDRED)
    return plain(decimal(told))


def address(place: Mapping[str, Any] | None) -> Address:
    """The postal part of an address of Shopify's."""
    if not place:
        return Address()
    return Address(
        street=text(place["address1"]),
        street2=text(place["address2"]),
        city=text(place["city"]),
        zip=text(place["zip"]),
        state=text(place["provinceCode"]),
        country=text(place["countryCodeV2"]),
    )


def person(place: Mapping[str, Any] | None) -> str:
    """Whom an address names."""
    if not place:
        return ""
    both = " ".join(filter(None, (text(place["firstName"]), text(place["lastName"]))))
    return text(place["name"]) or both
