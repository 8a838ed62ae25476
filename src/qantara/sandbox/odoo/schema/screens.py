"""Fields of what people see: views, windows, menus."""

from qantara.sandbox.odoo.spec import F, ModelSpec

_COMMON = "|graph:Graph|pivot:Pivot|calendar:Calendar|kanban:Kanban|search:Search|qweb:QWeb"
_MODES = "primary:Base view|extension:Extension View"

MODELS = (
    ModelSpec(
        "ir.ui.view",
        "View",
        F("name", "char", "View Name", "R"),
        F("model", "char", "Model"),
        F("key", "char", "Key"),
        F("priority", "integer", "Sequence", "R"),
        F("type", "selection", "View Type", "", "16-17", f"tree:Tree|form:Form{_COMMON}"),
        F("type", "selection", "View Type", "", "18-19", f"list:List|form:Form{_COMMON}"),
        F("arch", "text", "View Architecture", "n"),
        F("arch_db", "text", "Arch Blob", "T"),
        F("inherit_id", "many2one ir.ui.view", "Inherited View"),
        F("mode", "selection", "View inheritance mode", "R", "", _MODES),
        F("active", "boolean", "Active"),
    ),
    ModelSpec(
        "ir.actions.act_window",
        "Action Window",
        F("name", "char", "Action Name", "RT"),
        F("res_model", "char", "Destination Model", "R"),
        F("view_mode", "char", "View Mode", "R"),
        F("domain", "char", "Domain Value"),
        F("context", "char", "Context Value", "R"),
        F("target", "selection", "Target Window", "", "", "current:Current Window|new:New Window"),
        F("view_id", "many2one ir.ui.view", "View Ref."),
        F("search_view_id", "many2one ir.ui.view", "Search View Ref."),
        F("help", "html", "Action Description", "T"),
    ),
    ModelSpec(
        "ir.ui.menu",
        "Menu",
        F("name", "char", "Menu", "RT"),
        F("parent_id", "many2one ir.ui.menu", "Parent Menu"),
        F("child_id", "one2many ir.ui.menu parent_id", "Child IDs"),
        F("action", "reference", "Action"),
        F("sequence", "integer", "Sequence"),
        F("active", "boolean", "Active"),
        F("groups_id", "many2many res.groups", "Groups", "", "16-18"),
        F("group_ids", "many2many res.groups", "Groups", "", "19-19"),
    ),
)
