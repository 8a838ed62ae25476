"""A hub that asks, and a browser that is asked: its cookies, its forms, its language."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

from qantara.engine.asking import Asking, Question
from qantara.storage import approvers, bindings, decisions
from qantara.storage.approvers import Approver
from qantara.storage.bindings import Binding
from qantara.storage.decisions import Decided
from qantara.storage.store import Store
from tests.web.shop import Served, served

ASKING = Asking(address="https://hub.example.com", keys=[b"k" * 32])
CODE = "correct horse"
LAYLA, OMAR = "layla@example.com", "omar@example.com"
FORM = "application/x-www-form-urlencoded"

QUESTION = Question(
    id="q1",
    link="supply.approval",
    connection="factory",
    entity="sale_order",
    external_id="12",
    number="S00012",
    about="Delta <Trading> · P00007 · 5,400.00 SAR",
    total="5400.00 SAR",
)


START = datetime.now(UTC)


def tokens(question: Question = QUESTION, *, days: float = 14, asking: Asking = ASKING) -> Any:
    """The tokens of the two buttons, by verb; the same at every call, as a form is for one token."""
    ends = START + timedelta(days=days)
    choices = asking.choices(question, ("confirm", "reject"), ends)
    return {one.verb: one.address.rpartition("/")[2] for one in choices}


@dataclass(slots=True)
class Shown:
    """What a browser got."""

    status: int
    text: str
    headers: Mapping[str, str]
    cookies: list[str]

    @property
    def words(self) -> str:
        return unescape(re.sub("<[^>]+>", " ", self.text))

    @property
    def form(self) -> str:
        [found] = re.findall('name="form" value="([^"]+)"', self.text)
        return found


@dataclass(slots=True)
class Browser:
    """Somebody's browser, which keeps cookies as they are told."""

    hub: Served
    language: str = "en"
    jar: dict[str, str] = field(default_factory=dict)

    async def open(self, token: str, method: str = "GET") -> Shown:
        return await self.send(token, method)

    async def press(self, token: str, email: str = LAYLA, code: str = CODE, **more: str) -> Shown:
        """Open the page and send its form."""
        form = (await self.open(token)).form
        return await self.post(token, {"form": form, "email": email, "code": code, **more})

    async def post(self, token: str, form: Any, **headers: str) -> Shown:
        return await self.send(token, "POST", data=form, headers=headers)

    async def send(self, token: str, method: str, data: Any = None, headers: Any = ()) -> Shown:
        sent = {"accept-language": self.language, **dict(headers)}
        if self.jar:
            sent["cookie"] = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        address = f"{self.hub.url}/decide/{token}"
        async with self.hub.http.request(
            method, address, data=data, headers=sent, allow_redirects=False
        ) as answer:
            told = answer.headers.getall("set-cookie", [])
            self._keep(told)
            text = (await answer.read()).decode()
            return Shown(answer.status, text, dict(answer.headers), told)

    def _keep(self, told: list[str]) -> None:
        for one in told:
            name, _, value = one.partition(";")[0].partition("=")
            self.jar[name] = value
            if "Max-Age=0;" in one:
                del self.jar[name]


@asynccontextmanager
async def asking_hub(store: Store, **parts: Any) -> AsyncIterator[Served]:
    """A hub that knows the order 12 and two approvers of the factory, one of the buyer."""
    place = Binding(record="0" * 32, connection="factory", entity="sale_order", external_id="12")
    await store.run(bindings.bind, [place])
    for connection, email, name in (
        ("factory", LAYLA, "Layla"),
        ("factory", OMAR, "Omar"),
        ("buyer", "dana@example.com", "Dana"),
    ):
        person = Approver(
            connection=connection, email=email, name=name, changed_at=datetime.now(UTC)
        )
        await store.run(approvers.save, person, CODE)
    async with served(store, {}, asking=ASKING, **parts) as hub:
        yield hub


async def decided(hub: Served, question: str = "q1") -> Decided | None:
    """What the journal says."""
    return await hub.store.run(decisions.of_question, question)
