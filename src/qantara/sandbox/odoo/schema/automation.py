"""Fields of what runs by itself: automation rules, server actions, groups."""

from qantara.sandbox.odoo.spec import F, ModelSpec

_STATES_16 = (
    "code:Execute Python Code|object_create:Create a new Record|object_write:Update the Record"
    "|multi:Execute several actions|mail_post:Send Email|followers:Add Followers"
    "|next_activity:Create Next Activity|sms:Send SMS Text Message"
)
_STATES = (
    "object_write:Update Record|object_create:Create Record|next_activity:Create Activity"
    "|mail_post:Send Email|sms:Send SMS|followers:Add Followers|remove_followers:Remove Followers"
    "|code:Execute Code|webhook:Send Webhook Notification|multi:Execute Existing Actions"
)
_TRIGGERS_16 = (
    "on_create:On Creation|on_write:On Update|on_create_or_write:On Creation & Update"
    "|on_unlink:On Deletion|on_change:Based on Form Modification|on_time:Based on Timed Condition"
)
_TRIGGERS = (
    "on_stage_set:Stage is set to|on_user_set:User is set|on_tag_set:Tag is added"
    "|on_state_set:State is set to|on_priority_set:Priority is set to|on_archive:On archived"
    "|on_unarchive:On unarchived|on_create_or_write:On save|on_create:On creation"
    "|on_write:On update|on_unlink:On deletion|on_change:On UI change"
    "|on_time:Based on date field|on_time_created:After creation"
    "|on_time_updated:After last update|on_message_received:On incoming message"
    "|on_message_sent:On outgoing message|on_webhook:On webhook"
)
_USAGES = "ir_actions_server:Server Action|ir_cron:Scheduled Action|base_automation:Automation Rule"

MODELS = (
    ModelSpec(
        "res.groups",
        "Access Groups",
        F("name", "char", "Name", "RT"),
        F("comment", "text", "Comment", "T"),
        F("users", "many2many res.users", "Users", "", "16-18"),
        F("user_ids", "many2many res.users", "User", "", "19-19"),
    ),
    ModelSpec(
        "ir.actions.server",
        "Server Action",
        F("name", "char", "Action Name", "RT"),
        F("model_id", "many2one ir.model", "Model", "R"),
        F("state", "selection", "Action To Do", "R", "16-16", _STATES_16),
        F("state", "selection", "Type", "R", "17-19", _STATES),
        F("code", "text", "Python Code"),
        F("usage", "selection", "Usage", "R", "", _USAGES),
        F("groups_id", "many2many res.groups", "Allowed Groups", "", "16-18"),
        F("group_ids", "many2many res.groups", "Allowed Groups", "", "19-19"),
        F("webhook_url", "char", "Webhook URL", "", "17-19"),
        F("webhook_field_ids", "many2many ir.model.fields", "Webhook Fields", "", "17-19"),
        F("binding_model_id", "many2one ir.model", "Binding Model"),
        F("binding_type", "selection", "Binding Type", "R", "", "action:Action|report:Report"),
        F("binding_view_types", "char", "Binding View Types"),
        F("base_automation_id", "many2one base.automation", "Automation Rule", "", "17-19"),
    ),
    ModelSpec(
        "base.automation",
        "Automation Rule",
        F("name", "char", "Action Name", "RTn", "16-16"),
        F("name", "char", "Automation Rule Name", "RT", "17-19"),
        F("model_id", "many2one ir.model", "Model", "Rn", "16-16"),
        F("model_id", "many2one ir.model", "Model", "R", "17-19"),
        F("active", "boolean", "Active"),
        F("trigger", "selection", "Trigger", "R", "16-16", _TRIGGERS_16),
        F("trigger", "selection", "Trigger", "R", "17-19", _TRIGGERS),
        F("state", "selection", "Action To Do", "Rn", "16-16", _STATES_16),
        F("code", "text", "Python Code", "n", "16-16"),
        F("action_server_id", "many2one ir.actions.server", "Server Actions", "R", "16-16"),
        F(
            "action_server_ids",
            "one2many ir.actions.server base_automation_id",
            "Actions",
            "",
            "17-19",
        ),
    ),
)
