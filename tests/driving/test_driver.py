"""The driver over real HTTP and real UDP."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from spotify_scope_plugin import settings
from spotify_scope_plugin.driving.api import ScopeApi
from spotify_scope_plugin.driving.driver import Driver, HttpTarget, OscTarget
from spotify_scope_plugin.now_playing import make_session
from spotify_scope_plugin.sending.prompter import Prompter

from ..support.music_service import MusicService, Song
from ..support.proxy import network_to
from ..support.scope_server import ScopeServer, serving_scope
from ..support.waiting import eventually

LINES = {0.5 + index * 1.5: f"line number {index}" for index in range(30)}
SONG = Song("Song", "A", lrc="\n".join(f"[00:{at:05.2f}]{text}" for at, text in LINES.items()), duration=120)
OPTIONS = {"template_theme": "minimal", "lyrics_rotating_style": False}
PARAMETERS = "/api/v1/session/parameters"


class Desk:
    """Runs a driver in a thread, as the command does."""

    def __init__(self, environ: dict[str, str]) -> None:
        self.session = make_session(settings.load({**environ, "SPOTIFY_POLL_SECONDS": "0.25"})[0])
        self.driver: Driver
        self._ends = threading.Event()
        self._thread: threading.Thread

    @contextmanager
    def driving(self, target: Any, **options: Any) -> Iterator[Driver]:
        prompter = Prompter(self.session, OPTIONS, sender="Spotify driver")
        self.driver = Driver(prompter, target, **options)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        try:
            yield self.driver
        finally:
            self._ends.set()
            self._thread.join(10)
            self.session.close()

    def _run(self) -> None:
        while not self._ends.is_set():
            self.driver.step()
            time.sleep(0.02)


@pytest.fixture
def desk(logged_in: dict[str, str]) -> Desk:
    return Desk(logged_in)


def to(scope: ScopeServer) -> HttpTarget:
    return HttpTarget(ScopeApi(scope.url))


@pytest.mark.alone
def test_lines_arrive_within_a_tenth_of_a_second(desk: Desk, scope: ScopeServer, service: MusicService) -> None:
    service.play(SONG)
    with desk.driving(to(scope)) as driver:
        time.sleep(7)
    arrived: dict[str, float] = {}
    for at, parameters in scope.parameters:
        arrived.setdefault(parameters["prompts"][0]["text"], at)
    late = [arrived[text] - service.started_at() - at for at, text in LINES.items() if 1 < at < 6]
    assert len(late) == 3
    assert sorted(late)[1] <= 0.1
    assert max(late) <= 0.2, late  # room for a busy machine
    assert driver.status.problem == ""
    assert driver.status.session is not None
    assert driver.status.session.frames_per_second == 10.1
    first, second = scope.parameters[0][1], next(each for _, each in scope.parameters if "transition" in each)
    assert "transition" not in first  # there is nothing to blend from
    assert second["transition"]["target_prompts"] == second["prompts"]


def test_nothing_is_asked_while_nothing_changes_but_the_resend(
    desk: Desk, scope: ScopeServer, service: MusicService
) -> None:
    service.play(Song("Quiet", "A"))
    with desk.driving(to(scope)):
        eventually(lambda: "Quiet" in "".join(scope.texts()))
        time.sleep(0.5)
        before = len(scope.requests)
        time.sleep(5)
        paths = [path for _, _, path in scope.requests[before:]]
    assert 2 <= paths.count(PARAMETERS) <= 3
    assert len(paths) <= 2 * paths.count(PARAMETERS) + 1


def test_a_session_is_waited_for_and_the_next_one_begins_without_a_transition(
    desk: Desk, scope: ScopeServer, service: MusicService
) -> None:
    service.play(SONG)
    scope.session = None
    with desk.driving(to(scope)) as driver:
        eventually(lambda: "no session" in driver.status.problem)
        assert scope.parameters == []
        scope.session = "one"
        eventually(lambda: scope.parameters, within=5)
        scope.session = None
        eventually(lambda: driver.status.problem, within=5)
        scope.parameters.clear()
        scope.session = "two"
        eventually(lambda: scope.parameters, within=6)
    assert "transition" not in scope.parameters[0][1]


def test_a_server_that_goes_and_comes_back(desk: Desk, service: MusicService, unused_port: int) -> None:
    service.play(SONG)
    scope = ScopeServer(port=unused_port)
    with desk.driving(HttpTarget(ScopeApi(f"http://127.0.0.1:{unused_port}"))) as driver:
        eventually(lambda: "is Scope running there" in driver.status.problem)
        with serving_scope(scope):
            eventually(lambda: scope.parameters, within=6)
        eventually(lambda: driver.status.problem, within=8)
        scope.parameters.clear()
        with serving_scope(scope):
            eventually(lambda: scope.parameters, within=6)


@pytest.mark.alone
def test_a_slow_network_costs_one_round_trip(desk: Desk, scope: ScopeServer, service: MusicService) -> None:
    service.play(SONG)
    with network_to(scope.port) as network:
        network.delay = 0.1
        with desk.driving(HttpTarget(ScopeApi(f"http://127.0.0.1:{network.port}"))):
            time.sleep(7)
    arrived: dict[str, float] = {}
    for at, parameters in scope.parameters:
        arrived.setdefault(parameters["prompts"][0]["text"], at)
    late = [arrived[text] - service.started_at() - at for at, text in LINES.items() if 2 < at < 6]
    assert late
    assert max(late) <= 0.45, late  # 0.2 s of network, and at most as much for a request under way


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (401, b"{}", "wants a login"),
        (403, b"<html>", "wants a login"),
        (302, b"", "wants a login"),
        (502, b"<html>bad gateway", "has a problem (HTTP 502)"),
        (500, b'{"detail": "out of memory"}', "HTTP 500): out of memory"),
        (200, b"<html>welcome", "not as Scope does"),
    ],
)
def test_what_is_wrong_is_one_sentence(
    desk: Desk, scope: ScopeServer, status: int, body: bytes, words: str
) -> None:
    scope.status, scope.body = status, body
    with desk.driving(to(scope)) as driver:
        eventually(lambda: driver.status.problem)
        assert words in driver.status.problem
        scope.status = 0
        eventually(lambda: driver.status.session, within=13)


class TestOsc:
    def test_text_goes_over_udp(self, desk: Desk, scope: ScopeServer, service: MusicService) -> None:
        service.play(SONG)
        with desk.driving(OscTarget("127.0.0.1", scope.port)):
            time.sleep(4)
        arrived: dict[str, float] = {}
        for at, address, text in scope.osc:
            assert address == "/scope/prompt"
            arrived.setdefault(text, at)
        assert arrived["line number 1"] - service.started_at() - 2.0 <= 0.15
        assert scope.requests == []

    def test_a_server_that_is_too_old_gets_osc(
        self, desk: Desk, scope: ScopeServer, service: MusicService
    ) -> None:
        service.play(SONG)
        scope.has_session_api = False
        fall_back = [OscTarget("127.0.0.1", scope.port)]
        with desk.driving(to(scope), fall_back=fall_back.pop):
            eventually(lambda: scope.osc)

    def test_without_osc_it_says_what_to_do(self, desk: Desk, scope: ScopeServer) -> None:
        scope.has_session_api = False
        with desk.driving(to(scope)) as driver:
            eventually(lambda: "--osc" in driver.status.problem)

    def test_an_address_that_nobody_knows(self, desk: Desk, service: MusicService) -> None:
        service.play(SONG)
        with desk.driving(OscTarget("no-such-host.invalid", 8000)) as driver:
            eventually(lambda: "OSC cannot be sent" in driver.status.problem, within=8)


def test_the_session_pauses_with_the_music(
    desk: Desk, scope: ScopeServer, service: MusicService, sent_pauses: Callable[[], list[bool]]
) -> None:
    service.play(SONG)
    with desk.driving(to(scope), stop_on_pause=True):
        eventually(lambda: sent_pauses() == [False])
        service.pause()
        eventually(lambda: sent_pauses() == [False, True], within=5)
        service.resume()
        eventually(lambda: sent_pauses() == [False, True, False], within=5)


def test_a_pause_that_was_lost_is_made_good(
    desk: Desk, scope: ScopeServer, service: MusicService, sent_pauses: Callable[[], list[bool]]
) -> None:
    service.play(SONG)
    with desk.driving(to(scope), stop_on_pause=True):
        service.pause()
        eventually(lambda: sent_pauses()[-1:] == [True], within=5)
        scope.status = 503
        service.resume()
        time.sleep(4)
        scope.status = 0
        eventually(lambda: sent_pauses()[-1:] == [False], within=8)


def test_another_session_of_the_same_name_is_noticed(
    desk: Desk, scope: ScopeServer, service: MusicService
) -> None:
    service.play(SONG)
    with desk.driving(to(scope)):
        eventually(lambda: len(scope.parameters) > 2, within=8)
        scope.parameters.clear()
        scope.began_at = time.monotonic()
        eventually(lambda: [each for _, each in scope.parameters if "transition" not in each], within=8)


def test_what_was_paused_goes_on_when_the_driver_lets_go(
    desk: Desk, scope: ScopeServer, service: MusicService, sent_pauses: Callable[[], list[bool]]
) -> None:
    service.play(SONG)
    with desk.driving(to(scope), stop_on_pause=True) as driver:
        service.pause()
        eventually(lambda: sent_pauses()[-1:] == [True], within=5)
    driver.release()
    assert sent_pauses()[-1] is False


@pytest.fixture
def sent_pauses(scope: ScopeServer) -> Callable[[], list[bool]]:
    return lambda: [each["paused"] for _, each in scope.parameters if "paused" in each]
