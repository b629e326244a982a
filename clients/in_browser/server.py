"""A web server on this machine that shows a Textual program, by textual-serve."""

from aiohttp import web
from aiohttp.typedefs import Handler
from textual_serve.server import Server


class BrowserServer(Server):
    """Serves `command` at `url`, for pages of this address only.

    textual-serve itself asks for no origin. Then any web page that the user visits could open the WebSocket,
    and type: kick sessions, or write files. The name of the host is checked too (DNS rebinding).
    """

    def __init__(self, command: str, port: int, title: str) -> None:
        self.hosts = {f"{name}:{port}" for name in ("127.0.0.1", "localhost")}
        self.url = f"http://127.0.0.1:{port}"
        super().__init__(command, "127.0.0.1", port, title, self.url)

    async def make_app(self) -> web.Application:
        """The application for `aiohttp.web.run_app`."""
        app = await self._make_app()
        app.middlewares.append(self._refuse_others)
        return app

    async def on_startup(self, app: web.Application) -> None:
        """Print nothing: the command has told the address."""

    @web.middleware
    async def _refuse_others(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        origin = request.headers.get("Origin", f"http://{request.host}")
        if not {request.host, origin.removeprefix("http://")} <= self.hosts:
            raise web.HTTPForbidden(text=f"only for pages of {self.url}\n")
        return await handler(request)
