"""What WooCommerce's refusals mean to us, and in which words they are told."""

import html
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from qantara.transport import (
    AuthFailed,
    ConnectorError,
    NotFound,
    Rejected,
    Unsupported,
    exactjson,
)
from qantara.transport.http import Response
from qantara.transport.statuses import refusal

EXPECTED = frozenset({400, 401, 403, 404, 405, 409, 410, 413, 422, 500, 501})
"""Statuses whose body says more than they do."""

LONGEST = 200
"""Characters of the store's own words in a sentence of ours."""

TRASHED = "woocommerce_rest_product_not_created"
IMAGE = "woocommerce_product_image_upload_error"
TOO_MANY = "woocommerce_rest_request_entity_too_large"
NO_REFUND = "woocommerce_rest_cannot_create_order_refund"
NO_ENTRY = "woocommerce_rest_authentication_error"
NO_ROUTE = "rest_no_route"

_TAG = re.compile(r"<[^>]+>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An error as the store told it. `resource` is the record that is there already, 0 for none."""

    code: str
    message: str
    status: int = 400
    resource: int = 0
    params: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, told: Any, secrets: Collection[str] = ()) -> "Refusal | None":
        """The refusal in an answer's body, or in one item of a batch; None when it is none."""
        if not isinstance(told, Mapping) or not isinstance(told.get("code"), str):
            return None
        data = told.get("data")
        data = data if isinstance(data, Mapping) else {}
        params = data.get("params")
        return cls(
            code=told["code"],
            message=_words(told.get("message"), secrets),
            status=_number(data.get("status"), 400),
            resource=_number(data.get("resource_id"), 0),
            params=params if isinstance(params, Mapping) else {},
        )

    @property
    def error(self) -> ConnectorError:
        """What to do about it, for one record."""
        known = _BY_CODE.get(self.code)
        if known:
            return known(self)
        if self.status == 404 or self.code.endswith("_invalid_id"):
            return NotFound(f"The store does not have it: {self.message}")
        if self.status in {401, 403}:
            return _no_right(self)
        return Rejected(f"The store refused it: {self.message}", field=next(iter(self.params), ""))


def explain(
    response: Response, where: str, *, idempotent: bool, secrets: Collection[str]
) -> ConnectorError:
    """The error for an answer whose status says no."""
    told = _told(response)
    refused = Refusal.of(told, secrets)
    status = response.status
    if refused is None and status == 404:
        return Unsupported(
            f"{where} has no WooCommerce interface at /wp-json/wc/v3.",
            remedy="In WordPress choose any structure but Plain under Settings > Permalinks, and "
            "see that WooCommerce is active and that the URL is the store's own.",
        )
    if refused is None or (status >= 500 and refused.code not in _BY_CODE):
        return refusal(status, response.headers, where, idempotent=idempotent)
    if refused.code in _BY_CODE:
        return _BY_CODE[refused.code](refused)
    return Refusal(
        code=refused.code,
        message=refused.message,
        status=status,
        resource=refused.resource,
        params=refused.params,
    ).error


def _told(response: Response) -> Any:
    try:
        return response.json()
    except exactjson.NotJson:
        return None


def _words(message: object, secrets: Collection[str]) -> str:
    """The store's sentence without markup and secrets, not too long."""
    plain = html.unescape(_TAG.sub("", message if isinstance(message, str) else ""))
    for secret in secrets:
        plain = plain.replace(secret, "***") if secret else plain
    plain = " ".join(plain.split())
    return plain if len(plain) <= LONGEST else f"{plain[:LONGEST]}…"


def _number(value: object, otherwise: int) -> int:
    return value if isinstance(value, int) else otherwise


def _no_entry(refused: Refusal) -> ConnectorError:
    if "permission" in refused.message.lower():
        return AuthFailed(
            f"The store's key may not do this: {refused.message}",
            remedy="Give the key the permissions Read/Write: WooCommerce > Settings > Advanced > "
            "REST API.",
        )
    return AuthFailed(
        f"The store does not accept the key: {refused.message}",
        remedy="See whether it was revoked (WooCommerce > Settings > Advanced > REST API), make a new "
        "one and enter it: qantara connect. Over http both clocks must agree.",
    )


def _no_right(refused: Refusal) -> ConnectorError:
    return AuthFailed(
        f"The store shows this to nobody without a right: {refused.message}",
        remedy="Make the key for an administrator or shop manager. If it is right, the web server "
        "keeps it from WordPress: set credentials=query for this connection.",
    )


def _no_route(refused: Refusal) -> ConnectorError:
    return Unsupported(
        f"This WooCommerce does not have that: {refused.message}",
        remedy="See that the plugin WooCommerce is active and not too old.",
    )


def _trashed(refused: Refusal) -> ConnectorError:
    if "lookup table" not in refused.message:
        return Rejected(f"The store refused the product: {refused.message}")
    return Rejected(
        f"A product in the store's trash still holds this SKU: {refused.message}",
        remedy="In WooCommerce open Products > Trash and restore it, or delete it permanently.",
        field="variants",
    )


def _too_many(refused: Refusal) -> ConnectorError:
    return Rejected(f"The store takes fewer records at a time: {refused.message}")


def _no_refund(refused: Refusal) -> ConnectorError:
    return Rejected(f"The store refuses the refund: {refused.message}")


def _image(refused: Refusal) -> ConnectorError:
    return Rejected(
        f"The store cannot fetch the picture: {refused.message}",
        remedy="It must lie at a public address, at port 80, 443 or 8080.",
        field="image",
    )


_BY_CODE: Mapping[str, Callable[[Refusal], ConnectorError]] = {
    NO_ENTRY: _no_entry,
    NO_ROUTE: _no_route,
    TRASHED: _trashed,
    TOO_MANY: _too_many,
    # A permanent error, though its status is 500.
    NO_REFUND: _no_refund,
    IMAGE: _image,
}
