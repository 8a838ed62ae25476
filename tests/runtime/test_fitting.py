"""A link's settings are put into it; what it cannot have is refused and named."""

import pytest

from qantara.engine.link import Link
from qantara.engine.merge import Rule
from qantara.model import Partner
from qantara.runtime.configuration import LinkSettings
from qantara.runtime.fitting import Misfit, fitted
from tests.engine.memory import Memory, every_field


def link(**more: object) -> Link:
    return Link(
        name="flow.partner",
        entity="partner",
        source=Memory("here"),
        target=Memory("there"),
        record_type=Partner,
        fields=every_field(Partner),
        **more,  # type: ignore[arg-type]
    )


def test_a_two_way_link_has_two_directions_with_rules_seen_from_each_side() -> None:
    own = LinkSettings(two_way=True, rules={"phone": "source", "email": "newest"})

    there, back = fitted(link(), own).directions

    assert (there.name, back.name, back.pair) == ("flow.partner", "flow.partner_back", there.name)
    assert (there.rule("phone"), back.rule("phone")) == (Rule.SOURCE, Rule.TARGET)
    assert (there.rule("email"), back.rule("email")) == (Rule.NEWEST, Rule.NEWEST)
    assert (there.rule("name"), back.rule("name")) == (Rule.ASK, Rule.ASK)
    assert (back.here_name, back.there_name) == ("there", "here")
    assert back.mirrored is there


def test_a_link_with_one_direction_has_one() -> None:
    only = fitted(link(), LinkSettings(on_delete="propagate", exclude=("phone",)))

    assert only.directions == (only,)
    assert only.on_delete == "propagate"
    assert "phone" not in only.fields


@pytest.mark.parametrize(
    ("settings", "more", "key", "words"),
    [
        ({"exclude": ["fone"]}, {}, ("exclude",), "no field of partner 'fone'"),
        ({"two_way": True, "rules": {"fone": "ask"}}, {}, ("rules", "fone"), "'fone'"),
        ({"rules": {"phone": "ask"}}, {}, ("rules",), "has one direction"),
        ({"default_rule": "ask"}, {}, ("default_rule",), "has one direction"),
        ({"two_way": True}, {"one_way": "Costs are private."}, ("two_way",), "Costs are private."),
        ({"two_way": True}, {"scope": "company"}, ("two_way",), "only a part"),
        ({"two_way": True}, {"transform": lambda one: one}, ("two_way",), "no way back"),
        ({"two_way": True}, {"target_entity": "contact"}, ("two_way",), "does not read contact"),
    ],
)
def test_what_does_not_fit_is_refused(settings, more, key, words) -> None:
    with pytest.raises(Misfit, match=words) as refused:
        fitted(link(**more), LinkSettings(**settings))

    assert refused.value.key == key
    assert refused.value.complaint.remedy


def test_an_excluded_field_needs_no_rule() -> None:
    own = LinkSettings(two_way=True, exclude=("phone",), rules={"phone": "source"})

    assert fitted(link(), own).rules == {}
