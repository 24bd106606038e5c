"""The commands, as a user runs them: real processes, real pipes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from ..support.desktop import SpotifyApp, session_bus
from ..support.music_service import Fault, MusicService, Song
from ..support.page import Page
from ..support.scope_server import ScopeServer, serving_scope
from ..support.waiting import eventually

ROOT = Path(__file__).parent.parent.parent
COMMAND = [sys.executable, "-m", "spotify_scope_plugin.cli"]
SCRIPT = [sys.executable, str(ROOT / "scripts" / "spotify_auth.py")]


# On the tester's own desktop no browser opens, and no port is in the way.
QUIET = {
    "PYTHONIOENCODING": "utf-8",
    "LYRICS_APP_HOST": "127.0.0.1",
    "LYRICS_APP_PORT": "0",
    "BROWSER": f"{sys.executable} -c pass %s",
}


def start(command: list[str], **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        env={**os.environ, **QUIET, **environment},
        cwd=ROOT,
    )


def run(command: list[str], typed: str = "", **environment: str) -> tuple[int, str]:
    process = start(command, **environment)
    output, _ = process.communicate(typed, timeout=60)
    return process.returncode, output


def printed_url(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if "/authorize?" in line:
            return line.strip()
    raise AssertionError("no address was printed")


class TestAuth:
    @pytest.mark.parametrize("command", [[*COMMAND, "auth"], SCRIPT], ids=["command", "script"])
    def test_the_conversation(
        self, command: list[str], service: MusicService, environ: dict[str, str], home: Path
    ) -> None:
        service.play(Song("Song", "Artist", lrc="[00:00]Words of it"))
        process = start(command)
        state = parse_qs(urlsplit(printed_url(process)).query)["state"][0]
        redirect = "http://127.0.0.1:8888/callback"
        typed = [
            "",
            "hello",
            f"{redirect}?error=access_denied",
            f"{redirect}?code=wrong&state={state}",
            f"{redirect}?code={service.authorize()}&state={state}",
        ]
        output, _ = process.communicate("\n".join(typed) + "\n", timeout=60)
        assert process.returncode == 0, output
        for words in ("Nothing was pasted", "neither an address", "not allowed", "used already"):
            assert words in output
        assert "Authentication successful" in output
        assert 'Now playing: "Song" by Artist' in output
        assert "Line: Words of it" in output
        assert (home / ".spotify_token_cache").exists()
        assert not any(secret in output for secret in [*service.access_tokens, *service.refresh_tokens])

    def test_logged_in_already(self, service: MusicService, logged_in: dict[str, str]) -> None:
        code, output = run([*COMMAND, "auth"])
        assert code == 0
        assert "logged in to Spotify already" in output
        assert "Nothing is playing right now" in output

    def test_a_login_that_spotify_withdrew_is_made_again(
        self, service: MusicService, logged_in: dict[str, str]
    ) -> None:
        service.revoke_all()  # the token on disk looks good for another hour
        code, output = run([*COMMAND, "auth"], typed=f"{service.authorize()}\n")
        assert code == 0, output
        assert "no longer accepted. Log in again" in output
        assert "Authentication successful" in output

    def test_again(self, service: MusicService, logged_in: dict[str, str]) -> None:
        code, output = run([*COMMAND, "auth", "--again"], typed=f"{service.authorize()}\n")
        assert code == 0
        assert "Authentication successful" in output

    def test_without_a_client_id(self, environ: dict[str, str]) -> None:
        code, output = run([*COMMAND, "auth"], SPOTIFY_CLIENT_ID="")
        assert code == 2
        assert "SPOTIFY_CLIENT_ID is not set" in output
        assert "Traceback" not in output

    def test_nobody_pastes_anything(self, environ: dict[str, str]) -> None:
        code, output = run([*COMMAND, "auth"])
        assert code == 1
        assert "Stopped; nothing was changed." in output

    def test_a_folder_that_cannot_be_written(
        self, service: MusicService, environ: dict[str, str], home: Path
    ) -> None:
        home.write_text("a file where the folder should be")
        code, output = run([*COMMAND, "auth"], typed=f"{service.authorize()}\n")
        assert code == 1
        assert "SPOTIFY_SCOPE_HOME" in output
        assert "/authorize?" not in output  # said before the user goes through all of it
        assert "Traceback" not in output

    def test_the_script_names_a_missing_package(self, tmp_path: Path) -> None:
        bare = "import runpy, sys; sys.modules['spotipy'] = None; runpy.run_path(sys.argv[1], run_name='__main__')"
        code, output = run([sys.executable, "-c", bare, SCRIPT[1]])
        assert code == 1
        assert "python3 -m pip install ." in output
        assert "Traceback" not in output


class TestNow:
    def test_what_plays(self, service: MusicService, logged_in: dict[str, str]) -> None:
        service.play(Song("Song", "Artist", lrc="[00:00]Words of it"), position=3)
        code, output = run([*COMMAND, "now"])
        assert code == 0
        assert 'Now playing: "Song" by Artist, at 0:03' in output
        assert "Line: Words of it" in output
        assert "Prompt: Words of it, cinematic, dreamlike, Song by Artist, soft lighting" in output

    @pytest.mark.parametrize(
        ("song", "words"),
        [
            (Song("Song", "Artist"), "Lyrics: not found."),
            (Song("Song", "Artist", instrumental=True), "instrumental"),
            (Song("Song", "Artist", plain="Words"), "without times"),
            (Song("Song", "Artist", lrc="[01:00]Late"), "nobody sings right now"),
        ],
    )
    def test_what_is_known_of_the_lyrics(
        self, service: MusicService, logged_in: dict[str, str], song: Song, words: str
    ) -> None:
        service.play(song)
        assert words in run([*COMMAND, "now"])[1]

    def test_not_logged_in(self, environ: dict[str, str]) -> None:
        code, output = run([*COMMAND, "now"])
        assert code == 1
        assert output.count("spotify-scope auth") == 1

    def test_spotify_out_of_reach(self, logged_in: dict[str, str]) -> None:
        code, output = run([*COMMAND, "now"], SPOTIFY_API_BASE_URL="http://127.0.0.1:9")
        assert code == 1
        assert output.count("cannot be reached") == 1

    def test_lrclib_out_of_order(self, service: MusicService, logged_in: dict[str, str]) -> None:
        service.broken["/api/get"] = Fault(500)
        service.play(Song("Song", "Artist"))
        code, output = run([*COMMAND, "now"])
        assert code == 0
        assert output.count("LRCLIB") == 1
        assert "Lyrics: LRCLIB has a problem (HTTP 500)." in output


class TestLyrics:
    COMMAND = [*COMMAND, "lyrics"]  # noqa: RUF012

    def test_it_shows_what_was_found_and_why(self, service: MusicService, environ: dict[str, str]) -> None:
        service.catalogue = [
            Song("Hey Jude", "Beatles", lrc="[00:10]First words\n[07:00]Last words", duration=431),
            Song("Hey Jude (Live)", "Beatles", lrc="[00:10]Live words", duration=420),
        ]
        code, output = run([*self.COMMAND, "The Beatles", "Hey Jude - Remastered 2015", "--duration", "7:11"])
        assert code == 0, output
        assert "Looking for 'Hey Jude' by The Beatles." in output
        assert "another take: live instead of studio" in output
        assert "Found, with a score of" in output
        assert "0:10.0  First words" in output

    def test_a_miss_is_explained(self, service: MusicService, environ: dict[str, str]) -> None:
        service.catalogue = [Song("Hey Jude", "Somebody Else", lrc="[00:10]Words", duration=431)]
        code, output = run([*self.COMMAND, "Nobody", "Hey Jude"])
        assert code == 1
        assert "Not found" in output

    def test_your_own_file_wins(self, environ: dict[str, str], home: Path) -> None:
        (home / "lyrics").mkdir(parents=True)
        (home / "lyrics" / "A - B.lrc").write_text("[00:01]Mine")
        code, output = run([*self.COMMAND, "A", "B"])
        assert code == 0
        assert "your own file" in output
        assert "0:01.0  Mine" in output

    def test_the_cache_can_be_cleared(self, service: MusicService, logged_in: dict[str, str]) -> None:
        service.play(Song("Song", "Artist", lrc="[00:00]Words of it"))
        run([*COMMAND, "now"])
        assert "the lyrics of 1 songs" in run([*self.COMMAND, "--clear-cache"])[1]
        assert "the lyrics of 0 songs" in run([*self.COMMAND, "--clear-cache"])[1]

    @pytest.mark.parametrize(
        "arguments", [[], ["Artist"], ["Artist", "Title", "--duration", "long"], ["A", "B", "--duration", "nan"]]
    )
    def test_what_is_missing_is_said(self, arguments: list[str]) -> None:
        code, output = run([*self.COMMAND, *arguments])
        assert code == 2
        assert "spotify-scope lyrics" in output
        assert "Traceback" not in output


class TestDemo:
    def test_prompts_follow_the_lyrics(self) -> None:
        code, output = run([*COMMAND, "demo"], DEMO_SECONDS="8", SPOTIFY_PROMPT_TRANSITION_CHUNKS="2")
        assert code == 0
        assert '"Amazing Grace" by John Newton' in output
        [line] = [row for row in output.splitlines() if "How sweet the sound" in row]
        assert line.split()[0] in {"0:02.0", "0:02.1"}
        assert output.count("How sweet the sound") == 1  # sent again, but printed once
        assert "pipeline FPS ≈ " in output

    def test_it_serves_the_lyrics_page(self, unused_port: int) -> None:
        process = start([*COMMAND, "demo"], DEMO_SECONDS="6", LYRICS_APP_PORT=str(unused_port))
        page = Page(unused_port)

        def prompt() -> Any:
            try:
                now = page.get("/api/now").json()
            except OSError:
                return None
            return now["prompt_is_sent"] and now["prompt"]

        assert "Amazing Grace" in eventually(prompt, 10)
        output = process.communicate(timeout=30)[0]
        assert process.returncode == 0
        assert f"http://127.0.0.1:{unused_port}" in output

    @pytest.mark.skipif(sys.platform == "win32", reason="signals are different there")
    def test_control_c_ends_it_politely(self) -> None:
        process = start([*COMMAND, "demo"])
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        output: Any = process.communicate(timeout=10)[0]
        assert process.returncode == 0
        assert "Traceback" not in output

    def test_a_console_that_cannot_show_every_script(self) -> None:
        code, output = run([*COMMAND, "demo"], DEMO_SECONDS="1", PYTHONIOENCODING="ascii:strict")
        assert code == 0
        assert "Amazing Grace" in output


class TestPlayers:
    def test_a_player_is_listed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with session_bus(monkeypatch) as address:
            app = SpotifyApp(address)
            app.play("1", "Song\x1b[31m", "Artist", at=60)
            code, output = run([*COMMAND, "players"])
            app.close()
        assert code == 0
        assert 'spotify: plays "Song [31m" by Artist, at 1:0' in output
        assert "SPOTIFY_SCOPE_PLAYER" in output

    def test_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with session_bus(monkeypatch):
            code, output = run([*COMMAND, "players"])
        assert code == 1
        assert "No player has anything to play" in output

    @pytest.mark.skipif(sys.platform != "linux", reason="D-Bus is Linux's")
    def test_no_session_bus(self, tmp_path: Path) -> None:
        code, output = run([*COMMAND, "players"], DBUS_SESSION_BUS_ADDRESS=f"unix:path={tmp_path}/none")
        assert code == 1
        assert "Traceback" not in output
        assert "cannot be seen" in output


class TestShare:
    def test_from_one_process_to_another(self, environ: dict[str, str], unused_port: int) -> None:
        pod = start(
            [*COMMAND, "lyrics-page"],
            LYRICS_APP_PORT=str(unused_port),
            SPOTIFY_SCOPE_SOURCE="auto",
            LYRICS_APP_TOKEN="secret",
            DBUS_SESSION_BUS_ADDRESS="unix:path=/none",
        )
        page = Page(unused_port)
        address = f"127.0.0.1:{unused_port}/?token=secret"
        laptop = start([*COMMAND, "share", address], SPOTIFY_SCOPE_SOURCE="demo")  # before the pod is there

        def title() -> Any:
            try:
                track = page.get("/api/now?token=secret").json()["track"]
            except OSError:
                return None
            return track and track["title"]

        assert eventually(title, 20) == "Amazing Grace"
        time.sleep(0.5)  # the answer to what arrived there is on its way back
        laptop.send_signal(signal.SIGINT)
        output = laptop.communicate(timeout=10)[0]
        assert laptop.returncode == 0
        assert '"Amazing Grace" by John Newton' in output
        assert "Stopped sharing." in output
        assert "secret" not in output
        eventually(lambda: title() is None)
        pod.send_signal(signal.SIGINT)
        assert "secret" not in pod.communicate(timeout=10)[0]

    def test_what_is_refused_is_said(self, environ: dict[str, str], unused_port: int) -> None:
        pod = start([*COMMAND, "lyrics-page"], LYRICS_APP_PORT=str(unused_port), LYRICS_APP_TOKEN="secret")
        eventually(lambda: _answers(unused_port), 20)
        code, output = run([*COMMAND, "share", f"http://127.0.0.1:{unused_port}"], SPOTIFY_SCOPE_SOURCE="demo")
        pod.kill()
        pod.communicate()
        assert code == 1
        assert "wants its token" in output

    @pytest.mark.parametrize("address", ["", "ftp://x", "http://"])
    def test_what_is_no_address(self, address: str) -> None:
        code, output = run([*COMMAND, "share", address])
        assert code == 2
        assert "must be an address such as" in output


class TestFollow:
    def test_another_process_s_page(self, tmp_path: Path, unused_port: int) -> None:
        page = start(
            [*COMMAND, "lyrics-page"],
            LYRICS_APP_PORT=str(unused_port),
            SPOTIFY_SCOPE_SOURCE="demo",
            LYRICS_APP_TOKEN="secret",
        )
        try:
            eventually(lambda: _answers(unused_port), 20)
            follower = {"SPOTIFY_SCOPE_HOME": str(tmp_path), "LRCLIB_BASE_URL": "http://127.0.0.1:9"}
            address = f"127.0.0.1:{unused_port}"
            code, output = run([*COMMAND, "now"], SPOTIFY_SCOPE_SOURCE=f"{address}/?token=secret", **follower)
            assert code == 0, output
            assert 'Now playing: "Amazing Grace" by John Newton' in output
            code, output = run([*COMMAND, "now"], SPOTIFY_SCOPE_SOURCE=f"{address}/?token=wrong", **follower)
            assert code == 1
            assert "does not accept this token" in output
            assert "secret" not in output
            assert "wrong" not in output
        finally:
            page.kill()
            page.communicate()


class TestListenAlong:
    def test_it_plays_here_what_plays_there(
        self, service: MusicService, logged_in: dict[str, str], unused_port: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        service.play(Song("Song", "Artist"), position=50)
        with session_bus(monkeypatch) as address:
            app = SpotifyApp(address)
            page = start([*COMMAND, "lyrics-page"], LYRICS_APP_PORT=str(unused_port))
            here = start([*COMMAND, "listen-along", f"http://127.0.0.1:{unused_port}"])
            eventually(lambda: abs(app.position() - service.position()) < 0.5, 20)
            here.send_signal(signal.SIGINT)
            output = here.communicate(timeout=10)[0]
            page.kill()
            page.communicate()
            app.close()
        assert here.returncode == 0
        assert "Let go." in output
        assert app.is_playing  # the music here goes on


class TestDrive:
    def test_it_shows_what_is_sung_sent_and_said(self) -> None:
        with serving_scope(ScopeServer()) as scope:
            process = start([*COMMAND, "drive", f"127.0.0.1:{scope.port}"], SPOTIFY_SCOPE_SOURCE="demo")
            eventually(lambda: any("How sweet the sound" in text for text in scope.texts()), 15)
            time.sleep(0.5)
            process.send_signal(signal.SIGINT)
            output = process.communicate(timeout=10)[0]
        assert process.returncode == 0
        assert "Song: Amazing Grace by John Newton" in output
        assert "Line: Amazing grace! How sweet the sound" in output
        assert "Prompt: Amazing grace! How sweet the sound, cinematic" in output
        assert "Scope: takes the prompts" in output
        assert "Stopped driving." in output
        assert "Traceback" not in output

    def test_it_starts_a_session_and_stops_it(self) -> None:
        with serving_scope(ScopeServer(session=None)) as scope:
            options = ["--start", "longlive", "--param", "width=576", "--param", "name=text"]
            process = start([*COMMAND, "drive", scope.url, *options], SPOTIFY_SCOPE_SOURCE="demo")
            eventually(lambda: scope.parameters, 15)
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=10)
            assert scope.loaded == {"pipeline_ids": ["longlive"], "load_params": {"width": 576, "name": "text"}}
            assert scope.started is not None
            assert (scope.started["pipeline_id"], scope.started["input_mode"]) == ("longlive", "text")
            assert scope.session is None

    def test_a_pipeline_that_cannot_be_loaded(self) -> None:
        with serving_scope(ScopeServer(load_fails="no weights")) as scope:
            code, output = run([*COMMAND, "drive", scope.url, "--start", "x"], SPOTIFY_SCOPE_SOURCE="demo")
        assert code == 1
        assert "cannot be loaded: no weights" in output

    def test_osc(self) -> None:
        with serving_scope(ScopeServer()) as scope:
            options = ["--osc", f"127.0.0.1:{scope.port}"]
            process = start([*COMMAND, "drive", *options], SPOTIFY_SCOPE_SOURCE="demo")
            eventually(lambda: scope.osc, 15)
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=10)
            assert scope.requests == []

    @pytest.mark.parametrize(
        "options", [["--osc", "x"], ["--param", "width"], ["--osc", "a:1", "--start", "x"], ["ftp://x"]]
    )
    def test_what_makes_no_sense_is_said(self, options: list[str]) -> None:
        code, output = run([*COMMAND, "drive", *options])
        assert code == 2
        assert "Traceback" not in output


def _answers(port: int) -> bool:
    try:
        return Page(port).get("/healthz").ok
    except OSError:
        return False


def test_an_unknown_command_is_explained() -> None:
    code, output = run([*COMMAND, "dance"])
    assert code == 2
    assert "auth" in output
