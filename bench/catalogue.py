"""A catalogue of any size at the factory, every product different, in two languages."""

from collections.abc import Iterator

from qantara.connectors.odoo.client import Client

CHUNK = 500
COLUMNS = ("name", "default_code", "barcode", "list_price", "weight", "description_sale")


async def seed(client: Client, prefix: str, count: int, *, barcodes: bool = True) -> None:
    """Create `count` products whose SKUs and barcodes begin with `prefix`.

    Stores take no letters in a barcode: for them there are none.
    """
    await client.enter()
    storable = "detailed_type" in await client.fields("product.template")
    kind = ("detailed_type", "product") if storable else ("is_storable", "1")
    for start in range(0, count, CHUNK):
        numbers = range(start, min(start + CHUNK, count))
        rows = [[*_row(prefix, number, barcodes=barcodes), kind[1]] for number in numbers]
        made = await client.load("product.template", [*COLUMNS, kind[0]], rows)
        if made.ids is None:
            raise RuntimeError(f"The factory refused: {made.refused}")
        arabic = [
            [str(id_), f"كرسي {number}"] for id_, number in zip(made.ids, numbers, strict=True)
        ]
        await client.load("product.template", [".id", "name"], arabic, context={"lang": "ar_001"})


def _row(prefix: str, number: int, *, barcodes: bool) -> Iterator[str]:
    sku = f"{prefix}-{number:06}"
    yield from (f"Chair {sku}", sku, f"{sku}-B" if barcodes else "", f"{10 + number % 900}.25")
    yield from (f"{number % 50}.5", f"Chair number {number}.\nSolid beech.")
