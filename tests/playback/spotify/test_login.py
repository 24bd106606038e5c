"""The login, against a real login server on loopback."""

import dataclasses
import email.utils
import json
import os
import subprocess
import sys
import time
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from spotify_scope_plugin import settings
from spotify_scope_plugin.playback.player import NotLoggedIn, RateLimited, Unavailable
from spotify_scope_plugin.playback.spotify.login import Login
from spotify_scope_plugin.playback.spotify.paste import PasteError
from spotify_scope_plugin.settings import Settings
from spotify_scope_plugin.web import retry_after

from ...conftest import save_token
from ...support.music_service import Fault, MusicService


@pytest.fixture
def configured(environ: dict[str, str]) -> Settings:
    return settings.load(environ)[0]


def token_on_disk(configured: Settings) -> dict[str, Any]:
    return json.loads(configured.token_file.read_text())


class TestLoggingIn:
    @pytest.mark.parametrize("secret", [MusicService.CLIENT_SECRET, ""], ids=["with secret", "PKCE"])
    def test_the_whole_way(self, configured: Settings, service: MusicService, secret: str) -> None:
        login = Login(dataclasses.replace(configured, client_secret=secret))
        query = parse_qs(urlsplit(login.authorize_url()).query)
        assert query["scope"] == ["user-read-currently-playing user-read-playback-state"]
        assert ("code_challenge" in query) == (not secret)
        login.finish(f"http://127.0.0.1:8888/callback?code={service.authorize()}&state={query['state'][0]}")
        assert login.access_token() in service.access_tokens
        assert token_on_disk(configured)["refresh_token"] in service.refresh_tokens

    def test_a_bare_code_will_do(self, configured: Settings, service: MusicService) -> None:
        login = Login(configured)
        login.authorize_url()
        login.finish(f"  {service.authorize()}\n")
        assert login.access_token() in service.access_tokens

    def test_a_used_code_can_be_followed_by_a_new_one(self, configured: Settings, service: MusicService) -> None:
        login = Login(configured)
        login.authorize_url()
        with pytest.raises(PasteError, match="used already or is too old"):
            login.finish("A" * 40)
        login.finish(service.authorize())
        assert login.access_token()

    def test_a_wrong_secret_is_named(self, configured: Settings, service: MusicService) -> None:
        service.broken["/api/token"] = Fault(400, b'{"error": "invalid_client"}')
        login = Login(configured)
        login.authorize_url()
        with pytest.raises(NotLoggedIn, match="SPOTIFY_CLIENT_SECRET"):
            login.finish("A" * 40)

    def test_without_a_client_id_it_says_so(self, configured: Settings) -> None:
        with pytest.raises(NotLoggedIn, match="SPOTIFY_CLIENT_ID is not set"):
            Login(dataclasses.replace(configured, client_id="")).authorize_url()

    def test_a_token_without_refresh_is_not_kept(self, configured: Settings, service: MusicService) -> None:
        service.broken["/api/token"] = Fault(200, b'{"access_token": "a", "expires_in": 3600}')
        login = Login(configured)
        login.authorize_url()
        with pytest.raises(Unavailable):
            login.finish("A" * 40)
        assert not configured.token_file.exists()


class TestRefreshing:
    def test_a_fresh_token_asks_nobody(self, configured: Settings, service: MusicService) -> None:
        token = service.grant()
        save_token(configured.home, token)
        assert Login(configured).access_token() == token["access_token"]
        assert service.requests == []

    @pytest.mark.parametrize("expires_at", [0, None, "soon", 30])
    def test_an_old_token_is_refreshed_and_saved(
        self, configured: Settings, service: MusicService, expires_at: Any
    ) -> None:
        if expires_at == 30:  # so many seconds are left
            expires_at += time.time()
        save_token(configured.home, {**service.grant(), "expires_at": expires_at})
        access = Login(configured).access_token()
        assert access in service.access_tokens
        assert token_on_disk(configured)["access_token"] == access
        assert service.count("/api/token") == 1

    def test_a_new_refresh_token_takes_the_place_of_the_old_one(
        self, configured: Settings, service: MusicService
    ) -> None:
        service.rotate_refresh_tokens = True
        save_token(configured.home, {**service.grant(), "expires_at": 0})
        Login(configured).access_token()
        assert token_on_disk(configured)["refresh_token"] in service.refresh_tokens

    def test_processes_that_share_the_file_refresh_once(
        self, configured: Settings, service: MusicService, environ: dict[str, str]
    ) -> None:
        service.rotate_refresh_tokens = True
        service.delay = 0.3
        save_token(configured.home, {**service.grant(), "expires_at": 0})
        program = (
            "from spotify_scope_plugin import settings\n"
            "from spotify_scope_plugin.playback.spotify.login import Login\n"
            "print(Login(settings.current()).access_token())"
        )
        command = [sys.executable, "-c", program]
        runs = [subprocess.Popen(command, stdout=subprocess.PIPE, env=dict(os.environ)) for _ in range(3)]
        tokens = {run.communicate(timeout=30)[0] for run in runs}
        assert len(tokens) == 1
        assert service.count("/api/token") == 1

    def test_a_refresh_token_from_the_environment_needs_no_file(
        self, configured: Settings, service: MusicService
    ) -> None:
        given = service.grant()["refresh_token"]
        login = Login(dataclasses.replace(configured, refresh_token=given))
        assert login.access_token() in service.access_tokens

    def test_another_token_in_the_environment_wins_over_the_file(
        self, configured: Settings, service: MusicService
    ) -> None:
        given = service.grant()["refresh_token"]
        login = Login(dataclasses.replace(configured, refresh_token=given))
        first = login.access_token()
        assert Login(dataclasses.replace(configured, refresh_token=given)).access_token() == first
        other = Login(dataclasses.replace(configured, refresh_token=service.grant()["refresh_token"]))
        assert other.access_token() != first
        assert service.count("/api/token") == 2

    def test_a_wrong_token_in_the_environment_is_named(self, configured: Settings, service: MusicService) -> None:
        with pytest.raises(NotLoggedIn, match="SPOTIFY_REFRESH_TOKEN"):
            Login(dataclasses.replace(configured, refresh_token="nonsense")).access_token()

    def test_a_revoked_file_gives_way_to_the_environment(
        self, configured: Settings, service: MusicService
    ) -> None:
        save_token(configured.home, {"refresh_token": "revoked", "access_token": "x", "expires_at": 0})
        login = Login(dataclasses.replace(configured, refresh_token=service.grant()["refresh_token"]))
        assert login.access_token() in service.access_tokens

    def test_a_revoked_login_is_tried_once(self, configured: Settings, service: MusicService) -> None:
        save_token(configured.home, {**service.grant(), "expires_at": 0})
        service.revoke_all()
        login = Login(configured)
        for _ in range(3):
            with pytest.raises(NotLoggedIn, match="revoked"):
                login.access_token()
        assert service.count("/api/token") == 1

    def test_a_rejected_token_is_replaced(self, configured: Settings, service: MusicService) -> None:
        save_token(configured.home, service.grant())
        login = Login(configured)
        old = login.access_token()
        login.reject(old)
        assert login.access_token() != old

    @pytest.mark.parametrize(
        ("fault", "error", "words"),
        [
            (Fault(500, b"oops"), Unavailable, "HTTP 500"),
            (Fault(429, b"{}", {"Retry-After": "7"}), RateLimited, "7 s"),
            (Fault(200, b"<html>"), Unavailable, "makes no sense"),
            (Fault(200, b"{}"), Unavailable, "makes no sense"),
            (Fault(200, b"[]"), Unavailable, "makes no sense"),
            (Fault(400, b'{"error": "invalid_client"}'), NotLoggedIn, "client ID or secret"),
        ],
    )
    def test_trouble_at_the_login_server_is_named_and_costs_nothing(
        self, configured: Settings, service: MusicService, fault: Fault, error: type[Exception], words: str
    ) -> None:
        save_token(configured.home, {**service.grant(), "expires_at": 0})
        service.broken["/api/token"] = fault
        login = Login(configured)
        with pytest.raises(error, match=words):
            login.access_token()
        service.broken.clear()
        assert login.access_token() in service.access_tokens

    def test_no_server_at_all(self, configured: Settings, service: MusicService) -> None:
        save_token(configured.home, {**service.grant(), "expires_at": 0})
        nowhere = dataclasses.replace(configured, accounts_base_url="http://127.0.0.1:9")
        with pytest.raises(Unavailable, match="cannot be reached"):
            Login(nowhere).access_token()


def test_a_pause_may_be_named_by_its_end() -> None:
    end = email.utils.format_datetime(datetime.now(timezone.utc) + timedelta(seconds=90), usegmt=True)
    assert retry_after({"Retry-After": end}) == pytest.approx(90, abs=2)
    past = email.utils.format_datetime(datetime.now(timezone.utc) - timedelta(days=1), usegmt=True)
    assert retry_after({"Retry-After": past}) == 5


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("3", 3),
        ("0.5", 0.5),
        (None, 5),
        ("soon", 5),
        ("-1", 5),
        ("nan", 5),
        ("1e99", 7 * 24 * 3600),
        ("inf", 7 * 24 * 3600),
    ],
)
def test_a_pause_without_sense_is_a_short_one(value: str | None, seconds: float) -> None:
    assert retry_after({"Retry-After": value} if value else {}) == seconds
