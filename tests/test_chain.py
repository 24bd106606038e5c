"""The preprocessor in a chain, with the host's queues and threads around it."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from .support import scope_host
from .support.music_service import MusicService, Song
from .support.scope_host import Chain, Consumer

torch = pytest.importorskip("torch", reason="frames are torch tensors")

pytestmark = pytest.mark.alone

LINES = {index * 1.5: f"line number {index}" for index in range(40)}
SONG = Song(
    "Song",
    "Artist",
    lrc="\n".join(f"[00:{start:05.2f}]{text}" for start, text in LINES.items()),
    duration=300,
)
OPTIONS = {"template_theme": "minimal", "lyrics_rotating_style": False}


@pytest.fixture
def chain(load_plugin: Callable[[], Any], logged_in: dict[str, str]) -> Iterator[Chain]:
    frame = torch.zeros((1, 32, 32, 3), dtype=torch.uint8)
    # The chunk rate that was measured on the real host.
    consumer = Consumer(frames_per_chunk=4, chunk_seconds=0.25)
    return Chain(scope_host.build(load_plugin(), **OPTIONS), consumer, lambda: frame)


def test_every_line_reaches_the_image_and_no_transition_is_cut_short(chain: Chain, service: MusicService) -> None:
    service.delay = 0.15
    service.play(SONG)
    chain.run(10)
    seen = {chunk.prompt: chunk.started_at for chunk in reversed(chain.consumer.chunks)}
    sung = {text: service.started_at() + start for start, text in LINES.items() if 1 < start < 8.5}
    assert len(sung) == 5
    late = {text: seen.get(text, 1e9) - starts_at for text, starts_at in sung.items()}
    # One chunk is 0.25 s; the rest is room for a busy machine. Two seconds would be a full queue.
    assert max(late.values()) < 0.8, late
    assert chain.consumer.cancelled_transitions == 0
    assert chain.consumer.updates.refused == []


def test_the_users_own_changes_get_through(chain: Chain, service: MusicService) -> None:
    service.play(SONG)
    accepted: list[bool] = []

    def turn_knobs() -> None:
        for number in range(16):
            accepted.append(chain.set_by_user(noise_scale=number / 16))
            time.sleep(0.4)

    chain.run(7, while_running=turn_knobs)
    assert accepted == [True] * 16
    assert chain.consumer.updates.current["noise_scale"] == 15 / 16


def test_a_dropped_update_is_made_good(chain: Chain, service: MusicService) -> None:
    service.play(Song("Hour", "Artist", lrc="[00:00]One long line\n[04:00]End", duration=300))
    chain.run(1.5)
    chain.consumer.updates.current.clear()  # as if the host had dropped what was sent
    chain.run(3)
    assert chain.consumer.updates.current["prompts"][0]["text"] == "One long line"


def test_no_frame_is_lost_while_the_service_hangs(chain: Chain, service: MusicService) -> None:
    chain.consumer = Consumer(frames_per_chunk=1)
    service.delay = 2.0
    service.play(SONG)
    chain.run(4)
    assert chain.refused_frames == 0
    assert chain.consumer.frames_taken >= 0.9 * 4 * 30


@pytest.mark.skipif(scope_host.is_real(), reason="the installed Scope has its own version")
@pytest.mark.parametrize("version", ["0.1.7", "0.2.4"])
def test_the_picture_is_the_same_on_old_and_new_hosts(
    load_plugin: Callable[[], Any],
    logged_in: dict[str, str],
    scope_version: Callable[[str], None],
    version: str,
) -> None:
    scope_version(version)
    frame = torch.randint(0, 256, (1, 16, 16, 3), dtype=torch.uint8)
    consumer = Consumer(frames_per_chunk=30)
    chain = Chain(scope_host.build(load_plugin()), consumer, lambda: frame, is_before_0_1_8=version == "0.1.7")
    chain.run(0.5)
    assert torch.equal(consumer.frames.get_nowait(), frame)


@pytest.mark.parametrize("chunks", [0, 1, 2, 4])
def test_the_image_arrives_at_each_line_whatever_the_transition(
    chain: Chain, service: MusicService, chunks: int
) -> None:
    service.play(SONG)
    pipeline = chain.pipeline
    chain.pipeline = lambda **kwargs: pipeline(prompt_transition_chunks=chunks, **kwargs)
    chain.run(6)
    arrived = {chunk.prompt for chunk in chain.consumer.chunks if chunk.share == 1}
    assert {text for start, text in LINES.items() if 0 < start < 4} <= arrived
    steps = {
        chunk.update["transition"]["num_steps"]
        for chunk in chain.consumer.chunks
        if (chunk.update or {}).get("transition")
    }
    assert steps == ({chunks} if chunks > 1 else set())
