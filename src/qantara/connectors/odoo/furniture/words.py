"""The words on the screens we make, in English, Arabic and Ukrainian."""

from qantara.connectors.odoo.furniture.shapes import Say

WORDS: dict[str, tuple[str, str]] = {
    "Factory": ("المصنع", "Фабрика"),
    "Factory stock": ("مخزون المصنع", "Запаси фабрики"),
    "Requests": ("الطلبات", "Запити"),
    "Request": ("طلب", "Запит"),
    "Request line": ("سطر الطلب", "Рядок запиту"),
    "Request lines": ("سطور الطلب", "Рядки запиту"),
    "Request from the factory": ("اطلب من المصنع", "Запросити у фабрики"),
    "Packing list ready": ("قائمة التعبئة جاهزة", "Пакувальний лист готовий"),
    "Container or vehicle": ("الحاوية أو المركبة", "Контейнер або транспорт"),
    "Packing list is complete": ("قائمة التعبئة مكتملة", "Пакувальний лист заповнено"),
    "Product": ("المنتج", "Товар"),
    "Our product": ("منتجنا", "Наш товар"),
    "SKU": ("رمز المنتج", "Артикул"),
    "Unit": ("الوحدة", "Одиниця"),
    "Free": ("المتاح", "Вільно"),
    "Incoming": ("الوارد", "Очікується"),
    "Lead time (days)": ("مدة التوريد (أيام)", "Термін постачання (днів)"),
    "Last update": ("آخر تحديث", "Оновлено"),
    "Quantity to request": ("الكمية المطلوبة", "Скільки запросити"),
    "Quantity": ("الكمية", "Кількість"),
    "Last request": ("آخر طلب", "Останній запит"),
    "Factory's number": ("رقم المصنع", "Номер фабрики"),
    "State": ("الحالة", "Стан"),
    "Remark": ("ملاحظة المصنع", "Примітка фабрики"),
    "Number": ("الرقم", "Номер"),
    "Requested by": ("طلبها", "Хто запросив"),
    "Requested on": ("تاريخ الطلب", "Коли"),
    "Note to the factory": ("ملاحظة إلى المصنع", "Примітка для фабрики"),
    "Offer": ("العرض", "Пропозиція"),
    "Lines": ("السطور", "Рядки"),
    "Sent": ("أُرسل", "Надіслано"),
    "Draft at the factory": ("مسودة في المصنع", "Чернетка на фабриці"),
    "Waiting": ("قيد الانتظار", "Очікує"),
    "Ready": ("جاهز", "Готово"),
    "Shipped": ("شُحن", "Відвантажено"),
    "Cancelled": ("ملغى", "Скасовано"),
    "Refused": ("مرفوض", "Відхилено"),
    "Free at the factory": ("متاح في المصنع", "Є на фабриці"),
    "Requested": ("مطلوب", "Запрошено"),
    "Not matched": ("بلا منتج مطابق", "Без відповідника"),
    "Mine": ("طلباتي", "Мої"),
}

_PLACES = {"ar": 0, "uk": 1}
LANGUAGES = frozenset(_PLACES)
"""The languages, beside English, that there are words in."""


def english(text: str) -> str:
    """As it is."""
    return text


def speaker(code: str) -> Say:
    """Words in the language of Odoo's code (`ar_001`); English for languages we do not speak."""
    place = _PLACES.get(code.partition("_")[0])
    if place is None:
        return english
    return lambda text: WORDS[text][place]
