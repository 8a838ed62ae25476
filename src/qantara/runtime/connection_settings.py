"""`[connections.NAME]` of qantara.toml: when a system is not to be asked, and how much it bears."""

from typing import Annotated, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from qantara.runtime.maintenance import FORMS, Window, leaves_time
from qantara.transport.limits import UNLIMITED, Allowance


def _window(value: object) -> Window:
    if isinstance(value, Window):
        return value
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no maintenance window; write {FORMS}")  # noqa: TRY004 - pydantic's way
    return Window.parse(value)


Hours = Annotated[Window, BeforeValidator(_window)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]


class ConnectionSettings(BaseModel):
    """How a connection's system is to be treated; needed only where something differs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    maintenance: tuple[Hours, ...] = Field(
        default=(),
        description='When the system is not asked: `"at 02:00 for 30m"` (daily) or '
        '`"sun 01:00 for 3h"`, by the machine\'s clock. What has to be done waits until the end.',
    )
    rate: Number | None = Field(
        default=None,
        gt=0,
        description="At most so many calls a second, by all workers together. Without it: what "
        "the system tells or bears.",
    )
    burst: Number | None = Field(
        default=None,
        ge=1,
        description="At most so many calls at once after a rest; what a second allows else.",
    )

    @field_validator("maintenance")
    @classmethod
    def _leaves_time(cls, windows: tuple[Window, ...]) -> tuple[Window, ...]:
        if not leaves_time(windows):
            raise ValueError("the windows leave no time to work; make them shorter or fewer")
        return windows

    @model_validator(mode="after")
    def _has_rate(self) -> Self:
        if self.burst is not None and self.rate is None:
            raise ValueError("a burst means nothing without a rate; add a line: rate = ...")
        return self

    @property
    def allowance(self) -> Allowance:
        """What the owner allows."""
        if self.rate is None:
            return UNLIMITED
        return Allowance(rate=self.rate, burst=self.burst or max(1.0, self.rate))
