"""The entrance's parts for themselves: sources that are read anew, depth, slowing, counting."""

import json
import threading
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qantara.connectors.base import Delivery, Event
from qantara.storage import connections
from qantara.storage.connections import Account
from qantara.storage.errors import StorageUnavailable
from qantara.storage.store import Store
from qantara.storage.vault import Vault
from qantara.transport.signing import Refused
from qantara.web.counters import Counters
from qantara.web.events import LONGEST, notices
from qantara.web.reading import check_json, deeper_than
from qantara.web.slowing import MOST, Slowing
from qantara.web.sources import FRESH, Stored, now, source
from tests.web.shop import TimedShop

CONNECTOR = """
from qantara.connectors.base import Connector, Event, Manifest

class Ringing(Connector):
    manifest = Manifest(
        name="ringing", title="Ringing", docs="", reads=frozenset(), writes=frozenset(),
        webhooks=frozenset(), batch={}, auth={"settings": []}, quirks=(), webhook=WEBHOOK,
    )
    async def close(self): ...
    async def check(self, reads, writes): ...
"""


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Packages that bring connectors: one that rings, one whose table is wrong, one that is mute."""
    tables = {"ringing": {"scheme": "token"}, "misspelt": {"scheme": "tokn"}, "mute": {}}
    points = [f"{name} = a_package_of_{name}:Ringing" for name in tables]
    for name, table in tables.items():
        code = CONNECTOR.replace("WEBHOOK", repr(table))
        (tmp_path / f"a_package_of_{name}.py").write_text(code)
    about = tmp_path / "ringing-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: ringing\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[qantara.connectors]\n" + "\n".join(points))
    monkeypatch.syspath_prepend(tmp_path)


class Clock:
    at = 100.0

    def __call__(self) -> float:
        return self.at


async def put(store: Store, safe: Vault, name: str, connector: str = "ringing") -> None:
    account = Account(name=name, connector=connector, url="https://shop.test")
    await store.run(connections.save, account)
    await store.run(safe.renew_webhook, name, f"secret of {name}", timedelta(hours=1))


@pytest.mark.usefixtures("installed")
async def test_stored_connections_whose_connector_is_rung_are_sources(store: Store):
    safe = Vault([bytes(32)])
    for name, connector in (("shop", "ringing"), ("quiet", "mute"), ("bad", "misspelt")):
        await put(store, safe, name, connector)
    sources = Stored(store, safe)

    shop = await sources.find("shop")

    assert shop is not None
    assert shop.valid(now()) == ["secret of shop"]
    assert shop.scheme.in_address
    assert [await sources.find(name) for name in ("quiet", "bad", "nobody")] == [None] * 3


@pytest.mark.usefixtures("installed")
async def test_a_new_secret_is_seen_within_seconds(store: Store):
    safe, clock = Vault([bytes(32)]), Clock()
    await put(store, safe, "shop")
    sources = Stored(store, safe, clock)
    before = await sources.find("shop")

    await store.run(safe.renew_webhook, "shop", "new", timedelta(hours=1))
    await put(store, safe, "late")
    cached = await sources.find("shop")
    clock.at += FRESH + 0.1
    after = await sources.find("shop")

    assert cached is before
    assert after is not None
    assert after.valid(now()) == ["new", "secret of shop"]
    assert await sources.find("late") is not None


@pytest.mark.usefixtures("installed")
async def test_one_connection_that_cannot_be_rung_is_told_and_keeps_no_other_out(
    store: Store, caplog
):
    safe, clock = Vault([bytes(32)]), Clock()
    await put(store, safe, "shop")
    await put(store, safe, "misspelt", "misspelt")
    await put(store, safe, "unknown", "not-installed")
    await put(store, Vault([bytes(range(32))]), "sealed")
    sources = Stored(store, safe, clock)

    for _ in range(3):
        assert await sources.find("shop") is not None
        clock.at += FRESH + 0.1

    told = [record.getMessage() for record in caplog.records]
    assert sorted(line.partition(" ")[0] for line in told) == ["misspelt", "sealed", "unknown"]
    assert "secret of" not in caplog.text


@pytest.mark.usefixtures("installed")
async def test_while_the_journal_is_away_who_was_known_is_known(store: Store):
    safe, clock = Vault([bytes(32)]), Clock()
    await put(store, safe, "shop")
    away = False

    def guard(_):
        if away:
            raise StorageUnavailable("The database is away.", remedy="Start it.")

    known, new = (Stored(store.guarded(guard), safe, clock) for _ in range(2))
    await known.find("shop")
    away = True
    clock.at += FRESH + 0.1

    assert await known.find("shop") is not None
    with pytest.raises(StorageUnavailable):
        await new.find("shop")


@pytest.mark.usefixtures("installed")
async def test_a_journal_that_is_stuck_holds_nobody_up_who_was_known(store: Store, monkeypatch):
    safe, clock = Vault([bytes(32)]), Clock()
    await put(store, safe, "shop")
    let_go = threading.Event()
    let_go.set()

    def hold(_):
        let_go.wait(30)

    stuck = store.guarded(hold)
    known, new = (Stored(stuck, safe, clock) for _ in range(2))
    before = await known.find("shop")

    let_go.clear()
    clock.at += FRESH + 0.1
    try:
        with monkeypatch.context() as impatient:
            impatient.setattr("qantara.web.sources.PATIENCE", 0.05)
            assert await known.find("shop") is before is not None
            with pytest.raises(StorageUnavailable):
                await new.find("shop")
    finally:
        let_go.set()

    assert await new.find("shop") is not None


_WORDS = st.text(max_size=8) | st.sampled_from(["\x00", "\ud800", "x" * 201, "سلة"])
_EVENTS = st.builds(
    Event, topic=_WORDS, event_key=_WORDS, entity=_WORDS, external_id=_WORDS, receipt=_WORDS
)


@given(told=st.lists(_EVENTS, max_size=3), own=_WORDS, content=st.binary(max_size=20))
def test_whatever_a_connector_hears_can_be_kept_or_is_refused(told, own, content):
    class Hearing(TimedShop):
        @classmethod
        def hear(cls, delivery):
            return told

    shop = source("shop", Hearing, [])
    try:
        found = notices(shop, Delivery(headers={"x-shop-event": own}, body=content))
    except Refused:
        return

    for notice in found:
        for text in (notice.topic, notice.event_key, notice.entity, notice.external_id):
            assert len(text.encode()) <= 4 * LONGEST
            assert "\x00" not in text
        assert notice.event_key or not notice.external_id


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


@pytest.mark.parametrize(
    ("content", "too_deep"),
    [
        (nested(64), False),
        (nested(65), True),
        (b'{"a":' * 64 + b"1" + b"}" * 64, False),
        (b'{"a":' * 65 + b"1" + b"}" * 65, True),
        (b"[" + b"[]," * 500 + b"[]]", False),
        (json.dumps(["[" * 200, "\\" * 3 + "[" * 200, '"' + "{" * 200]).encode(), False),
        (b'["\\\\",' + nested(70) + b"]", True),
        (b'["\\"",' + nested(70) + b"]", True),
        (b'["\\n",' + nested(70) + b"]", True),
        (b"", False),
    ],
)
def test_depth_is_seen_before_anything_is_built(content, too_deep):
    assert deeper_than(content, 64) is too_deep


def depth_of(value) -> int:
    inner = (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    )
    return 0 if inner is None else 1 + max(map(depth_of, inner), default=0)


_TEXTS = st.text(st.sampled_from('[]{}\\"a\n'), max_size=6)
_JSON = st.recursive(
    st.none() | st.integers() | _TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXTS, inner, max_size=4),
    max_leaves=25,
)


@given(value=_JSON, allowed=st.integers(0, 6), indent=st.sampled_from([None, 1]))
def test_depth_is_that_of_the_json(value, allowed, indent):
    content = json.dumps(value, indent=indent).encode()

    assert deeper_than(content, allowed) is (depth_of(value) > allowed)


@given(content=st.binary(max_size=80) | st.text('[]{}\\",:1', max_size=80).map(str.encode))
def test_of_what_is_no_json_nothing_passes(content):
    try:
        json.loads(content.decode())
        is_json = True
    except ValueError:
        is_json = False

    try:
        check_json(content, 64)
    except Refused:
        return
    assert is_json


def test_an_address_is_slowed_after_its_burst_and_let_go_with_time():
    clock = Clock()
    slowing = Slowing(burst=3, rate=0.5, clock=clock)

    first = [slowing.refused("203.0.113.1") for _ in range(4)]
    other = slowing.refused("203.0.113.2")
    clock.at += 2
    later = slowing.refused("203.0.113.1")

    assert first == [0, 0, 0, 2.0]
    assert other == later == 0


def test_an_ipv6_network_is_one_address():
    slowing = Slowing(burst=1, rate=1, clock=Clock())

    slowing.refused("2001:db8::1")

    assert slowing.refused("2001:db8::ffff") > 0
    assert slowing.refused("2001:db8:0:1::1") == 0
    assert slowing.refused("no address") == 0


def test_only_so_many_addresses_are_remembered():
    slowing = Slowing(burst=1, rate=1, clock=Clock())
    for number in range(MOST + 5):
        slowing.refused(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")

    assert len(slowing._buckets) == MOST


def test_the_log_is_told_once_a_minute_how_many():
    clock = Clock()
    counters = Counters(clock=clock)
    told = []
    for _ in range(3):
        counters.add("shop", "unsigned")
        told.append(counters.untold("shop", "unsigned"))
    clock.at += 61
    counters.add("shop", "unsigned")
    told.append(counters.untold("shop", "unsigned"))

    assert told == [1, 0, 0, 3]
