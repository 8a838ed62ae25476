"""Odoo's exceptions arrive as our errors, the same over every protocol, without secrets."""

import logging

import pytest
from aiohttp import web

from qantara.transport import (
    AuthFailed,
    ConnectorError,
    NotFound,
    OutcomeUnknown,
    Rejected,
    RetryLater,
    Unsupported,
)
from tests.connectors.odoo.scripted import KEY, Says, Scripted, speaking

PROTOCOLS = {"jsonrpc": "16.0", "session": "16.0", "xmlrpc": "16.0", "json2": "19.0"}

DELETION = (
    "The operation cannot be completed:\n- Create/update: a mandatory field is not set.\n- Delete: "
    "another model requires the record being deleted. If possible, archive it instead.\n\n"
)

# What Odoo raises, what it says (recorded from 16, 18 and 19), what we raise and what it must tell.
CASES = {
    "denied": ("AccessDenied", "Access Denied", AuthFailed, "refused the login hub"),
    "no right": (
        "AccessError",
        (
            "You are not allowed to modify 'Product' (product.template) records.\n\n"
            "This operation is allowed for the following groups:\n\t- Sales/Administrator\n"
        ),
        AuthFailed,
        (
            "The user hub may not change product.template. Give the user one of these groups in Odoo "
            "(Settings, Users): Sales/Administrator."
        ),
    ),
    "record rule": (
        "AccessError",
        (
            "Due to security restrictions, you are not allowed to access 'Journal Entry' "
            "(account.move) records.\n\nThis restriction is due to a record rule."
        ),
        AuthFailed,
        "may not read some records of account.move: a record rule hides them",
    ),
    "no right to a field (16)": (
        "AccessError",
        (
            "The requested operation can not be completed due to security restrictions.\n\n"
            "Document type: Contact (res.partner)\nOperation: read\nUser: 6\nFields:\n"
            "- credit_limit (allowed for groups 'Technical / Show', 'Invoicing / Billing')"
        ),
        AuthFailed,
        (
            "The user hub may not read credit_limit of res.partner. Give the user one of these groups "
            "in Odoo (Settings, Users): Invoicing / Billing, Technical / Show."
        ),
    ),
    "no right to a field (18)": (
        "AccessError",
        (
            'You do not have enough rights to access the fields "credit_limit" on Contact '
            "(res.partner). Please contact your system administrator.\n\nOperation: write\nUser: 6\n"
            "Fields:\n- credit_limit (allowed for groups 'Invoicing / Invoicing')"
        ),
        AuthFailed,
        "may not change credit_limit of res.partner",
    ),
    "foreign company": (
        "AccessError",
        "Access to unauthorized or invalid companies.",
        AuthFailed,
        "does not belong to the company",
    ),
    "inactive language": (
        "UserError",
        "Invalid language code: xx_YY",
        Unsupported,
        "The language xx_YY is not active",
    ),
    "missing model in a session (16)": (
        "builtins.KeyError",
        "res.partner",
        Unsupported,
        "has no res.partner",
    ),
    "missing model in a session (18)": (
        "werkzeug.exceptions.NotFound",
        "404 Not Found: The requested URL was not found on the server.",
        Unsupported,
        "has no res.partner",
    ),
    "missing column of a load (18)": (
        "builtins.ValueError",
        "Invalid field name 'nofield'",
        Unsupported,
        "has no field res.partner.nofield",
    ),
    "unknown argument": (
        "builtins.TypeError",
        "BaseModel.fields_get() got an unexpected keyword argument 'nokw'",
        Unsupported,
        "takes no nokw",
    ),
    "missing record": (
        "MissingError",
        "Record does not exist or has been deleted.\n(Record: res.partner(99,), User: 2)",
        NotFound,
        "res.partner 99 does not exist any more",
    ),
    "constraint": (
        "ValidationError",
        "You cannot create recursive Partner hierarchies.",
        Rejected,
        "You cannot create recursive Partner hierarchies.",
    ),
    "required": (
        "ValidationError",
        DELETION + "Model: Sales Order (sale.order)\nField: Customer (partner_id)\n",
        Rejected,
        "nothing was deleted: the required field partner_id was not given",
    ),
    "bad link": (
        "ValidationError",
        DELETION + "Constraint: res_partner_country_id_fkey",
        Rejected,
        "nothing was deleted: the record given for country_id does not exist",
    ),
    "required (19)": (
        "ValidationError",
        (
            "The operation cannot be completed: Missing required value for the field 'Customer' "
            "(partner_id).\nModel: 'Sales Order' (sale.order)\n- create/update: a mandatory field is "
            "not set\n- delete: another model requires the record being deleted, you can archive it "
            "instead\n"
        ),
        Rejected,
        "nothing was deleted: the required field partner_id was not given",
    ),
    "bad link (19)": (
        "ValidationError",
        (
            "The operation cannot be completed: Another model is using the record you are trying to "
            "delete.\n\nThe troublemaker is: 'Contact' (res.partner)\nThanks to the following "
            "constraint: 'Country' (country_id)\nHow about archiving the record instead?"
        ),
        Rejected,
        "nothing was deleted: the record given for country_id does not exist",
    ),
    "no right to a field (19)": (
        "AccessError",
        (
            'You do not have enough rights to access the field "credit_limit" on Contact '
            "(res.partner). Please contact your system administrator.\n\nOperation: read\nUser: 5\n"
            "Groups: allowed for groups 'Accounting / Invoicing'"
        ),
        AuthFailed,
        (
            "may not read credit_limit of res.partner. Give the user one of these groups in Odoo "
            "(Settings, Users): Accounting / Invoicing."
        ),
    ),
    "business rule": ("UserError", "Not in a state.", Rejected, "Not in a state."),
    "missing model": (
        "UserError",
        "Object stock.quant doesn't exist",
        Unsupported,
        "has no stock.quant (the module stock). Install the module stock in Odoo.",
    ),
    "missing field": (
        "builtins.ValueError",
        "Invalid field 'weight' on model 'res.partner'",
        Unsupported,
        "has no field res.partner.weight",
    ),
    "missing field in a domain": (
        "builtins.ValueError",
        "Invalid field res.partner.weight in leaf ('weight', '=', 1)",
        Unsupported,
        "has no field res.partner.weight",
    ),
    "bad selection": (
        "builtins.ValueError",
        "Wrong value for sale.order.state: 'lost'",
        Rejected,
        "Wrong value for sale.order.state",
    ),
    "bad float": (
        "builtins.ValueError",
        "could not convert string to float: 'abc'",
        Rejected,
        "could not convert string to float: 'abc'",
    ),
    "missing method": (
        "builtins.AttributeError",
        "type object 'res.partner' has no attribute 'fly'",
        Unsupported,
        "res.partner has no method fly",
    ),
    "private method": (
        "AccessError",
        "Private methods (such as _write) cannot be called remotely.",
        Unsupported,
        "cannot be called from outside",
    ),
    "too large": (
        "psycopg2.errors.NumericValueOutOfRange",
        "integer out of range",
        Rejected,
        "integer out of range",
    ),
    "serialization": (
        "psycopg2.errors.SerializationFailure",
        "could not serialize access due to concurrent update\n",
        RetryLater,
        "busy with the same records",
    ),
    "deadlock": ("psycopg2.errors.DeadlockDetected", "deadlock detected", RetryLater, "busy"),
    "no connection": ("psycopg2.OperationalError", "SSL SYSCALL error: EOF", RetryLater, "busy"),
    "pool": ("psycopg2.pool.PoolError", "The Connection Pool Is Full", RetryLater, "busy"),
    "cooldown": (
        "AccessDenied",
        "Too many login failures, please wait a bit before trying again.",
        RetryLater,
        "too many failed logins",
    ),
    "unknown": ("foo.BarError", "what\nis this", Rejected, "BarError: what is this"),
}

FIELDS = {
    "required": "partner_id",
    "required (19)": "partner_id",
    "bad link": "country_id",
    "bad link (19)": "country_id",
    "bad selection": "state",
}


async def failure(protocol: str, *answers: object, **call: object) -> ConnectorError:
    script = Scripted(*answers, version=PROTOCOLS[protocol])
    kind = "password" if protocol == "session" else "key"
    async with speaking(script, protocol=protocol, secret_kind=kind) as client:
        with pytest.raises(ConnectorError) as caught:
            await client.call("res.partner", "fly", [1], **call)
    return caught.value


def said(case: str) -> Says:
    name, message, *_ = CASES[case]
    return Says(name if "." in name else f"odoo.exceptions.{name}", message)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("case", CASES)
async def test_an_exception_of_odoo_becomes(case: str, protocol: str):
    kind, words = CASES[case][2:]

    error = await failure(protocol, said(case))

    assert type(error) is kind
    assert words in f"{error.reason} {error.remedy}"


@pytest.mark.parametrize("case", FIELDS)
async def test_the_field_is_named(case: str):
    error = await failure("jsonrpc", said(case))

    assert isinstance(error, Rejected)
    assert error.field == FIELDS[case]


async def test_a_cooldown_lasts_a_minute():
    error = await failure("jsonrpc", said("cooldown"))

    assert isinstance(error, RetryLater)
    assert error.after == 60.0


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(("safe", "kind"), [(True, RetryLater), (False, OutcomeUnknown)])
async def test_a_page_instead_of_data_leaves_a_write_unknown(protocol, safe, kind):
    error = await failure(protocol, web.Response(text="<html>Down</html>"), safe=safe)

    assert type(error) is kind
    assert "a page instead of data" in error.reason


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(("safe", "kind"), [(True, RetryLater), (False, OutcomeUnknown)])
async def test_a_broken_server_leaves_a_write_unknown(protocol, safe, kind):
    error = await failure(protocol, web.Response(status=502, text="<html>"), safe=safe)

    assert type(error) is kind


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("case", CASES)
async def test_no_secret_and_no_traceback_leaves_the_client(case, protocol, caplog):
    name, message, *_ = CASES[case]
    caplog.set_level(logging.DEBUG)

    leaky = Says(f"odoo.exceptions.{name}", f"{message} {KEY}")
    error = await failure(protocol, leaky)

    assert "canary" not in f"{error!r} {error.reason} {error.remedy} {error.args} {caplog.text}"


async def test_a_client_does_not_show_its_secrets():
    async with speaking(Scripted([])) as client:
        await client.enter()
        texts = repr(client), repr(client.server), repr(vars(client))

    assert "canary" not in " ".join(texts)


async def test_a_long_lecture_is_cut():
    error = await failure("jsonrpc", Says("odoo.exceptions.UserError", "word " * 1000))

    assert len(error.reason) == 500
