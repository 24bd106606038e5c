"""One source and its player, and a line of sources: with a scripted player, and a clock of the test's."""

import logging
from dataclasses import replace
from typing import Any

import pytest

from spotify_scope_plugin.playback.model import NOTHING, Playback, Track
from spotify_scope_plugin.playback.pace import FixedPace
from spotify_scope_plugin.playback.player import (
    Queue,
    QuotaExceeded,
    RateLimited,
    Refused,
    TookTooLong,
    Unavailable,
    Unreachable,
)
from spotify_scope_plugin.playback.snapshot import Health
from spotify_scope_plugin.playback.source import Source
from spotify_scope_plugin.playback.watcher import Watcher

ONE, TWO, THREE = (Track(n, f"spotify:track:{n}", f"Song {n}", duration=100) for n in "123")


class Player:
    """Says what it is told to say; a playback is true when it is asked for."""

    def __init__(self, now: Any, says: Any = NOTHING) -> None:
        self.now = now
        self.says: Any = says
        self.queue: tuple[Track, ...] = ()
        self.asked = 0

    def plays(self, track: Track, position: float) -> None:
        self.says = Playback(track, is_playing=True, position=position, taken_at=self.now())

    def read(self) -> Playback:
        self.asked += 1
        if isinstance(self.says, Exception):
            raise self.says
        return replace(self.says, taken_at=self.now(), position=self.says.position_at(self.now()))

    def read_queue(self) -> Queue:
        return Queue(self.says.track, self.queue)


class Desk:
    """A source, and the time."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.player = Player(lambda: self.now)
        self.source = Source(self.player, FixedPace(1.0), "Spotify", clock=lambda: self.now)

    def look(self, after: float = 0.0) -> None:
        self.now += after
        self.source.look()
        self.source.look_ahead()

    @property
    def title(self) -> str:
        track = self.source.snapshot.playback_at(self.now).track
        return track.title if track else ""


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_an_answer_that_lags_behind_the_end_does_not_bring_the_old_song_back(desk: Desk) -> None:
    desk.player.queue = (TWO, THREE)
    desk.player.plays(ONE, 90)
    desk.look()
    desk.now += 10.5
    assert desk.title == "Song 2"
    desk.player.says = Playback(ONE, is_playing=True, position=99.9, taken_at=desk.now)
    desk.look()
    assert desk.title == "Song 2"
    desk.player.plays(TWO, 1.6)
    desk.look(after=1.0)
    assert desk.title == "Song 2"
    assert desk.source.snapshot.queue == (THREE,)


def test_a_player_that_stays_at_the_end_is_believed_in_the_end(desk: Desk) -> None:
    desk.player.queue = (TWO, THREE)
    desk.player.plays(ONE, 90)
    desk.look()
    desk.now += 11
    desk.player.says = Playback(ONE, is_playing=True, position=100, taken_at=desk.now)
    for _ in range(3):
        desk.look(after=1.0)
    assert desk.title == "Song 1"


def test_another_song_than_the_queue_said_is_taken_at_once(desk: Desk) -> None:
    desk.player.queue = (TWO,)
    desk.player.plays(ONE, 90)
    desk.look()
    desk.now += 11
    desk.player.plays(THREE, 1)
    desk.look()
    assert desk.title == "Song 3"
    assert desk.source.snapshot.queue == ()


def test_a_skip_within_the_queue_keeps_what_follows(desk: Desk) -> None:
    desk.player.queue = (TWO, THREE)
    desk.player.plays(ONE, 30)
    desk.look()
    desk.player.plays(TWO, 0)
    desk.look(after=1.0)
    assert desk.source.snapshot.queue == (THREE,)


def test_the_songs_behind_a_lock_out_go_on_and_are_marked(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.player.queue = (TWO, THREE)
    desk.player.plays(ONE, 50)
    desk.look()
    desk.player.says = QuotaExceeded(48_925)
    desk.look(after=1.0)
    assert desk.source.snapshot.health is Health.QUOTA_EXCEEDED
    assert desk.source.snapshot.is_estimated_at(desk.now)
    assert not desk.source.is_due()
    told = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(told) == 2
    assert "QUOTA_EXCEEDED" in told[0]
    assert "this song and 2 more" in told[1]
    desk.now += 100
    assert desk.title == "Song 2"
    desk.now += 100
    assert desk.title == "Song 3"
    desk.now += 100
    assert desk.title == ""
    desk.now += 48_925
    assert desk.source.is_due()


def test_a_song_of_unknown_length_is_given_up_in_the_end(desk: Desk) -> None:
    desk.player.plays(replace(ONE, duration=0.0), 50)
    desk.look()
    desk.player.says = Unavailable("gone")
    desk.look(after=60)
    assert desk.title == "Song 1"
    desk.look(after=700)
    assert desk.title == ""
    assert desk.source.snapshot.health is Health.UNREACHABLE


def test_a_refusal_is_not_asked_for_every_few_seconds(desk: Desk) -> None:
    desk.player.says = Refused("not on the list")
    desk.look()
    desk.now += 601  # so long, somebody may be mending it
    for _ in range(10):
        desk.look()
    assert 60 <= desk.source.due_at - desk.now <= 120


def test_hurry_keeps_an_agreed_pause_and_a_second_between_questions(desk: Desk) -> None:
    desk.source._pace = FixedPace(20.0)
    desk.player.plays(ONE, 1)
    desk.look()
    desk.source.hurry()
    assert not desk.source.is_due()
    desk.now += 1.0
    assert desk.source.is_due()
    desk.player.says = RateLimited(60)
    desk.look()
    desk.now += 5
    desk.source.hurry()
    assert not desk.source.is_due()


class TestTheLine:
    @pytest.fixture
    def line(self) -> Any:
        desk = Desk()
        players = [Player(lambda: desk.now) for _ in range(3)]
        sources = [
            Source(player, FixedPace(1.0), name, is_quiet=name != "Spotify", clock=lambda: desk.now)
            for player, name in zip(players, ["App", "Spotify", "VLC"], strict=True)
        ]
        watcher = Watcher(sources)
        # The watcher's own steps, at the test's pace.
        import spotify_scope_plugin.playback.watcher as module

        patch = pytest.MonkeyPatch()
        patch.setattr(module.time, "monotonic", lambda: desk.now)
        yield desk, players, watcher
        patch.undo()

    def test_the_first_that_plays_is_shown_and_the_others_are_left_in_peace(self, line: Any) -> None:
        desk, (app, spotify, vlc), watcher = line
        app.plays(ONE, 10)
        spotify.plays(TWO, 10)
        vlc.plays(THREE, 10)
        for _ in range(5):
            watcher.step()
            desk.now += 2.1  # the queue was asked for, too
        assert watcher.snapshot.source == "App"
        assert (app.asked, spotify.asked, vlc.asked) == (5, 0, 0)

    def test_when_it_stops_the_next_in_line_takes_over_at_once(self, line: Any) -> None:
        desk, (app, spotify, vlc), watcher = line
        app.plays(ONE, 10)
        spotify.says = Unavailable("down")
        vlc.plays(THREE, 10)
        watcher.step()
        app.says = replace(app.says, is_playing=False)
        desk.now += 2.1  # the queue was asked for, too
        watcher.step()
        assert watcher.snapshot.source == "VLC"
        app.plays(ONE, 20)
        desk.now += 3.1  # it is asked every three seconds while it rests
        watcher.step()
        assert watcher.snapshot.source == "App"

    def test_when_a_song_ends_without_news_the_next_in_line_has_its_turn(self, line: Any) -> None:
        desk, (app, _, vlc), watcher = line
        app.plays(ONE, 90)
        watcher.step()
        app.says = Unavailable("silent")
        desk.now += 2.1
        vlc.plays(THREE, 10)
        rest = watcher.step()
        assert rest <= 8 + 3 + 0.1  # the end of the song, however long the app is left alone
        desk.now += 12
        watcher.step()
        assert watcher.snapshot.source == "VLC"

    def test_who_holds_a_track_is_shown_before_who_has_none(self, line: Any) -> None:
        _, (_app, _spotify, vlc), watcher = line
        vlc.plays(THREE, 10)
        vlc.says = replace(vlc.says, is_playing=False)
        watcher.step()
        assert watcher.snapshot.source == "VLC"

    def test_where_nothing_plays_the_trouble_of_quiet_ones_is_nobodys_business(
        self, line: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        _, (app, _spotify, vlc), watcher = line
        app.says, vlc.says = Unavailable("no bus"), Unavailable("no bus")
        watcher.step()
        assert watcher.snapshot.source == "Spotify"
        assert watcher.snapshot.health is Health.OK
        assert caplog.records == []

    def test_news_of_one_asks_nobody_else(self, line: Any) -> None:
        _, (app, spotify, vlc), watcher = line
        watcher.step()
        watcher._sources[0].notice()
        watcher.step()
        assert (app.asked, spotify.asked, vlc.asked) == (2, 1, 1)


class CutOff(Player):
    """Cannot be reached, and can tell for nothing when it can."""

    def __init__(self, clock: Any) -> None:
        super().__init__(clock)
        self.is_there = False
        self.cheap_looks = self.questions = 0

    def is_worth_a_try(self) -> bool:
        self.cheap_looks += 1
        return self.is_there

    def read(self) -> Playback:
        self.questions += 1
        return super().read()


class TestBackSoon:
    def desk(self, trouble: Exception) -> Desk:
        desk = Desk()
        desk.player = CutOff(lambda: desk.now)
        desk.source = Source(desk.player, FixedPace(1.0), "Spotify", clock=lambda: desk.now)
        desk.player.says = trouble
        return desk

    def pass_time(self, desk: Desk, seconds: float) -> None:
        until = desk.now + seconds
        while desk.source.due_at <= until:
            desk.now = max(desk.now, desk.source.due_at)
            desk.look()
        desk.now = until

    @pytest.mark.parametrize("after", [3.0, 60.0, 590.0, 3600.0])
    def test_the_networks_return_is_noticed_within_five_seconds(self, desk: Desk, after: float) -> None:
        desk = self.desk(Unreachable("no network"))
        self.pass_time(desk, after)
        player = desk.player
        player.is_there, questions = True, player.questions
        player.plays(ONE, 10)
        back_at = desk.now
        while desk.source.snapshot.health is not Health.OK:
            desk.now = desk.source.due_at
            desk.look()
        assert desk.now - back_at <= 5
        assert player.questions == questions + 1

    def test_an_outage_of_hours_costs_little(self) -> None:
        desk = self.desk(Unreachable("no network"))
        self.pass_time(desk, 3 * 3600)
        assert desk.player.questions < 800
        assert desk.player.cheap_looks > 2000

    @pytest.mark.parametrize("trouble", [Unavailable("HTTP 500"), Refused("403"), TookTooLong("hangs")])
    def test_the_end_of_a_trouble_of_some_minutes_is_noticed(self, trouble: Exception) -> None:
        desk = self.desk(trouble)
        self.pass_time(desk, 300)
        desk.player.plays(ONE, 10)
        back_at = desk.now
        while desk.source.snapshot.health is not Health.OK:
            desk.now = max(desk.now, desk.source.due_at)
            desk.look()
        assert desk.now - back_at <= 5

    def test_a_look_that_fails_is_no_reason_to_ask(self) -> None:
        desk = self.desk(Unreachable("no network"))

        def broken() -> bool:
            raise RuntimeError("a bug")

        desk.player.is_worth_a_try = broken
        self.pass_time(desk, 60)
        assert 10 <= desk.player.questions <= 30

    def test_who_is_asked_to_wait_waits(self) -> None:
        desk = self.desk(RateLimited(60))
        desk.player.is_there = True
        self.pass_time(desk, 59)
        assert (desk.player.questions, desk.player.cheap_looks) == (1, 0)

    def test_after_a_sleep_it_is_asked_whatever_was_before(self) -> None:
        """Else nobody would know for two minutes that all is well again, nor why it was not."""
        desk = self.desk(Refused("403"))
        self.pass_time(desk, 3600)
        desk.player.plays(ONE, 10)
        desk.source.forget()
        desk.now = max(desk.now, desk.source.due_at)
        desk.look()
        assert desk.source.snapshot.health is Health.OK
