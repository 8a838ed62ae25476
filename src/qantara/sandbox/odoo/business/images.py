"""Pictures: one attachment row per picture, hidden unless asked for by res_field or id."""

import base64
import hashlib
from typing import Any

from qantara.sandbox.odoo.model import Model

MIME_TYPES = ((b"\x89PNG", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF8", "image/gif"))


def set_on_product(products: Model, record_id: int, value: Any) -> None:
    """Goes to the template unless the variant must differ from its siblings."""
    template = products.row(record_id)["product_tmpl_id"]
    templates = products.env.model("product.template")
    siblings = products.table.with_value("product_tmpl_id", template)
    if not value:
        products.write(record_id, {"image_variant_1920": False})
        if len(siblings) == 1:
            templates.write(template, {"image_1920": False})
    elif len(siblings) == 1 or not templates.row(template).get("image_1920"):
        templates.write(template, {"image_1920": value})
    else:
        products.write(record_id, {"image_variant_1920": value})


def keep_attachment(model: Model, record_id: int, field: str) -> None:
    """After a picture was stored: its attachment row follows."""
    attachments = model.env.model("ir.attachment")
    content = model.row(record_id).get(field)
    found = [
        each
        for each in attachments.table.with_value("res_id", record_id)
        if attachments.row(each).get("res_field") == field
        and attachments.row(each).get("res_model") == model.name
    ]
    if content is None:
        for each in found:
            attachments.table.delete(each)
        return
    facts = {"datas": content, **described(base64.b64decode(content), field)}
    if found:
        attachments.put(found[0], **facts)
        return
    stamp, uid = model.env.stamp, model.env.uid
    attachments.table.insert(
        {
            "name": field,
            "type": "binary",
            "res_model": model.name,
            "res_field": field,
            "res_id": record_id,
            "create_date": stamp,
            "write_date": stamp,
            "create_uid": uid,
            "write_uid": uid,
            **facts,
        }
    )


def described(content: bytes, name: str) -> dict[str, Any]:
    """Checksum, size and type of a file."""
    fallback = "text/plain" if name.endswith(".txt") else "application/octet-stream"
    kind = next((mime for magic, mime in MIME_TYPES if content.startswith(magic)), fallback)
    checksum = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    return {"checksum": checksum, "file_size": len(content), "mimetype": kind}
