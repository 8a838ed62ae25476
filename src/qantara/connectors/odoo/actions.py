"""Writes the Python that runs inside Odoo: rules that fill the outbox, and the guard over them.

Server actions may not import, nor call out; they may use `env`. They run in the transaction of
the change itself, so what they insert is there exactly when the change is. They must never be the
reason why somebody's work in Odoo fails: without the outbox they do nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qantara.connectors.odoo.polling import Stream

OUTBOX = "x_qantara_outbox"
"""The model over there, with the columns x_model, x_field, x_owner, x_operation and x_note."""

SETUP = "setup"
"""The operation of the one row that describes the outbox itself."""

RUNG = "qantara.changed"
"""The type of our bus events."""

TRIGGERS = {"on_create_or_write": "save", "on_unlink": "unlink"}
"""Odoo's trigger -> our operation. Creating and writing cannot be told apart on every version."""

HEAD = "# Made by Qantara. Remove it with: qantara outbox remove\n"
"""The first line of all code of ours."""

MARK = "outbox_"
"""How the names of all external ids begin that belong to the outbox."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One automation: `key` is the name of its external id."""

    key: str
    name: str
    model: str
    trigger: str
    code: str


def rules(streams: Iterable[Stream], channel: str) -> list[Rule]:
    """The automations for these streams, two for each model."""
    by_model: dict[str, dict[Stream, None]] = {}
    for stream in streams:
        known = by_model.setdefault(stream.model, {})
        if all((one.owner, one.domain) != (stream.owner, stream.domain) for one in known):
            known[stream] = None
    return [
        Rule(
            key=f"{MARK}{model.replace('.', '_')}_{operation}",
            name=f"Qantara: {model}, {operation}",
            model=model,
            trigger=trigger,
            code=_capture(model, tuple(watched), operation, channel),
        )
        for model, watched in sorted(by_model.items())
        for trigger, operation in TRIGGERS.items()
    ]


def guard(made: Sequence[Rule], version: int) -> str:
    """The code of the guard: it tells what is wrong with the rules, and mends it when asked to.

    It also tells since when the oldest open transaction runs: all that was stamped before is
    visible. Its context: `qantara_mend`; `qantara_address` for a webhook beside each rule, which is
    kept until another is given; `qantara_look` to be told of the moment alone.
    """
    table = "\n".join(f"    {_literal(rule)}," for rule in made)
    shape = _GUARD_16 if version < 17 else _GUARD
    return f"{HEAD}{_LOOK.format(table=table)}{shape}{_WATERMARK}"


def _capture(model: str, watched: Sequence[Stream], operation: str, channel: str) -> str:
    inserts = "".join(
        _INSERT.format(
            domain=list(stream.domain),
            model=model,
            field=stream.owner,
            owner="one.id" if stream.owner == "id" else f"one.{stream.owner}.id",
            operation=operation,
        )
        for stream in watched
    )
    ring = _RING.format(model=model, channel=channel, kind=RUNG)
    return f"{HEAD}{_OPEN}{inserts}{ring}"


def _literal(rule: Rule) -> str:
    told = {
        "key": rule.key,
        "name": rule.name,
        "model": rule.model,
        "trigger": rule.trigger,
        "code": rule.code,
    }
    return repr(told)


# One save computes many fields, and each of them is a write of its own to Odoo's rules: a record
# has one row in a transaction (known by its start), unless a savepoint took the row back.
# `x_owner` is what the reader asks for: the order of a line, the product of a quant.
_OPEN = f"""\
if '{OUTBOX}' in env:
    table = env['{OUTBOX}'].sudo()
    told = env.cr.precommit.data.setdefault('qantara', {{}})
    fresh = False
"""

_INSERT = """\
    for one in records.with_context(active_test=False).filtered_domain({domain!r}):
        owner = {owner}
        key = (env.cr.now(), {model!r}, {field!r}, owner)
        if owner and not (key in told and table.browse(told[key]).exists()):
            told[key] = table.create({{'x_model': {model!r}, 'x_field': {field!r}, \
'x_owner': owner, 'x_operation': {operation!r}}}).id
            fresh = True
"""

# One ring for each model and transaction is enough; 16 keeps no list of its own.
_RING = """\
    bell = (env.cr.now(), {model!r})
    if fresh and bell not in told:
        told[bell] = 0
        env['bus.bus']._sendone({channel!r}, {kind!r}, {{'model': {model!r}}})
"""

_LOOK = """\
rules = [
{table}
]
if env.context.get('qantara_look'):
    rules = []
"""

_GUARD_16 = """\
mend = env.context.get('qantara_mend')
found = {}
missing = []
for one in rules:
    rule = env.ref('qantara.' + one['key'], raise_if_not_found=False)
    if not rule:
        found[one['key']] = 'deleted'
    elif not rule.sudo().active:
        found[one['key']] = 'switched off'
    elif (rule.sudo().trigger, rule.sudo().state, (rule.sudo().code or '').strip()) \
!= (one['trigger'], 'code', one['code'].strip()):
        found[one['key']] = 'altered'
    if mend and one['key'] in found:
        if rule:
            action_of = rule.sudo().action_server_id
            rule.sudo().unlink()
            action_of.unlink()
        missing.append(one)
values = []
actions = []
for one in missing:
    model_id = env['ir.model'].sudo().search([('model', '=', one['model'])], limit=1).id
    values.append({'name': one['name'], 'model_id': model_id, 'trigger': one['trigger'], \
'state': 'code', 'code': one['code']})
"""

_GUARD = """\
mend = env.context.get('qantara_mend')
described = env[OUTBOX].sudo().search([('x_operation', '=', SETUP)], limit=1)
before = described.x_field or ''
address = env.context.get('qantara_address') or before
if mend and described and address != before:
    described.write({'x_field': address})
found = {}
missing = []
for one in rules:
    rule = env.ref('qantara.' + one['key'], raise_if_not_found=False)
    if not rule:
        found[one['key']] = 'deleted'
    elif not rule.sudo().active:
        found[one['key']] = 'switched off'
    else:
        actions = rule.sudo().action_server_ids
        codes = [(each.code or '').strip() for each in actions if each.state == 'code']
        hooks = [each.webhook_url for each in actions if each.state != 'code']
        if rule.sudo().trigger != one['trigger'] or codes != [one['code'].strip()]:
            found[one['key']] = 'altered'
        elif hooks != ([address] if address else []):
            found[one['key']] = 'left without its webhook' if address == before else ''
    if mend and one['key'] in found:
        if rule:
            rule.sudo().action_server_ids.unlink()
            rule.sudo().unlink()
        missing.append(one)
values = []
actions = []
for one in missing:
    model_id = env['ir.model'].sudo().search([('model', '=', one['model'])], limit=1).id
    shared = {'name': one['name'], 'model_id': model_id}
    values.append(dict(shared, trigger=one['trigger']))
    actions.append([dict(shared, usage='base_automation', state='code', code=one['code'])])
    if address:
        stamp = env['ir.model.fields'].sudo().search(\
[('model', '=', one['model']), ('name', '=', 'write_date')], limit=1).ids
        actions[-1].append(dict(shared, usage='base_automation', state='webhook', \
webhook_url=address, webhook_field_ids=[(6, 0, stamp)]))
""".replace("OUTBOX", repr(OUTBOX)).replace("SETUP", repr(SETUP))

# The actions are made by themselves, with `sudo`: in a command of their rule it is lost on the way
# (17 to 19). The write_date of a record is the start of its transaction. Only sessions of Odoo's own database
# user show when their transaction began.
_WATERMARK = """\
if missing:
    made = env['base.automation'].sudo().create(values)
    for one in zip(actions, made.ids):
        env['ir.actions.server'].sudo().create(\
[dict(each, base_automation_id=one[1]) for each in one[0]])
    names = [one['key'] for one in missing]
    env['ir.model.data'].sudo().search(\
[('module', '=', 'qantara'), ('name', 'in', names)]).unlink()
    env['ir.model.data'].sudo().create([{'module': 'qantara', 'name': one[0], \
'model': 'base.automation', 'res_id': one[1], 'noupdate': True} for one in zip(names, made.ids)])
env.cr.execute("SELECT to_char(coalesce(min(xact_start), now()) AT TIME ZONE 'UTC', \
'YYYY-MM-DD HH24:MI:SS') FROM pg_stat_activity \
WHERE datname = current_database() AND pid != pg_backend_pid()")
action = {'type': 'ir.actions.act_window_close', \
'qantara': {'found': {key: found[key] for key in found if found[key]}, 'since': env.cr.fetchone()[0]}}
"""
