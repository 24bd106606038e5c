"""The routes of the lyrics page."""

import asyncio
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import segno
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import FileResponse, StreamingResponse
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, Field
from starlette.types import ASGIApp

from spotify_scope_plugin import __version__
from spotify_scope_plugin.now_playing import NowPlaying
from spotify_scope_plugin.settings import Settings

from .access import Access
from .allowance import Allowance
from .connect import CALLBACK, Connect, ConnectError
from .feed import Feed
from .guard import Guard, admitted, is_guest, message_page, scheme, secret_of, sits_at_this_machine
from .hosts import addresses, host_and_port, is_loopback
from .share import add_share
from .state import Now, Reader, State, server_time

_STATIC = Path(__file__).parent / "static"
_OPEN_PATHS = ("/healthz", "/static/", CALLBACK)  # no secrets there; a callback proves itself by its state
_FIRST_ANSWER_SECONDS = 3.0
_LOOKS_OF_STRANGERS = (20 / 3600, 20.0)  # a second, and at once
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
    is_local: bool = Field(description="Whether it can be opened on this machine only.")


class Viewer(BaseModel):
    """What somebody may do who looks at the page."""

    is_guest: bool = Field(description="Came by an invitation: may look, and nothing else.")


class Looking(BaseModel):
    """The player will be asked as soon as that may be."""

    status: str = "looking"


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

    pasted: str


class LoginDone(BaseModel):
    """The login is complete."""

    message: str


def make_app(session: NowPlaying, reader: Reader, feed: Feed, settings: Settings, port: int) -> ASGIApp:
    """Build the page's server; nothing is asked before somebody opens it.

    Args:
        session: what plays; asked to look now, and given what other computers share.
        reader: what the page shows of it.
        feed: what it pushes.
        settings: who may look, and where others find it.
        port: on which it listens.
    """
    app = FastAPI(
        title="Spotify Scope lyrics page",
        version=__version__,
        description="What plays on Spotify, what is sung, and what Scope paints to it.",
        # Its own pages for this load scripts from elsewhere; /openapi.json says the same.
        docs_url=None,
        redoc_url=None,
    )
    access = Access(settings.lyrics_app_token)
    _add_page(app)
    _add_address(app, access, lambda: addresses(settings, port)[0])
    _add_api(app, reader, feed)
    _add_look(app, session, access)
    add_share(app, session.inbox, access)
    _add_login(app, Connect(settings, access), reader, access)
    # Around all of it: an answer of the framework itself must pass the door, too.
    return Guard(app, access, settings.lyrics_app_allowed_hosts, _OPEN_PATHS)


def _add_page(app: FastAPI) -> None:
    app.mount("/static", StaticFiles(directory=_STATIC))

    @app.api_route("/", methods=["GET", "HEAD"], include_in_schema=False)
    def page() -> FileResponse:
        return FileResponse(_STATIC / "index.html")

    @app.get("/healthz")
    def health() -> Health:
        """Tell that the server runs; needs no token."""
        return Health()


def _add_address(app: FastAPI, access: Access, own_address: Callable[[], str]) -> None:
    def shared_address(request: Request) -> str:
        host = request.headers["host"]
        # What the browser here calls localhost, a phone must call by its address.
        is_local = is_loopback(host_and_port(host)[0])
        return f"{own_address()}/" if is_local else f"{scheme(request)}://{host}/"

    @app.get("/api/address")
    def address(request: Request) -> Address:
        """Return the address under which other devices reach this page."""
        url = shared_address(request)
        is_local = is_loopback(host_and_port(urlsplit(url).netloc)[0])
        return Address(url=url, is_guarded=access.is_guarded, is_local=is_local)

    @app.get("/qr.svg", response_class=Response, responses={200: {"content": {"image/svg+xml": {}}}})
    def qr_code(request: Request) -> Response:
        """Draw that address as a QR code; where a token is needed, with an invitation that is good for an hour."""
        url = shared_address(request)
        if access.is_guarded:
            url += f"?token={access.invitation(secret_of(request))}"
        drawn = io.BytesIO()
        segno.make(url, error="m", micro=False).save(
            drawn, kind="svg", scale=8, border=3, light="#fff", xmldecl=False
        )
        return Response(drawn.getvalue(), media_type="image/svg+xml", headers={"Cache-Control": "no-store"})


def _add_api(app: FastAPI, reader: Reader, feed: Feed) -> None:
    @app.get("/api/now")
    async def now() -> Now:
        """Return what plays now and what is sung; asks Spotify nothing itself."""
        return await _settled(reader)

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


def _add_look(app: FastAPI, session: NowPlaying, access: Access) -> None:
    for_strangers = Allowance(*_LOOKS_OF_STRANGERS)

    @app.get("/api/viewer")
    async def viewer(request: Request) -> Viewer:
        """Tell what this viewer may do."""
        return Viewer(is_guest=is_guest(request))

    @app.post("/api/look", status_code=202)
    async def look_now(request: Request) -> Looking:
        """Ask the player at once instead of at its time, for the moment after a skip; not for guests.

        There is never more than one question a second. Where no token is needed, those who do not sit at the
        machine itself may together ask twenty times an hour: each question is one of a few thousand a day.
        """
        if is_guest(request):
            raise HTTPException(403, "Guests cannot ask Spotify; open the page with the token itself.")
        if not (access.is_guarded or sits_at_this_machine(request) or for_strangers.take()):
            raise HTTPException(429, "Spotify was asked often enough from this page; it asks again by itself.")
        session.look_now()
        return Looking()


async def _settled(reader: Reader) -> Now:
    """Return what is so now; where nobody has watched for a while, the first answer is waited for."""
    give_up_at = server_time() + _FIRST_ANSWER_SECONDS
    while (current := reader.read()[0]).state is State.STARTING and server_time() < give_up_at:
        await asyncio.sleep(0.02)
    return current


def _add_login(app: FastAPI, connect: Connect, reader: Reader, access: Access) -> None:
    @app.get("/api/login")
    async def login_offer(request: Request) -> LoginOffer:
        """Tell whether this viewer may log in to Spotify from the page, and why not."""
        why_not = connect.why_not(request, (await _settled(reader)).state)
        return LoginOffer(offered=not why_not, why_not=why_not)

    @app.post("/api/login")
    async def begin_login(request: Request) -> LoginAttempt:
        """Begin a login."""
        state = (await _settled(reader)).state
        try:
            attempt = await asyncio.to_thread(connect.begin, request, state)
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
            connect.finish(f"?{request.url.query}")
        except ConnectError as error:
            return message_page(400, str(error), '<p><a href="/">Back to the lyrics</a></p>')
        return admitted(request, access)
