"""The shop's clock: tests move it, so that nothing has to wait."""

from datetime import UTC, datetime, timedelta, tzinfo


class Clock:
    """Runs with the machine's clock, ahead of it by what it was moved, or stands still."""

    def __init__(self, zone: tzinfo) -> None:
        self.zone = zone
        self._ahead = timedelta(0)
        self._still: datetime | None = None

    def now(self) -> datetime:
        """UTC, in whole seconds, as the shop's database keeps time."""
        at = self._still or datetime.now(UTC) + self._ahead
        return at.replace(microsecond=0)

    def move(self, seconds: float) -> None:
        """Forward; a negative number goes back."""
        if self._still is not None:
            self._still += timedelta(seconds=seconds)
        self._ahead += timedelta(seconds=seconds)

    def freeze(self, at: datetime | None = None) -> None:
        """Stand still at this time, or now."""
        self._still = (at or self.now()).astimezone(UTC)

    def run(self) -> None:
        """Run on from where it stands."""
        if self._still is not None:
            self._ahead = self._still - datetime.now(UTC)
            self._still = None

    def local(self, at: datetime | None) -> str | None:
        """A time as the shop's people read it; times without a zone are UTC."""
        return at.astimezone(self.zone).strftime("%Y-%m-%dT%H:%M:%S") if at else None

    def gmt(self, at: datetime | None) -> str | None:
        """The same time in UTC, without saying so."""
        return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S") if at else None

    def both(self, name: str, at: datetime | None) -> dict[str, str | None]:
        """The two fields in which every time is told."""
        return {name: self.local(at), f"{name}_gmt": self.gmt(at)}

    def read(self, text: str, *, gmt: bool = False) -> datetime | None:
        """A time somebody sent: with a zone, or in the shop's own; None where it is none."""
        try:
            at = datetime.fromisoformat(text.strip())
        except ValueError:
            return None
        if at.tzinfo is None:
            at = at.replace(tzinfo=UTC if gmt else self.zone)
        return at.astimezone(UTC)
