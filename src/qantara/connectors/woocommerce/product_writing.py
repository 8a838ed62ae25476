"""Writes products: found again by SKU or by the hub's key, sent in a batch, then their variations."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from qantara.connectors.base import Outcome, Write, Written
from qantara.connectors.woocommerce import finding, varying
from qantara.connectors.woocommerce.client import Batch, Row
from qantara.connectors.woocommerce.errors import IMAGE, Refusal
from qantara.connectors.woocommerce.mapping import images, offering, product
from qantara.connectors.woocommerce.mapping.offering import PLACES, Shop, varies
from qantara.connectors.woocommerce.mapping.values import OURS, in_language, meta, text
from qantara.connectors.woocommerce.products import variations_of
from qantara.connectors.woocommerce.writing import Writer, its, numbered, scanned, tried
from qantara.model import Product, Text
from qantara.transport import ConnectorError, NotFound, Rejected

PATH = "/products"


@dataclass(slots=True, kw_only=True)
class Job:
    """One write on its way. `there` is what the store has of the product, empty when it is new."""

    write: Write
    product: Product
    shop: Shop
    there: Row = field(default_factory=dict)
    variations: Sequence[Row] = ()
    body: Row = field(default_factory=dict)
    pictures: images.Pictures = field(default_factory=lambda: images.Pictures(body=None))
    id: int = 0
    error: ConnectorError | None = None
    short: Rejected | None = None

    @property
    def open(self) -> bool:
        """Whether nothing stands against it so far."""
        return self.error is None

    def fail(self, error: ConnectorError) -> None:
        """It goes no further."""
        self.error = error

    @property
    def outcome(self) -> Outcome:
        """What became of it."""
        return self.error or Written(external_id=str(self.id), short=self.short)


class Products(Writer):
    """Products with their variations."""

    entity = "product"

    async def write(self, writes: Sequence[Write]) -> list[Outcome]:
        """Found where they are there already, then made and changed in one batch, then varied."""
        records = [tried(_record, one) for one in writes]
        shop = await self._shop(writes)
        jobs = [
            Job(write=write, product=record, shop=shop)
            if isinstance(record, Product)
            else Job(write=write, product=_NOTHING, shop=shop, error=record)
            for write, record in zip(writes, records, strict=True)
        ]
        await self._find([job for job in jobs if job.open])
        await self._look([job for job in jobs if job.open and job.id])
        await self._prepare([job for job in jobs if job.open])
        await asyncio.gather(*(self._thin(job) for job in jobs if job.open and _single(job)))
        await self._send([job for job in jobs if job.open])
        await asyncio.gather(
            *(
                self._vary(job)
                for job in jobs
                if job.open and varying.needed(job.product, job.write)
            )
        )
        await self._remember([job for job in jobs if job.open])
        return [job.outcome for job in jobs]

    async def lookup(self, keys: Sequence[str]) -> dict[str, str]:
        """By the hub's key in the metadata: the store cannot be asked for it, so all are looked at."""
        wanted, found = set(keys), dict[str, str]()

        def match(row: Row) -> bool:
            if (key := meta(row, OURS)) in wanted:
                found.setdefault(str(key), str(row["id"]))
            return len(found) == len(wanted)

        asked = {"_fields": "id,meta_data", "status": "any", "orderby": "id", "order": "desc"}
        await scanned(self.site, PATH, asked, match)
        return found

    async def _shop(self, writes: Sequence[Write]) -> Shop:
        products = [one.record for one in writes if isinstance(one.record, Product)]
        names = {
            in_language(option.name, self.site.language)
            for one in products
            for option in one.options
        }
        names |= {name for one in products for v in one.variants for name, _ in v.options}
        tags = {
            tag
            for one in writes
            if "tags" in one.fields and isinstance(one.record, Product)
            for tag in one.record.tags
        }
        return await self.site.shop(names, tags)

    async def _find(self, jobs: Sequence[Job]) -> None:
        """Where a write goes: the named product, or one that an earlier attempt has made."""
        for job in jobs:
            if job.write.external_id is not None:
                number = tried(numbered, job.write)
                if isinstance(number, ConnectorError):
                    job.fail(number)
                else:
                    job.id = number
        new = [job for job in jobs if job.open and not job.id]
        by_sku = await finding.by_sku(
            self.site, [one.sku for job in new for one in job.product.variants]
        )
        for job in new:
            owners = {by_sku[one.sku] for one in job.product.variants if one.sku in by_sku}
            if len(owners) > 1:
                job.fail(_scattered(job.product, owners))
            job.id = int(next(iter(owners))) if len(owners) == 1 else 0
        lost = [job for job in new if job.open and not job.id and _unmarked(job.product)]
        await asyncio.gather(*(self._search(job) for job in lost))

    async def _search(self, job: Job) -> None:
        """A product of which no SKU is in the store yet: by its name, and the hub's key in it."""
        asked = {
            "search": in_language(job.product.name, job.shop.language),
            "_fields": "id,meta_data",
            "status": "any",
        }
        rows = (await self.site.client.listing(PATH, asked)).rows
        job.id = next((row["id"] for row in rows if meta(row, OURS) == job.write.key), 0)

    async def _look(self, jobs: Sequence[Job]) -> None:
        """What the store has of those that are there."""
        asked = {"_fields": product.FIELDS, "status": "any", "context": "edit"}
        rows = await self.site.client.include(PATH, [str(job.id) for job in jobs], asked)
        by_id = {row["id"]: row for row in rows}
        variations = await variations_of(self.site, rows, product.SELLABLE)
        for job in jobs:
            job.there = by_id.get(job.id, {})
            job.variations = variations.get(job.id, ())
            if not job.there:
                job.fail(
                    NotFound(
                        f"The store has no product {job.id} any more, or it lies in the trash.",
                        remedy="Restore it there, or let qantara verify --repair make it anew.",
                    )
                )

    async def _prepare(self, jobs: Sequence[Job]) -> None:
        places = {
            one for job in jobs if PLACES & job.write.fields for one in offering.places(job.product)
        }
        missing = await self.site.missing_categories(places)
        for job in jobs:
            body = tried(partial(self._body, missing), job)
            if isinstance(body, ConnectorError):
                job.fail(body)
            else:
                job.body = body

    def _body(self, missing: set[str], job: Job) -> Row:
        record, fields = job.product, job.write.fields
        if PLACES & fields and (gone := missing & set(offering.places(record))):
            raise Rejected(
                f"The store has no category {', '.join(sorted(gone))}.",
                remedy="It may have been deleted there: qantara verify --repair makes it anew.",
                field="categories",
            )
        for variant in record.variants if varies(record) else ():
            offering.sellable_body(record, variant, fields, job.shop)
        body = offering.product_body(record, fields, job.shop, job.there)
        job.pictures = images.wanted(
            record, fields, job.there, _addresses(record), self.site.image_base
        )
        if job.pictures.absent:
            job.short = _no_address(record, self.site.connection.name)
        if job.pictures.body is not None:
            body["images"] = job.pictures.body
        if meta(job.there, OURS) is None and job.write.external_id is None:
            body.setdefault("meta_data", []).append({"key": OURS, "value": job.write.key})
        return body

    async def _thin(self, job: Job) -> None:
        """A product that is to be without variations takes the SKU of one: they go first."""
        gone = [int(row["id"]) for row in job.variations]
        await self.site.client.batch(f"{PATH}/{job.id}/variations", Batch(delete=gone), safe=True)
        job.variations = ()

    async def _send(self, jobs: Sequence[Job]) -> None:
        """Made and changed; a picture that cannot be fetched is left out, and all else written."""
        await self._batch(jobs)
        again = [job for job in jobs if job.open and not job.there]
        for job in again:
            job.body.pop("images", None)
            if job.id and not job.body:
                job.there = {"id": job.id}
        again = [job for job in again if not job.there]
        if again:
            await self._batch(again)
        for job in again:
            if job.open and not job.there:
                job.fail(
                    Rejected("The store refused the product's pictures, and then the product.")
                )

    async def _batch(self, jobs: Sequence[Job]) -> None:
        """Those that were made or changed have what the store answered in `there`."""
        new = [job for job in jobs if not job.id]
        old = [job for job in jobs if job.id and job.body]
        create = [job.body for job in new]
        update = [{"id": job.id, **job.body} for job in old]
        answer = await self.site.client.batch(
            PATH, Batch(create=create, update=update), safe=not create
        )
        for job, row in zip([*new, *old], [*answer["create"], *answer["update"]], strict=True):
            refused = self.site.client.refusal(row)
            if refused is None:
                job.id, job.there = row["id"], row
            else:
                await self._refused(job, refused)

    async def _refused(self, job: Job, refused: Refusal) -> None:
        """Somebody else was faster, or the picture is away; everything else is an error."""
        if refused.code == IMAGE and "images" in job.body:
            job.short = _unreachable(job.product, self.site.connection.name, refused)
            job.there = {}
        elif refused.resource and not job.id and "sku" in refused.code:
            await self._adopt(job, refused)
        else:
            job.fail(refused.error)

    async def _adopt(self, job: Job, refused: Refusal) -> None:
        """The product that has this SKU already, made meanwhile by somebody else."""
        parents = await self.site.parents_of([str(refused.resource)])
        if parents.get(str(refused.resource)) != str(refused.resource):
            job.fail(_taken(refused))
            return
        job.id = refused.resource
        await self._look([job])
        if job.open:
            await self._prepare([job])
        if job.open:
            await self._batch([job])

    async def _vary(self, job: Job) -> None:
        error = await varying.vary(
            self.site, job.id, job.product, job.write, (job.shop, job.variations)
        )
        if error:
            job.fail(error)

    async def _remember(self, jobs: Sequence[Job]) -> None:
        """The hashes of new pictures whose files are not called by them."""
        bodies = []
        for job in jobs:
            kept = images.to_keep(job.there, job.pictures.hashes) if job.pictures.new else ""
            if kept:
                bodies.append({"id": job.id, "meta_data": [{"key": images.KEPT, "value": kept}]})
        if bodies:
            await self.site.client.batch(PATH, Batch(update=bodies), safe=True)


_NOTHING = Product(name=Text(""), kind="goods", unit=product.PIECE, variants=())


def _record(write: Write) -> Product:
    record = its(Product, write)
    if not record.variants:
        raise Rejected(f"{record.name.value} has no variant.", field="variants")
    return record


def _single(job: Job) -> bool:
    """Whether it has variations and is to have none."""
    return bool(job.variations) and "variants" in job.write.fields and not varies(job.product)


def _unmarked(record: Product) -> bool:
    """Whether the product itself has no SKU by which the store would refuse a second one."""
    return varies(record) or not record.variants[0].sku


def _addresses(record: Product) -> Mapping[str, str]:
    """`extra["images"]`: where single pictures lie, by their hashes."""
    told = record.extra.get("images")
    return (
        {str(one): text(where) for one, where in told.items()} if isinstance(told, Mapping) else {}
    )


def _no_address(record: Product, where: str) -> Rejected:
    return Rejected(
        f"{where} has {record.name.value!r} without its picture: the store fetches pictures itself, "
        "and knows no public address for it.",
        remedy="Say where pictures lie: set `images` of the connection to an address with {sha1} in "
        "it; then retry. All else of the product is there.",
        field="image",
    )


def _unreachable(record: Product, where: str, refused: Refusal) -> Rejected:
    return Rejected(
        f"{where} has {record.name.value!r} without its picture. {refused.error.reason.rstrip('.')}.",
        remedy="See that this address opens in any browser: it must be public, at port 80, 443 or "
        "8080, and be a picture. Then retry. All else of the product is there.",
        field="image",
    )


def _scattered(record: Product, owners: set[str]) -> ConnectorError:
    return Rejected(
        f"The SKUs of {record.name.value} belong to several products of the store: "
        f"{', '.join(sorted(owners))}.",
        remedy="Make one product of them there, or give the variants SKUs of their own.",
        field="variants",
    )


def _taken(refused: Refusal) -> ConnectorError:
    return Rejected(
        f"The SKU belongs to a variation of another product of the store ({refused.resource}).",
        remedy="Give one of the two another SKU.",
        field="variants",
    )
