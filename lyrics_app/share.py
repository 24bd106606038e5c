"""The door for another computer that shares what plays there: checked field by field, and never too often."""

from typing import Annotated, Any

from fastapi import FastAPI, HTTPException, Request
from pydantic import BaseModel, Field, StringConstraints

from spotify_scope_plugin.playback.model import LONGEST_TEXT, MOST_ARTISTS, Playback
from spotify_scope_plugin.playback.remote import wire
from spotify_scope_plugin.playback.remote.inbox import Inbox, Sharer, TakenOver

from .access import Access
from .allowance import Allowance
from .guard import is_guest, sits_at_this_machine
from .state import monotonic_time, server_time

_REPORTS_A_SECOND = 10.0
_BURST = 20.0
_OLDEST, _FUTURE = 30.0, 5.0  # seconds by which a report's time may differ from this server's
_UNCERTAINTY = 0.02  # of the sharer's measured clock
_LONGEST_QUEUE = 20

Text = Annotated[str, StringConstraints(max_length=LONGEST_TEXT)]
Seconds = Annotated[float, Field(ge=0, le=wire.LONGEST_TRACK, allow_inf_nan=False)]
Time = Annotated[float, Field(allow_inf_nan=False)]


class SharedTrack(BaseModel):
    """A track, as the sharing computer knows it."""

    id: Text | None = None
    uri: Text = ""
    title: Annotated[str, StringConstraints(max_length=LONGEST_TEXT, min_length=1)]
    artists: Annotated[list[Text], Field(max_length=MOST_ARTISTS)] = []
    album: Text = ""
    duration: Seconds = 0.0
    explicit: bool = False
    artwork_url: Text | None = None
    is_podcast: bool = False


class SharedBy(BaseModel):
    """Who shares."""

    id: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8,64}$")] = Field(
        description="Made anew at each start."
    )
    name: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    started_at: Time = Field(description="Server time at which it began to share; the last one to start wins.")


class Report(BaseModel):
    """What plays on the computer that shares."""

    sharer: SharedBy
    track: SharedTrack | None = None
    is_playing: bool = False
    position: Seconds = 0.0
    taken_at: Time = Field(description="Server time at which `position` was true.")
    queue: Annotated[list[SharedTrack], Field(max_length=_LONGEST_QUEUE)] = []


class Accepted(BaseModel):
    """The report was taken."""

    server_time: float
    replaced: str | None = Field(description="Who shared before, and was told to stop; null: nobody.")


def add_share(app: FastAPI, inbox: Inbox | None, access: Access) -> None:
    """Add the routes for sharing.

    Args:
        app: what they are added to.
        inbox: where reports go; None: the settings name another source of music.
        access: whether a token is needed to see the page; sharing always needs one from another machine.
    """
    allowance = Allowance(_REPORTS_A_SECOND, _BURST)

    def require_right(request: Request) -> Inbox:
        if is_guest(request):
            raise HTTPException(403, "Guests cannot share; use the token itself.")
        if not access.is_guarded and not sits_at_this_machine(request):
            raise HTTPException(
                403,
                "Sharing from another computer takes a token: set LYRICS_APP_TOKEN where the page is served, "
                "start it again, and add #token=… to its address here.",
            )
        if inbox is None:
            raise HTTPException(
                403,
                "That plugin is set to another source of music: remove SPOTIFY_SCOPE_SOURCE there, or set auto.",
            )
        return inbox

    @app.post("/api/share")
    async def share(request: Request, report: Report) -> Accepted:
        """Take what plays on another computer: on every change, and every five seconds."""
        taker = require_right(request)
        if not allowance.take():
            raise HTTPException(429, "Too many reports.", headers={"Retry-After": "1"})
        now = server_time()
        if not now - _OLDEST <= report.taken_at <= now + _FUTURE or report.sharer.started_at > now + _FUTURE:
            raise HTTPException(422, "The clocks do not agree; share again.")
        sharer = Sharer(report.sharer.id, _plain(report.sharer.name), report.sharer.started_at)
        try:
            replaced = taker.take(sharer, _playback(report), _queue(report))
        except TakenOver as error:
            raise HTTPException(409, str(error)) from None
        return Accepted(server_time=server_time(), replaced=replaced)

    @app.delete("/api/share/{sharer_id}")
    async def leave(request: Request, sharer_id: str) -> dict[str, Any]:
        """Say that a computer shares no longer."""
        require_right(request).leave(sharer_id[:64])
        return {}


def _playback(report: Report) -> Playback:
    return Playback(
        track=None if report.track is None else wire.track_from(report.track.model_dump()),
        is_playing=report.is_playing,
        position=report.position,
        taken_at=monotonic_time(report.taken_at),
        uncertainty=_UNCERTAINTY,
    )


def _queue(report: Report) -> tuple[Any, ...]:
    tracks = (wire.track_from(track.model_dump()) for track in report.queue)
    return tuple(track for track in tracks if track is not None)


def _plain(name: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in name)
