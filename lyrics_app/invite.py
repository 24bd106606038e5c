"""The address for others, as text and as a QR code that invites."""

import asyncio
import io
from collections import OrderedDict
from collections.abc import Callable

import segno
from fastapi import FastAPI, HTTPException, Request, Response
from pydantic import BaseModel, Field

from .access import Access
from .allowance import Allowance
from .door import scheme
from .guard import secret_of
from .hosts import host_and_port, is_loopback

_DRAWINGS = (1.0, 5.0)  # a second, and at once
_KEPT = 16


class Address(BaseModel):
    """Where other devices open the page."""

    url: str = Field(description="Without any token.")
    is_guarded: bool = Field(description="Whether a token is needed; the QR code holds an invitation then.")
    is_local: bool = Field(description="Whether it can be opened on this machine only.")


def add_invite(app: FastAPI, access: Access, own_address: Callable[[], str]) -> None:
    """Add the routes; `own_address` returns where other devices reach a page that was opened on this machine."""

    drawings = Allowance(*_DRAWINGS)
    drawn: OrderedDict[str, bytes] = OrderedDict()

    def shared_address(request: Request) -> tuple[str, bool]:
        """Return the address, and whether it is good on this machine only."""
        host = request.headers["host"]
        if not is_loopback(host_and_port(host)[0]):
            return f"{scheme(request)}://{host}/", False
        # What the browser here calls localhost, a phone must call by its address.
        own = own_address()
        return f"{own}/", is_loopback(host_and_port(own.partition("://")[2])[0])

    @app.get("/api/address")
    def address(request: Request) -> Address:
        """Return the address under which other devices reach this page."""
        url, is_local = shared_address(request)
        return Address(url=url, is_guarded=access.is_guarded, is_local=is_local)

    @app.get("/qr.svg", response_class=Response, responses={200: {"content": {"image/svg+xml": {}}}})
    async def qr_code(request: Request) -> Response:
        """Draw that address as a QR code; where a token is needed, with an invitation that is good for an hour."""
        url, _ = shared_address(request)
        if access.is_guarded:
            # Behind the #, what stands there is sent to no server and written into no log.
            url += f"#token={access.invitation(secret_of(request))}"
        # Drawing one takes some milliseconds of the time that the video needs, too.
        if url not in drawn:
            if not drawings.take():
                raise HTTPException(503, "Too many codes at once.", headers={"Retry-After": "2"})
            drawn[url] = await asyncio.to_thread(_drawing, url)
            while len(drawn) > _KEPT:
                drawn.popitem(last=False)
        return Response(drawn[url], media_type="image/svg+xml", headers={"Cache-Control": "no-store"})


def _drawing(url: str) -> bytes:
    """Return a QR code as SVG."""
    picture = io.BytesIO()
    segno.make(url, error="m", micro=False).save(
        picture, kind="svg", scale=8, border=3, light="#fff", xmldecl=False
    )
    return picture.getvalue()
