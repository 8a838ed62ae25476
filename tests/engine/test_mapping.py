"""A user's mapping in a link: carried over, compared anew when it changes, and brought home."""

from dataclasses import replace
from decimal import Decimal

import pytest

from qantara.engine import audit, patches
from qantara.engine.link import Link
from qantara.engine.merge import Rule
from qantara.engine.pipeline import map_, run
from qantara.engine.rehearse import rehearse
from qantara.model import Money, Partner, Product, Text
from qantara.rules.mapping import FieldMapping, compile_mapping
from qantara.storage import dead_letters
from qantara.storage.store import Store
from tests.engine import two_way
from tests.engine.memory import Memory, every_field
from tests.engine.test_patches import _letter
from tests.engine.test_pipeline import Silent, here, partners, product, products, there

__all__ = ["here", "there"]


def mapping(text: str, record_type: type = Product) -> FieldMapping:
    return compile_mapping(text, "mappings/x.yaml", record_type, every_field(record_type))


def with_rules(link: Link, text: str) -> Link:
    return replace(link, mapping=mapping(text, link.record_type))


DESCRIBED = "fields:\n  description: {expression: \"name + ' / ' + name.ar\"}\n"


async def test_the_target_gets_what_the_rules_make_of_a_record(
    store: Store, here: Memory, there: Memory
) -> None:
    here.put("product", product("A-1", price=Money(Decimal("12.345"), "KWD")))
    text = """fields:
  name: {from: name, transform: [case: upper]}
  variants.*.sku: {from: variants.*.sku, transform: [prefix: W-]}
  price.amount: {expression: "round(price * 2, 3)"}
"""

    await run(with_rules(products(here, there), text), store, Silent())

    (made,) = there.records["product"].values()
    assert isinstance(made, Product)
    assert made.name == Text("CHAIR")
    assert made.variants[0].sku == "W-A-1"
    assert made.price == Money(Decimal("24.690"), "KWD")


async def test_a_changed_mapping_brings_the_old_records_to_the_new_values_and_writes_nothing_else(
    store: Store, here: Memory, there: Memory
) -> None:
    for number in range(12):
        here.put("product", product(f"A-{number}", name=f"Chair {number}"))
    here.put("product", product("B", description=Text("Box / ")))
    link = products(here, there)
    await run(link, store, Silent())
    there.written.clear()
    changed = with_rules(link, DESCRIBED.replace("name + ", "'Box' + "))

    summary = await run(changed, store, Silent())

    assert [write.fields for write in there.written] == [frozenset({"description"})] * 12
    assert summary.results == {"written": 12, "unchanged": 1}
    assert [one async for one in audit.compare(changed, store) if one.findings] == []


async def test_the_same_mapping_is_no_reason_to_read_anything_again(
    store: Store, here: Memory, there: Memory
) -> None:
    here.put("product", product("A"))
    link = with_rules(products(here, there), DESCRIBED)
    await run(link, store, Silent())

    assert (await run(link, store, Silent())).seen == 0


async def test_a_mapping_that_was_removed_is_undone(
    store: Store, here: Memory, there: Memory
) -> None:
    here.put("product", product("A"))
    link = products(here, there)
    await run(with_rules(link, DESCRIBED), store, Silent())

    await run(link, store, Silent())

    assert there.records["product"] == {
        id_: replace(one, description=Text(""))  # type: ignore[arg-type]
        for id_, one in there.records["product"].items()
    }


async def test_a_plan_shows_what_a_changed_mapping_will_do(
    store: Store, here: Memory, there: Memory
) -> None:
    here.put("product", product("A"))
    link = products(here, there)
    await run(link, store, Silent())

    planned = [one async for one in rehearse([with_rules(link, DESCRIBED)], store)]

    assert [list(one.changes) for one in planned] == [["description"]]


async def test_a_value_that_a_rule_cannot_carry_puts_its_record_aside_and_names_the_rule(
    store: Store, here: Memory, there: Memory
) -> None:
    here.put("product", product("A", name="Chair"))
    here.put("product", product("B", name="7"))
    text = "fields:\n  name:\n    expression: text(number(name) + 1)\n"

    summary = await run(with_rules(products(here, there), text), store, Silent())

    assert summary.results == {"written": 1, "parked": 1}
    (letter,) = await store.run(dead_letters.listing)
    assert "mappings/x.yaml, line 2: the field name cannot be set. 'Chair' is no" in letter.reason


async def test_a_correction_reaches_the_field_into_which_it_is_mapped(
    store: Store, here: Memory, there: Memory
) -> None:
    id_ = here.put("partner", Partner(name="Sky", phone="1"))
    link = with_rules(partners(here, there), "fields:\n  mobile: {from: phone}\n")
    await store.run(dead_letters.park, [_letter(link, id_)])
    (letter,) = await store.run(dead_letters.listing)
    await store.run(dead_letters.correct, letter.id, {"phone": "3"})
    items = map_(link, await here.read("partner", [id_]))

    await patches.put_on(link, store, items)

    assert items[0].record == Partner(name="Sky", phone="3", mobile="3")
    assert items[0].corrected == {"phone", "mobile"}


async def test_what_changed_at_the_target_comes_home_through_the_rules(
    store: Store, here: Memory, there: Memory
) -> None:
    text = """fields:
  reference: {from: reference, transform: [prefix: W-]}
  phone: {from: mobile}
  mobile: {from: phone}
"""
    link = with_rules(two_way.partners(here, there, Rule.NEWEST), text)
    one, other = await two_way.paired(link, store, here, there)
    assert two_way.one(there, other).mobile == "1"

    two_way.edit(there, other, mobile="22", reference="W-T")
    await two_way.turn(link, store)

    assert two_way.one(here, one) == replace(two_way.SKY, phone="22", reference="T")
    await two_way.quiet(link, store, here, there)


async def test_what_the_rules_cannot_bring_home_puts_only_its_record_aside(
    store: Store, here: Memory, there: Memory
) -> None:
    table = (
        "fields:\n  language: {from: language, transform: [lookup: {table: {'': '', ar: ar_SA}}]}\n"
    )
    link = with_rules(two_way.partners(here, there, Rule.NEWEST), table)
    one, other = await two_way.paired(link, store, here, there)
    second = there.put("partner", Partner(name="Moon", language="ar_SA"))
    await two_way.turn(link, store)
    two_way.edit(there, other, language="xx_XX")
    two_way.edit(there, second, phone="7")

    await two_way.turn(link, store)

    assert two_way.one(here, one) == two_way.SKY
    assert Partner(name="Moon", language="ar", phone="7") in here.records["partner"].values()
    (letter,) = await store.run(dead_letters.listing)
    assert "'xx_XX' is not in the table" in letter.reason
    two_way.edit(there, other, language="ar_SA")
    await two_way.turn(link, store)
    assert two_way.one(here, one).language == "ar"


@pytest.mark.parametrize(
    ("rules", "why"),
    [
        ("name: {constant: Sky}", "A constant tells nothing"),
        ("name: {expression: name + email}", "An expression is not turned round"),
        ("name: {from: name, transform: [case: upper]}", "small or capital letters"),
        ("phone: {from: mobile}", "nothing leads back to it"),
    ],
)
def test_what_cannot_be_turned_round_makes_a_two_way_link_refuse(
    here: Memory, there: Memory, rules: str, why: str
) -> None:
    with pytest.raises(ValueError, match=f"x.yaml, line 2: the field .* has no way back: .*{why}"):
        with_rules(two_way.partners(here, there), f"fields:\n  {rules}\n")
