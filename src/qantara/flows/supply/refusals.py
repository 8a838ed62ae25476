"""Why a request cannot become a transfer, in the words of those who asked (English, Arabic, Ukrainian)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from qantara.engine.item import MissingReference
from qantara.model import Request
from qantara.transport import ConnectorError, Rejected

Cause = Literal["unknown", "lost", "ended", "beyond", "nothing", "empty", "other"]

WORDS: Mapping[str, Mapping[Cause, str]] = {
    "en": {
        "unknown": "The factory does not know {name}.",
        "lost": "Line {name} has lost its product.",
        "ended": "The factory does not offer {name} any more.",
        "beyond": "Of {name} {free} {unit} are free, and {asked} were asked for.",
        "nothing": "The quantity of {name} must be more than nothing.",
        "empty": "The request has no lines.",
        "other": "The factory could not take the request: {reason}",
    },
    "ar": {
        "unknown": "المصنع لا يعرف المنتج {name}.",
        "lost": "السطر {name} فقد منتجه.",
        "ended": "لم يعد المصنع يعرض المنتج {name}.",
        "beyond": "المتاح من {name} هو {free} {unit}، والمطلوب {asked}.",
        "nothing": "يجب أن تكون كمية {name} أكبر من صفر.",
        "empty": "الطلب لا يحتوي على أي بند.",
        "other": "لم يتمكن المصنع من قبول الطلب: {reason}",
    },
    "uk": {
        "unknown": "Фабрика не знає товару {name}.",
        "lost": "Рядок {name} втратив свій товар.",
        "ended": "Фабрика більше не пропонує {name}.",
        "beyond": "Вільно {free} {unit} товару {name}, а запитано {asked}.",
        "nothing": "Кількість {name} має бути більшою за нуль.",
        "empty": "У запиті немає рядків.",
        "other": "Фабрика не змогла прийняти запит: {reason}",
    },
}
"""By language and cause; a language that is not here reads English."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """What speaks against one line, or against the request as a whole."""

    cause: Cause
    name: str = ""
    free: Decimal = Decimal(0)
    asked: Decimal = Decimal(0)
    unit: str = ""
    reason: str = ""

    def said(self, language: str) -> str:
        """As a sentence."""
        words = WORDS.get(language, WORDS["en"])[self.cause]
        facts: dict[str, Any] = {"name": self.name, "unit": self.unit, "reason": self.reason}
        return words.format(free=f"{self.free:f}", asked=f"{self.asked:f}", **facts)


class Refused(Rejected):
    """The factory does not take the request, for these reasons."""

    def __init__(self, objections: Sequence[Objection]) -> None:
        super().__init__(" ".join(one.said("en") for one in objections), field="lines")
        self.objections = objections


def answer(request: Request | None, error: ConnectorError) -> Request:
    """The request as refused, with a remark in the language of who asked; English where unknown."""
    language = request.language if request else ""
    remark = " ".join(one.said(language) for one in _objections(request, error))
    return Request(number=request.number if request else "", state="refused", remark=remark)


def _objections(request: Request | None, error: ConnectorError) -> Sequence[Objection]:
    if isinstance(error, Refused):
        return error.objections
    if isinstance(error, MissingReference) and request:
        lost = [line.name for line in request.lines if line.product == error.reference]
        if lost:
            return [Objection(cause="unknown", name=lost[0])]
    return [Objection(cause="other", reason=error.reason)]
