"""Writes the Python behind our buttons, which runs in Odoo with the rights of who presses them.

Server actions may not import, nor call out. They answer in the language of the user, so the texts
travel in the code.
"""

from collections.abc import Mapping

HEAD = "# Made by Qantara. Remove it with: qantara bridge remove\n"
"""The first line of all code of ours."""

_REQUEST_TEXTS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "nothing": "Nothing was typed. Write in “Quantity to request” how much you want, then "
        "press the button again. (If you have just pressed it: your request was sent.)",
        "negative": "%(product)s: %(asked)g is less than nothing.",
        "unknown": "%(product)s: no product of ours belongs to this line, or it is archived. "
        "Match it first.",
        "more": "%(product)s: you ask for %(asked)g %(unit)s, but only %(free)g are free.",
        "done": "Request %(request)s was sent to the factory.",
    },
    "ar": {
        "nothing": "لم تُكتب أي كمية. اكتب ما تريده في «الكمية المطلوبة» ثم اضغط الزر مرة أخرى. "
        "(إن كنت قد ضغطته للتو فقد أُرسل طلبك.)",
        "negative": "%(product)s: الكمية %(asked)g أقل من الصفر.",
        "unknown": "%(product)s: لا يوجد منتج لدينا مطابق لهذا السطر، أو أنه مؤرشف. طابقه أولاً.",
        "more": "%(product)s: طلبت %(asked)g %(unit)s والمتاح %(free)g فقط.",
        "done": "أُرسل الطلب %(request)s إلى المصنع.",
    },
    "uk": {
        "nothing": "Нічого не введено. Впишіть кількість у «Скільки запросити» й натисніть кнопку "
        "ще раз. (Якщо ви щойно її натиснули, запит уже надіслано.)",
        "negative": "%(product)s: %(asked)g менше за нуль.",
        "unknown": "%(product)s: цьому рядку не відповідає жоден наш товар, або його архівовано. "
        "Спершу знайдіть відповідник.",
        "more": "%(product)s: ви просите %(asked)g %(unit)s, а вільно лише %(free)g.",
        "done": "Запит %(request)s надіслано фабриці.",
    },
}

_READY_TEXTS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "late": "%(transfer)s is done or cancelled: its packing list cannot change any more.",
        "early": "%(transfer)s is not reserved and nothing of it is packed: there is no packing "
        "list yet.",
    },
    "ar": {
        "late": "%(transfer)s منتهٍ أو ملغى: لا يمكن تغيير قائمة التعبئة بعد الآن.",
        "early": "%(transfer)s غير محجوز ولم يُعبّأ منه شيء: لا توجد قائمة تعبئة بعد.",
    },
    "uk": {
        "late": "%(transfer)s завершено або скасовано: пакувальний лист уже не змінити.",
        "early": "%(transfer)s не зарезервовано, і з нього нічого не запаковано: пакувального "
        "листа ще немає.",
    },
}


def requesting() -> str:
    """Makes one request of the lines with a quantity, or says of each line what is wrong."""
    return f"{HEAD}texts = {_literal(_REQUEST_TEXTS)}\n{_REQUEST}"


def readying(done: str) -> str:
    """Marks a transfer as packed, or takes the mark back; `done` is a move line's done quantity."""
    return f"{HEAD}texts = {_literal(_READY_TEXTS)}\n{_READY.replace('DONE', done)}"


def _literal(texts: Mapping[str, Mapping[str, str]]) -> str:
    return repr({code: dict(words) for code, words in texts.items()})


# The lock makes the second of two clicks wait: it then finds the quantities taken (Odoo runs it
# again from the start, for the rows have changed under it).
_REQUEST = """\
say = texts.get((env.user.lang or 'en')[:2], texts['en'])
lines = (records or record or model).sudo().exists()
if lines:
    env.cr.execute('SELECT id FROM x_qantara_offer WHERE id IN %s ORDER BY id FOR UPDATE', \
(tuple(lines.ids),))
    lines.invalidate_recordset()
asked = [one for one in lines if one.x_quantity]
wrong = []
for one in asked:
    product = one.x_product_id
    told = {'product': one.x_name or one.x_sku or str(one.id), 'asked': one.x_quantity, \
'unit': one.x_unit or '', 'free': one.x_free}
    if one.x_quantity < 0:
        wrong.append(say['negative'] % told)
    elif not product.exists() or not product.active:
        wrong.append(say['unknown'] % told)
    elif round(one.x_quantity - one.x_free, 6) > 0:
        wrong.append(say['more'] % told)
if wrong or not asked:
    raise UserError('\\n'.join(wrong or [say['nothing']]))
request = env['x_qantara_request'].sudo().create({
    'x_state': 'sent',
    'x_user_id': env.user.id,
    'x_line_ids': [(0, 0, {'x_offer_id': one.id, 'x_product_id': one.x_product_id.id, \
'x_quantity': one.x_quantity}) for one in asked],
})
request.write({'x_name': 'REQ%05d' % request.id})
model.browse([one.id for one in asked]).sudo().write({'x_quantity': 0.0, \
'x_request': request.x_name, 'x_state': 'sent', 'x_answer': False, 'x_remark': False})
action = {'type': 'ir.actions.client', 'tag': 'display_notification', 'params': {
    'message': say['done'] % {'request': request.x_name}, 'type': 'success', 'sticky': False,
    'next': {'type': 'ir.actions.act_window_close'}}}
"""

_READY = """\
say = texts.get((env.user.lang or 'en')[:2], texts['en'])
for one in (records or record or model):
    told = {'transfer': one.name}
    packed = [line.id for line in one.move_line_ids if line.DONE > 0]
    if one.state in ('done', 'cancel'):
        raise UserError(say['late'] % told)
    if not one.x_qantara_ready and one.state != 'assigned' and not packed:
        raise UserError(say['early'] % told)
    one.write({'x_qantara_ready': not one.x_qantara_ready})
"""
