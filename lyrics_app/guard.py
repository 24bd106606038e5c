"""The door: which requests reach the page, and what its answers allow a browser to do."""

import asyncio
import html
import logging
from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .access import COOKIE, Access, Viewer
from .hosts import host_and_port, is_known, is_loopback, network_name

logger = logging.getLogger(__name__)

_ARTWORK = "https://*.scdn.co https://*.spotifycdn.com"  # where Spotify keeps its pictures
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        f"img-src 'self' {_ARTWORK}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_FORWARDED = ("forwarded", "x-forwarded", "x-real-ip", "via", "cf-", "true-client-ip", "x-client-ip")
_SAFE_METHODS = frozenset({"GET", "HEAD"})
_LARGEST_BODY = 64 * 1024  # bytes; what is sent here is an address, or what a computer shares
_TOKEN = "token"  # noqa: S105 - the name of a parameter


class Guard:
    """Middleware that checks the host, the origin and the token of each request, before anything else sees it."""

    def __init__(self, app: ASGIApp, access: Access, allowed_hosts: Collection[str], open_paths: Collection[str]):
        """Stand before `app`.

        Args:
            app: what is guarded.
            access: who may come in.
            allowed_hosts: names that are served besides those of this machine.
            open_paths: paths that need no token; one that ends in a slash stands for all below it.
        """
        self._app = app
        self._access = access
        self._allowed_hosts = allowed_hosts
        self._open_paths = open_paths
        self._told: set[str] = set()
        self._network_name: asyncio.Task[str] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request that must not pass, and hand on the others."""
        if scope["type"] != "http":  # the start and end of the server
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                # The page of the new version must not run the scripts of the old one.
                headers.setdefault("Cache-Control", "no-cache")
            await send(message)

        request = Request(scope)
        refusal = await self._refusal(request)
        if request.method not in _SAFE_METHODS:
            receive = _limited(receive)
        await (refusal or self._app)(scope, receive, send_with_headers)

    async def _refusal(self, request: Request) -> Response | None:
        host = request.headers.get("host", "")
        name, _ = host_and_port(host)
        if not await self._is_served(name):
            self._tell_of(host[:100])
            return _refused(
                request,
                421,
                f"This page is not served under the name {host[:100]!r}. Open it by its IP address, or add the "
                "name to LYRICS_APP_ALLOWED_HOSTS and start the server again.",
            )
        origin = request.headers.get("origin")
        if request.method not in _SAFE_METHODS and origin is not None and _host_of(origin) != host:
            return _refused(request, 403, "This came from a page of another site; open the lyrics page itself.")
        return self._answer_without_token(request)

    async def _is_served(self, name: str) -> bool:
        if is_known(name, self._allowed_hosts):
            return True
        if self._network_name is None:
            # In a thread, and once: meanwhile only those wait who ask for a name that may be this one.
            self._network_name = asyncio.create_task(asyncio.to_thread(network_name))
        return name != "" and name == await asyncio.shield(self._network_name)

    def _answer_without_token(self, request: Request) -> Response | None:
        """Return what a viewer gets who has not shown the token yet, or has it in the page's address."""
        # Never from `request.url`, of which the client writes a part: the router reads this very path, too.
        path = request.scope["path"]
        given = request.query_params.get(_TOKEN)
        for secret in (given, _bearer(request), request.cookies.get(COOKIE, "")):
            viewer = None if secret is None else self._access.viewer(secret)
            if viewer is not None:
                request.state.viewer, request.state.secret = viewer, secret
                # On to the same page without the secret in its address, which people read and share.
                return admitted(request, self._access) if path == "/" and secret is given else None
        if self._is_open(path):
            return None
        return _token_wanted(request, is_wrong=given is not None)

    def _is_open(self, path: str) -> bool:
        return any(path.startswith(each) if each.endswith("/") else path == each for each in self._open_paths)

    def _tell_of(self, host: str) -> None:
        if host not in self._told and len(self._told) < 20:
            self._told.add(host)
            logger.warning(
                "Spotify lyrics page: refused a request for the host name %r; if it is yours, add it to "
                "LYRICS_APP_ALLOWED_HOSTS.",
                host,
            )


def _limited(receive: Receive) -> Receive:
    """Return a `receive` that refuses a body which is longer than any that makes sense here."""
    received = 0

    async def receive_some() -> Message:
        nonlocal received
        try:
            message = await receive()
        except asyncio.CancelledError:
            # The server stops, and has waited long enough for the rest.
            raise HTTPException(503, "The server is stopping.") from None
        received += len(message.get("body", b""))
        if received > _LARGEST_BODY:
            raise HTTPException(413, "This is too long. Copy the address again.")
        return message

    return receive_some


def _bearer(request: Request) -> str | None:
    """Return the token that a program shows in its header; None: it shows none."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.casefold() == "bearer" else None


def sits_at_this_machine(request: Request) -> bool:
    """Tell whether a browser or program runs here: it has a loopback address, and asked for one.

    A proxy on this machine has such an address too. Most say that they ask for somebody else; one that is made to
    hide it cannot be told from a browser, except that a browser's `Origin` then names another host, which the
    guard refuses. Whoever runs one needs a token.
    """
    peer = request.client.host if request.client else ""
    asked, _ = host_and_port(request.headers.get("host", ""))
    forwarded = any(name.startswith(_FORWARDED) for name in request.headers)
    return not forwarded and is_loopback(peer) and is_loopback(asked)


def secret_of(request: Request) -> str:
    """Return the secret by which the viewer came in; empty where none was needed."""
    return str(getattr(request.state, "secret", ""))


def is_guest(request: Request) -> bool:
    """Tell whether the viewer was only invited."""
    return getattr(request.state, "viewer", None) is Viewer.GUEST


def admitted(request: Request, access: Access) -> Response:
    """Return the way to the page for somebody who may see it, with a cookie for the next time."""
    response = RedirectResponse("/", status_code=303)
    if access.is_guarded:
        cookie, seconds = access.cookie(secret_of(request))
        response.set_cookie(
            COOKIE,
            cookie,
            max_age=seconds,
            httponly=True,
            samesite="lax",
            secure=scheme(request) == "https",
        )
    return response


def scheme(request: Request) -> str:
    """Return the scheme that the browser used, which a proxy in between may have taken off."""
    forwarded = request.headers.get("x-forwarded-proto", "").partition(",")[0].strip()
    return forwarded if forwarded in {"http", "https"} else str(request.scope["scheme"])


def _refused(request: Request, status: int, sentence: str) -> Response:
    """Return a refusal: a page for a person, JSON for a program."""
    if not _wants_page(request):
        return JSONResponse({"detail": sentence}, status)
    return message_page(status, sentence)


def message_page(status: int, sentence: str, more: str = "") -> Response:
    """Return a page with one sentence, a stranger's text allowed, and trusted HTML below it."""
    return HTMLResponse(
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Lyrics</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="stylesheet" href="/static/style.css"><body class="message"><main>'
        f"<p>{html.escape(sentence)}</p>{more}</main></body></html>",
        status,
    )


def _token_wanted(request: Request, *, is_wrong: bool) -> Response:
    if is_wrong:
        sentence = "This token is not the right one, or the invitation is too old."
    else:
        sentence = "This page needs its token: open it with ?token=… or scan the code on a screen that shows it."
    if not _wants_page(request):
        return JSONResponse({"detail": sentence}, 401)
    form = (
        '<form action="/" method="get">'
        '<label>Token <input name="token" type="password" required autofocus></label><button>Open</button></form>'
    )
    return message_page(401, sentence, form)


def _wants_page(request: Request) -> bool:
    return request.method == "GET" and "text/html" in request.headers.get("accept", "")


def _host_of(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""
