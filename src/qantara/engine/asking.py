"""Questions to people: signed addresses that lead to a page, and what such an address says.

Pure: no clock, no database, no network. Who has the key can make a link; whoever has a link can
read it, alter nothing in it, and still must show who he is.
"""

import base64
import binascii
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256

import msgspec

from qantara.model import Choice, Text
from qantara.model.decisions import Verb

PATH = "/decide/"
"""Where the pages are, below the hub's address."""

LONGEST = 4000
"""Characters of a token that is looked at at all."""

LABELS: dict[Verb, Text] = {
    "confirm": Text("Confirm", {"ar": "تأكيد", "uk": "Підтвердити"}),
    "reject": Text("Reject", {"ar": "رفض", "uk": "Відхилити"}),
    "accept": Text("Accept", {"ar": "قبول", "uk": "Прийняти"}),
    "refuse": Text("Refuse", {"ar": "رفض", "uk": "Відмовити"}),
}


class NoToken(ValueError):
    """This was not signed here: made up, altered, cut off, or signed with a key that is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked: it is decided once, whatever the verb.

    `id` is the same for all buttons of one question. `link` asked it, of the people of
    `connection`, on the record `external_id` of `entity` there. The page shows `number` and `about`
    (a line such as "Delta Trading, P00007, 5,400.00 SAR"). `total` is what the document comes to
    ("5400.00 SAR"): with another one the decision is not carried out.
    """

    id: str
    link: str
    connection: str
    entity: str
    external_id: str
    number: str
    about: str = ""
    total: str = ""

    @property
    def flow(self) -> str:
        """The flow whose link asked."""
        return self.link.partition(".")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a token says: the question, what its button means, and until when it holds."""

    question: Question
    verb: Verb
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Makes and reads the links of this installation: signs with the first key, reads with each."""

    address: str
    keys: Sequence[bytes] = field(repr=False)

    def choices(
        self, question: Question, verbs: Sequence[Verb], expires_at: datetime
    ) -> tuple[Choice, ...]:
        """A button for each verb."""
        base = self.address.rstrip("/") + PATH
        return tuple(
            Choice(
                verb=verb,
                label=LABELS[verb],
                address=base + seal(question, verb, expires_at, self.keys[0]),
            )
            for verb in verbs
        )

    def read(self, token: str) -> Told:
        """What the token says, expired or not; raises NoToken when it was not signed here."""
        return unseal(token, self.keys)


def question_id(*names: str) -> str:
    """An id for what these names single out; the same for the same names."""
    return sha256(msgspec.json.encode(names)).hexdigest()[:32]


def seal(question: Question, verb: Verb, expires_at: datetime, key: bytes) -> str:
    """The token: letters, digits, hyphen, underscore and one full stop."""
    said = [getattr(question, name) for name in _FIELDS]
    body = _armoured(msgspec.json.encode([1, verb, int(expires_at.timestamp()), *said]))
    return f"{body}.{_armoured(_mac(key, body))}"


def unseal(token: str, keys: Sequence[bytes]) -> Told:
    """The signature is checked before anything is read."""
    body, _, mac = token.partition(".")
    if len(token) > LONGEST or not body.isascii() or not mac.isascii():
        raise NoToken
    if not any(hmac.compare_digest(_armoured(_mac(key, body)), mac) for key in keys):
        raise NoToken
    try:
        padded = body + "=" * (-len(body) % 4)
        _, verb, ends, *said = msgspec.json.decode(base64.urlsafe_b64decode(padded), type=_Body)
    except (binascii.Error, ValueError, msgspec.DecodeError) as error:
        raise NoToken from error
    question = Question(**dict(zip(_FIELDS, said, strict=True)))
    return Told(question=question, verb=verb, expires_at=datetime.fromtimestamp(ends, UTC))


_FIELDS = ("id", "link", "connection", "entity", "external_id", "number", "about", "total")
_Body = tuple[int, Verb, int, str, str, str, str, str, str, str, str]


def _mac(key: bytes, body: str) -> bytes:
    return hmac.digest(key, b"decide\0" + body.encode(), "sha256")


def _armoured(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
