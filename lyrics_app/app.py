"""The routes of the lyrics page."""

import asyncio
import functools
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse, StreamingResponse
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, Field
from starlette.types import ASGIApp, Receive, Scope, Send

from spotify_scope_plugin import __version__
from spotify_scope_plugin.now_playing import NowPlaying
from spotify_scope_plugin.settings import Settings

from .access import Access
from .allowance import Allowance
from .connect import ATTEMPT_SECONDS, BROWSER_COOKIE, CALLBACK, Connect, ConnectError
from .connections import Connections, most_connections
from .door import admitted, message_page, set_cookie
from .feed import Feed
from .guard import Guard, is_guest, secret_of, sits_at_this_machine
from .hosts import addresses
from .invite import add_invite
from .share import add_share
from .state import Now, Reader, State, server_time
from .strangers import caller_of

_STATIC = Path(__file__).parent / "static"
_OPEN_PATHS = ("/healthz", "/static/", CALLBACK)  # no secrets there; a callback proves itself by its state
_SHOWN_FIELDS = 200  # characters
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
    app.exception_handler(RequestValidationError)(_not_understood)
    access = Access(settings.lyrics_app_token)
    _add_page(app)
    add_invite(app, access, lambda: addresses(settings, port)[0])
    _add_api(app, reader, feed, access, behind_proxy=bool(settings.runpod_pod_id))
    _add_look(app, session, access)
    add_share(app, session.inbox, access)
    _add_login(app, Connect(settings, access), reader, access)
    # Around all of it: an answer of the framework itself must pass the door, too.
    return Guard(
        app,
        access,
        settings.lyrics_app_allowed_hosts,
        _OPEN_PATHS,
        behind_proxy=bool(settings.runpod_pod_id),
    )


def _add_page(app: FastAPI) -> None:
    app.mount("/static", StaticFiles(directory=_STATIC))

    @app.api_route("/", methods=["GET", "HEAD"], include_in_schema=False)
    def page() -> FileResponse:
        return FileResponse(_STATIC / "index.html")

    @app.get("/healthz")
    def health() -> Health:
        """Tell that the server runs; needs no token."""
        return Health()


class _Stream(StreamingResponse):
    """Server-sent events; `when_over` is called whatever ends them."""

    def __init__(self, events: AsyncIterator[bytes], when_over: Callable[[], None]) -> None:
        # X-Accel-Buffering: proxies that collect an answer before they pass it on let this one through.
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(events, media_type="text/event-stream", headers=headers)
        self._when_over = when_over

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._when_over()


async def _not_understood(_: Request, error: Exception) -> Response:
    """Answer a body that does not fit; what came is not sent back: it may be no text at all."""
    errors = error.errors() if isinstance(error, RequestValidationError) else []
    fields = {".".join(str(part) for part in each["loc"][1:]) for each in errors}
    named = ", ".join(sorted(fields)).encode(errors="replace").decode()[:_SHOWN_FIELDS]
    return JSONResponse({"detail": f"This cannot be understood{f': {named}' if named else ''}."}, 422)


def _add_api(app: FastAPI, reader: Reader, feed: Feed, access: Access, *, behind_proxy: bool) -> None:
    # A proxy's connections are counted by whom they stand for.
    streams = Connections(most_connections())

    @app.get("/api/now")
    async def now() -> Now:
        """Return what plays now and what is sung; asks Spotify nothing itself."""
        return await _settled(reader)

    @app.get("/api/events", response_class=StreamingResponse, responses=_EVENT_STREAM)
    async def events(request: Request) -> StreamingResponse:
        """Push what changes as it changes; a guest's stream ends with the guest's stay."""
        caller = caller_of(request, behind_proxy=behind_proxy)
        if not streams.admit(caller):
            raise HTTPException(503, "Too many guests from this network.", headers={"Retry-After": "5"})
        until = access.seconds_left(secret_of(request))
        return _Stream(feed.events(until), when_over=functools.partial(streams.leave, caller))

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
    async def begin_login(request: Request, response: Response) -> LoginAttempt:
        """Begin a login, which only this browser can complete."""
        state = (await _settled(reader)).state
        try:
            attempt = await asyncio.to_thread(connect.begin, request, state)
        except ConnectError as error:
            raise HTTPException(409, str(error)) from None
        set_cookie(request, response, BROWSER_COOKIE, attempt.browser, ATTEMPT_SECONDS)
        return LoginAttempt(
            authorize_url=attempt.authorize_url,
            completes_itself=attempt.completes_itself,
            redirect_uri=attempt.redirect_uri,
        )

    @app.post("/api/login/finish")
    def finish_login(request: Request, body: Pasted) -> LoginDone:
        """Complete a login with the redirect URL that the viewer pasted."""
        try:
            connect.finish(request, body.pasted)
        except ConnectError as error:
            raise HTTPException(400, str(error)) from None
        return LoginDone(message="Logged in. The music is on its way.")

    @app.get(CALLBACK, include_in_schema=False)
    def callback(request: Request) -> Response:
        try:
            is_its_browser = connect.finish(request, f"?{request.url.query}")
        except ConnectError as error:
            return message_page(400, str(error), '<p><a href="/">Back to the lyrics</a></p>')
        if not is_its_browser:
            return RedirectResponse("/", status_code=303)
        return admitted(request, access, secret_of(request))
