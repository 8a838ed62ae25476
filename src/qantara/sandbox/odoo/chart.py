"""The chart of accounts, the journals and the ways to pay that a fresh database holds."""

from qantara.sandbox.odoo.env import Env

ACCOUNTS = (
    ("101401", "Bank", "asset_cash", False),
    ("101402", "Bank Suspense Account", "asset_current", False),
    ("101403", "Outstanding Receipts", "asset_current", True),
    ("101404", "Outstanding Payments", "asset_current", True),
    ("101501", "Cash", "asset_cash", False),
    ("121000", "Account Receivable", "asset_receivable", True),
    ("131000", "Tax Paid", "asset_current", False),
    ("211000", "Account Payable", "liability_payable", True),
    ("251000", "Tax Received", "liability_current", False),
    ("400000", "Product Sales", "income", False),
    ("441000", "Foreign Exchange Gain", "income", False),
    ("443000", "Cash Discount Loss", "expense", False),
    ("600000", "Expenses", "expense", False),
    ("642000", "Foreign Exchange Loss", "expense", False),
)
# name, code, type, default account; 19 brings no cash journal
JOURNALS = (
    ("Customer Invoices", "INV", "sale", "400000", 5),
    ("Vendor Bills", "BILL", "purchase", "600000", 6),
    ("Bank", "BNK1", "bank", "101401", 7),
    ("Cash", "CSH1", "cash", "101501", 8),
    ("Miscellaneous Operations", "MISC", "general", None, 9),
    ("Exchange Difference", "EXCH", "general", None, 10),
)
METHODS = ("inbound", "outbound")


def install(env: Env) -> None:
    """Accounts, ways to pay and journals, in this order."""
    accounts = env.model("account.account")
    codes = {}
    for code, name, kind, reconcile in ACCOUNTS:
        facts = {"code": code, "name": name, "account_type": kind, "reconcile": reconcile}
        codes[code] = accounts.make(facts)
    manual = "Manual Payment" if env.version >= 18 else "Manual"
    for kind in METHODS:
        facts = {"name": manual, "code": "manual", "payment_type": kind}
        env.model("account.payment.method").make(facts)
    for name, code, kind, default, sequence in JOURNALS:
        if kind == "cash" and env.version >= 19:
            continue
        held: dict[str, object] = {"name": name, "code": code, "type": kind, "sequence": sequence}
        if default:
            held["default_account_id"] = codes[default]
        if kind in ("bank", "cash"):
            held["suspense_account_id"] = codes["101402"]
        env.model("account.journal").make(held)
