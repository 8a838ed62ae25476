"""What every resolver is given: the shop, who asks, and in which version."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeAlias

from graphql import GraphQLResolveInfo

from qantara.sandbox.shopify.paging import REACH, page
from qantara.sandbox.shopify.search import Search
from qantara.sandbox.shopify.state import Row, Store

Args = dict[str, Any]
WHOLE = frozenset({"JPY", "KRW", "VND", "CLP", "ISK", "UGX", "XAF", "XOF", "PYG", "RWF"})
THOUSANDTHS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
ALL_ORDERS = "read_all_orders"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What is fixed about a shop. `rate` of a currency: how much of it one unit of ours buys.

    `most_variants` is what its plan allows, 0 for any number; the refusal is worded as merchants
    have reported the real one.
    """

    name: str = "Nile Store"
    domain: str = "nile-store.myshopify.com"
    email: str = "owner@nile-store.example"
    currency: str = "SAR"
    country: str = "SA"
    timezone: str = "UTC"
    taxes_included: bool = False
    tips_as_lines: bool = True
    most_variants: int = 0


@dataclass(slots=True, kw_only=True)
class Context:
    """One request. `url` is where the stand-in listens."""

    store: Store
    settings: Settings
    scopes: frozenset[str]
    version: str
    url: str = ""
    search_lag: float = 0.0
    reach: int = REACH
    warnings: list[Row] = field(default_factory=list)
    whole: bool = False

    def pages(self, typename: str, rows: list[Row], args: Args) -> Row:
        """A searched, sorted and cut connection."""
        return page(self.found(typename, rows, args.get("query")), args, reach=self.reach)

    def found(self, typename: str, rows: list[Row], query: str | None) -> list[Row]:
        """The index behind a search may lag; a list without search does not."""
        if query and self.search_lag:
            edge = self.store.clock.now().timestamp() - self.search_lag
            rows = [row for row in rows if row["updatedAt"].timestamp() <= edge]
        search = Search(store=self.store, typename=typename, zone=self.settings.timezone)
        found = search.find(rows, query)
        self.warnings += search.warnings
        return found


Info: TypeAlias = "GraphQLResolveInfo[Context]"
Resolver = Callable[[Row, Context, Args], Any]
Resolvers = dict[str, Resolver]


def places(currency: str) -> int:
    """How many decimals the currency has."""
    if currency in WHOLE:
        return 0
    return 3 if currency in THOUSANDTHS else 2


def rounded(amount: Decimal, currency: str) -> Decimal:
    """Half up, to the currency's own decimals."""
    return amount.quantize(Decimal(1).scaleb(-places(currency)), rounding="ROUND_HALF_UP")


def money(amount: Decimal, currency: str) -> Row:
    """A MoneyV2."""
    return {"amount": amount, "currencyCode": currency}
