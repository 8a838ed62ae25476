"""A person's correction: checked by the field's type, put on the record, dropped when it is through."""

from dataclasses import replace
from decimal import Decimal

import pytest

from qantara.connectors.base import Change
from qantara.engine import patches
from qantara.engine.fingerprint import fingerprints
from qantara.engine.item import Item
from qantara.engine.link import Link, Skipped
from qantara.engine.patches import Unfit
from qantara.engine.pipeline import map_
from qantara.model import Address, Money, Partner, Product, Ref, Text, Unit, Variant
from qantara.storage import dead_letters
from qantara.storage.dead_letters import Letter
from qantara.storage.store import Store
from qantara.transport import Rejected
from tests.engine.memory import Memory, every_field

CHAIR = Product(
    name=Text("Chair", {"ar": "كرسي"}),
    kind="goods",
    unit=Unit(name="Units", category="Unit", factor=Decimal(1)),
    variants=(Variant(sku="A-1"), Variant(sku="A-2", cost=Money.of("3.500", "KWD"))),
    price=Money.of("9.90", "SAR"),
)
MARIA = Partner(name="Maria", email="wrong", address=Address(city="Kiev", country="UA"))


@pytest.mark.parametrize(
    ("record", "path", "text", "before", "after"),
    [
        (MARIA, "email", "maria@example.com", "wrong", "maria@example.com"),
        (MARIA, "reference", "0042", "", "0042"),
        (MARIA, "address.city", "Київ", "Kiev", "Київ"),
        (MARIA, "is_company", "true", False, True),
        (CHAIR, "name", "Stool", "Chair", "Stool"),
        (CHAIR, "name.translations.ar", "مقعد", "كرسي", "مقعد"),
        (CHAIR, "variants.1.cost.amount", "4.125", "3.500", "4.125"),
        (CHAIR, "price", "null", {"amount": "9.90", "currency": "SAR"}, None),
        (CHAIR, "category", '{"entity": "category", "id": "7"}', None, {"entity": "category", "id": "7"}),
    ],
)  # fmt: skip
def test_a_value_is_read_by_the_type_of_its_field(record, path, text, before, after):
    correction = patches.read(record, path, text)

    assert (correction.before, correction.after) == (before, after)
    again = patches.read(patches.patched(record, {path: correction.after}), path, text)
    assert again.before == after


def test_only_the_corrected_fields_change():
    patch = {"address.city": "Київ", "email": "maria@example.com"}

    corrected = patches.patched(MARIA, patch)

    assert corrected == Partner(
        name="Maria", email="maria@example.com", address=Address(city="Київ", country="UA")
    )
    assert patches.corrected(patch) == {"address", "email"}
    assert patches.patched(CHAIR, {"name": "Stool"}).name == Text("Stool", {"ar": "كرسي"})
    assert patches.patched(CHAIR, {"category": {"entity": "category", "id": "7"}}).category == Ref(
        "category", "7"
    )


@pytest.mark.parametrize(
    ("record", "path", "text", "reason", "remedy"),
    [
        (MARIA, "mail", "x", "no field mail", "It has name, is_company"),
        (MARIA, "address.town", "x", "no field address.town", "address.street, address.street2"),
        (CHAIR, "variants.2.sku", "x", "no field variants.2.sku", "variants.0, variants.1"),
        (CHAIR, "variants.0.weight", "heavy", "cannot be 'heavy'", "a number"),
        (CHAIR, "kind", "good", "cannot be 'good'", "goods, consumable, service, combo"),
        (CHAIR, "active", "perhaps", "cannot be 'perhaps'", "true or false"),
        (CHAIR, "variants.0.cost.amount", "3", "variants.0.cost is empty", "as a whole, in JSON"),
        (MARIA, "address", "Kyiv", "cannot be 'Kyiv'", "JSON with street, street2, city"),
        (MARIA, "name.first", "x", "leads nowhere: name is 'Maria'", ""),
    ],
)
def test_what_does_not_fit_is_refused_with_what_would(record, path, text, reason, remedy):
    with pytest.raises(Unfit, match=reason) as refused:
        patches.read(record, path, text)

    assert remedy in refused.value.remedy


def test_a_correction_that_no_longer_fits_asks_a_person():
    with pytest.raises(Rejected, match=r"no field variants\.1\.sku") as refused:
        patches.patched(
            Product(name=Text("Chair"), kind="goods", unit=CHAIR.unit, variants=CHAIR.variants[:1]),
            {"variants.1.sku": "B"},
        )

    assert "--clear" in refused.value.remedy


async def test_the_open_letters_of_a_page_correct_its_records(store: Store):
    link = _people(Memory("here"))
    letters = [_letter(link, id_) for id_ in ("1", "2", "3")]
    await store.run(dead_letters.park, letters)
    one, two, three = await store.run(dead_letters.listing)
    await store.run(dead_letters.correct, one.id, {"email": "maria@example.com"})
    await store.run(dead_letters.correct, two.id, {"gone.field": "x"})
    await store.run(dead_letters.correct, three.id, {"email": "x@example.com"})
    await store.run(dead_letters.resolve, link.name, ["3"], "It went through.")
    items = map_(link, [_change(id_) for id_ in ("1", "2", "3", "4")])

    await patches.put_on(link, store, items)

    assert [item.record.email for item in items] == ["maria@example.com", "wrong", "wrong", "wrong"]
    assert [item.result for item in items] == ["", "parked", "", ""]
    assert items[0].hashes == fingerprints(MARIA, link.fields), "what the source said"


async def test_a_record_that_the_rules_refused_is_corrected_too(store: Store):
    def strict(partner: Partner) -> Partner:
        if "@" not in partner.email:
            raise Rejected("It has no address.")
        return replace(partner, phone="1")

    link = replace(_people(Memory("here")), transform=strict)
    await store.run(dead_letters.park, [_letter(link, "1")])
    (letter,) = await store.run(dead_letters.listing)
    await store.run(dead_letters.correct, letter.id, {"email": "maria@example.com"})
    (item,) = map_(link, [_change("1")])
    assert item.result == "parked"

    await patches.put_on(link, store, [item])

    assert (item.open, item.error, item.reason) == (True, None, "")
    assert (item.record.email, item.record.phone) == ("maria@example.com", "1")
    said = fingerprints(MARIA, ["email"])
    assert item.hashes == {**fingerprints(item.record, link.fields), **said}


async def test_a_correction_that_does_not_help_leaves_the_letter_open(store: Store):
    def never(_: Partner) -> Partner:
        raise Rejected("Not this one.")

    def skipped(_: Partner) -> Skipped:
        return Skipped(reason="A rule says so.")

    link = _people(Memory("here"))
    await store.run(dead_letters.park, [_letter(link, "1")])
    (letter,) = await store.run(dead_letters.listing)
    await store.run(dead_letters.correct, letter.id, {"email": "maria@example.com"})
    found = []
    for transform in (never, skipped):
        item = Item(change=_change("1"))
        await patches.put_on(replace(link, transform=transform), store, [item])
        found.append((item.result, item.reason))

    assert found == [("parked", "Not this one."), ("skipped", "A rule says so.")]


def _people(here: Memory) -> Link:
    return Link(
        name="people",
        entity="partner",
        source=here,
        target=Memory("there!"),
        record_type=Partner,
        fields=every_field(Partner),
    )


def _change(id_: str) -> Change:
    return Change(entity="partner", external_id=id_, version="1", wire={"record": MARIA})


def _letter(link: Link, id_: str) -> Letter:
    return Letter(
        link=link.name,
        connection="here",
        entity="partner",
        external_id=id_,
        version="1",
        reason="No such address.",
    )
