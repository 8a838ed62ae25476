"""Who may be selling how much of one stock."""

from datetime import timedelta

from qantara.storage import offers
from qantara.storage.offers import Offer
from qantara.storage.statements import now
from qantara.storage.store import Store

ONE = Offer(place="odoo", stock="7", holder="shop.stock", units=3, wanted=5, wanted_at=now())
OTHER = Offer(place="odoo", stock="7", holder="outlet.stock", units=2)


async def test_what_each_holder_offers_is_kept_apart_and_the_last_word_counts(store: Store) -> None:
    await store.run(offers.keep, [Offer(place="odoo", stock="7", holder="shop.stock", units=9)])
    await store.run(offers.keep, [ONE, OTHER])

    found = await store.run(offers.of, "odoo", ["7", "8"])

    assert found == {"7": {"shop.stock": ONE, "outlet.stock": OTHER}, "8": {}}
    assert await store.run(offers.of, "elsewhere", ["7"]) == {"7": {}}


async def test_a_holder_is_present_while_he_says_so(store: Store) -> None:
    await store.run(offers.attend, "odoo", "shop.stock")

    early, late = now() - timedelta(hours=1), now() + timedelta(hours=1)

    assert await store.run(offers.present, "odoo", early) == {"shop.stock"}
    assert await store.run(offers.present, "odoo", late) == frozenset()


async def test_what_a_holder_offered_is_forgotten_with_him(store: Store) -> None:
    await store.run(offers.keep, [ONE, OTHER])

    await store.run(offers.forget, "shop.stock")

    assert await store.run(offers.of, "odoo", ["7"]) == {"7": {"outlet.stock": OTHER}}
