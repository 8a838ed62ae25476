"""The texts of views, as the version of an Odoo wants them: lists, forms, searches, additions."""

from collections.abc import Callable
from xml.sax.saxutils import quoteattr

from qantara.connectors.odoo.furniture.shapes import Number, Say

Build = Callable[[Say, Number], str]

REQUESTING, READYING = "action_request", "action_ready"
"""Keys of the pieces that the buttons start."""


def offers(rows: str) -> Build:
    """The factory's stock, where only the quantity can be typed; `rows` is the tag of a list."""

    def build(say: Say, number: Number) -> str:
        return f"""\
<{rows} create="0" delete="0" editable="bottom" decoration-muted="x_free &lt;= 0">
  <header>{_button(say, number, REQUESTING, "Request from the factory")}</header>
  <field name="x_name" readonly="1"/>
  <field name="x_sku" readonly="1"/>
  <field name="x_product_id" readonly="1" optional="show"/>
  <field name="x_free" readonly="1"/>
  <field name="x_unit" readonly="1"/>
  <field name="x_incoming" readonly="1" optional="show"/>
  <field name="x_lead_days" readonly="1" optional="show"/>
  <field name="x_updated_at" readonly="1" optional="show"/>
  <field name="x_quantity"/>
  <field name="x_request" readonly="1"/>
  <field name="x_state" readonly="1" widget="badge"/>
  <field name="x_answer" readonly="1"/>
  <field name="x_remark" readonly="1" optional="hide"/>
</{rows}>"""

    return build


def offer(say: Say, number: Number) -> str:
    """One product of the factory."""
    return f"""\
<form create="0" delete="0">
  <header>{_button(say, number, REQUESTING, "Request from the factory")}</header>
  <sheet>
    <h1><field name="x_name" readonly="1"/></h1>
    <group>
      <group>
        <field name="x_sku" readonly="1"/>
        <field name="x_product_id" readonly="1"/>
        <field name="x_free" readonly="1"/>
        <field name="x_unit" readonly="1"/>
        <field name="x_incoming" readonly="1"/>
        <field name="x_lead_days" readonly="1"/>
        <field name="x_updated_at" readonly="1"/>
      </group>
      <group>
        <field name="x_quantity"/>
        <field name="x_request" readonly="1"/>
        <field name="x_state" readonly="1"/>
        <field name="x_answer" readonly="1"/>
        <field name="x_remark" readonly="1"/>
      </group>
    </group>
  </sheet>
</form>"""


def offer_search(say: Say, number: Number) -> str:
    """Finds products of the factory."""
    del number
    return f"""\
<search>
  <field name="x_name"/>
  <field name="x_sku"/>
  <field name="x_product_id"/>
  <filter name="free" string={quoteattr(say("Free at the factory"))} \
domain="[('x_free', '&gt;', 0)]"/>
  <filter name="requested" string={quoteattr(say("Requested"))} \
domain="[('x_request', '!=', False)]"/>
  <filter name="unmatched" string={quoteattr(say("Not matched"))} \
domain="[('x_product_id', '=', False)]"/>
</search>"""


def requests(rows: str) -> Build:
    """What was asked for; nobody makes one here."""

    def build(say: Say, number: Number) -> str:
        del number
        return f"""\
<{rows} create="0" delete="0">
  <field name="x_name"/>
  <field name="create_date" string={quoteattr(say("Requested on"))}/>
  <field name="x_user_id"/>
  <field name="x_state" widget="badge"/>
  <field name="x_answer"/>
  <field name="x_remark"/>
</{rows}>"""

    return build


def request(rows: str, major: int) -> Build:
    """One request with its lines, and a note to type; what is said of it stands below."""

    def build(say: Say, number: Number) -> str:
        del number
        return f"""\
<form create="0" delete="0">
  <header>
    <field name="x_state" widget="statusbar" readonly="1" statusbar_visible="sent,draft,ready,done"/>
  </header>
  <sheet>
    <h1><field name="x_name" readonly="1"/></h1>
    <group>
      <group>
        <field name="x_user_id" readonly="1"/>
        <field name="create_date" string={quoteattr(say("Requested on"))} readonly="1"/>
      </group>
      <group>
        <field name="x_answer" readonly="1"/>
        <field name="x_remark" readonly="1"/>
      </group>
    </group>
    <field name="x_line_ids" readonly="1">
      <{rows}>
        <field name="x_product_id"/>
        <field name="x_quantity"/>
      </{rows}>
    </field>
    <group><field name="x_note"/></group>
  </sheet>
  {_chatter(major)}
</form>"""

    return build


def request_search(say: Say, number: Number) -> str:
    """Finds requests."""
    del number
    return f"""\
<search>
  <field name="x_name"/>
  <field name="x_answer"/>
  <field name="x_user_id"/>
  <filter name="mine" string={quoteattr(say("Mine"))} domain="[('x_user_id', '=', uid)]"/>
</search>"""


def picking(say: Say, number: Number) -> str:
    """Container and mark on the form of a transfer."""
    del say, number
    return """\
<xpath expr="//field[@name='origin']" position="after">
  <field name="x_qantara_container"/>
  <field name="x_qantara_ready" readonly="1"/>
</xpath>"""


def ready(major: int) -> Build:
    """The button of who packs."""
    told = "state in ('draft', 'done', 'cancel')"
    hidden = f'invisible="{told}"'
    if major < 17:
        hidden = "attrs=\"{'invisible': [('state', 'in', ('draft', 'done', 'cancel'))]}\""

    def build(say: Say, number: Number) -> str:
        button = _button(say, number, READYING, "Packing list ready", hidden)
        return f'<xpath expr="//header" position="inside">\n  {button}\n</xpath>'

    return build


def _button(say: Say, number: Number, key: str, text: str, more: str = "") -> str:
    shown = f" {more}" if more else ""
    return f'<button name="{number(key)}" type="action" string={quoteattr(say(text))}{shown}/>'


def _chatter(major: int) -> str:
    if major >= 18:
        return "<chatter/>"
    return """\
<div class="oe_chatter">
    <field name="message_follower_ids"/>
    <field name="message_ids"/>
  </div>"""
