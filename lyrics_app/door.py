"""What somebody sees at the door: pages of one sentence, and the way in."""

import html

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from .access import COOKIE, Access

_FORM = (
    '<form action="/" method="post">'
    '<label>Token <input name="token" type="password" required autofocus></label><button>Open</button></form>'
)
_SCRIPT = '<script type="module" src="/static/enter.js"></script>'


def wants_page(request: Request) -> bool:
    """Tell whether a person asks, with a browser, and no program."""
    return "text/html" in request.headers.get("accept", "")


def refused(request: Request, status: int, sentence: str, retry_after: float = 0.0) -> Response:
    """Return a refusal: a page for a person, JSON for a program."""
    is_page = wants_page(request) and request.method in {"GET", "POST"}
    response = message_page(status, sentence) if is_page else JSONResponse({"detail": sentence}, status)
    if retry_after:
        response.headers["Retry-After"] = f"{retry_after:.0f}"
    return response


def message_page(status: int, sentence: str, more: str = "") -> Response:
    """Return a page with one sentence, a stranger's text allowed, and trusted HTML below it."""
    return HTMLResponse(
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Lyrics</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="stylesheet" href="/static/style.css"><body class="message"><main>'
        f"<h1>{html.escape(sentence)}</h1>{more}</main></body></html>",
        status,
    )


def on_the_way_in() -> Response:
    """Return what a browser gets whose address holds a token: the page moves it from there into a form."""
    return message_page(200, "Opening the page …", f"<noscript>{_FORM}</noscript>{_SCRIPT}")


def entrance(request: Request, *, is_wrong: bool) -> Response:
    """Return what somebody gets who has not shown a good token."""
    if is_wrong:
        sentence = "This token is not the right one, or the invitation is too old."
    else:
        sentence = "This page needs its token: open it with #token=… or scan the code on a screen that shows it."
    if not wants_page(request):
        return JSONResponse({"detail": sentence}, 401)
    return message_page(401, sentence, _FORM + _SCRIPT)


def admitted(request: Request, access: Access, secret: str) -> Response:
    """Return the way to the page for somebody who may see it by `secret`, with a cookie for the next time."""
    response = RedirectResponse("/", status_code=303)
    if access.is_guarded:
        cookie, seconds = access.cookie(secret)
        set_cookie(request, response, COOKIE, cookie, seconds)
    return response


def set_cookie(request: Request, response: Response, name: str, value: str, seconds: int) -> None:
    """Set a cookie that no script reads, and that no other site sends."""
    response.set_cookie(
        name, value, max_age=seconds, httponly=True, samesite="lax", secure=scheme(request) == "https"
    )


def scheme(request: Request) -> str:
    """Return the scheme that the browser used, which a proxy in between may have taken off."""
    forwarded = request.headers.get("x-forwarded-proto", "").partition(",")[0].strip()
    return forwarded if forwarded in {"http", "https"} else str(request.scope["scheme"])
