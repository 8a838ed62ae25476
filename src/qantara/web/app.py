"""The web application, put together from its parts."""

from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.routing import Route

from qantara.engine.asking import PATH, Asking
from qantara.storage.store import Store
from qantara.web.counters import Counters
from qantara.web.decisions import Decisions
from qantara.web.entrance import Entrance
from qantara.web.group_commit import GroupCommit, Wake, nobody
from qantara.web.health import Health
from qantara.web.reading import Limits
from qantara.web.sources import Sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the application works with. `wake` hears of each connection that has news.

    Without `asking` there is no page at which people decide.
    """

    store: Store
    sources: Sources
    wake: Wake = nobody
    counters: Counters = field(default_factory=Counters)
    limits: Limits = field(default_factory=Limits)
    trust_proxy: bool = False
    asking: Asking | None = None


def build(parts: Parts) -> Starlette:
    """The application; it may be served by `web.server`, or by any ASGI server."""
    entrance = Entrance(
        parts.sources,
        GroupCommit(parts.store, parts.counters, parts.wake),
        parts.counters,
        limits=parts.limits,
        trust_proxy=parts.trust_proxy,
    )
    routes = [
        Route("/hooks/{place:path}", entrance),
        Route("/healthz", Health(parts.store).answer, methods=["GET"]),
    ]
    if parts.asking:
        pages = Decisions(parts.store, parts.asking, parts.wake, trust_proxy=parts.trust_proxy)
        routes.append(Route(PATH + "{token:path}", pages))
    app = Starlette(routes=routes)
    app.router.redirect_slashes = False
    return app
