"""Categories, tags, shipping classes, attributes and their terms."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from qantara.sandbox.woocommerce.calls import Call, Resource, Sorter
from qantara.sandbox.woocommerce.images import attachment, bare, taken
from qantara.sandbox.woocommerce.schema import (
    BOOLEAN,
    INTEGER,
    STRING,
    STRINGS,
    Param,
    Schema,
    required,
)
from qantara.sandbox.woocommerce.shop import UNCATEGORIZED, unique
from qantara.sandbox.woocommerce.texts import kept_html
from qantara.sandbox.woocommerce.wire import Refused, Row
from qantara.sandbox.woocommerce.words import slug_of

DISPLAYS = ("default", "products", "subcategories", "both")
TERM: Schema = {"name": STRING, "slug": STRING, "description": STRING, "menu_order": INTEGER}
TERM_LISTING: Schema = {
    "hide_empty": BOOLEAN,
    "product": INTEGER,
    "slug": STRING,
}
TERM_SORTS: Mapping[str, Sorter] = {
    "name": lambda row: str(row["name"]).lower(),
    "id": lambda row: row["id"],
    "slug": lambda row: row["slug"],
    "term_group": lambda _row: 0,
    "description": lambda row: row["description"],
    "count": lambda row: row.get("count", 0),
}


class Terms(Resource):
    """What categories, tags and terms of attributes share."""

    word = "term"
    schema: ClassVar[Schema] = TERM
    listing = TERM_LISTING
    sorts = TERM_SORTS
    default_sort = "name"
    default_order = "asc"
    field = ""
    where = "in this taxonomy"

    def find(self, number: int, call: Call) -> Row:
        found = {row["id"]: row for row in self.rows(call)}.get(number)
        if found is None:
            raise Refused(404, "woocommerce_rest_term_invalid", "Resource does not exist.")
        return found

    def matches(self, row: Row, asked: Row) -> bool:
        if asked.get("slug") and row["slug"] != asked["slug"]:
            return False
        if asked.get("search") and asked["search"].lower() not in row["name"].lower():
            return False
        if asked.get("hide_empty") and not self.count(row):
            return False
        product = asked.get("product")
        return not product or row["id"] in self._of(self.shop.table("products").get(product, {}))

    def tell(self, row: Row, call: Call) -> Row:
        names = ("id", "name", "slug", "description", "menu_order")
        return {**{name: row[name] for name in names}, "count": self.count(row)}

    def count(self, row: Row) -> int:
        """How many published products have it."""
        products = self.shop.table("products").values()
        shown = (each for each in products if each["status"] == "publish")
        return sum(row["id"] in self._of(each) for each in shown)

    def make(self, given: Row, call: Call) -> Row:
        if not call.batch:
            required(given, "name")
        if not given.get("name"):
            raise Refused(400, "empty_term_name", "A name is required for this term.")
        self._check_free(given, call, None)
        number = self.shop.term_id()
        row = {"id": number, "description": "", "menu_order": 0, **self.fresh(call)}
        row["slug"] = self._slug(given, call)
        self.shop.table(self.table)[number] = row
        return self._filled(row, given, call)

    def change(self, row: Row, given: Row, call: Call) -> Row:
        self._check_free({"name": row["name"], **given}, call, row)
        if given.get("slug"):
            row["slug"] = slug_of(given["slug"])
        return self._filled(row, given, call)

    def remove(self, row: Row, call: Call, *, force: bool) -> Row:
        if not force:
            message = "Resource does not support trashing."
            raise Refused(501, "woocommerce_rest_trash_not_supported", message)
        told = self.linked(row, call)
        del self.shop.table(self.table)[row["id"]]
        return told

    def fresh(self, call: Call) -> Row:
        """What a new one has beside name and slug."""
        return {}

    def by_name(self, name: str, call: Call, *, parent: int = 0) -> Row | None:
        """The one with this name beside the same parent."""
        same = (row for row in self.rows(call) if row.get("parent", 0) == parent)
        wanted = kept_html(name).strip().lower()
        return next((row for row in same if row["name"].lower() == wanted), None)

    def _check_free(self, given: Row, call: Call, row: Row | None) -> None:
        parent = given.get("parent", row.get("parent", 0) if row else 0) or 0
        held = self.by_name(str(given["name"]), call, parent=parent)
        if held is None or held is row:
            return
        if given.get("slug") and slug_of(given["slug"]) != held["slug"] and row is None:
            return
        message = f"A term with the name provided already exists {self.where}."
        raise Refused(400, "term_exists", message, resource_id=held["id"])

    def _slug(self, given: Row, call: Call) -> str:
        wanted = slug_of(str(given.get("slug") or given["name"]))
        return unique(wanted, (row["slug"] for row in self.rows(call)))

    def _filled(self, row: Row, given: Row, call: Call) -> Row:
        row.update({name: given[name] for name in self.schema if name in given and name != "slug"})
        row["name"] = kept_html(row["name"]).strip()
        return row

    def _of(self, product: Row) -> Iterable[int]:
        held: Iterable[int] = product.get(self.field, ())
        return held


class Categories(Terms):
    """Product categories: a tree, with pictures."""

    table = "categories"
    path = "products/categories"
    field = "categories"
    where = "with this parent"
    schema: ClassVar[Schema] = {
        **TERM,
        "parent": INTEGER,
        "display": Param(type="string", enum=DISPLAYS),
        "image": Param(type="object", fields={"id": INTEGER, "src": STRING}, nullable=True),
    }
    listing: ClassVar[Schema] = {**TERM_LISTING, "parent": INTEGER}

    def matches(self, row: Row, asked: Row) -> bool:
        if "parent" in asked and row["parent"] != asked["parent"]:
            return False
        return super().matches(row, asked)

    def tell(self, row: Row, call: Call) -> Row:
        return {
            **super().tell(row, call),
            "parent": row["parent"],
            "display": row["display"],
            "image": bare(attachment(self.shop, row["image"])),
        }

    def fresh(self, call: Call) -> Row:
        return {"parent": 0, "display": "default", "image": None}

    def remove(self, row: Row, call: Call, *, force: bool) -> Row:
        if row["id"] == UNCATEGORIZED:
            raise Refused(
                500, "woocommerce_rest_cannot_delete", "Default product category cannot be deleted."
            )
        told = super().remove(row, call, force=force)
        for child in self.rows(call):
            if child["parent"] == row["id"]:
                child["parent"] = row["parent"]
        for product in self.shop.table("products").values():
            left = [each for each in product["categories"] if each != row["id"]]
            product["categories"] = left or [UNCATEGORIZED]
        return told

    def _filled(self, row: Row, given: Row, call: Call) -> Row:
        if given.get("parent") and given["parent"] not in self.shop.table("categories"):
            raise Refused(400, "missing_parent", "Parent term does not exist.")
        picture = given.pop("image", row["image"])
        if isinstance(picture, dict):
            row["image"] = taken(self.shop, picture, call)
        elif picture is None:
            row["image"] = None
        return super()._filled(row, given, call)


class Tags(Terms):
    """Product tags."""

    table = "tags"
    path = "products/tags"
    field = "tags"

    def tell(self, row: Row, call: Call) -> Row:
        told = super().tell(row, call)
        del told["menu_order"]
        return told


class ShippingClasses(Terms):
    """Shipping classes of products."""

    table = "shipping_classes"
    path = "products/shipping_classes"

    def count(self, row: Row) -> int:
        return sum(
            each.get("shipping_class") == row["slug"]
            for each in self.shop.table("products").values()
        )


class AttributeTerms(Terms):
    """The values of one attribute."""

    table = "terms"

    def collection(self, call: Call) -> str:
        return f"/products/attributes/{call.parent('attribute')}/terms"

    def rows(self, call: Call) -> Iterable[Row]:
        number = call.parent("attribute")
        if number not in self.shop.table("attributes"):
            message = "Taxonomy does not exist."
            raise Refused(404, "woocommerce_rest_taxonomy_invalid", message)
        held = self.shop.table("terms").values()
        return [row for row in held if row["attribute"] == number]

    def fresh(self, call: Call) -> Row:
        return {"attribute": call.parent("attribute")}

    def count(self, row: Row) -> int:
        return sum(
            any(
                each["id"] == row["attribute"] and row["name"] in each["options"]
                for each in product.get("attributes", ())
            )
            for product in self.shop.table("products").values()
            if product["type"] != "variation"
        )


class Attributes(Resource):
    """The attributes that products share."""

    table = "attributes"
    path = "products/attributes"
    word = "attribute"
    schema: ClassVar[Schema] = {
        "name": STRING,
        "slug": STRING,
        "type": Param(type="string", enum=("select",)),
        "order_by": Param(type="string", enum=("menu_order", "name", "name_num", "id")),
        "has_archives": BOOLEAN,
    }
    listing: ClassVar[Schema] = {"names": STRINGS}
    sorts: ClassVar[Mapping[str, Sorter]] = {"name": lambda row: row["name"].lower()}
    default_sort = "name"
    default_order = "asc"

    def find(self, number: int, call: Call) -> Row:
        found = self.shop.table("attributes").get(number)
        if found is None:
            message = "Resource does not exist."
            raise Refused(404, "woocommerce_rest_taxonomy_invalid", message)
        return found

    def asked(self, call: Call) -> Row:
        """Attributes are all in one answer, whatever page is asked for."""
        return {"per_page": max(1, len(self.shop.table("attributes")))}

    def tell(self, row: Row, call: Call) -> Row:
        return dict(row)

    def make(self, given: Row, call: Call) -> Row:
        required(given, "name")
        slug = f"pa_{slug_of(given.get('slug') or given['name']).removeprefix('pa_')}"
        if any(row["slug"] == slug for row in self.shop.table("attributes").values()):
            name = slug.removeprefix("pa_")
            message = f'Slug "{name}" is already in use. Change it, please.'
            raise Refused(400, "woocommerce_rest_cannot_create", message)
        number = self.shop.next_id("attributes")
        row = {"id": number, "name": given["name"], "slug": slug, "type": "select"}
        row |= {"order_by": "menu_order", "has_archives": False}
        self.shop.table("attributes")[number] = row
        return self.change(row, given, call)

    def change(self, row: Row, given: Row, call: Call) -> Row:
        names = ("name", "type", "order_by", "has_archives")
        row.update({name: given[name] for name in names if name in given})
        return row

    def remove(self, row: Row, call: Call, *, force: bool) -> Row:
        if not force:
            message = "Resource does not support trashing."
            raise Refused(501, "woocommerce_rest_trash_not_supported", message)
        told = self.linked(row, call)
        del self.shop.table("attributes")[row["id"]]
        terms = self.shop.table("terms")
        for number in [at for at, term in terms.items() if term["attribute"] == row["id"]]:
            del terms[number]
        return told
