"""The LRCLIB client, answer by answer, and the search over all of them."""

import time
from typing import Any

import pytest
import requests
import responses

from spotify_scope_plugin.lyrics.lrclib import MOST_REQUESTS, Lrclib
from spotify_scope_plugin.lyrics.model import LyricsKind, Song
from spotify_scope_plugin.lyrics.provider import LyricsUnavailable, NoLongerWanted
from spotify_scope_plugin.lyrics.record import Finding

from ..support import song_table
from ..support.music_service import MusicService

GET = "https://lrclib.net/api/get"
SEARCH = "https://lrclib.net/api/search"
SONG = Song("Song - Remastered 2011", ("Artist", "Guest"), "Album", 180.4)
RECORD = {
    "id": 7,
    "trackName": "Song",
    "artistName": "Artist",
    "albumName": "Album",
    "duration": 180,
    "syncedLyrics": "[00:01.00]Words",
    "plainLyrics": "Words",
    "instrumental": False,
}
MISSING = {"code": 404, "name": "TrackNotFound", "message": "Failed to find specified track"}


def find(song: Song = SONG) -> Finding:
    return Lrclib("https://lrclib.net/").find(song, lambda: True)


def asked() -> list[tuple[str, dict[str, Any]]]:
    return [(call.request.url.split("?")[0], call.request.params) for call in responses.calls]


@responses.activate
def test_the_most_exact_question_comes_first_and_four_are_the_most() -> None:
    responses.get(GET, status=404, json=MISSING)
    responses.get(SEARCH, json=[])
    assert find().kind is LyricsKind.NOT_FOUND
    exact = {"track_name": "Song - Remastered 2011", "artist_name": "Artist, Guest", "duration": "180"}
    assert asked() == [
        (GET, {**exact, "album_name": "Album"}),
        (GET, exact),
        (GET, {**exact, "track_name": "Song", "artist_name": "Artist"}),
        (SEARCH, {"track_name": "Song", "artist_name": "artist"}),
    ]
    assert responses.calls[0].request.headers["User-Agent"].startswith("spotify-scope-plugin/")


@responses.activate
def test_no_question_is_asked_twice() -> None:
    responses.get(GET, status=404, json=MISSING)
    responses.get(SEARCH, json=[])
    find(Song("Song", ("Artist",)))
    assert asked() == [
        (GET, {"track_name": "Song", "artist_name": "Artist"}),
        (SEARCH, {"track_name": "Song", "artist_name": "artist"}),
        (SEARCH, {"q": "song artist"}),
    ]


@responses.activate
def test_a_certain_answer_ends_the_search() -> None:
    responses.get(GET, json=RECORD)
    finding = find()
    assert finding == Finding(LyricsKind.SYNCED, "[00:01.00]Words", "LRCLIB record 7")
    assert len(responses.calls) == 1


@responses.activate
def test_words_with_times_are_looked_for_after_words_without() -> None:
    responses.get(GET, json={**RECORD, "syncedLyrics": None})
    responses.get(SEARCH, json=[{**RECORD, "id": 8}])
    assert find().source == "LRCLIB record 8"


@responses.activate
def test_what_fits_already_survives_a_later_failure() -> None:
    responses.get(GET, json={**RECORD, "syncedLyrics": None})
    responses.get(SEARCH, status=500)
    assert find().kind is LyricsKind.PLAIN


@responses.activate
@pytest.mark.parametrize("duration", [0, 0.4, 3601, 90000])
def test_a_duration_that_lrclib_refuses_is_left_out(duration: float) -> None:
    responses.get(GET, json={**RECORD, "duration": duration})
    responses.get(SEARCH, json=[])
    find(Song("Song", ("Artist",), duration=duration))
    assert "duration" not in asked()[0][1]


@responses.activate
@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"instrumental": True, "syncedLyrics": None, "plainLyrics": None}, LyricsKind.INSTRUMENTAL),
        ({"syncedLyrics": None}, LyricsKind.PLAIN),
        ({"syncedLyrics": "no stamps here"}, LyricsKind.PLAIN),
        ({"syncedLyrics": "", "plainLyrics": ""}, LyricsKind.NOT_FOUND),
        ({"syncedLyrics": 5, "plainLyrics": [], "instrumental": "yes"}, LyricsKind.NOT_FOUND),
        ({"id": "7", "duration": "long", "albumName": None}, LyricsKind.SYNCED),
        ({"trackName": None}, LyricsKind.NOT_FOUND),
    ],
)
def test_the_kinds_of_answer(changes: Any, kind: LyricsKind) -> None:
    responses.get(GET, json={**RECORD, **changes})
    responses.get(SEARCH, json=[])
    assert find().kind is kind


@responses.activate
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"status": 500}, "HTTP 500"),
        ({"status": 429}, "pause of 5 s"),
        ({"body": "<html>"}, "makes no sense"),
        ({"json": "text"}, "makes no sense"),
        ({"json": ["text"]}, "makes no sense"),
        ({"body": requests.ReadTimeout()}, "within 10 s"),
        ({"body": requests.ConnectionError()}, "cannot be reached"),
    ],
)
def test_no_answer_is_not_an_answer(answer: Any, words: str) -> None:
    responses.get(GET, **answer)
    with pytest.raises(LyricsUnavailable, match=words):
        find()


@responses.activate
def test_a_song_that_is_skipped_costs_no_further_request() -> None:
    responses.get(GET, status=404, json=MISSING)
    wanted = iter([True, False])
    with pytest.raises(NoLongerWanted):
        Lrclib("https://lrclib.net").find(SONG, lambda: next(wanted))
    assert len(responses.calls) == 1


def test_without_title_or_artist_nothing_is_asked() -> None:
    assert find(Song("", ("Artist",))).kind is LyricsKind.NOT_FOUND
    assert find(Song("Song")).kind is LyricsKind.NOT_FOUND


def test_of_the_songs_people_play_nearly_all_are_found_and_none_is_wrong(service: MusicService) -> None:
    service.records = song_table.records()
    found, missed, wrong = song_table.outcome(service)
    there = sum(query.expected is not None for query in song_table.queries())
    assert len(song_table.records()) >= 150
    assert len(song_table.queries()) >= 150
    assert wrong == []
    assert len(found) >= 0.95 * there, missed
    assert len(service.requests) <= MOST_REQUESTS * len(song_table.queries())


@responses.activate
@pytest.mark.parametrize("status", [429, 503])
def test_a_pause_that_is_asked_for_holds_for_other_songs_too(status: int) -> None:
    lrclib = Lrclib("https://lrclib.net")
    responses.get(GET, status=status, headers={"Retry-After": "300"})
    for title in ("One", "Two", "Three"):
        with pytest.raises(LyricsUnavailable) as caught:
            lrclib.find(Song(title, ("Artist",)), lambda: True)
        assert caught.value.retry_after == pytest.approx(300, abs=5)
    assert len(responses.calls) == 1


def test_a_failure_of_another_search_does_not_end_the_pause() -> None:
    lrclib = Lrclib("https://lrclib.net")
    until = lrclib._paused_until = time.monotonic() + 300
    failed = requests.Response()
    failed.status_code = 500
    lrclib._refused(failed)
    assert lrclib._paused_until == until
