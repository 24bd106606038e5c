"""The LRCLIB client, answer by answer."""

from typing import Any

import pytest
import requests
import responses

from spotify_scope_plugin.lyrics.lrclib import Lrclib
from spotify_scope_plugin.lyrics.model import INSTRUMENTAL, NOT_FOUND, LyricsKind, Song
from spotify_scope_plugin.lyrics.provider import LyricsUnavailable

URL = "https://lrclib.net/api/get"
SONG = Song("Song", ("Artist",), "Album", 180.4)
FOUND = {"syncedLyrics": "[00:01.00]Words", "plainLyrics": "Words", "instrumental": False}
MISSING = {"code": 404, "name": "TrackNotFound", "message": "Failed to find specified track"}


def find(song: Song = SONG) -> Any:
    return Lrclib("https://lrclib.net/").find(song)


def asked() -> list[dict[str, Any]]:
    return [call.request.params for call in responses.calls]


@responses.activate
def test_the_exact_signature_comes_first() -> None:
    responses.get(URL, json=FOUND)
    assert find().lines[0].text == "Words"
    assert asked() == [{"track_name": "Song", "artist_name": "Artist", "album_name": "Album", "duration": "180"}]
    assert responses.calls[0].request.headers["User-Agent"].startswith("spotify-scope-plugin/")


@responses.activate
def test_then_without_the_album() -> None:
    responses.get(URL, status=404, json=MISSING)
    responses.get(URL, json=FOUND)
    assert find().kind is LyricsKind.SYNCED
    assert asked()[1] == {"track_name": "Song", "artist_name": "Artist", "duration": "180"}


@responses.activate
def test_of_several_artists_all_are_tried_and_then_the_first() -> None:
    responses.get(URL, status=404, json=MISSING)
    assert find(Song("Song", ("A", "B"))) is NOT_FOUND
    assert [query["artist_name"] for query in asked()] == ["A, B", "A"]


@responses.activate
@pytest.mark.parametrize("duration", [0, 0.4, 3601, 90000])
def test_a_duration_that_lrclib_refuses_is_left_out(duration: float) -> None:
    responses.get(URL, json=FOUND)
    find(Song("Song", ("Artist",), duration=duration))
    assert "duration" not in asked()[0]


@responses.activate
@pytest.mark.parametrize(
    ("record", "kind"),
    [
        ({"instrumental": True, "syncedLyrics": None, "plainLyrics": None}, LyricsKind.INSTRUMENTAL),
        ({"syncedLyrics": None, "plainLyrics": "Words\nMore"}, LyricsKind.PLAIN),
        ({"syncedLyrics": "no stamps here", "plainLyrics": "Words"}, LyricsKind.PLAIN),
        ({"syncedLyrics": "", "plainLyrics": ""}, LyricsKind.NOT_FOUND),
        ({"syncedLyrics": 5, "plainLyrics": [], "instrumental": "yes"}, LyricsKind.NOT_FOUND),
        ({}, LyricsKind.NOT_FOUND),
    ],
)
def test_the_kinds_of_answer(record: Any, kind: LyricsKind) -> None:
    responses.get(URL, json=record)
    assert find().kind is kind


@responses.activate
def test_an_instrumental_needs_no_second_request() -> None:
    responses.get(URL, json={"instrumental": True})
    assert find() is INSTRUMENTAL
    assert len(responses.calls) == 1


@responses.activate
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"status": 500}, "HTTP 500"),
        ({"status": 429}, "HTTP 429"),
        ({"body": "<html>"}, "makes no sense"),
        ({"json": []}, "makes no sense"),
        ({"body": requests.ReadTimeout()}, "within 10 s"),
        ({"body": requests.ConnectionError()}, "cannot be reached"),
    ],
)
def test_no_answer_is_not_an_answer(answer: Any, words: str) -> None:
    responses.get(URL, **answer)
    with pytest.raises(LyricsUnavailable, match=words):
        find()


def test_without_title_or_artist_nothing_is_asked() -> None:
    assert find(Song("", ("Artist",))) is NOT_FOUND
    assert find(Song("Song")) is NOT_FOUND
