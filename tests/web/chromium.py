"""A real browser without a window, driven over its own protocol: it runs no script of the page."""

import asyncio
import base64
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser")
ABSENT = "There is no Chromium here."
PATIENCE = 30.0


@dataclass(slots=True)
class Chromium:
    """One tab; `complaints` are what the browser refused to do or to show."""

    socket: aiohttp.ClientWebSocketResponse
    complaints: list[str] = field(default_factory=list)
    _number: int = 0
    _loaded: asyncio.Event = field(default_factory=asyncio.Event)
    _waiting: dict[int, asyncio.Future[Any]] = field(default_factory=dict)

    async def begin(self, *, width: int, language: str) -> None:
        """A phone of this width, whose owner reads this language; scripts are off."""
        for domain in ("Page", "DOM", "Log", "Network"):
            await self.do(f"{domain}.enable")
        size = {"width": width, "height": 700, "deviceScaleFactor": 2, "mobile": True}
        await self.do("Emulation.setDeviceMetricsOverride", **size)
        await self.do("Emulation.setScriptExecutionDisabled", value=True)
        await self.do("Network.setExtraHTTPHeaders", headers={"Accept-Language": language})

    async def open(self, address: str) -> str:
        """The page's markup once it is there."""
        self._loaded.clear()
        await self.do("Page.navigate", url=address)
        return await self._shown()

    async def type(self, selector: str, text: str) -> None:
        """Type into a field."""
        await self.do("DOM.focus", nodeId=await self._node(selector))
        await self.do("Input.insertText", text=text)

    async def click(self, selector: str) -> str:
        """Click, and wait for the page that comes."""
        node = await self._node(selector)
        await self.do("DOM.scrollIntoViewIfNeeded", nodeId=node)
        box = (await self.do("DOM.getBoxModel", nodeId=node))["model"]["content"]
        place = {"x": (box[0] + box[4]) / 2, "y": (box[1] + box[5]) / 2}
        self._loaded.clear()
        for kind in ("mousePressed", "mouseReleased"):
            await self.do(
                "Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **place
            )
        return await self._shown()

    async def width(self) -> float:
        """How wide the page is: more than the phone means that one must scroll sideways."""
        metrics = await self.do("Page.getLayoutMetrics")
        found: float = metrics["cssContentSize"]["width"]
        return found

    async def picture(self, file: Path) -> None:
        """What is seen."""
        shot = await self.do("Page.captureScreenshot", captureBeyondViewport=True)
        await asyncio.to_thread(file.write_bytes, base64.b64decode(shot["data"]))

    async def do(self, method: str, **params: Any) -> Any:
        """One command of the protocol."""
        self._number += 1
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[self._number] = answer
        await self.socket.send_json({"id": self._number, "method": method, "params": params})
        async with asyncio.timeout(PATIENCE):
            return await answer

    async def listen(self) -> None:
        """Take what the browser says, until it hangs up."""
        async for message in self.socket:
            told = message.json()
            if waiting := self._waiting.pop(told.get("id", 0), None):
                error = told.get("error")
                waiting.set_exception(RuntimeError(str(error))) if error else waiting.set_result(
                    told["result"]
                )
            elif told.get("method") == "Page.loadEventFired":
                self._loaded.set()
            elif told.get("method") == "Log.entryAdded":
                self.complaints.append(told["params"]["entry"]["text"])

    async def _shown(self) -> str:
        async with asyncio.timeout(PATIENCE):
            await self._loaded.wait()
        document = await self.do("DOM.getDocument", depth=0)
        markup = await self.do("DOM.getOuterHTML", nodeId=document["root"]["nodeId"])
        found: str = markup["outerHTML"]
        return found

    async def _node(self, selector: str) -> int:
        document = await self.do("DOM.getDocument", depth=0)
        found = await self.do(
            "DOM.querySelector", nodeId=document["root"]["nodeId"], selector=selector
        )
        node: int = found["nodeId"]
        assert node, f"There is no {selector}."
        return node


@asynccontextmanager
async def chromium() -> AsyncIterator[Chromium]:
    """A browser with a fresh profile."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        process = await asyncio.create_subprocess_exec(
            *(str(PROGRAM), "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"),
            *("--remote-debugging-port=0", f"--user-data-dir={folder}", "about:blank"),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            async with _tab(Path(folder)) as tab:
                yield tab
        finally:
            process.kill()
            await process.wait()


@asynccontextmanager
async def _tab(folder: Path) -> AsyncIterator[Chromium]:
    port = await asyncio.to_thread(_port, folder / "DevToolsActivePort")
    async with aiohttp.ClientSession() as http:
        async with http.get(f"http://127.0.0.1:{port}/json/list") as answer:
            pages = [one for one in await answer.json() if one["type"] == "page"]
        async with http.ws_connect(pages[0]["webSocketDebuggerUrl"], max_msg_size=0) as socket:
            tab = Chromium(socket)
            listening = asyncio.create_task(tab.listen())
            yield tab
            listening.cancel()


def _port(told: Path) -> str:
    """Where the browser listens, once it has written that down."""
    end = time.monotonic() + PATIENCE
    while not told.exists() and time.monotonic() < end:
        time.sleep(0.1)
    return told.read_text().partition("\n")[0]
