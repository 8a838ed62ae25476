"""JSON without floats: every decimal number is read and written exactly as its digits say."""

from decimal import Decimal
from typing import Any

import msgspec

_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(float_hook=Decimal)


class NotJson(ValueError):
    """The bytes are not a JSON text (most often a page of a proxy)."""


def encode(value: Any) -> bytes:
    """The value as UTF-8 JSON. A Decimal becomes a JSON number, 0.10 stays 0.10."""
    return _encoder.encode(value)


def decode(data: bytes) -> Any:
    """The JSON text as dicts, lists and scalars; a number with a point becomes a Decimal.

    Raises NotJson, also for a text nested too deeply to be meant.
    """
    try:
        return _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotJson("The answer is not JSON.") from error
