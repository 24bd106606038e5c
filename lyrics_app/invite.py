"""The address for others, as text and as a QR code that invites."""

import functools
import io
from collections.abc import Callable
from urllib.parse import urlsplit

import segno
from fastapi import FastAPI, Request, Response
from pydantic import BaseModel, Field

from .access import Access
from .door import scheme
from .guard import secret_of
from .hosts import host_and_port, is_loopback


class Address(BaseModel):
    """Where other devices open the page."""

    url: str = Field(description="Without any token.")
    is_guarded: bool = Field(description="Whether a token is needed; the QR code holds an invitation then.")
    is_local: bool = Field(description="Whether it can be opened on this machine only.")


def add_invite(app: FastAPI, access: Access, own_address: Callable[[], str]) -> None:
    """Add the routes; `own_address` returns where other devices reach a page that was opened on this machine."""

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
            # Behind the #, what stands there is sent to no server and written into no log.
            url += f"#token={access.invitation(secret_of(request))}"
        return Response(_drawn(url), media_type="image/svg+xml", headers={"Cache-Control": "no-store"})


@functools.lru_cache(maxsize=16)
def _drawn(url: str) -> bytes:
    """Return a QR code as SVG; drawing one takes some milliseconds of the time that the video needs, too."""
    drawn = io.BytesIO()
    segno.make(url, error="m", micro=False).save(drawn, kind="svg", scale=8, border=3, light="#fff", xmldecl=False)
    return drawn.getvalue()
