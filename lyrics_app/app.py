"""The routes of the lyrics page."""

import asyncio
import io
from pathlib import Path
from typing import Any

import segno
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import FileResponse, StreamingResponse
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, Field

from spotify_scope_plugin import __version__
from spotify_scope_plugin.now_playing import NowPlaying
from spotify_scope_plugin.settings import Settings

from .access import Access
from .connect import CALLBACK, Connect, ConnectError
from .feed import Feed
from .guard import Guard, admitted, message_page, scheme
from .hosts import host_name, is_loopback, lan_address
from .state import InUse, Now, Reader, State, server_time

_STATIC = Path(__file__).parent / "static"
_OPEN_PATHS = ("/healthz", "/static/", CALLBACK)  # no secrets there; a callback proves itself by its state
_FIRST_ANSWER_SECONDS = 3.0
_EVENT_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": (
            "Server-sent events: `now` with everything (the shape of `/api/now`), then `change` with the fields "
            "that say something else than before, and `heartbeat` in between."
        ),
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


class Health(BaseModel):
    """The server is there."""

    status: str = "ok"


class Time(BaseModel):
    """The server's clock."""

    server_time: float = Field(description="Unix time in seconds; it never jumps while the server runs.")


class Address(BaseModel):
    """Where other devices open the page."""

    url: str = Field(description="Without any token.")
    is_guarded: bool = Field(description="Whether a token is needed; the QR code holds an invitation then.")


class LoginOffer(BaseModel):
    """Whether this viewer may log in from the page."""

    offered: bool
    why_not: str


class LoginAttempt(BaseModel):
    """A login that was begun."""

    authorize_url: str = Field(description="Where to allow access.")
    completes_itself: bool = Field(description="False: paste the redirect URL into `/api/login/finish`.")
    redirect_uri: str


class Pasted(BaseModel):
    """What the viewer copied from the browser's address bar."""

    pasted: str = Field(max_length=10_000)


class LoginDone(BaseModel):
    """The login is complete."""

    message: str


def make_app(session: NowPlaying, settings: Settings, in_use: InUse) -> FastAPI:
    """Build the page's server around a session; nothing is asked before somebody opens it.

    `app.state.feed` is the feed, to be closed before the server waits for its streams to end.
    """
    app = FastAPI(
        title="Spotify Scope lyrics page",
        version=__version__,
        description="What plays on Spotify, what is sung, and what Scope paints to it.",
        # Its own pages for this load scripts from elsewhere; /openapi.json says the same.
        docs_url=None,
        redoc_url=None,
    )
    reader = Reader(session, in_use)
    feed = app.state.feed = Feed(reader)
    access = Access(settings.lyrics_app_token)
    _add_page(app, access, settings)
    _add_api(app, reader, feed)
    _add_login(app, Connect(settings, access), access)
    app.add_middleware(
        Guard, access=access, allowed_hosts=settings.lyrics_app_allowed_hosts, open_paths=_OPEN_PATHS
    )
    return app


def _add_page(app: FastAPI, access: Access, settings: Settings) -> None:
    app.mount("/static", StaticFiles(directory=_STATIC))

    @app.get("/", include_in_schema=False)
    def page() -> FileResponse:
        return FileResponse(_STATIC / "index.html")

    @app.get("/healthz")
    def health() -> Health:
        """Tell that the server runs; needs no token."""
        return Health()

    @app.get("/api/address")
    def address(request: Request) -> Address:
        """Return the address under which other devices reach this page."""
        return Address(url=_shared_address(request), is_guarded=access.is_guarded)

    @app.get("/qr.svg", response_class=Response, responses={200: {"content": {"image/svg+xml": {}}}})
    def qr_code(request: Request) -> Response:
        """Draw that address as a QR code; where a token is needed, with an invitation that is good for an hour."""
        url = _shared_address(request)
        if access.is_guarded:
            url += f"?token={access.invitation()}"
        drawn = io.BytesIO()
        segno.make(url, error="m", micro=False).save(
            drawn, kind="svg", scale=8, border=3, light="#fff", xmldecl=False
        )
        return Response(drawn.getvalue(), media_type="image/svg+xml", headers={"Cache-Control": "no-store"})

    def _shared_address(request: Request) -> str:
        host = request.headers["host"]
        if is_loopback(host_name(host)):
            # What the browser here calls localhost, a phone must call by its address.
            host = f"{lan_address() or host_name(host)}:{request.url.port or settings.lyrics_app_port}"
        return f"{scheme(request)}://{host}/"


def _add_api(app: FastAPI, reader: Reader, feed: Feed) -> None:
    @app.get("/api/now")
    async def now() -> Now:
        """Return what plays now and what is sung; asks Spotify nothing itself."""
        # Nobody may have watched for a while: then the first answer is on its way.
        give_up_at = server_time() + _FIRST_ANSWER_SECONDS
        while (current := reader.read()[0]).state is State.STARTING and server_time() < give_up_at:
            await asyncio.sleep(0.02)
        return current

    @app.get("/api/events", response_class=StreamingResponse, responses=_EVENT_STREAM)
    async def events() -> StreamingResponse:
        """Push what changes as it changes."""
        return StreamingResponse(
            feed.events(),
            media_type="text/event-stream",
            # no: proxies that collect an answer before they pass it on let this one through.
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    @app.get("/api/time")
    async def time() -> Time:
        """Return the server's clock, so that a browser can measure how its own differs."""
        return Time(server_time=server_time())


def _add_login(app: FastAPI, connect: Connect, access: Access) -> None:
    @app.get("/api/login")
    def login_offer(request: Request) -> LoginOffer:
        """Tell whether this viewer may log in to Spotify from the page."""
        why_not = connect.why_not(request)
        return LoginOffer(offered=not why_not, why_not=why_not)

    @app.post("/api/login")
    def begin_login(request: Request) -> LoginAttempt:
        """Begin a login."""
        try:
            attempt = connect.begin(request)
        except ConnectError as error:
            raise HTTPException(409, str(error)) from None
        return LoginAttempt(
            authorize_url=attempt.authorize_url,
            completes_itself=attempt.completes_itself,
            redirect_uri=attempt.redirect_uri,
        )

    @app.post("/api/login/finish")
    def finish_login(body: Pasted) -> LoginDone:
        """Complete a login with the redirect URL that the viewer pasted."""
        try:
            connect.finish(body.pasted)
        except ConnectError as error:
            raise HTTPException(400, str(error)) from None
        return LoginDone(message="Logged in. The music is on its way.")

    @app.get(CALLBACK, include_in_schema=False)
    def callback(request: Request) -> Response:
        try:
            connect.finish(str(request.url))
        except ConnectError as error:
            return message_page(400, str(error), '<p><a href="/">Back to the lyrics</a></p>')
        return admitted(request, access)
