"""The page's server over real HTTP, beside the loopback music service."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from spotify_scope_plugin.options import Options

from ..support.music_service import Fault, MusicService, Song
from ..support.page import ROOT, Listener, Page, serving
from ..support.waiting import eventually

PLAYING = "/v1/me/player/currently-playing"
LRC = "[00:01.00]First line\n[00:03.00]<00:03.00>Second <00:04.00>line\n[00:05.00]\n[00:20.00]Third line"
SONG = Song("Song", "Artist; Other", lrc=LRC)


class TestNow:
    def test_it_says_what_plays_and_what_is_sung(self, service: MusicService, page: Page) -> None:
        service.play(SONG, position=3.2)
        now = page.now()
        assert now["state"] == "ok"
        assert now["track"] == {
            "id": SONG.id,
            "uri": f"spotify:track:{SONG.id}",
            "title": "Song",
            "artists": ["Artist", "Other"],
            "artist": "Artist, Other",
            "album": "Album",
            "duration": 180.0,
            "explicit": False,
            "artwork_url": "https://i.scdn.co/image/1",
            "is_podcast": False,
        }
        assert now["lyrics"]["kind"] == "synced"
        assert [(line["start"], line["end"], line["text"]) for line in now["lyrics"]["lines"]] == [
            (1, 3, "First line"),
            (3, 5, "Second line"),
            (20, 32, "Third line"),
        ]
        assert [(word["start"], word["text"]) for word in now["line"]["words"]] == [(3, "Second "), (4, "line")]
        assert now["next_line"]["text"] == "Third line"
        assert "Second line" in now["prompt"]
        assert not now["prompt_is_sent"]
        position = now["position"] + now["server_time"] - now["taken_at"]
        assert position == pytest.approx(service.position(), abs=0.2)
        assert now["server_time"] == pytest.approx(time.time(), abs=5)

    def test_the_offset_moves_the_lines_and_the_preview_only_the_prompt(
        self, service: MusicService, logged_in: dict[str, str]
    ) -> None:
        options = Options(lyrics_offset_seconds=-1.0, lyrics_preview_seconds=5.0, template_theme="minimal")
        service.play(SONG, position=2.5)
        service.pause()
        with serving(options=options) as page:
            now = page.now()
        assert [line["start"] for line in now["lyrics"]["lines"]] == [2, 4, 21]
        assert now["line"]["text"] == "First line"
        assert now["prompt"].startswith("Abstract")  # paused

    def test_the_preview(self, service: MusicService, logged_in: dict[str, str]) -> None:
        options = Options(lyrics_preview_seconds=5.0, template_theme="minimal", lyrics_rotating_style=False)
        service.play(SONG, position=16)
        with serving(options=options) as page:
            now = page.now()
        assert now["line"] is None
        assert now["prompt"] == "Third line"

    def test_without_prompts_there_is_none(self, service: MusicService, logged_in: dict[str, str]) -> None:
        service.play(SONG)
        with serving(options=Options(send_prompts=False)) as page:
            assert page.now()["prompt"] is None

    def test_nothing_plays(self, page: Page) -> None:
        now = page.get("/api/now").json()
        assert (now["state"], now["track"], now["line"]) == ("nothing_playing", None, None)

    def test_not_logged_in(self, environ: dict[str, str]) -> None:
        with serving() as page:
            now = page.get("/api/now").json()
        assert now["state"] == "not_logged_in"
        assert "spotify-scope auth" in now["problem"]

    def test_rate_limited_says_until_when(self, service: MusicService, page: Page) -> None:
        service.faults[PLAYING] = [Fault(429, headers={"Retry-After": "30"})]
        now = page.get("/api/now").json()
        assert now["state"] == "rate_limited"
        assert now["retry_at"] - now["server_time"] == pytest.approx(30, abs=2)

    def test_spotify_unreachable_and_the_song_goes_on(self, service: MusicService, page: Page) -> None:
        service.play(SONG)
        page.now()
        service.broken[PLAYING] = Fault(503)
        now = eventually(lambda: now if (now := page.get("/api/now").json())["state"] != "ok" else None)
        assert now["state"] == "spotify_unreachable"
        assert now["track"]["title"] == "Song"
        assert now["is_playing"]

    @pytest.mark.parametrize(
        ("song", "kind"),
        [
            (Song("S", "A", plain="Words\nof it"), "plain"),
            (Song("S", "A", instrumental=True), "instrumental"),
            (Song("S", "A"), "not_found"),
        ],
    )
    def test_the_kinds_of_lyrics(self, service: MusicService, page: Page, song: Song, kind: str) -> None:
        service.play(song)
        lyrics = page.now()["lyrics"]
        assert (lyrics["kind"], lyrics["lines"]) == (kind, [])
        assert bool(lyrics["plain"]) == (kind == "plain")

    def test_a_podcast(self, service: MusicService, page: Page) -> None:
        service.item = {"name": "Episode", "type": "episode", "uri": "x", "show": {"name": "Show"}}
        track = page.get("/api/now").json()["track"]
        assert (track["title"], track["artist"], track["is_podcast"]) == ("Episode", "Show", True)


class TestEvents:
    def test_changes_are_pushed_as_they_happen(self, service: MusicService, page: Page) -> None:
        service.play(SONG)
        listener = Listener(page)
        listener.until(lambda now: now["line"] and now["line"]["text"] == "First line")
        at = next(at for at, _, data in listener.events if (data.get("line") or {}).get("text") == "First line")
        assert at - service.started_at() == pytest.approx(1.0, abs=0.25)
        service.pause()
        listener.until(lambda now: not now["is_playing"])
        service.resume()
        service.seek(20.5)
        listener.until(lambda now: now["line"] and now["line"]["text"] == "Third line")
        service.play(Song("Next", "Artist"))
        listener.until(lambda now: now["track"]["title"] == "Next" and now["lyrics"]["kind"] == "not_found")
        service.stop()
        listener.until(lambda now: now["state"] == "nothing_playing")
        listener.close()

    def test_what_stays_is_not_sent_again(self, service: MusicService, page: Page) -> None:
        service.play(SONG)
        listener = Listener(page)
        listener.until(lambda now: now["line"] and now["line"]["text"] == "Second line")
        listener.close()
        assert [name for _, name, _ in listener.events].count("now") == 1
        assert sum(bool(data.get("lyrics", {}).get("lines")) for _, _, data in listener.events) == 1
        lines = [data["line"]["text"] for _, _, data in listener.events if data.get("line")]
        assert lines == ["First line", "Second line"]

    def test_the_events_add_up_to_what_now_says(self, service: MusicService, page: Page) -> None:
        service.play(SONG, position=3.5)
        listener = Listener(page)
        listener.until(lambda now: now["line"])
        service.pause()
        listener.until(lambda now: not now["is_playing"])
        time.sleep(0.3)
        known, asked = listener.now(), page.get("/api/now").json()
        listener.close()
        assert {**known, "server_time": 0} == {**asked, "server_time": 0}

    def test_many_listeners_cost_spotify_one_request_a_second(
        self, service: MusicService, logged_in: dict[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SPOTIFY_POLL_SECONDS", "1")
        service.play(SONG)
        with serving() as page:
            listeners = [Listener(page) for _ in range(40)]
            for listener in listeners:
                listener.until(lambda now: now["line"])
            asked, began = service.count(PLAYING), time.monotonic()
            for _ in range(30):
                page.get("/api/now")
                time.sleep(0.1)
            assert service.count(PLAYING) - asked <= time.monotonic() - began + 1
            for listener in listeners:
                listener.close()

    def test_when_nobody_listens_nobody_is_asked(self, service: MusicService, page: Page) -> None:
        service.play(SONG)
        listener = Listener(page)
        listener.until(lambda now: now["line"])
        listener.close()
        time.sleep(15.5)  # as long as the session waits for somebody to come back
        asked = service.count(PLAYING)
        time.sleep(1.5)
        assert service.count(PLAYING) == asked

    def test_heartbeats_tell_that_the_server_is_there(
        self, service: MusicService, page: Page, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("lyrics_app.feed.HEARTBEAT_SECONDS", 0.3)
        listener = Listener(page)
        eventually(lambda: [name for _, name, _ in listener.events].count("heartbeat") >= 3)
        beat = next(data for _, name, data in listener.events if name == "heartbeat")
        assert beat["server_time"] == pytest.approx(time.time(), abs=5)
        listener.close()

    def test_the_streams_end_when_the_server_stops(self, service: MusicService, logged_in: dict[str, str]) -> None:
        with serving() as page:
            listener = Listener(page)
            listener.until(lambda now: True)
            began = time.monotonic()
        assert time.monotonic() - began < 1.5
        eventually(lambda: listener.ended)


class TestTheRest:
    def test_the_page_and_its_parts(self, page: Page) -> None:
        html = page.get("/").text
        parts = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', html))
        assert len(parts) >= 3
        for part in parts:
            answer = page.get(part)
            assert answer.status_code == 200
            for module in re.findall(r'from "\./([^"]+)"', answer.text):
                assert page.get(f"/static/{module}").status_code == 200
        assert "http://" not in html
        assert "https://" not in html

    def test_health_and_time(self, page: Page) -> None:
        assert page.get("/healthz").json() == {"status": "ok"}
        assert page.get("/api/time").json()["server_time"] == pytest.approx(time.time(), abs=5)

    def test_openapi_describes_every_answer(self, page: Page) -> None:
        described = page.get("/openapi.json").json()
        assert {"/api/now", "/api/events", "/healthz", "/api/login"} <= set(described["paths"])
        fields = described["components"]["schemas"]["Now"]["properties"]
        service_fields = page.get("/api/now").json()
        assert set(fields) == set(service_fields)
        for path, methods in described["paths"].items():
            for method in methods.values():
                assert method["description"], path

    def test_the_address_for_others(self, environ: dict[str, str]) -> None:
        with serving(lyrics_app_host="0.0.0.0", runpod_pod_id="pod") as page:
            forwarded = page.get("/api/address").json()  # as over an SSH tunnel
            assert forwarded["url"] == f"https://pod-{page.port}.proxy.runpod.net/"
            seen = page.get("/api/address", headers={"Host": "10.1.2.3:80"}).json()
            assert (seen["url"], seen["is_local"]) == ("http://10.1.2.3:80/", False)

    def test_the_qr_code_leads_a_phone_here(self, page: Page) -> None:
        segno = pytest.importorskip("segno")
        address = page.get("/api/address").json()
        assert address == {"url": f"{page.url}/", "is_guarded": False, "is_local": True}
        drawn = page.get("/qr.svg", headers={"Host": f"192.168.7.8:{page.port}"})
        assert drawn.headers["Content-Type"].startswith("image/svg+xml")
        expected = segno.make(f"http://192.168.7.8:{page.port}/", error="m", micro=False)
        pattern = r' d="(M[^"]+)"'
        assert re.findall(pattern, drawn.text)[-1] == re.findall(pattern, expected.svg_inline(border=3))[-1]


def start(*, module: list[str] | None = None, **environ: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", *(module or ["lyrics_app.server"])],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        cwd=ROOT,
        env={**os.environ, "SPOTIFY_SCOPE_SOURCE": "demo", "LYRICS_APP_HOST": "127.0.0.1", **environ},
    )


class TestProgram:
    @pytest.mark.parametrize("module", [["lyrics_app.server"], ["spotify_scope_plugin.cli", "lyrics-page"]])
    def test_it_says_where_the_page_is_and_ends_on_ctrl_c(self, module: list[str]) -> None:
        process = start(module=module, LYRICS_APP_PORT="0")
        assert process.stdout is not None
        line = process.stdout.readline()
        port = re.search(r"http://127\.0\.0\.1:(\d+)", line)
        assert port, line
        page = Page(int(port[1]))
        assert eventually(lambda: page.get("/api/now").json())["track"]["title"] == "Amazing Grace"
        listener = Listener(page)
        with socket.create_connection(("127.0.0.1", page.port)) as unfinished:
            head = "POST /api/login/finish HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            unfinished.sendall(f"{head}Content-Length: 100\r\n\r\n{{".encode())
            time.sleep(0.5)
            process.send_signal(signal.SIGINT)
            output, _ = process.communicate(timeout=10)
        assert process.returncode == 0, output
        assert "Traceback" not in output
        eventually(lambda: listener.ended)

    def test_a_port_that_is_taken(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            process = start(LYRICS_APP_PORT=str(port))
            output, _ = process.communicate(timeout=30)
        assert process.returncode == 1
        assert f"port {port}" in output
        assert "LYRICS_APP_PORT" in output
        assert "Traceback" not in output

    def test_an_address_of_another_machine(self) -> None:
        process = start(LYRICS_APP_HOST="192.0.2.77", LYRICS_APP_PORT="0")
        output, _ = process.communicate(timeout=30)
        assert process.returncode == 1
        assert "192.0.2.77" in output
        assert "LYRICS_APP_HOST" in output

    def test_it_explains_itself(self) -> None:
        process = start(module=["lyrics_app.server", "--help"])
        output, _ = process.communicate(timeout=30)
        assert process.returncode == 0
        assert "LYRICS_APP_TOKEN" in output

    def test_missing_libraries(self, tmp_path: Path) -> None:
        (tmp_path / "uvicorn.py").write_text("raise ModuleNotFoundError('no', name='uvicorn')")
        process = start(PYTHONPATH=str(tmp_path))
        output, _ = process.communicate(timeout=30)
        assert process.returncode == 2
        assert "'.[lyrics-app]'" in output
        assert "Traceback" not in output

    def test_the_address_to_open(self, logged_in: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
        process = start(LYRICS_APP_PORT="0", RUNPOD_POD_ID="abc123", LYRICS_APP_TOKEN="opensesame")
        assert process.stdout is not None
        warning, line = process.stdout.readline(), process.stdout.readline()
        assert "spotify-scope token" in warning
        process.kill()
        process.communicate()
        assert re.search(r"https://abc123-\d+\.proxy\.runpod\.net", line), line
        assert "#token=" in line
        assert "opensesame" not in warning + line


def test_nothing_secret_is_ever_answered_or_logged(
    service: MusicService, logged_in: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    service.play(SONG)
    with serving(lyrics_app_token="opensesame", client_secret="client-secret") as page:
        answers: list[Any] = [page.get("/?token=opensesame")]
        cookies = answers[0].cookies
        paths = ("/", "/api/now", "/api/login", "/api/address", "/qr.svg", "/openapi.json")
        answers += [page.get(path, cookies=cookies) for path in paths]
        answers += [page.request("POST", "/api/login", cookies=cookies), page.get("/api/now?token=wrong")]
        answers += [page.get("/", headers={"Host": "evil.example"}), page.get("/callback?code=x&state=y")]
    shown = caplog.text + "".join(f"{answer.headers}{answer.text}" for answer in answers)
    secrets = ["opensesame", "client-secret", *service.access_tokens, *service.refresh_tokens]
    assert [secret for secret in secrets if secret in shown] == []
