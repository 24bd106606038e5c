"""The examination, as a user runs it: real processes, real servers."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ..conftest import save_token
from ..support.music_service import Fault, MusicService, Song
from ..support.page import serving
from ..support.scope_server import ScopeServer, serving_scope

LRC = "[00:01.00]Amazing grace! how sweet the sound\n[00:08.00]That saved a wretch like me!"


def examined(*arguments: str, **environment: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "spotify_scope_plugin.cli", "doctor", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", "LYRICS_APP_HOST": "127.0.0.1", **environment},
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout


def findings(**environment: str) -> tuple[int, list[dict[str, Any]]]:
    code, output = examined("--json", **environment)
    report = json.loads(output)
    assert report["ok"] == (code == 0)
    return code, report["findings"]


def of(found: list[dict[str, Any]], topic: str) -> list[dict[str, Any]]:
    return [each for each in found if each["topic"] == topic]


def test_all_is_well(service: MusicService, logged_in: dict[str, str], unused_port: int) -> None:
    service.play(Song("Amazing Grace", "John Newton", lrc=LRC))
    token = "kw7f-p3mz-9hqd-x2ua"
    code, output = examined(LYRICS_APP_PORT=str(unused_port), LYRICS_APP_TOKEN=token)
    assert code == 0, output
    assert "Nothing has to be mended." in output
    assert 'Spotify: plays "Amazing Grace" by "John Newton"' in output
    assert 'Lyrics: LRCLIB on "Amazing Grace": synced' in output
    assert "1 in the last 24 hours, 1999 left" in output
    assert "agrees with Spotify's" in output
    assert service.count("/v1/me/player/currently-playing") == 1
    assert service.count("/v1/me/player/queue") == 0
    secrets = [token, "client-secret", *service.access_tokens, *service.refresh_tokens]
    assert not [secret for secret in secrets if secret in output]


def test_a_new_user_is_told_what_to_do_first(tmp_path: Path, unused_port: int) -> None:
    code, found = findings(
        SPOTIFY_SCOPE_HOME=str(tmp_path),
        SPOTIFY_SCOPE_SOURCE="spotify",
        LRCLIB_BASE_URL="http://127.0.0.1:9",
        LYRICS_APP_PORT=str(unused_port),
    )
    assert code == 1
    [login] = of(found, "Login")
    assert (login["level"], "SPOTIFY_CLIENT_ID" in login["text"], "app" in login["next_step"]) == (
        "bad",
        True,
        True,
    )
    [lyrics] = of(found, "Lyrics")
    assert lyrics["level"] == "bad"


def test_settings_are_named_with_their_place_and_never_a_secret(
    environ: dict[str, str], home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.mkdir()
    (home / ".env").write_text("SPOTIFY_TEMPLATE_THEME=minimal\nLYRICS_APP_TOKEN='sesame$HOME'\n")
    _, found = findings(
        SPOTIFY_POLL_SECNDS="3", SPOTIFY_LYRICS_OFFSET_SECONDS="99", SPOTIFY_REFRESH_TOKEN="abc def"
    )
    texts = {each["text"]: each for each in of(found, "Settings")}
    assert any("SPOTIFY_TEMPLATE_THEME = 'minimal'" in text and ".env" in text for text in texts)
    assert any("LYRICS_APP_TOKEN = (set)" in text for text in texts)
    assert texts["SPOTIFY_POLL_SECNDS is not known"]["next_step"] == "Is SPOTIFY_POLL_SECONDS meant?"
    assert any("SPOTIFY_LYRICS_OFFSET_SECONDS must be" in text for text in texts)
    assert "sesame" not in str(found)
    assert "abc def" not in str(found)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault(401), "does not accept this login"),
        (Fault(403), "refuses this account"),
        (Fault(500), "HTTP 500"),
        (Fault(429, headers={"Retry-After": "30"}), "pause of 30 s"),
        (Fault(200, b"<html>"), "makes no sense"),
    ],
)
def test_what_spotify_says_is_told(
    service: MusicService, logged_in: dict[str, str], fault: Fault, words: str
) -> None:
    service.broken["/v1/me/player/currently-playing"] = fault
    _, found = findings(LYRICS_APP_PORT="0")
    assert any(words in each["text"] and each["level"] != "good" for each in of(found, "Spotify"))


@pytest.mark.parametrize("content", ["", "{", "[]", '{"refresh_token": 7}', "[" * 5000])
def test_a_damaged_login(environ: dict[str, str], home: Path, content: str) -> None:
    save_token(home, {}).write_text(content)
    code, found = findings(LYRICS_APP_PORT="0")
    assert code == 1
    assert any("auth" in each["next_step"] for each in found if each["level"] == "bad")


def test_on_a_pod_the_login_should_lie_on_the_volume(logged_in: dict[str, str]) -> None:
    _, found = findings(RUNPOD_POD_ID="abc123", LYRICS_APP_PORT="0")
    assert any("lost with the pod" in each["text"] and "/workspace" in each["next_step"] for each in found)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_rights_and_scopes(service: MusicService, environ: dict[str, str], home: Path) -> None:
    path = save_token(home, {**service.grant(), "scope": "user-read-currently-playing"})
    path.chmod(0o644)
    _, found = findings(LYRICS_APP_PORT="0")
    texts = " ".join(each["text"] for each in of(found, "Login"))
    assert "others on this machine" in texts
    assert "user-read-playback-state" in texts


def test_the_page_s_port(logged_in: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, found = findings(LYRICS_APP_PORT=str(taken.getsockname()[1]))
    assert (code, of(found, "Lyrics page")[0]["level"]) == (1, "bad")
    with serving() as page:
        _, found = findings(LYRICS_APP_PORT=str(page.port))
    assert of(found, "Lyrics page")[0]["text"] == f"runs on port {page.port}"
    _, found = findings(LYRICS_APP_TOKEN="secret", LYRICS_APP_PORT="0")
    assert "spotify-scope token" in of(found, "Lyrics page")[-1]["next_step"]


def test_a_scope_server(monkeypatch: pytest.MonkeyPatch, environ: dict[str, str]) -> None:
    from spotify_scope_plugin.doctor import network

    with serving_scope(ScopeServer()) as server:
        monkeypatch.setattr(network, "_SCOPE", server.url)
        [found] = network.scope_server()
        assert found.level.value == "good"
    [found] = network.scope_server()
    assert found.level.value == "doubtful"


def test_a_password_in_an_address_is_not_shown(environ: dict[str, str]) -> None:
    _, found = findings(
        LRCLIB_BASE_URL="http://me:hunter2@127.0.0.1:9/", SPOTIFY_API_BASE_URL="ftp://me:hunter3@x"
    )
    assert "hunter" not in str(found)
    assert "127.0.0.1:9" in str(found)


def test_typos_in_a_file_are_pointed_out(environ: dict[str, str], home: Path) -> None:
    home.mkdir()
    (home / ".env").write_text("SPOTIFY_CLIENT_IDD=abc\nHF_TOKEN=x\n")
    _, found = findings()
    assert any("SPOTIFY_CLIENT_IDD" in each["text"] for each in of(found, "Settings"))
    assert "HF_TOKEN" not in str(found)


def test_the_demo_needs_nothing(tmp_path: Path) -> None:
    code, found = findings(SPOTIFY_SCOPE_HOME=str(tmp_path), SPOTIFY_SCOPE_SOURCE="demo", LYRICS_APP_PORT="0")
    assert code == 0, found
    assert of(found, "The demo")


def test_a_token_for_the_page() -> None:
    made = subprocess.run(
        [sys.executable, "-m", "spotify_scope_plugin.cli", "token"], capture_output=True, text=True, check=True
    )
    assert len(made.stdout.strip()) == 19
