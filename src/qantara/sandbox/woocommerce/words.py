"""How WooCommerce writes numbers, slugs and texts."""

import html
import re
import unicodedata
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote

SPECIAL = re.compile(r"\s+")


def slug_of(text: str) -> str:
    """As WordPress makes it: lower case, hyphens, other scripts percent-encoded."""
    plain = unicodedata.normalize("NFC", html.unescape(re.sub(r"<[^>]*>", "", text))).lower()
    kept = "".join(each for each in plain if each.isalnum() or each in " -_" or ord(each) > 127)
    folded = _folded(kept)
    hyphened = re.sub(r"-+", "-", SPECIAL.sub("-", folded)).strip("-")
    return quote(hyphened, safe="-").lower()


def _folded(text: str) -> str:
    """Latin letters lose their accents; other scripts stay."""
    return "".join(
        unicodedata.normalize("NFKD", each)[0] if ord(each) < 0x250 else each for each in text
    )


def decimal_text(value: Any) -> str:
    """A price as it is kept: whatever is no digit, dot or minus falls out, so "12,5" is 125."""
    if value is None or value == "":
        return ""
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    text = re.sub(r"[^0-9.-]", "", str(value))
    whole, dot, rest = text.rpartition(".")
    return whole.replace(".", "") + dot + rest


def number(value: Any) -> Decimal:
    """As PHP's floatval: the number in front, 0 where there is none."""
    found = re.match(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", str(value))
    try:
        return Decimal(found.group().strip()) if found else Decimal(0)
    except InvalidOperation:
        return Decimal(0)


def whole(value: Any) -> int:
    """As PHP's intval."""
    return int(number(value))


def rounded(value: Decimal, places: int, *, half_down: bool = False) -> Decimal:
    """Half away from zero, or towards it."""
    mode = ROUND_HALF_DOWN if half_down else ROUND_HALF_UP
    return value.quantize(Decimal(1).scaleb(-places), rounding=mode)


def money(value: Any, places: int) -> str:
    """With so many decimals, always: "20.00"."""
    found = rounded(number(value), places)
    return str(found or abs(found))


def trimmed(value: Decimal) -> str:
    """With no decimals that say nothing: "20"."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def plain_number(value: Decimal) -> int | float:
    """A number as JSON tells it: 90, 86.869565."""
    return int(value) if value == value.to_integral_value() else float(value)
