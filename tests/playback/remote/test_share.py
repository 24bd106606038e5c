"""Sharing: one computer's music on another one, over real HTTP."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from spotify_scope_plugin.playback.model import Playback, Track
from spotify_scope_plugin.playback.player import Unavailable
from spotify_scope_plugin.playback.remote import inbox as inbox_module
from spotify_scope_plugin.playback.remote.address import Address
from spotify_scope_plugin.playback.remote.inbox import Inbox, Sharer, TakenOver
from spotify_scope_plugin.playback.remote.sharer import CannotShare, SharingClient
from spotify_scope_plugin.playback.snapshot import Health, Snapshot

from ...support.page import Page, serving
from ...support.proxy import network_to
from ...support.waiting import eventually

SONG = Track("4PTG3Z6ehGkBFwjybzWkR8", "spotify:track:4PTG3Z6ehGkBFwjybzWkR8", "Song", ("A", "B"), "Album", 200.0)
NEXT = Track(None, "", "Next", ("C",), "", 100.0)


def playing(track: Track = SONG, position: float = 0.0, queue: tuple[Track, ...] = ()) -> Snapshot:
    playback = Playback(track, is_playing=True, position=position, taken_at=time.monotonic())
    return Snapshot(playback, Health.OK, queue)


@pytest.fixture
def pod(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """A pod without a login, whose page needs a token."""
    with serving(source="auto", lyrics_app_token="secret") as page:
        yield page


def client_for(page: Page, token: str = "secret", name: str = "laptop") -> SharingClient:
    return SharingClient(Address.parse(page.url, token), name)


def shown(page: Page) -> dict[str, Any]:
    now: dict[str, Any] = page.get("/api/now?token=secret").json()
    return now


class TestSharing:
    def test_what_plays_there_plays_here(self, pod: Page) -> None:
        client = client_for(pod)
        snapshot = playing(position=30, queue=(NEXT,))
        assert client.share(snapshot)
        now = eventually(lambda: now if (now := shown(pod))["track"] else None)
        assert now["state"] == "ok"
        assert now["source"] == "A computer that shares"
        assert now["track"]["uri"] == SONG.uri
        assert now["track"]["artists"] == ["A", "B"]
        position = now["position"] + now["server_time"] - now["taken_at"]
        assert position == pytest.approx(snapshot.playback.position_at(time.monotonic()), abs=0.1)

    def test_a_change_is_told_at_once_and_nothing_else_but_a_heartbeat(self, pod: Page) -> None:
        client = client_for(pod)
        snapshot = playing()
        client.share(snapshot)
        told = client._told_at
        for _ in range(20):
            client.share(snapshot)
            time.sleep(0.02)
        assert client._told_at == told
        paused = Snapshot(Playback(SONG, False, 12.0, time.monotonic()), Health.OK)
        client.share(paused)
        eventually(lambda: shown(pod)["track"] and not shown(pod)["is_playing"], within=0.6)
        assert shown(pod)["position"] == 12

    def test_a_slow_network_moves_nothing(self, pod: Page) -> None:
        with network_to(pod.port) as network:
            network.delay = 0.15
            client = SharingClient(Address(f"http://127.0.0.1:{network.port}", "secret"), "laptop")
            snapshot = playing(position=30)
            client.share(snapshot)
            now = eventually(lambda: now if (now := shown(pod))["track"] else None)
            position = now["position"] + now["server_time"] - now["taken_at"]
            assert position == pytest.approx(snapshot.playback.position_at(time.monotonic()), abs=0.1)
            assert client.status.round_trip > 0.25

    def test_a_cut_network_is_waited_for(self, pod: Page) -> None:
        with network_to(pod.port) as network:
            client = SharingClient(Address(f"http://127.0.0.1:{network.port}", "secret"), "laptop")
            client.share(playing())
            assert client.status.arrived
            network.cut()
            other = playing(NEXT)
            eventually(lambda: (client.share(other), not client.status.arrived)[1])
            assert "cannot be reached" in client.status.problem
            network.mend()
            eventually(lambda: (client.share(other), client.status.arrived)[1])
            eventually(lambda: shown(pod)["track"]["title"] == "Next")

    def test_who_stops_is_forgotten_at_once(self, pod: Page) -> None:
        client = client_for(pod)
        client.share(playing())
        eventually(lambda: shown(pod)["track"])
        client.stop()
        eventually(lambda: shown(pod)["track"] is None)

    def test_the_last_one_to_start_wins_and_both_are_told(self, pod: Page) -> None:
        first = client_for(pod, name="first")
        first.share(playing())
        time.sleep(0.05)
        second = client_for(pod, name="second")
        second.share(playing(NEXT))
        assert second.status.replaced == "first"
        time.sleep(0.3)  # so much lies between two pieces of news
        with pytest.raises(CannotShare, match="second shares now"):
            first.share(playing())
        assert eventually(lambda: shown(pod)["track"])["title"] == "Next"


class TestRoughEdges:
    def test_a_computer_that_has_slept_goes_on(self, pod: Page) -> None:
        client = client_for(pod)
        client.share(playing())
        client._server_clock.offset -= 120.0  # its clock stood still meanwhile
        eventually(lambda: (client.share(playing(NEXT)), client.status.problem)[1])
        eventually(lambda: (client.share(playing(NEXT)), client.status.arrived)[1])

    def test_what_is_too_long_is_cut(self, pod: Page) -> None:
        long = Track(
            "1", "", "ж" * 2000, ("ж" * 2000,) * 30, "ж" * 2000, 9e9, artwork_url="https://x/" + "a" * 900
        )
        client = client_for(pod)
        client.share(playing(long, position=200_000.0, queue=(long,) * 20))
        assert client.status.arrived, client.status
        assert eventually(lambda: shown(pod)["track"])["artwork_url"] is None

    def test_a_sharer_without_music_is_one_all_the_same(self, pod: Page) -> None:
        client_for(pod).share(Snapshot(health=Health.OK))
        now = eventually(lambda: now if (now := shown(pod))["source"] == "A computer that shares" else None)
        assert (now["state"], now["problem"]) == ("nothing_playing", "")


class TestTheDoor:
    def test_without_the_token_nobody_shares(self, pod: Page) -> None:
        for token in ("", "wrong"):
            with pytest.raises(CannotShare, match="token"):
                client_for(pod, token).share(playing())
        assert shown(pod)["track"] is None

    def test_guests_cannot_share(self, pod: Page) -> None:
        from lyrics_app.access import Access

        invitation = Access("secret").invitation("secret")
        with pytest.raises(CannotShare, match="Guests cannot share"):
            client_for(pod, invitation).share(playing())

    def test_an_unguarded_page_takes_it_from_its_own_machine_alone(self, environ: dict[str, str]) -> None:
        with serving(source="auto") as page:
            body = report(page)
            assert page.request("POST", "/api/share", json=body).status_code == 200
            forwarded = page.request("POST", "/api/share", json=body, headers={"X-Forwarded-For": "10.0.0.9"})
            assert forwarded.status_code == 403
            assert "LYRICS_APP_TOKEN" in forwarded.json()["detail"]

    def test_another_source_is_said(self, environ: dict[str, str]) -> None:
        with serving(source="spotify") as page, pytest.raises(CannotShare, match="SPOTIFY_SCOPE_SOURCE"):
            SharingClient(Address(page.url), "laptop").share(playing())

    def test_a_page_of_another_site_cannot_share(self, environ: dict[str, str]) -> None:
        with serving(source="auto") as page:
            answer = page.request(
                "POST", "/api/share", json=report(page), headers={"Origin": "https://evil.example"}
            )
            assert answer.status_code == 403

    @pytest.mark.parametrize(
        "change",
        [
            {"position": -1},
            {"position": "NaN"},
            {"position": 1e12},
            {"taken_at": 0},
            {"taken_at": 1e300},
            {"sharer": {"id": "x", "name": "n", "started_at": 0}},
            {"sharer": {"id": "0" * 16, "name": "n" * 1000, "started_at": 0}},
            {"sharer": {"id": "0" * 16, "name": "from the future", "started_at": 9e9}},
            {"track": {"title": ""}},
            {"track": {"title": "x" * 501}},
            {"track": {"title": "x", "artists": ["a"] * 21}},
            {"track": {"title": "x", "duration": -5}},
            {"track": ["x"]},
            {"queue": [{"title": "x"}] * 21},
            {"is_playing": "perhaps"},
        ],
    )
    def test_nonsense_changes_nothing(self, environ: dict[str, str], change: dict[str, Any]) -> None:
        with serving(source="auto") as page:
            answer = page.request("POST", "/api/share", json={**report(page), **change})
            assert answer.status_code == 422
            assert page.get("/api/now").json()["track"] is None

    def test_addresses_that_are_none_of_spotify_s_are_dropped(self, environ: dict[str, str]) -> None:
        track = {"title": "x", "uri": "file:///etc/passwd", "artwork_url": "http://10.0.0.1/x"}
        with serving(source="auto") as page:
            assert page.request("POST", "/api/share", json={**report(page), "track": track}).status_code == 200
            now = eventually(lambda: now if (now := page.get("/api/now").json())["track"] else None)
        assert (now["track"]["uri"], now["track"]["artwork_url"]) == ("", None)

    def test_a_flood_is_refused_and_the_page_goes_on(self, environ: dict[str, str]) -> None:
        with serving(source="auto") as page:
            codes = [page.request("POST", "/api/share", json=report(page)).status_code for _ in range(80)]
            assert codes.count(200) <= 20 + 10 * 4
            assert codes[-1] == 429 or codes.count(429) > 0
            assert page.get("/api/now").ok
            assert page.request("POST", "/api/share", data=b"x" * 100_000).status_code == 413


def report(page: Page) -> dict[str, Any]:
    server_time = page.get("/api/time").json()["server_time"]
    return {
        "sharer": {"id": "0" * 16, "name": "test", "started_at": server_time},
        "track": {"title": "Song"},
        "is_playing": True,
        "position": 1.0,
        "taken_at": server_time,
    }


class TestTheInbox:
    def test_who_falls_silent_is_counted_on_to_the_song_s_end(self, monkeypatch: pytest.MonkeyPatch) -> None:
        now = [1000.0]
        monkeypatch.setattr(inbox_module.time, "monotonic", lambda: now[0])
        inbox = Inbox()
        inbox.take(Sharer("a", "laptop", 0.0), Playback(SONG, True, 150, 1000.0))
        now[0] += 16
        with pytest.raises(Unavailable, match="laptop"):
            inbox.read()
        now[0] += 35
        assert inbox.read().track is None
        assert inbox.read().track is None

    def test_who_falls_silent_in_a_pause_is_gone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        now = [1000.0]
        monkeypatch.setattr(inbox_module.time, "monotonic", lambda: now[0])
        inbox = Inbox()
        inbox.take(Sharer("a", "laptop", 0.0), Playback(SONG, False, 150, 1000.0))
        assert inbox.read().track == SONG
        now[0] += 16
        assert inbox.read().track is None

    def test_one_that_started_earlier_may_speak_again_when_the_other_is_silent(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        now = [1000.0]
        monkeypatch.setattr(inbox_module.time, "monotonic", lambda: now[0])
        inbox = Inbox()
        early, late = Sharer("a", "early", 1.0), Sharer("b", "late", 2.0)
        inbox.take(late, Playback(SONG, True, 0, 1000.0))
        with pytest.raises(TakenOver, match="late"):
            inbox.take(early, Playback(NEXT, True, 0, 1000.0))
        now[0] += 20
        assert inbox.take(early, Playback(NEXT, True, 0, 1020.0)) is None
        assert inbox.read().track == NEXT

    def test_a_stranger_s_goodbye_changes_nothing(self) -> None:
        inbox = Inbox()
        inbox.take(Sharer("a", "laptop", 1.0), Playback(SONG, True, 0, time.monotonic()))
        inbox.leave("b")
        assert inbox.read().track == SONG
