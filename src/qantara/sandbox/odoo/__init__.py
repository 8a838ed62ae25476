"""A stand-in for Odoo 16, 17, 18 and 19: the external API and the models a two-Odoo bridge needs.

Written from what real servers of all four versions were measured to do, and compared with them
call by call. The fields of 17 were not recorded: they are those of 18 or, where a server of 17
showed it, of 16. Of several companies only whose record is whose is imitated. Of accounting there is what orders of
a store need: invoices and credit notes of customers, payments, what settles what. Not imitated, and
refused where possible: branches of a company, company-dependent values, property fields, price
rules other than fixed prices, currency rates, vendors' bills, entries by hand, down payments,
payment terms and fiscal positions of invoices, `in_payment` (a part of the Enterprise edition),
website fields but two of products (module `website_sale`), lots and packages in transfers, routes of several steps, followers, tracking values,
other record rules, manual fields of other models, server actions other than code and webhooks,
automation rules on anything but saving and deleting, and of the Python in them all but what
`recordset` has.
"""

from qantara.sandbox.kit import Call, Fault
from qantara.sandbox.odoo.errors import NotImitated, OdooError
from qantara.sandbox.odoo.server import OdooStandIn

__all__ = ["Call", "Fault", "NotImitated", "OdooError", "OdooStandIn"]
