"""What goes wrong between two Odoos: each gives a clear message, and nothing is lost."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from qantara.sandbox.odoo import OdooStandIn
from qantara.transport import AuthFailed, ConnectorError, RetryLater, Unsupported
from tests.flows.bridge import Bridge
from tests.flows.conftest import activate

GOOD = ("Good one", "Good two")


@dataclass(slots=True)
class Scene:
    """The bridge, both stand-ins, the record that is in trouble, what was taken away."""

    bridge: Bridge
    factory: OdooStandIn
    buyer: OdooStandIn
    record: int = 0
    taken: Any = None


Act = Callable[[Scene], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`raises` is the error of the whole link, `letter` the code of the record's dead letter.

    `says` are words of reason and remedy. `late` are names that the buyer has only after `mend`.
    """

    arrange: Act
    mend: Act
    says: tuple[str, ...]
    raises: type[ConnectorError] | None = None
    letter: str = ""
    late: tuple[str, ...] = ()
    opened: tuple[tuple[str, Any], ...] = ()


def product(odoo: OdooStandIn, name: str, sku: str = "", **more: Any) -> int:
    return odoo.create("product.template", {"name": name, "default_code": sku, **more})


def entered_with(**changes: Any) -> Act:
    """The buyer's connection is otherwise than it should be."""

    def arrange(scene: Scene) -> None:
        settings = {**scene.bridge.buyer.settings, **changes.get("settings", {})}
        scene.bridge.buyer = replace(scene.bridge.buyer, **{**changes, "settings": settings})

    return arrange


def corrected(scene: Scene) -> None:
    """The buyer's connection as it should be."""
    right = {"database": "buyer"}
    settings = {**scene.bridge.buyer.settings, **right}
    scene.bridge.buyer = replace(
        scene.bridge.buyer, url=scene.buyer.url, secrets={"key": "hub-key"}, settings=settings
    )


def deny(scene: Scene) -> None:
    scene.buyer.deny("product.template", "create")


def allow(scene: Scene) -> None:
    for user in scene.buyer.accounts.by_uid.values():
        user.denied.clear()


def drop_field(scene: Scene) -> None:
    product(scene.factory, "Tagged", "TAG-1", barcode="6281000000017")
    fields = scene.buyer.database.schema["product.product"].fields
    scene.taken = fields.pop("barcode")


def restore_field(scene: Scene) -> None:
    fields = scene.buyer.database.schema["product.product"].fields
    fields["barcode"] = scene.taken


def odd_unit(scene: Scene) -> None:
    [group] = [row["id"] for row in scene.factory.rows("uom.category") if row["name"] == "Unit"]
    crate = {"name": "Crate of 7", "category_id": group, "uom_type": "bigger", "factor_inv": 7}
    unit = scene.factory.create("uom.uom", crate)
    scene.record = product(scene.factory, "Crated", "CR-1", uom_id=unit, uom_po_id=unit)


def know_the_unit(scene: Scene) -> None:
    [group] = [row["id"] for row in scene.buyer.rows("uom.category") if row["name"] == "Unit"]
    crate = {"name": "Crate of 7", "category_id": group, "uom_type": "bigger", "factor_inv": 7}
    scene.buyer.create("uom.uom", crate)


def without_sku(scene: Scene) -> None:
    scene.record = product(scene.factory, "Nameless")


def give_a_sku(scene: Scene) -> None:
    scene.factory.write("product.template", scene.record, {"default_code": "NEW-1"})


def twice_at_source(scene: Scene) -> None:
    product(scene.factory, "First twin", "TWIN")
    scene.record = product(scene.factory, "Second twin", "TWIN")


def twice_at_target(scene: Scene) -> None:
    scene.record = product(scene.factory, "Sought", "DOUBLE")
    product(scene.buyer, "Double", "DOUBLE")
    product(scene.buyer, "Double too", "DOUBLE")


def one_of_them_goes(scene: Scene) -> None:
    [last] = [
        row["id"] for row in scene.buyer.rows("product.template") if row["name"] == "Double too"
    ]
    scene.buyer.write("product.template", last, {"default_code": "OTHER"})


def archived_at_target(scene: Scene) -> None:
    vendor = {"name": "Vendor", "vat": "300000000900003", "is_company": True}
    scene.record = scene.factory.create("res.partner", vendor)
    scene.buyer.create("res.partner", {**vendor, "city": "Jeddah", "active": False})


def restore_partner(scene: Scene) -> None:
    [old] = [row["id"] for row in scene.buyer.rows("res.partner") if row["name"] == "Vendor"]
    scene.buyer.write("res.partner", old, {"active": True})


def know_the_currency(scene: Scene) -> None:
    activate(scene.buyer, "SAR")


CASES = {
    "wrong key": Case(
        arrange=entered_with(secrets={"key": "wrong"}),
        mend=corrected,
        raises=AuthFailed,
        says=("refused the login hub@example.com", "API key"),
        late=GOOD,
    ),
    "wrong database": Case(
        arrange=entered_with(settings={"database": "nowhere"}),
        mend=corrected,
        raises=AuthFailed,
        says=("no database named nowhere", "buyer"),
        late=GOOD,
    ),
    "unreachable host": Case(
        arrange=entered_with(url="http://127.0.0.1:9"),
        mend=corrected,
        raises=RetryLater,
        says=("127.0.0.1 port 9 cannot be reached", "firewall"),
        late=GOOD,
    ),
    "missing right": Case(
        arrange=deny,
        mend=allow,
        raises=AuthFailed,
        says=("may not create product.template", "Settings, Users"),
        late=GOOD,
    ),
    "field deleted": Case(
        arrange=drop_field,
        mend=restore_field,
        raises=Unsupported,
        says=("no field product.product.barcode", "removed or renamed there"),
        late=(*GOOD, "Tagged"),
    ),
    "one bad record": Case(
        arrange=odd_unit,
        mend=know_the_unit,
        letter="Rejected",
        says=("no unit of 7 in Unit", "'Crate of 7'", "Units of Measure"),
        late=("Crated",),
    ),
    "no SKU": Case(
        arrange=without_sku,
        mend=give_a_sku,
        letter="Rejected",
        says=("'Nameless' has no internal reference", "Give each of its variants one"),
        late=("Nameless",),
    ),
    "one SKU twice at the source": Case(
        arrange=twice_at_source,
        mend=give_a_sku,
        letter="DuplicateKey",
        says=("factory has two records with the sku 'TWIN'", "another sku"),
        late=("Second twin",),
    ),
    "one SKU twice at the target": Case(
        arrange=twice_at_target,
        mend=one_of_them_goes,
        letter="AmbiguousMatch",
        says=("buyer has 2 records with the sku 'DOUBLE'", "Keep one of them"),
        late=("Sought",),
    ),
    "unknown currency": Case(
        arrange=lambda _: None,
        mend=know_the_currency,
        letter="Rejected",
        says=("SAR is not active at buyer", "Currencies"),
        late=GOOD,
        opened=(("currencies", False),),
    ),
    "partner archived at the target": Case(
        arrange=archived_at_target,
        mend=restore_partner,
        letter="AmbiguousMatch",
        says=("which is archived", "Restore it at buyer"),
        late=("Vendor",),
    ),
}


@pytest.fixture(params=CASES.values(), ids=list(CASES))
def case(request) -> Case:
    return request.param


async def test_trouble_is_told_clearly_and_loses_nothing(case, open_bridge):
    scene = Scene(*open_bridge(**dict(case.opened)))
    for name in GOOD:
        product(scene.factory, name, name.upper())
    case.arrange(scene)

    said = await happens(scene, case)

    assert [words for words in case.says if words not in said] == []
    assert set(GOOD) - set(case.late) <= arrived(scene)
    assert set(case.late) & arrived(scene) == set()

    case.mend(scene)
    await scene.bridge.retry()
    await scene.bridge.run()

    assert await scene.bridge.letters() == []
    assert {*GOOD, *case.late} <= arrived(scene)
    assert await scene.bridge.differences() == []


async def happens(scene: Scene, case: Case) -> str:
    """What a person reads of it."""
    if case.raises:
        with pytest.raises(case.raises) as caught:
            await scene.bridge.run()
        return f"{caught.value.reason} {caught.value.remedy}"
    await scene.bridge.run()
    letters = await scene.bridge.letters()
    assert {letter.code for letter in letters} == {case.letter}
    assert not scene.record or str(scene.record) in {letter.external_id for letter in letters}
    return " ".join(f"{letter.reason} {letter.remedy}" for letter in letters)


def arrived(scene: Scene) -> set[str]:
    """Names of the buyer's products and partners, without what is archived."""
    rows = [*scene.buyer.rows("product.template"), *scene.buyer.rows("res.partner")]
    names = [row["name"] for row in rows if row["active"]]
    return {name if isinstance(name, str) else name["en_US"] for name in names}


async def test_a_missing_module_is_named_and_the_rest_goes_through(open_bridge):
    without = {"base", "product", "stock", "account", "uom", "mail"}
    bridge, factory, buyer = open_bridge(factory_more={"modules": without})
    product(factory, "Good one", "G-1")

    with pytest.raises(Unsupported) as caught:
        await bridge.run()

    assert "sale.order" in caught.value.reason
    assert "Install the module sale" in caught.value.remedy
    assert "Good one" in arrived(Scene(bridge, factory, buyer))


async def test_a_certificate_that_nobody_vouches_for_is_refused_until_it_is_named(
    open_bridge, certificate
):
    signed = certificate()
    bridge, factory, buyer = open_bridge(buyer_more={"tls": signed.context})
    product(factory, "Good one", "G-1")

    with pytest.raises(AuthFailed) as caught:
        await bridge.run()

    assert "is not trusted" in caught.value.reason
    assert "ca_file" in caught.value.remedy

    bridge.buyer = replace(bridge.buyer, ca_file=signed.file)
    await bridge.run()

    assert "Good one" in arrived(Scene(bridge, factory, buyer))


async def test_a_partner_archived_at_the_source_waits_until_it_is_restored(open_bridge):
    bridge, factory, buyer = open_bridge()
    former = factory.create("res.partner", {"name": "Former", "ref": "F-1", "active": False})

    summaries = await bridge.run()

    assert summaries["partner"].results["skipped"] >= 1
    assert "Former" not in arrived(Scene(bridge, factory, buyer))

    factory.write("res.partner", former, {"active": True})
    await bridge.run()

    assert "Former" in arrived(Scene(bridge, factory, buyer))
