"""Why a product does not come into the store as it should, in words; mended, it does."""

from base64 import b64encode
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from qantara.connectors.shopify.errors import refused
from qantara.transport import Rejected
from tests.connectors.woocommerce.pictures import PICTURES, Pictures
from tests.flows.commerce.high_street import HighStreet
from tests.flows.commerce.owner import Owner, corner, explained

Place = tuple[Owner, HighStreet]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with corner(tmp_path) as found:
        yield found


def test_a_product_without_a_price_is_not_given_away(place: Place) -> None:
    owner, street = place
    hat = street.goods("HAT", 0, 20)
    street.goods("MUG", 5, 20)
    assert owner.run().code == 1

    letter = owner.letter("'Product HAT' has no price", "sales price", "in Odoo")
    assert [one["sku"] for one in street.woo.rows("products")] == ["MUG"]

    street.odoo.write("product.product", hat, {"list_price": 9.5})
    owner.replay(letter)
    owner.fine()
    assert Decimal(street.shown("HAT")["regular_price"]) == Decimal("9.5")


def test_a_picture_that_the_store_cannot_fetch_keeps_nothing_else_from_coming(place: Place) -> None:
    owner, street = place
    picture = next(iter(PICTURES.values()))
    hat = street.goods("HAT", 10, 20)
    street.odoo.write("product.product", hat, {"image_1920": b64encode(picture).decode()})
    nowhere = street.woo.url + "/nothing/{sha1}.png"
    owner.call("connect", "woo", "--set", f"images={nowhere}")
    assert owner.run().code == 1

    letter = owner.letter("woo has 'Product HAT' without its picture", "Not Found", "browser")
    assert (street.shown("HAT")["stock_quantity"], street.shown("HAT")["images"]) == (20, [])

    with Pictures() as pictures:
        owner.call("connect", "woo", "--set", f"images={pictures.base}")
        owner.replay(letter)
    assert len(street.shown("HAT")["images"]) == 1


@pytest.mark.parametrize(
    "told",
    [
        {"message": "Daily variant creation limit reached. Please try again later."},
        {"message": "Too much", "code": "FILE_STORAGE_LIMIT_EXCEEDED"},
        {"message": "Your shop has reached the maximum number of locations"},
    ],
)
def test_a_limit_of_the_plan_is_told_as_one(told: dict[str, str]) -> None:
    error = refused([{"field": ["input", "variants"], **told}])

    assert isinstance(error, Rejected)
    explained(f"{error.reason} {error.remedy}", "Shopify", "limit of its plan", "then retry")


def test_a_size_that_no_plan_allows_is_no_limit_of_the_plan() -> None:
    told = {"message": "Product has more than 2048 variants", "code": "VARIANTS_OVER_LIMIT"}
    assert "plan" not in refused([{"field": ["input", "variants"], **told}]).reason
