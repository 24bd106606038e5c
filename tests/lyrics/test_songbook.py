"""The demo's songs."""

import pytest

from spotify_scope_plugin.lyrics.model import NOT_FOUND, Song
from spotify_scope_plugin.lyrics.songbook import DEMO_SONGS, Songbook
from spotify_scope_plugin.playback.demo import DEMO_TRACKS, DemoPlayer
from spotify_scope_plugin.playback.model import Track


@pytest.mark.parametrize("track", DEMO_TRACKS, ids=lambda track: track.id)
def test_every_demo_song_has_lyrics_that_fit_its_length(track: Track) -> None:
    lyrics = Songbook(DEMO_SONGS).find(Song(track.title, track.artists))
    assert len(lyrics.lines) >= 6
    assert all(line.end <= track.duration for line in lyrics.lines)


def test_other_songs_are_not_there() -> None:
    assert Songbook(DEMO_SONGS).find(Song("Amazing Grace", ("Somebody Else",))) is NOT_FOUND


def test_the_player_goes_through_its_songs_and_begins_again(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    player = DemoPlayer()
    heard = []
    for _ in range(4):
        playback = player.read()
        assert playback.is_playing
        assert playback.position == 0
        assert playback.track is not None
        heard.append(playback.track)
        now += playback.track.duration
    assert heard == [*DEMO_TRACKS, DEMO_TRACKS[0]]
