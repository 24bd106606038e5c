"""Spotify's JSON, well-formed and otherwise."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spotify_scope_plugin.playback.model import NOTHING, Playback, Track
from spotify_scope_plugin.playback.spotify.translator import playback_from, queue_from, track_from

ITEM = {
    "id": "11dFghVXANMlKmJXsNCbNl",
    "uri": "spotify:track:11dFghVXANMlKmJXsNCbNl",
    "type": "track",
    "name": "Cut To The Feeling",
    "artists": [{"name": "Carly"}, {"name": "Guest"}],
    "album": {"name": "Feeling", "images": [{"url": "small", "width": 64}, {"url": "large", "width": 640}]},
    "duration_ms": 207959,
    "explicit": True,
}


def test_a_track() -> None:
    assert track_from(ITEM) == Track(
        id="11dFghVXANMlKmJXsNCbNl",
        uri="spotify:track:11dFghVXANMlKmJXsNCbNl",
        title="Cut To The Feeling",
        artists=("Carly", "Guest"),
        album="Feeling",
        duration=207.959,
        explicit=True,
        artwork_url="large",
    )


def test_a_local_file_has_neither_id_nor_artwork() -> None:
    track = track_from(
        {**ITEM, "id": None, "uri": "spotify:local:::x:1", "is_local": True, "album": {"images": []}}
    )
    assert track is not None
    assert (track.id, track.artwork_url, track.album) == (None, None, "")


def test_an_episode_has_its_show_for_an_artist() -> None:
    track = track_from({"type": "episode", "name": "One", "show": {"name": "Show"}, "images": [{"url": "cover"}]})
    assert track is not None
    assert (track.is_episode, track.artists, track.artwork_url) == (True, ("Show",), "cover")


@pytest.mark.parametrize(
    ("body", "titles"),
    [
        ({"queue": [ITEM, {"name": "Later"}]}, ["Cut To The Feeling", "Later"]),
        ({"queue": [ITEM, None, {"name": "Behind an ad"}]}, ["Cut To The Feeling"]),
        ({"queue": [ITEM] * 100}, ["Cut To The Feeling"] * 20),
        ({"queue": []}, []),
        ({"queue": [None]}, []),
        ({"queue": {}}, []),
        ({}, []),
        (None, []),
        ([], []),
    ],
)
def test_the_queue(body: Any, titles: list[str]) -> None:
    assert [track.title for track in queue_from(body).following] == titles


def test_the_queue_tells_what_plays_too() -> None:
    queue = queue_from({"currently_playing": ITEM, "queue": []})
    assert queue.current is not None
    assert queue.current.title == "Cut To The Feeling"


def test_a_playback() -> None:
    body = {"item": ITEM, "is_playing": True, "progress_ms": 1500}
    playback = playback_from(body, taken_at=100, uncertainty=0.1)
    assert playback == Playback(track_from(ITEM), True, 1.5, 100, 0.1)


@pytest.mark.parametrize("progress", [None, "12", True, -5, math.nan, math.inf, [1]])
def test_a_position_that_is_none_is_infinitely_uncertain(progress: Any) -> None:
    playback = playback_from({"item": ITEM, "is_playing": True, "progress_ms": progress}, 100, 0.1)
    assert (playback.position, playback.uncertainty) == (0, math.inf)


def test_what_is_reported_plays_unless_it_says_otherwise() -> None:
    assert playback_from({"item": ITEM, "progress_ms": 1}, 100, 0.1).is_playing
    assert not playback_from({"item": ITEM, "progress_ms": 1, "is_playing": False}, 100, 0.1).is_playing


@pytest.mark.parametrize("body", [None, [], "x", 3])
def test_no_body_is_nothing(body: Any) -> None:
    assert playback_from(body, 100, 0.1) == NOTHING


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*ITEM, "url", "width", "show"]), inner)
    ),
    max_leaves=12,
)


@given(st.fixed_dictionaries(dict.fromkeys(ITEM, json_values)), json_values, json_values)
def test_whatever_the_fields_hold_a_playback_comes_out(item: Any, progress: Any, is_playing: Any) -> None:
    body = {"item": item, "progress_ms": progress, "is_playing": is_playing}
    playback = playback_from(body, 100, 0.1)
    assert playback.position_at(200) >= 0
    assert playback.track is None or playback.track.title
