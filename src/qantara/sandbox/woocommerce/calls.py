"""What a resource is, what it is asked, and what every list of them shares."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import urlencode

from qantara.sandbox.woocommerce.schema import (
    DATE,
    IDS,
    INTEGER,
    STRING,
    Param,
    Schema,
    checked,
    listed,
)
from qantara.sandbox.woocommerce.shop import Shop
from qantara.sandbox.woocommerce.wire import BASE, Answer, Refused, Row

CHANGES = frozenset({"POST", "PUT", "PATCH"})
ITEM = ("GET", "POST", "PUT", "PATCH", "DELETE")
PAGED: Schema = {
    "page": Param(type="integer", low=1),
    "per_page": Param(type="integer", low=1, high=100),
    "search": STRING,
    "exclude": IDS,
    "include": IDS,
    "offset": INTEGER,
    "order": Param(type="string", enum=("asc", "desc")),
    "context": Param(type="string", enum=("view", "edit")),
}
DATED: Schema = {
    "after": DATE,
    "before": DATE,
    "modified_after": DATE,
    "modified_before": DATE,
    "dates_are_gmt": Param(type="boolean"),
}
Sorter = Callable[[Row], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request. `ids` are the numbers in its path; `pictures` what was fetched for it.

    `batch` is one item of a batch, `gone` one of those to be deleted.
    """

    method: str
    path: str
    ids: Mapping[str, str] = field(default_factory=dict)
    query: Row = field(default_factory=dict)
    raw_query: tuple[tuple[str, str], ...] = ()
    body: Row = field(default_factory=dict)
    pictures: Mapping[str, "Picture"] = field(default_factory=dict)
    batch: bool = False
    gone: bool = False

    @property
    def params(self) -> Row:
        """What was sent, wherever; the query wins over nothing."""
        return {**self.query, **self.body}

    def parent(self, name: str) -> int:
        return int(self.ids[name])


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What became of fetching a picture: its bytes, or why there are none."""

    content: bytes = b""
    kind: str = ""
    error: str = ""


class Resource:
    """A list with items, and what can be done with them. Subclasses say what is theirs."""

    table = ""
    path = ""
    word = ""
    schema: ClassVar[Schema] = {}
    listing: ClassVar[Schema] = {}
    sorts: ClassVar[Mapping[str, Sorter]] = {}
    default_sort = "date"
    default_order = "desc"
    missing = "Invalid ID."

    def __init__(self, shop: Shop) -> None:
        self.shop = shop

    def rows(self, call: Call) -> Iterable[Row]:
        """What a list is made of, before it is filtered."""
        return list(self.shop.table(self.table).values())

    def matches(self, row: Row, asked: Row) -> bool:
        """Whether a row is in the list that was asked for."""
        return True

    def tell(self, row: Row, call: Call) -> Row:
        """The row as the API tells it."""
        raise NotImplementedError

    def make(self, given: Row, call: Call) -> Row:
        raise NotImplementedError

    def change(self, row: Row, given: Row, call: Call) -> Row:
        raise NotImplementedError

    def remove(self, row: Row, call: Call, *, force: bool) -> Row:
        """Takes it away; tells it as it was."""
        raise NotImplementedError

    def address(self, row: Row, call: Call) -> str:
        """Where the row is, without the base."""
        return f"{self.collection(call)}/{row['id']}"

    def collection(self, call: Call) -> str:
        return f"/{self.path}"

    def find(self, number: int, call: Call) -> Row:
        """The row, or a 404 in the resource's words."""
        found = self.shop.table(self.table).get(number)
        if found is None:
            status = 400 if call.method in CHANGES and not call.gone else 404
            raise Refused(status, f"woocommerce_rest_{self.word}_invalid_id", self.missing)
        return found

    def linked(self, row: Row, call: Call) -> Row:
        """The row as it is told, with its links."""
        url = f"{self.shop.url}{BASE}"
        links = {
            "self": [{"href": url + self.address(row, call), "targetHints": {"allow": list(ITEM)}}],
            "collection": [{"href": url + self.collection(call)}],
        }
        return {**self.tell(row, call), "_links": links}

    def answer_list(self, call: Call) -> Answer:
        """One page, with how many there are in its headers."""
        asked = self.asked(call)
        wanted = self._wanted(asked)
        found = [row for row in self.rows(call) if wanted(row) and self.matches(row, asked)]
        ordered = self._ordered(found, asked)
        return paged(call, self.shop.url, ordered, asked, lambda row: self.linked(row, call))

    def asked(self, call: Call) -> Row:
        """The list parameters that are known, checked."""
        names = (*self.sorts, "include")
        sortable: Schema = {"orderby": Param(type="string", enum=tuple(dict.fromkeys(names)))}
        return checked({**PAGED, **sortable, **self.listing}, call.query)

    def _wanted(self, asked: Row) -> Callable[[Row], bool]:
        """Bounds are exclusive, in whole seconds; times without a zone are the shop's own."""
        some, others = frozenset(asked.get("include") or ()), frozenset(asked.get("exclude") or ())
        gmt = bool(asked.get("dates_are_gmt"))
        read = self.shop.clock.read
        bounds = [
            (column, sign, bound)
            for name, column, sign in DATES
            if name in self.listing
            and asked.get(name)
            and (bound := read(str(asked[name]), gmt=gmt)) is not None
        ]

        def wanted(row: Row) -> bool:
            if (some and row["id"] not in some) or row["id"] in others:
                return False
            times = ((row.get(column), sign, bound) for column, sign, bound in bounds)
            return all(at and (at - bound).total_seconds() * sign > 0 for at, sign, bound in times)

        return wanted

    def _ordered(self, rows: list[Row], asked: Row) -> list[Row]:
        by = asked.get("orderby") or self.default_sort
        if by == "include":
            places = {number: at for at, number in enumerate(asked.get("include") or ())}
            return sorted(rows, key=lambda row: places.get(row["id"], 0))
        down = (asked.get("order") or self.default_order) == "desc"
        return sorted(rows, key=lambda row: (self.sorts[by](row), row["id"]), reverse=down)


DATES = (
    ("after", "created", 1),
    ("before", "created", -1),
    ("modified_after", "modified", 1),
    ("modified_before", "modified", -1),
)


def paged(call: Call, url: str, rows: list[Row], asked: Row, tell: Callable[[Row], Row]) -> Answer:
    """The page that was asked for; past the end there is an empty one."""
    size, number = asked.get("per_page") or 10, asked.get("page") or 1
    start = asked["offset"] if asked.get("offset") else (number - 1) * size
    pages = -(-len(rows) // size)
    headers = {"X-WP-Total": str(len(rows)), "X-WP-TotalPages": str(pages)}
    links = _links(call, url, number, pages)
    if links:
        headers["Link"] = ", ".join(links)
    return Answer(body=[tell(row) for row in rows[start : start + size]], headers=headers)


def _links(call: Call, url: str, number: int, pages: int) -> list[str]:
    found = []
    if number > 1 and pages:
        found.append(_link(call, url, min(number - 1, pages), "prev"))
    if number < pages:
        found.append(_link(call, url, number + 1, "next"))
    return found


def _link(call: Call, url: str, page: int, rel: str) -> str:
    hidden = ("consumer_", "oauth_")
    rest = [(name, value) for name, value in call.raw_query if name != "page"]
    shown = [pair for pair in rest if not pair[0].startswith(hidden)]
    return f'<{url}{call.path}?{urlencode([*shown, ("page", page)])}>; rel="{rel}"'


def contains(text: str, *places: Any) -> bool:
    """Whether any of these has the words, whatever their case."""
    return any(text.lower() in str(place).lower() for place in places)


def split(value: Any) -> list[str]:
    """A list of words that came with commas."""
    return [str(each) for each in listed(value)]
