"""One step of a rule, and what the steps of text and of numbers have in common."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from qantara.model import Money, Text
from qantara.rules.mapping.values import number, text

Change = Callable[[Any], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Transform:
    """One step of a rule: `there`, and `back` or the sentence `why` there is no way back.

    `domain` are all the values that it takes, where it does not take any. `parts`: how it takes
    several values, as the list of them.
    """

    words: str
    there: Change
    back: Change | None = None
    why: str = ""
    domain: tuple[Any, ...] = ()
    parts: bool = False


def textual(change: Callable[[str], str]) -> Change:
    """Of texts, of each translation of a text, and of each text of a list."""

    def there(value: Any) -> Any:
        if isinstance(value, Text):
            return Text.of(
                change(value.value), {code: change(one) for code, one in value.translations.items()}
            )
        if isinstance(value, tuple):
            return tuple(there(one) for one in value)
        return change(text(value))

    return there


def numeric(change: Callable[[Decimal], Decimal]) -> Change:
    def there(value: Any) -> Any:
        if value is None:
            return None
        if isinstance(value, Money):
            return replace(value, amount=change(value.amount))
        return change(number(value))

    return there
