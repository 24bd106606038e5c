"""The door: which requests reach the page, and what its answers allow a browser to do."""

import asyncio
import math
from collections.abc import Collection
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .access import COOKIE, Access, Viewer, is_invitation
from .door import admitted, entrance, on_the_way_in, refused, wants_page
from .hosts import host_and_port, is_known, is_loopback, network_name
from .strangers import Counted, Guesses, caller_of

_ARTWORK = "https://*.scdn.co https://*.spotifycdn.com"  # where Spotify keeps its pictures
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        f"img-src 'self' {_ARTWORK}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with none at all, a form of this page would come from nowhere
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_FORWARDED = ("forwarded", "x-forwarded", "x-real-ip", "via", "cf-", "true-client-ip", "x-client-ip")
_SAFE_METHODS = frozenset({"GET", "HEAD"})
_SHOWN_HOST = 100  # characters
_LONGEST_BODY = 15.0  # seconds
_LARGEST_BODY = 64 * 1024  # bytes; what is sent here is an address, or what a computer shares
_TOKEN = "token"  # noqa: S105 - the name of a parameter


class Guard:
    """Middleware that checks the host, the origin and the token of each request, before anything else sees it."""

    def __init__(
        self,
        app: ASGIApp,
        access: Access,
        allowed_hosts: Collection[str],
        open_paths: Collection[str],
        *,
        behind_proxy: bool,
    ) -> None:
        """Stand before `app`.

        Args:
            app: what is guarded.
            access: who may come in.
            allowed_hosts: names that are served besides those of this machine.
            open_paths: paths that need no token; one that ends in a slash stands for all below it.
            behind_proxy: whether everybody comes through a proxy that says for whom.
        """
        self._app = app
        self._access = access
        self._allowed_hosts = allowed_hosts
        self._open_paths = open_paths
        self._behind_proxy = behind_proxy
        self._guesses = Guesses()
        self._wrong_tokens = Counted("a wrong token came from %s")
        self._unknown_hosts = Counted(
            "refused a request for the host name %s; if it is yours, add it to LYRICS_APP_ALLOWED_HOSTS"
        )
        self._network_name: asyncio.Task[str] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request that must not pass, and hand on the others."""
        if scope["type"] != "http":  # the start and end of the server
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if getattr(request.state, "wants_cookie", False):
                    response = admitted(request, self._access, secret_of(request))
                    headers.append("Set-Cookie", response.headers.get("set-cookie", ""))
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                # The page of the new version must not run the scripts of the old one.
                headers.setdefault("Cache-Control", "no-cache")
            await send(message)

        if scope["method"] not in _SAFE_METHODS or _has_body(scope):
            receive = _limited(receive)
        request = Request(scope, receive)
        try:
            refusal = await self._refusal(request)
        except HTTPException as error:  # a form that is too long, or never ends
            refusal = refused(request, error.status_code, error.detail)
        await (refusal or self._app)(scope, receive, send_with_headers)

    async def _refusal(self, request: Request) -> Response | None:
        host = request.headers.get("host", "")
        name, _ = host_and_port(host)
        if not await self._is_served(name):
            self._unknown_hosts.tell(repr(host[:_SHOWN_HOST]))
            return refused(
                request,
                421,
                f"This page is not served under the name {host[:_SHOWN_HOST]!r}. Open it by its IP address, or "
                "add the name to LYRICS_APP_ALLOWED_HOSTS and start the server again.",
            )
        if request.method in _SAFE_METHODS and _has_body(request.scope):
            # Nobody would read it, and it may have no end.
            response = refused(request, 400, "A question has no body.")
            response.headers["Connection"] = "close"
            return response
        origin = request.headers.get("origin")
        if request.method not in _SAFE_METHODS and origin is not None and _host_of(origin) != host:
            return refused(request, 403, "This came from a page of another site; open the lyrics page itself.")
        return await self._answer_at_the_door(request)

    async def _is_served(self, name: str) -> bool:
        if is_known(name, self._allowed_hosts):
            return True
        if self._network_name is None:
            # In a thread, and once: meanwhile only those wait who ask for a name that may be this one.
            self._network_name = asyncio.create_task(asyncio.to_thread(network_name))
        return name != "" and name == await asyncio.shield(self._network_name)

    async def _answer_at_the_door(self, request: Request) -> Response | None:
        """Return what a viewer gets who has not shown a good token yet, or shows one just now; None: pass."""
        # Never from `request.url`, of which the client writes a part: the router reads this very path, too.
        path = request.scope["path"]
        posted = await _posted_token(request) if path == "/" and request.method == "POST" else None
        given, bearer = request.query_params.get(_TOKEN), _bearer(request)
        if self._is_open(path):
            given = bearer = None
        if _comes_from_elsewhere(request):
            given = None  # a page of another site must not spend anybody's guesses
        if given is not None and path == "/" and wants_page(request) and self._access.is_guarded:
            return on_the_way_in()
        cookie = request.cookies.get(COOKIE, "")
        known = self._access.viewer_with(cookie)
        refused_for, is_wrong = 0.0, False
        for secret in (posted, given, bearer):
            if secret is None:
                continue
            viewer, refused_for = await self._viewer(request, secret)
            if viewer is not None:
                return self._let_in(request, viewer, secret, known=known)
            is_wrong = True
        if known is not None:
            request.state.viewer, request.state.secret = known, cookie
            return None if posted is None else admitted(request, self._access, cookie)
        if self._is_open(path) and posted is None:
            return None
        if refused_for:
            minutes = math.ceil(refused_for / 60)
            sentence = f"Too many wrong tokens came from this network. Try again in {minutes} minutes."
            return refused(request, 429, sentence, refused_for)
        return entrance(request, is_wrong=is_wrong)

    def _let_in(self, request: Request, viewer: Viewer, secret: str, *, known: Viewer | None) -> Response | None:
        """Let somebody pass who has just shown a good secret; `known` is what their cookie made them before."""
        request.state.viewer, request.state.secret = viewer, secret
        if request.scope["path"] != "/" or secret == _bearer(request):
            # With the cookie, a program is still let in when wrong tokens come from its network.
            request.state.wants_cookie = known is None and secret == _bearer(request)
            return None
        # On to the same page without the secret in its address; an invitation makes nobody a guest who is more.
        keeps = known is Viewer.HOLDER
        return admitted(request, self._access, request.cookies.get(COOKIE, "") if keeps else secret)

    async def _viewer(self, request: Request, secret: str) -> tuple[Viewer | None, float]:
        """Return what somebody may do who shows a secret, or for how long none of theirs is looked at."""
        invited = self._access.viewer_with(secret)
        if invited is not None:  # nobody can guess these
            return invited, 0.0
        caller = caller_of(request, behind_proxy=self._behind_proxy)
        if refused_for := self._guesses.refused_for(caller):
            return None, refused_for
        viewer = self._access.viewer(secret)
        # An invitation that has ended is no guess; nobody can guess one.
        if viewer is None and not is_invitation(secret):
            self._wrong_tokens.tell(caller)
            await asyncio.sleep(self._guesses.wrong(caller))
        return viewer, 0.0

    def _is_open(self, path: str) -> bool:
        return any(path.startswith(each) if each.endswith("/") else path == each for each in self._open_paths)


def _has_body(scope: Scope) -> bool:
    headers = dict(scope["headers"])
    return b"transfer-encoding" in headers or headers.get(b"content-length", b"0") != b"0"


def _comes_from_elsewhere(request: Request) -> bool:
    """Tell whether a page of another site asks in the background: a picture, a script."""
    is_page = request.headers.get("sec-fetch-mode") == "navigate"
    return request.headers.get("sec-fetch-site") == "cross-site" and not is_page


def _limited(receive: Receive) -> Receive:
    """Return a `receive` that refuses a body which is longer than any that makes sense here, or takes longer."""
    received, is_whole = 0, False
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + _LONGEST_BODY

    async def receive_some() -> Message:
        nonlocal received, is_whole
        if is_whole:
            return await receive()  # waits for the end of the connection, which may take long
        try:
            message = await asyncio.wait_for(receive(), max(0.0, ends_at - loop.time()))
        except asyncio.TimeoutError:
            raise HTTPException(408, "This took too long. Try again.") from None
        except asyncio.CancelledError:
            # The server stops, and has waited long enough for the rest.
            raise HTTPException(503, "The server is stopping.") from None
        received += len(message.get("body", b""))
        if received > _LARGEST_BODY:
            raise HTTPException(413, "This is too long. Copy the address again.")
        is_whole = not message.get("more_body", False)
        return message

    return receive_some


async def _posted_token(request: Request) -> str:
    """Return the token in a form; empty: none.

    Raises:
        HTTPException: the form is too long, or takes too long.
    """
    fields = parse_qs((await request.body()).decode(errors="replace"))
    return fields.get(_TOKEN, [""])[0]


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


def _host_of(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""
