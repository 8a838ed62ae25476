"""A system is not asked in its maintenance windows, whatever the clocks of the world do."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from qantara.runtime.maintenance import Window, closed_until, leaves_time

BERLIN = ZoneInfo("Europe/Berlin")
"""On 29 March 2026 its clocks go from 02:00 to 03:00, on 25 October from 03:00 to 02:00."""


def berlin(month: int, day: int, hour: int, minute: int = 0, fold: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=BERLIN, fold=fold)


def closed(now: datetime, *windows: str) -> datetime | None:
    return closed_until([Window.parse(window) for window in windows], now, BERLIN)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("at 02:00 for 30m", "at 02:00 for 30m"),
        ("AT 2:05 for 90m", "at 02:05 for 90m"),
        (" sun 01:00  for 3 h ", "sun 01:00 for 3h"),
        ("mon 23:30 for 120m", "mon 23:30 for 2h"),
    ],
)
def test_a_window_is_written_as_people_say_it(text, written):
    assert str(Window.parse(text)) == written


@pytest.mark.parametrize(
    "text",
    ["", "at 02:00", "02:00 for 1h", "at 25:00 for 1h", "someday 01:00 for 1h", "at 1:00 for 0m"],
)
def test_what_is_no_window_is_refused_with_the_forms_that_are_understood(text):
    with pytest.raises(ValueError, match='write "at 02:00 for 30m"'):
        Window.parse(text)


@pytest.mark.parametrize("text", ["at 02:00 for 24h", "sun 01:00 for 168h"])
def test_a_window_that_never_ends_is_refused(text):
    with pytest.raises(ValueError, match="never ends"):
        Window.parse(text)


DAILY, NIGHT, WEEKLY = "at 02:00 for 30m", "at 23:30 for 1h", "sun 01:00 for 3h"


@pytest.mark.parametrize(
    ("window", "now", "until"),
    [
        (DAILY, berlin(5, 6, 1, 59), None),
        (DAILY, berlin(5, 6, 2, 0), berlin(5, 6, 2, 30)),
        (DAILY, berlin(5, 6, 2, 29), berlin(5, 6, 2, 30)),
        (DAILY, berlin(5, 6, 2, 30), None),
        (NIGHT, berlin(5, 6, 23, 45), berlin(5, 7, 0, 30)),
        (NIGHT, berlin(5, 7, 0, 15), berlin(5, 7, 0, 30)),
        (NIGHT, berlin(5, 7, 0, 45), None),
        (WEEKLY, berlin(5, 10, 3, 59), berlin(5, 10, 4, 0)),
        (WEEKLY, berlin(5, 11, 3, 0), None),
        (WEEKLY, berlin(5, 9, 3, 0), None),
        ("fri 22:00 for 60h", berlin(5, 10, 12, 0), berlin(5, 11, 10, 0)),
        ("fri 22:00 for 60h", berlin(5, 11, 10, 0), None),
    ],
)
def test_it_is_known_when_a_system_may_be_asked_again(window, now, until):
    assert closed(now, window) == until


def test_without_windows_a_system_may_always_be_asked():
    assert closed(berlin(5, 6, 2, 0)) is None


def test_windows_that_touch_or_overlap_are_one():
    windows = ["at 02:00 for 1h", "at 03:00 for 1h", "wed 03:30 for 2h"]

    assert closed(berlin(5, 6, 2, 15), *windows) == berlin(5, 6, 5, 30)
    assert closed(berlin(5, 7, 2, 15), *windows) == berlin(5, 7, 4, 0)


def test_a_window_in_the_hour_that_is_left_out_begins_when_the_clock_has_passed_it():
    assert closed(berlin(3, 29, 1, 59), "at 02:30 for 30m") is None
    assert closed(berlin(3, 29, 3, 45), "at 02:30 for 30m") == berlin(3, 29, 4, 0)


def test_a_window_lasts_as_long_as_it_says_when_the_clocks_change():
    spring = closed(berlin(3, 29, 1, 30), "at 01:00 for 3h")
    autumn = closed(berlin(10, 25, 1, 30), "at 01:00 for 3h")

    assert spring == berlin(3, 29, 5, 0)
    assert autumn == berlin(10, 25, 3, 0)


def test_an_hour_that_comes_twice_is_closed_once():
    assert closed(berlin(10, 25, 2, 15), "at 02:00 for 30m") == datetime(
        2026, 10, 25, 0, 30, tzinfo=UTC
    )
    assert closed(berlin(10, 25, 2, 15, fold=1), "at 02:00 for 30m") is None


def test_without_a_zone_the_clock_of_the_machine_is_meant():
    now = datetime(2026, 5, 6, 12, 0).astimezone()
    noon = [Window.parse("at 12:00 for 1h")]

    assert closed_until(noon, now.astimezone(UTC)) == now + timedelta(hours=1)


def test_windows_must_leave_time():
    halves = [Window.parse("at 00:00 for 12h"), Window.parse("at 12:00 for 12h")]

    assert not leaves_time(halves)
    assert leaves_time(halves[:1])
    assert closed_until(halves, berlin(5, 6, 2), BERLIN) is not None
