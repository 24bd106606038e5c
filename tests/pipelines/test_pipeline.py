"""The plugin as Scope sees it: loaded by its entry point, fed with frames."""

import logging
import time
from collections.abc import Callable
from typing import Any

import pytest

from ..conftest import save_token
from ..support import scope_host
from ..support.music_service import Fault, MusicService, Song
from ..support.waiting import eventually

torch = pytest.importorskip("torch", reason="the preprocessor needs torch")

FALLBACK = "Abstract flowing colors and shapes"
LRC = "[00:00.00]Morning has broken\n[00:05.00]Like the first morning\n[00:10.00]\n[00:15.00]Blackbird has spoken"
SONG = Song("Morning", "Eleanor", lrc=LRC, duration=60)
LONG = Song("Hour", "Eleanor", lrc="[00:00.00]One long line\n[04:00.00]The end", duration=300)
MINIMAL = {"template_theme": "minimal", "lyrics_rotating_style": False}


def frame(height: int = 4, width: int = 6) -> Any:
    return torch.randint(0, 256, (1, height, width, 3), dtype=torch.uint8)


class Stream:
    """Frames pushed through a pipeline, and the updates that came out with them."""

    def __init__(self, pipeline: Any) -> None:
        self.pipeline = pipeline
        self.parameters: dict[str, Any] = {}
        self.updates: list[dict[str, Any]] = []
        self._is_first = True

    def push(self) -> dict[str, Any] | None:
        output = self.pipeline(video=[frame()], init_cache=self._is_first, **self.parameters)
        self._is_first = False
        assert output.pop("video").shape == (1, 4, 6, 3)
        if output:
            self.updates.append(output)
        return output or None

    def prompt_within(self, seconds: float, matching: Callable[[str], bool] = bool) -> str:
        def newest() -> str:
            self.push()
            text = self.updates[-1]["prompts"][0]["text"] if self.updates else ""
            return text if matching(text) else ""

        return eventually(newest, seconds)

    def sees(self, text: str, within: float = 5.0) -> None:
        assert self.prompt_within(within, lambda prompt: prompt == text)


@pytest.fixture
def stream(load_plugin: Callable[[], Any], logged_in: dict[str, str]) -> Stream:
    return Stream(scope_host.build(load_plugin()))


class TestPrompts:
    def test_the_line_being_sung_becomes_the_prompt(self, stream: Stream, service: MusicService) -> None:
        service.play(SONG, position=5.5)
        expected = "Like the first morning, dreamy, dreamlike, Morning by Eleanor, soft lighting"
        stream.sees(expected)

    def test_each_line_comes_on_time(self, stream: Stream, service: MusicService) -> None:
        stream.parameters = MINIMAL
        service.play(SONG, position=3.5)
        stream.sees("Morning has broken")
        stream.sees("Like the first morning")
        late = time.monotonic() - (service.started_at() + 5.0)
        assert -0.1 < late < 0.15

    def test_a_gap_falls_back_to_song_and_artist(self, stream: Stream, service: MusicService) -> None:
        stream.parameters = MINIMAL
        service.play(SONG, position=11)
        stream.sees("Morning by Eleanor")

    def test_a_pause_shows_the_fallback_and_playing_on_the_song(
        self, stream: Stream, service: MusicService
    ) -> None:
        stream.parameters = {**MINIMAL, "fallback_prompt": "a calm sea"}
        service.play(SONG, position=1)
        stream.sees("Morning has broken")
        service.pause()
        stream.sees("a calm sea")
        service.resume()
        service.seek(0)
        stream.sees("Morning has broken")

    def test_a_pause_just_before_a_line_shows_the_fallback(self, stream: Stream, service: MusicService) -> None:
        stream.parameters = MINIMAL
        service.play(SONG, position=1)
        stream.sees("Morning has broken")
        service.seek(4.7)
        service.pause()
        stream.sees(FALLBACK)

    def test_nothing_playing_shows_the_fallback(self, stream: Stream) -> None:
        stream.sees(FALLBACK)

    def test_a_seek_is_followed(self, stream: Stream, service: MusicService) -> None:
        stream.parameters = MINIMAL
        service.play(SONG, position=0.5)
        stream.sees("Morning has broken")
        service.seek(16)
        stream.sees("Blackbird has spoken")

    def test_the_next_song_is_followed(self, stream: Stream, service: MusicService) -> None:
        stream.parameters = MINIMAL
        service.play(SONG, position=0.5)
        stream.sees("Morning has broken")
        service.play(Song("Evening", "Eleanor", lrc="[00:00.00]The day is done", duration=60))
        stream.sees("The day is done")

    def test_when_the_next_song_begins_its_first_line_is_there_at_once(
        self, stream: Stream, service: MusicService
    ) -> None:
        stream.parameters = MINIMAL
        following = Song("Evening", "Eleanor", lrc="[00:00.00]The day is done", duration=60)
        service.catalogue.append(following)
        service.queue = [following]
        service.play(SONG, position=6)
        stream.sees("Like the first morning")
        eventually(lambda: (stream.push(), service.count("/api/get") >= 2)[1])
        service.lrclib_delay = 30  # from here on nothing can be looked up
        stream.updates.clear()
        service.play(following)
        stream.sees("The day is done")
        assert "Evening by Eleanor" not in str(stream.updates)

    def test_lyrics_without_times_are_used_only_when_asked_for(
        self, stream: Stream, service: MusicService
    ) -> None:
        stream.parameters = MINIMAL
        service.play(Song("Plain", "Eleanor", plain="First words\nLast words", duration=100), position=20)
        stream.sees("Plain by Eleanor")
        stream.parameters = {**MINIMAL, "lyrics_estimate_timing": True}
        stream.sees("First words")

    def test_preview_shows_a_line_early(self, stream: Stream, service: MusicService) -> None:
        stream.parameters = {**MINIMAL, "lyrics_preview_seconds": 4.0}
        service.play(SONG, position=2)
        stream.sees("Like the first morning", within=1.5)

    def test_an_explicit_track_can_go_without_its_lyrics(self, stream: Stream, service: MusicService) -> None:
        stream.parameters = {"skip_explicit_tracks": True}
        service.play(Song("Rude", "Eleanor", lrc="[00:00.00]A rude word", explicit=True))
        stream.sees("Rude by Eleanor, vivid, cinematic")
        time.sleep(0.3)
        stream.push()
        assert not any("rude word" in str(update) for update in stream.updates)


class TestUpdates:
    def test_a_prompt_is_sent_when_it_changes_and_not_with_every_frame(
        self, stream: Stream, service: MusicService
    ) -> None:
        stream.parameters = MINIMAL
        service.play(SONG, position=0)
        stream.sees("Morning has broken")
        stream.updates.clear()
        frames, ends_at = 0, time.monotonic() + 1.2  # before it is sent again
        while time.monotonic() < ends_at:
            stream.push()
            frames += 1
            time.sleep(0.01)
        assert frames > 20
        assert stream.updates == []

    def test_the_first_prompt_comes_without_a_transition_and_later_ones_with(
        self, stream: Stream, service: MusicService
    ) -> None:
        stream.parameters = {**MINIMAL, "prompt_transition_chunks": 6, "transition_method": "slerp"}
        service.play(SONG, position=3.5)
        service.lrclib_delay = 0.0
        stream.sees("Like the first morning")
        first, last = stream.updates[0], stream.updates[-1]
        assert set(first) == {"prompts"}
        prompts = [{"text": "Like the first morning", "weight": 1.0}]
        assert last == {
            "prompts": prompts,
            "transition": {
                "target_prompts": prompts,
                "num_steps": 6,
                "temporal_interpolation_method": "slerp",
            },
        }

    def test_a_new_stream_of_the_same_pipeline_begins_without_a_transition(
        self, stream: Stream, service: MusicService
    ) -> None:
        stream.parameters = MINIMAL
        service.play(SONG, position=0)
        stream.sees("Morning has broken")
        second = Stream(stream.pipeline)
        second.parameters = MINIMAL
        time.sleep(0.6)
        second.sees("Morning has broken", within=0.5)
        assert set(second.updates[0]) == {"prompts"}

    def test_switched_off_it_leaves_the_users_prompt_alone(self, stream: Stream, service: MusicService) -> None:
        stream.parameters = {**MINIMAL, "send_prompts": False}
        service.play(SONG, position=0)
        for _ in range(60):
            assert stream.push() is None
            time.sleep(0.01)
        stream.parameters = MINIMAL
        stream.sees("Morning has broken")

    def test_a_hard_cut_resets_the_cache_on_a_track_change_only(
        self, stream: Stream, service: MusicService
    ) -> None:
        stream.parameters = {**MINIMAL, "hard_cut_on_track_change": True}
        service.play(SONG, position=3.5)
        stream.sees("Like the first morning")
        assert not any("reset_cache" in update for update in stream.updates)
        service.play(Song("Evening", "Eleanor", duration=60))
        stream.sees("Evening by Eleanor")
        [cut] = [update for update in stream.updates if "reset_cache" in update]
        assert cut == {"prompts": [{"text": "Evening by Eleanor", "weight": 1.0}], "reset_cache": True}

    def test_a_hard_cut_comes_after_a_pause_too(self, stream: Stream, service: MusicService) -> None:
        stream.parameters = {**MINIMAL, "hard_cut_on_track_change": True}
        service.play(LONG)
        stream.sees("One long line")
        service.pause()
        stream.sees(FALLBACK)
        service.song = Song("Evening", "Eleanor", duration=60)
        ends_at = time.monotonic() + 3.5
        while time.monotonic() < ends_at:  # the plugin sees the next song while it is paused
            stream.push()
            time.sleep(0.05)
        service.resume()
        service.seek(0)
        stream.sees("Evening by Eleanor")
        assert [update for update in stream.updates if "reset_cache" in update]

    def test_two_pipelines_poll_once(self, stream: Stream, service: MusicService) -> None:
        other = Stream(type(stream.pipeline)())
        service.play(SONG)
        for _ in range(25):
            stream.push()
            other.push()
            time.sleep(0.1)
        assert service.count("/v1/me/player/currently-playing") <= 4


class TestFrames:
    def test_a_uint8_frame_comes_out_as_the_very_same_memory(
        self, load_plugin: Any, environ: Any, scope_version: Callable[[str], None]
    ) -> None:
        if not scope_host.is_real():
            scope_version("0.2.4")
        pipeline = scope_host.build(load_plugin())
        sent = frame()
        received = pipeline(video=[sent])["video"]
        assert received.dtype == torch.uint8
        assert received.data_ptr() == sent.data_ptr()

    @pytest.mark.skipif(scope_host.is_real(), reason="the installed Scope has its own version")
    @pytest.mark.parametrize("version", ["0.1.7", None])
    def test_an_old_or_unknown_host_gets_floats(
        self, load_plugin: Any, environ: Any, scope_version: Callable[[str], None], version: str | None
    ) -> None:
        if version:
            scope_version(version)
        pipeline = scope_host.build(load_plugin())
        sent = frame()
        received = pipeline(video=[sent])["video"]
        assert received.dtype == torch.float32
        assert torch.equal((received * 255).round().to(torch.uint8), sent)

    def test_timestamps_come_out_as_they_went_in(self, stream: Stream) -> None:
        stamps = [object(), object()]
        output = stream.pipeline(video=[frame(), frame()], video_timestamps=stamps)
        assert output["video_timestamps"] is stamps
        assert output["video"].shape == (2, 4, 6, 3)

    def test_frames_of_mixed_sizes_come_out_in_one(self, stream: Stream) -> None:
        output = stream.pipeline(video=[frame(4, 6), frame(8, 12), frame(2, 2)])
        assert output["video"].shape == (3, 4, 6, 3)

    def test_frames_that_cannot_be_joined_cost_only_themselves(self, stream: Stream) -> None:
        rgba = torch.zeros((1, 4, 6, 4), dtype=torch.uint8)
        output = stream.pipeline(video=[frame(), rgba], video_timestamps=["first", "second"])
        assert output["video"].shape == (1, 4, 6, 4)
        assert output["video_timestamps"] == ["second"]

    @pytest.mark.parametrize("video", [None, [], 5, "x", [None], torch.tensor(1)])
    def test_no_frames_give_nothing(self, stream: Stream, video: Any) -> None:
        assert stream.pipeline(video=video) == {}

    def test_an_update_waits_for_a_frame(self, stream: Stream, service: MusicService) -> None:
        service.play(SONG)
        for _ in range(20):
            stream.pipeline(video=[])
            time.sleep(0.02)
        stream.sees("Morning has broken, cinematic, dreamlike, Morning by Eleanor, soft lighting")

    def test_one_frame_a_call_is_asked_for(self, stream: Stream) -> None:
        assert stream.pipeline.prepare(video=True).input_size == 1


class Unprintable:
    def __repr__(self) -> str:
        raise RuntimeError("cannot be printed")


def test_no_constructor_value_stops_it_from_being_built(
    load_plugin: Callable[[], Any], logged_in: dict[str, str]
) -> None:
    pipeline = load_plugin()(
        template_theme=Unprintable(), custom_template="x" * 10_000_000, anything=Unprintable()
    )
    frame = torch.zeros((1, 4, 4, 3), dtype=torch.uint8)
    assert "video" in pipeline(video=[frame])


class TestTrouble:
    """Whatever the services do, the video goes on; and it heals by itself."""

    PLAYING = "/v1/me/player/currently-playing"

    def warnings(self, caplog: pytest.LogCaptureFixture, *words: str) -> list[str]:
        return [
            record.getMessage()
            for record in list(caplog.records)
            if record.levelno >= logging.WARNING and all(word in record.getMessage() for word in words)
        ]

    @pytest.mark.parametrize(
        ("fault", "words"),
        [
            (Fault(500, b"oops"), "HTTP 500"),
            (Fault(404), "404"),
            (Fault(403, b'{"error": "text instead of an object"}'), "User Management"),
            (Fault(429, headers={"Retry-After": "1"}), "pause of 1 s"),
            (Fault(200, b"<html>Sign in to the hotel's network</html>"), "makes no sense"),
            (Fault(200, b'{"is_playing": tr'), "makes no sense"),
        ],
    )
    def test_a_fault_is_told_once_and_healed(
        self, stream: Stream, service: MusicService, caplog: pytest.LogCaptureFixture, fault: Fault, words: str
    ) -> None:
        service.broken[self.PLAYING] = fault
        service.play(LONG)
        stream.parameters = MINIMAL
        stream.sees(FALLBACK)
        eventually(lambda: (stream.push(), service.count(self.PLAYING) >= 3)[1], within=8)
        assert len(self.warnings(caplog, words)) == 1
        service.broken.clear()
        stream.sees("One long line", within=8)
        assert len(self.warnings(caplog, "answers again")) == 1

    def test_a_server_that_hangs_stops_no_frame(self, stream: Stream, service: MusicService) -> None:
        service.broken[self.PLAYING] = Fault(hang=60)
        slowest = 0.0
        for _ in range(100):
            started = time.perf_counter()
            stream.push()
            slowest = max(slowest, time.perf_counter() - started)
            time.sleep(0.002)
        assert slowest < 1.0  # the server holds each request for a minute

    def test_through_an_outage_the_song_goes_on_to_its_end(self, stream: Stream, service: MusicService) -> None:
        stream.parameters = MINIMAL
        service.play(Song("Short", "Eleanor", lrc="[00:00]One\n[00:03]Two", duration=6), position=1)
        stream.sees("One")
        service.broken[self.PLAYING] = Fault(503)
        stream.sees("Two")
        stream.sees(FALLBACK, within=9)

    def test_missing_and_odd_fields_do_no_harm(self, stream: Stream, service: MusicService) -> None:
        stream.parameters = MINIMAL
        service.item = {"name": "Odd", "artists": None, "album": 7, "duration_ms": "long", "explicit": None}
        service.body_changes = {"progress_ms": None, "currently_playing_type": None}
        stream.sees("Odd")

    @pytest.mark.parametrize("kind", ["ad", "unknown"])
    def test_an_ad_shows_the_fallback(self, stream: Stream, service: MusicService, kind: str) -> None:
        service.play(LONG)
        service.body_changes = {"item": None, "currently_playing_type": kind}
        stream.sees(FALLBACK)

    def test_an_episode_shows_its_name_and_show(self, stream: Stream, service: MusicService) -> None:
        service.item = {
            "id": "e1",
            "uri": "spotify:episode:e1",
            "type": "episode",
            "name": "On frames",
            "show": {"name": "Video Weekly"},
            "duration_ms": 60000,
        }
        service.seek(0)
        stream.parameters = {"template_theme": "song_artist"}
        stream.sees("On frames by Video Weekly, vivid, cinematic")
        assert service.count("/api/get") == 0

    def test_without_credentials_it_says_which_are_missing(
        self, load_plugin: Any, environ: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.delenv("SPOTIFY_CLIENT_ID")
        stream = Stream(scope_host.build(load_plugin()))
        stream.sees(FALLBACK)
        assert len(self.warnings(caplog, "SPOTIFY_CLIENT_ID is not set")) == 1

    def test_a_login_made_while_scope_runs_is_picked_up(
        self, load_plugin: Any, environ: Any, home: Any, service: MusicService, caplog: pytest.LogCaptureFixture
    ) -> None:
        service.play(LONG)
        stream = Stream(scope_host.build(load_plugin()))
        stream.parameters = MINIMAL
        stream.sees(FALLBACK)
        assert len(self.warnings(caplog, "Not logged in", "spotify-scope auth")) == 1
        save_token(home, service.grant())
        stream.sees("One long line")

    def test_a_revoked_login_is_told_and_a_new_one_taken(
        self, stream: Stream, service: MusicService, home: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        service.play(LONG)
        service.revoke_all()
        stream.sees(FALLBACK)
        asked = service.count("/api/token")
        for _ in range(40):
            stream.push()
            time.sleep(0.1)
        assert service.count("/api/token") == asked  # a dead login is not tried again and again
        assert len(self.warnings(caplog, "revoked", "spotify-scope auth")) == 1
        save_token(home, service.grant())
        stream.parameters = MINIMAL
        stream.sees("One long line")

    def test_lrclib_failing_costs_only_the_lyrics(
        self, stream: Stream, service: MusicService, caplog: pytest.LogCaptureFixture
    ) -> None:
        service.broken["/api/get"] = Fault(500)
        service.play(LONG)
        stream.parameters = MINIMAL
        stream.sees("Hour by Eleanor")
        assert eventually(lambda: self.warnings(caplog, "LRCLIB has a problem"))
        service.broken.clear()
        stream.sees("One long line", within=8)

    @pytest.mark.parametrize("bad", [float("nan"), "soon", [], {}, 99, True])
    def test_a_bad_option_is_told_once_and_changes_nothing(
        self, stream: Stream, service: MusicService, caplog: pytest.LogCaptureFixture, bad: Any
    ) -> None:
        service.play(LONG)
        for _ in range(5):
            stream.parameters = {**MINIMAL, "lyrics_offset_seconds": bad}
            stream.push()
        stream.sees("One long line")
        assert eventually(lambda: self.warnings(caplog, "Lyrics offset (sec) must be a number from -5 to 5"))
        assert len(self.warnings(caplog, "Lyrics offset")) == 1

    def test_options_of_wrong_types_all_at_once(self, stream: Stream, service: MusicService) -> None:
        names = type(stream.pipeline).get_config_class().model_fields
        stream.parameters = dict.fromkeys(names, torch.zeros(3))
        service.play(LONG)
        stream.sees("One long line, cinematic, dreamlike, Hour by Eleanor, soft lighting")

    def test_no_token_reaches_the_log(
        self, stream: Stream, service: MusicService, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        service.play(LONG)
        stream.sees("One long line, cinematic, dreamlike, Hour by Eleanor, soft lighting")
        service.broken[self.PLAYING] = Fault(401)
        eventually(lambda: (stream.push(), service.count("/api/token") >= 1)[1])
        secrets = [*service.access_tokens, *service.refresh_tokens, MusicService.CLIENT_SECRET]
        assert not [
            record for record in caplog.records if any(secret in record.getMessage() for secret in secrets)
        ]


class TestLog:
    def test_the_lines_the_readme_tells_users_to_look_for(
        self, stream: Stream, service: MusicService, caplog: pytest.LogCaptureFixture
    ) -> None:
        service.play(LONG)
        deadline = time.monotonic() + 5.6
        while time.monotonic() < deadline:
            stream.push()
            time.sleep(0.02)
        lines = eventually(
            lambda: [r.getMessage() for r in list(caplog.records) if "pipeline FPS" in r.getMessage()]
        )
        assert "pipeline FPS ≈ " in lines[0]
        assert "Avg ms per frame: get_track=" in lines[0]
        text = caplog.text
        assert text.count("Spotify preprocessor: __call__ invoked") == 1
        assert text.count("Spotify preprocessor: template_theme=dreamy_abstract") == 1
        assert "Spotify preprocessor: prompt sent to pipeline: One long line, cinematic" in text
