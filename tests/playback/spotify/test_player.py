"""The Spotify player: single answers, and the round trip's middle."""

import json
import time
from typing import Any

import pytest
import requests
import responses

from spotify_scope_plugin import settings
from spotify_scope_plugin.playback.model import NOTHING
from spotify_scope_plugin.playback.player import NotLoggedIn, RateLimited, Refused, Unavailable
from spotify_scope_plugin.playback.spotify.budget import Budget
from spotify_scope_plugin.playback.spotify.player import SpotifyPlayer

from ...conftest import save_token
from ...support.music_service import Fault, MusicService, Song

URL = "https://api.spotify.com/v1/me/player/currently-playing"
FRESH = {"access_token": "good", "refresh_token": "r", "expires_at": time.time() + 3600}


@pytest.fixture
def player(home: Any) -> SpotifyPlayer:
    save_token(home, FRESH)
    variables = {"SPOTIFY_CLIENT_ID": "id", "SPOTIFY_CLIENT_SECRET": "secret", "SPOTIFY_SCOPE_HOME": str(home)}
    return player_for(variables)


def player_for(variables: dict[str, str]) -> SpotifyPlayer:
    loaded = settings.load(variables)[0]
    return SpotifyPlayer(loaded, Budget(loaded.requests_file, a_day=0))


@responses.activate
def test_no_body_is_nothing_playing(player: SpotifyPlayer) -> None:
    responses.get(URL, status=204)
    assert player.read() == NOTHING


@responses.activate
def test_episodes_are_asked_for_too(player: SpotifyPlayer) -> None:
    responses.get(
        URL,
        json={"item": None},
        match=[responses.matchers.query_param_matcher({"additional_types": "track,episode"})],
    )
    assert player.read().track is None


@responses.activate
@pytest.mark.parametrize(
    ("status", "body", "error", "words"),
    [
        (403, {"error": {"status": 403, "message": "not registered"}}, Refused, "User Management"),
        (404, {}, Unavailable, "SPOTIFY_API_BASE_URL"),
        (429, {}, RateLimited, "pause of 5 s"),
        (500, {"error": "text"}, Unavailable, "HTTP 500"),
        (502, [], Unavailable, "HTTP 502"),
    ],
)
def test_a_status_becomes_a_named_error(
    player: SpotifyPlayer, status: int, body: Any, error: type[Exception], words: str
) -> None:
    responses.get(URL, status=status, json=body)
    with pytest.raises(error, match=words):
        player.read()
    assert len(responses.calls) == 1  # nothing is retried in here


@responses.activate
@pytest.mark.parametrize("body", ["null", "[]", '"text"', "<html>", '{"is_playing": tr'])
def test_an_answer_that_is_no_object_is_no_answer(player: SpotifyPlayer, body: str) -> None:
    responses.get(URL, body=body)
    with pytest.raises(Unavailable, match="makes no sense"):
        player.read()


@responses.activate
def test_the_queue_tells_what_comes_next(player: SpotifyPlayer) -> None:
    responses.get("https://api.spotify.com/v1/me/player/queue", json={"queue": [{"name": "Next", "uri": "u"}]})
    assert [track.title for track in player.read_queue().following] == ["Next"]


@responses.activate
def test_the_pause_that_spotify_asks_for_is_handed_on(player: SpotifyPlayer) -> None:
    responses.get(URL, status=429, headers={"Retry-After": "3600"})
    with pytest.raises(RateLimited) as caught:
        player.read()
    assert caught.value.retry_after == 3600


@responses.activate
@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (requests.ReadTimeout(), "within 4 s"),
        (requests.ConnectTimeout(), "cannot be reached"),
        (requests.ConnectionError(), "cannot be reached"),
        (requests.exceptions.ChunkedEncodingError(), "makes no sense"),
        (requests.TooManyRedirects(), "makes no sense"),
    ],
)
def test_a_failure_of_the_network_becomes_unavailable(
    player: SpotifyPlayer, failure: Exception, words: str
) -> None:
    responses.get(URL, body=failure)
    with pytest.raises(Unavailable, match=words):
        player.read()


@responses.activate
def test_a_token_refused_early_is_replaced_at_once(player: SpotifyPlayer, home: Any) -> None:
    responses.get(URL, status=401, json={"error": {"status": 401}})
    responses.post(
        "https://accounts.spotify.com/api/token", json={"access_token": "newer", "expires_in": 3600, "scope": ""}
    )
    responses.get(URL, status=204)
    assert player.read() == NOTHING
    assert responses.calls[-1].request.headers["Authorization"] == "Bearer newer"
    assert json.loads((home / ".spotify_token_cache").read_text())["refresh_token"] == "r"


@responses.activate
def test_a_login_refused_twice_is_none(player: SpotifyPlayer) -> None:
    responses.get(URL, status=401)
    responses.post(
        "https://accounts.spotify.com/api/token", json={"access_token": "newer", "expires_in": 3600, "scope": ""}
    )
    with pytest.raises(NotLoggedIn, match="auth --again") as caught:
        player.read()
    assert not caught.value.local


def test_the_position_is_that_of_the_middle_of_the_round_trip(
    service: MusicService, logged_in: dict[str, str]
) -> None:
    service.delay = 0.4
    service.play(Song("Song", "Artist"), position=30)
    playback = player_for(logged_in).read()
    now = time.monotonic()
    assert playback.position_at(now) == pytest.approx(service.position(), abs=0.05)
    assert playback.uncertainty == pytest.approx(0.2, abs=0.05)


UNUSABLE = pytest.mark.parametrize("token", ["line\nbreak", "ключ", "", None, 10**400], ids=repr)


@UNUSABLE
def test_an_access_token_that_no_header_can_hold_is_replaced(
    service: MusicService, logged_in: dict[str, str], home: Any, token: Any
) -> None:
    service.play(Song("Song", "Artist"))
    save_token(home, {**service.grant(), "access_token": token})
    assert player_for(logged_in).read().track.title == "Song"


@UNUSABLE
def test_a_refresh_token_that_cannot_be_is_no_login(
    service: MusicService, logged_in: dict[str, str], home: Any, token: Any
) -> None:
    save_token(home, {**service.grant(), "refresh_token": token})
    with pytest.raises(NotLoggedIn, match="spotify-scope auth"):
        player_for(logged_in).read()


@pytest.mark.parametrize(
    "expires_at", [1e308, 10**300, -(10**400), float("inf"), float("nan"), -1, "soon", True], ids=repr
)
def test_an_absurd_time_of_expiry_costs_a_refresh_and_nothing_else(
    service: MusicService, logged_in: dict[str, str], home: Any, expires_at: Any
) -> None:
    service.play(Song("Song", "Artist"))
    save_token(home, {**service.grant(), "expires_at": expires_at})
    assert player_for(logged_in).read().track.title == "Song"
    assert service.count("/api/token") == 1


@pytest.mark.parametrize("token", ["line\nbreak", "ключ"])
def test_a_login_server_that_gives_an_unusable_token_is_no_silence(
    service: MusicService, logged_in: dict[str, str], home: Any, token: str
) -> None:
    save_token(home, {**service.grant(), "expires_at": 0})
    service.broken["/api/token"] = Fault(200, json.dumps({"access_token": token, "expires_in": 3600}).encode())
    with pytest.raises(Unavailable, match="no usable token"):
        player_for(logged_in).read()


def test_a_login_server_s_error_may_have_any_shape(
    service: MusicService, logged_in: dict[str, str], home: Any
) -> None:
    save_token(home, {**service.grant(), "expires_at": 0})
    error = json.dumps({"error": {"status": 429, "message": "slow down"}}).encode()
    service.broken["/api/token"] = Fault(429, error, {"Retry-After": "77"})
    with pytest.raises(RateLimited) as caught:
        player_for(logged_in).read()
    assert caught.value.retry_after == 77
    for body in (b"[]", b"null", b'{"error": {"a": 1}}', b"<html>"):
        service.broken["/api/token"] = Fault(400, body)
        with pytest.raises(Unavailable, match="login server"):
            player_for(logged_in).read()


def test_a_redirect_is_no_answer(service: MusicService, logged_in: dict[str, str]) -> None:
    service.broken["/v1/me/player/currently-playing"] = Fault(302, b"", {"Location": f"{service.url}/elsewhere"})
    with pytest.raises(Unavailable, match="HTTP 302"):
        player_for(logged_in).read()
    assert service.count("/elsewhere") == 0
