"""The benchmark: what the plugin costs, and how late a line is. Run it by `make bench`, on Linux.

Everything is measured side by side in one run, with a bare pass-through in the plugin's place, on the small
Scope host and the loopback music service.
"""

import argparse
import asyncio
import functools
import json
import logging
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from spotify_scope_plugin.lyrics.lrc import parse_lrc

from .conftest import save_token
from .support import scope_host, song_table
from .support.evening import Evening, Habits, percentile
from .support.music_service import Fault, MusicService, Song, environment, running
from .support.scope_host import Chain, Consumer

CHUNK_SECONDS = 0.25
LINE_SECONDS = 2.6
LINES = {(index + 1) * LINE_SECONDS: f"line number {index}" for index in range(200)}
SCREENS = 1000
OPTIONS = {"template_theme": "minimal", "lyrics_rotating_style": False}


def song() -> Song:
    rows = (f"[{start // 60:02.0f}:{start % 60:05.2f}]{text}" for start, text in LINES.items())
    return Song("Song", "Artist", lrc="\n".join(rows), duration=400)


def bare(**kwargs: Any) -> dict[str, Any]:
    """Pass frames and do nothing else."""
    return {"video": kwargs["video"][0]}


PLAYING = "/v1/me/player/currently-playing"


@dataclass
class Network:
    name: str
    delay: float = 0.0
    fault: Fault | None = None

    def apply(self, service: MusicService) -> None:
        service.delay = self.delay
        service.broken.clear()
        if self.fault is not None:
            service.broken[PLAYING] = self.fault


_SPENT = b'{"error": {"status": 429, "message": "Too many requests", "reason": "QUOTA_EXCEEDED"}}'
NETWORKS = [
    Network("0 ms"),
    Network("150 ms", 0.15),
    Network("500 ms", 0.5),
    Network("hangs", 0.0, Fault(hang=3600)),
]
LOCKED_OUT = Network("quota", 0.0, Fault(429, _SPENT, {"Retry-After": "48925"}))


def frame_rate(
    pipeline: Callable[..., Any], make_frame: Callable[[], Any], seconds: float
) -> tuple[float, list[float]]:
    """Return frames per second at a consumer that keeps up, and the seconds of each call."""
    chain = Chain(pipeline, Consumer(frames_per_chunk=1), make_frame)
    chain.run(seconds)
    return chain.consumer.frames_taken / seconds, chain.call_seconds


def play_again(service: MusicService) -> None:
    """Begin the song anew on a good network, and let the plugin notice at once."""
    from spotify_scope_plugin.now_playing import shared_session

    service.delay = 0.0
    service.broken.clear()
    service.play(service.catalogue[0])
    shared_session().look_now()


def lateness(
    chain: Chain, service: MusicService, began: float, fits: Callable[[float], bool] = lambda _: True
) -> list[float]:
    """Return, for each line that began in the run, the seconds until the first chunk with its prompt.

    `fits` tells by the prompt's share in a chunk whether that counts.
    """
    seen: dict[str, float] = {}
    for chunk in chain.consumer.chunks:
        if fits(chunk.share):
            seen.setdefault(chunk.prompt, chunk.started_at)
    last = chain.consumer.chunks[-1].started_at - 1.0
    sung = {text: service.started_at() + start for start, text in LINES.items()}
    return [seen.get(text, float("inf")) - at for text, at in sung.items() if began + 1 < at < last]


def bench_chain(
    service: MusicService, pipeline: Any, make_frame: Callable[[], Any], seconds: float, networks: list[Network]
) -> None:
    print(
        "\nnetwork: delay of each answer. fps: at the consumer, 1920x1080 uint8, 30 in. bare, plugin: ms a call."
        "\nlate: ms from a line's start to the first chunk with it, 250 ms a chunk. refused: dropped user changes."
    )
    print(
        f"{'network':>8} | {'fps bare':>8} {'plugin':>7} {'ratio':>6} | {'bare p50':>8} {'p99':>6} | "
        f"{'plugin p50':>10} {'p99':>6} {'max':>6} | {'late p50':>8} {'p99':>5} {'lines':>5} | "
        f"{'refused':>7} {'polls/min':>9}"
    )
    for network in networks:
        play_again(service)
        # The plugin knows the song before the network gets its fault, as in the middle of an evening.
        frame_rate(pipeline, make_frame, 2.5)
        network.apply(service)
        bare_rates, rates = [], []
        bare_calls: list[float] = []
        calls: list[float] = []
        for _ in range(2):  # interleaved, so that a busy machine is busy for both
            rate, seconds_each = frame_rate(bare, make_frame, seconds / 2)
            bare_rates.append(rate)
            bare_calls += seconds_each
            rate, seconds_each = frame_rate(pipeline, make_frame, seconds / 2)
            rates.append(rate)
            calls += seconds_each
        asked = service.count(PLAYING)
        began = time.monotonic()
        chain = Chain(pipeline, Consumer(4, CHUNK_SECONDS), make_frame)
        chain.run(seconds * 2)
        polls = service.count(PLAYING) - asked
        late = lateness(chain, service, began)
        refused = user_changes_refused(pipeline, make_frame)
        fps_bare, fps = statistics.mean(bare_rates), statistics.mean(rates)
        print(
            f"{network.name:>8} | {fps_bare:8.2f} {fps:7.2f} {fps / fps_bare:6.3f} | "
            f"{percentile(bare_calls, 0.5) * 1e3:8.4f} {percentile(bare_calls, 0.99) * 1e3:6.3f} | "
            f"{percentile(calls, 0.5) * 1e3:10.4f} {percentile(calls, 0.99) * 1e3:6.3f} {max(calls) * 1e3:6.2f} | "
            f"{percentile(late, 0.5) * 1e3:8.0f} {percentile(late, 0.99) * 1e3:5.0f} {len(late):5d} | "
            f"{refused:>7} {polls * 60 / (seconds * 2):9.1f}",
            flush=True,
        )


def user_changes_refused(pipeline: Any, make_frame: Callable[[], Any]) -> str:
    chain = Chain(pipeline, Consumer(4, CHUNK_SECONDS), make_frame)
    accepted: list[bool] = []

    def turn_knobs() -> None:
        for number in range(16):
            accepted.append(chain.set_by_user(noise_scale=number))
            time.sleep(0.35)

    chain.run(6, while_running=turn_knobs)
    return f"{accepted.count(False)}/{len(accepted)}"


def bench_transitions(service: MusicService, pipeline: Any, make_frame: Callable[[], Any], seconds: float) -> None:
    """Print when a line is seen: the host's blends begin with the old prompt, and end with the new one."""
    print(
        "\nseen: ms from a line's start to the first chunk that has left the old prompt, and to the one that has "
        f"arrived at the new;\n{CHUNK_SECONDS * 1e3:.0f} ms a chunk, without the time it takes to show."
    )
    play_again(service)
    for steps in (0, 1, 2, 4, 8):
        with_steps = functools.partial(pipeline, prompt_transition_chunks=steps)
        frame_rate(with_steps, make_frame, 1.0)
        began = time.monotonic()
        chain = Chain(with_steps, Consumer(4, CHUNK_SECONDS), make_frame)
        chain.run(seconds)
        left = lateness(chain, service, began, fits=lambda share: share > 0)
        arrived = lateness(chain, service, began, fits=lambda share: share == 1)
        print(
            f"{steps:>2} chunks: left p50 {percentile(left, 0.5) * 1e3:5.0f}, "
            f"p95 {percentile(left, 0.95) * 1e3:5.0f}; arrived p50 {percentile(arrived, 0.5) * 1e3:5.0f}, "
            f"p95 {percentile(arrived, 0.95) * 1e3:5.0f} ({len(left)} lines)",
            flush=True,
        )


def bench_clock(service: MusicService, seconds: float) -> None:
    """Print the error of the shown position while round trips vary."""
    from spotify_scope_plugin import now_playing, settings

    chance = random.Random(1)
    service.delay = 0.0
    service.broken.clear()
    service.delays = iter(lambda: chance.uniform(0.05, 0.4), None)
    service.share_before = chance.random  # the way there and the way back are seldom equally slow
    service.play(service.catalogue[0], position=20)
    session = now_playing.make_session(settings.load({**os.environ, "SPOTIFY_POLL_SECONDS": "1"})[0])
    errors = []
    while session.moment().track is None:
        time.sleep(0.01)
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at:
        errors.append(abs(session.moment().position - service.position()))
        time.sleep(0.005)
    session.close()
    service.delays = None
    service.share_before = lambda: 0.5
    print(
        "\nClock, asked once a second, round trips of 50 to 400 ms: error "
        f"p50 {percentile(errors, 0.5) * 1e3:.0f} ms, p95 {percentile(errors, 0.95) * 1e3:.0f} ms, "
        f"max {max(errors) * 1e3:.0f} ms"
    )


def bench_evening(seeds: int = 6) -> None:
    """Print what a four-hour set costs in questions to Spotify, and what anybody notices of that."""
    print(
        "\nFour-hour set, automatic pace, songs of 3.5 minutes; an hour has 2 seeks, 4 skips, 3 pauses; round "
        "trips of "
        "50 to 250 ms.\nnoticed: seconds until a seek, skip or pause is shown. seam: ms by which the next "
        "song's first "
        "line is off, before\nany answer has confirmed the song. position: ms by which the shown position is off."
    )
    habits = {"gapless": Habits(), "crossfade 6 s": Habits(seam=lambda chance: -6 + chance.uniform(-0.05, 0.05))}
    for name, habit in habits.items():
        outcomes = []
        for seed in range(seeds):
            with tempfile.TemporaryDirectory() as folder:
                outcomes.append(Evening(Path(folder), seed=seed, habits=habit).run())
        noticed = [seconds for outcome in outcomes for seconds in outcome.noticed]
        # Nobody can know of a crossfade before it has come twice.
        seams = [abs(seam) for outcome in outcomes for seam in outcome.seams[2:]]
        errors = [error for outcome in outcomes for error in outcome.position_errors]
        requests = [outcome.requests for outcome in outcomes]
        print(
            f"{name:>13}: requests {min(requests)} to {max(requests)}; steady "
            f"{max(outcome.steady_a_minute for outcome in outcomes):.1f} a minute; noticed p50 "
            f"{percentile(noticed, 0.5):.1f} s, p95 {percentile(noticed, 0.95):.1f} s ({len(noticed)}); seam p50 "
            f"{percentile(seams, 0.5) * 1e3:.0f} ms, p95 {percentile(seams, 0.95) * 1e3:.0f} ms ({len(seams)}); "
            f"position p95 {percentile(errors, 0.95) * 1e3:.0f} ms",
            flush=True,
        )


def bench_lyrics() -> None:
    """Print how many songs of the table are found, and what parsing and finding a line cost."""
    with running(MusicService()) as service:
        service.records = song_table.records()
        found, missed, wrong = song_table.outcome(service)
        asked = len(service.requests) / len(song_table.queries())
    there = sum(query.expected is not None for query in song_table.queries())
    print(
        f"\nLyrics: {len(found)} of {there} songs found, {len(missed)} missed, {len(wrong)} wrong; "
        f"{len(song_table.queries()) - there} songs are not there; {asked:.1f} requests a song"
    )
    rows = (f"[{index // 60:03d}:{index % 60:02d}.00]Line number {index}" for index in range(10_000))
    text = "\n".join(rows)
    parsing = [_seconds(lambda: parse_lrc(text)) for _ in range(7)]
    lyrics = parse_lrc(text)
    finding = _seconds(lambda: [lyrics.line_at(position) for position in range(0, 10_000, 10)])  # a thousand
    print(
        f"LRC: 10,000 lines parsed in {statistics.median(parsing) * 1e3:.0f} ms; "
        f"a line of them found in {finding:.6f} ms"
    )


def bench_page(service: MusicService, seconds: float) -> None:
    """Print how a thousand screens at once fare, served by one process beside this one."""
    service.delay = 0.0
    service.broken.clear()
    service.play(service.catalogue[0])
    environ = {**os.environ, "LYRICS_APP_HOST": "127.0.0.1", "LYRICS_APP_PORT": "0"}
    process = subprocess.Popen(
        [sys.executable, "-m", "lyrics_app.server"], env=environ, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline().rstrip().rpartition(":")[2])
        asyncio.run(_screens(service, process.pid, port, seconds))
    finally:
        process.terminate()
        process.wait()


async def _screens(service: MusicService, pid: int, port: int, seconds: float) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(8192, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),) * 2)
    arrived: list[dict[str, float]] = [{} for _ in range(SCREENS + 1)]
    listening = [asyncio.create_task(_listen(port, arrived[0]))]
    await asyncio.sleep(3)  # whatever the server needs once, it has by now
    alone = _resident_bytes(pid)
    for seen in arrived[1:]:
        listening.append(asyncio.create_task(_listen(port, seen)))
        await asyncio.sleep(0.002)
    await asyncio.sleep(2)
    asked, began, used = service.count(PLAYING), time.monotonic(), _cpu_seconds(pid)
    await asyncio.sleep(seconds)
    elapsed = time.monotonic() - began
    polls = (service.count(PLAYING) - asked) * 60 / elapsed
    busy = (_cpu_seconds(pid) - used) / elapsed
    memory = (_resident_bytes(pid) - alone) / SCREENS
    sung = {text: service.started_at() + start for start, text in LINES.items()}
    sung = {text: at for text, at in sung.items() if began < at < began + elapsed - 1}
    missing = sum(text not in seen for seen in arrived for text in sung)
    late = [seen[text] - at for seen in arrived for text, at in sung.items() if text in seen]
    print(
        f"\nPage: {len(arrived)} screens, {len(sung)} lines, {missing} not delivered; after a line's start "
        f"p50 {percentile(late, 0.5) * 1e3:.0f} ms, p99 {percentile(late, 0.99) * 1e3:.0f} ms, "
        f"max {max(late) * 1e3:.0f} ms; polls/min {polls:.1f}; {memory / 1024:.0f} KiB a screen; "
        f"{busy:.0%} of one core"
    )
    for task in listening:
        task.cancel()
    await asyncio.gather(*listening, return_exceptions=True)


async def _listen(port: int, seen: dict[str, float]) -> None:
    """Note when each line arrives at one screen."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
    writer.write(f"GET /api/events HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
    while row := await reader.readline():
        if row.startswith(b"data: "):
            at = time.monotonic()
            line = json.loads(row[6:]).get("line")
            if line is not None:
                seen.setdefault(line["text"], at)


def _resident_bytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _seconds(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="length of each measurement")
    seconds = parser.parse_args().seconds
    scope_host.make_importable()
    torch.set_num_threads(1)
    logging.basicConfig(filename=os.devnull)  # written, as in Scope, but not into the table
    with tempfile.TemporaryDirectory() as folder, running(MusicService()) as service:
        os.environ.update(environment(service, Path(folder) / "home"))
        del os.environ["SPOTIFY_POLL_SECONDS"]  # the automatic pace, as users have it
        save_token(Path(folder) / "home", service.grant())
        (Path(folder) / "daydream_scope-0.2.4.dist-info").mkdir()
        (Path(folder) / "daydream_scope-0.2.4.dist-info" / "METADATA").write_text(
            "Metadata-Version: 2.1\nName: daydream-scope\nVersion: 0.2.4\n"
        )
        if not scope_host.is_real():
            sys.path.insert(0, folder)
        pool = [torch.randint(0, 256, (1, 1080, 1920, 3), dtype=torch.uint8) for _ in range(4)]
        frames = iter(lambda: pool[random.randrange(4)], None)
        service.play(song())
        pipeline = scope_host.build(scope_host.load_pipeline_classes()["spotify-prompts"], **OPTIONS)
        bench_chain(service, pipeline, lambda: next(frames), seconds, NETWORKS)
        bench_transitions(service, pipeline, lambda: next(frames), seconds * 2)
        bench_clock(service, seconds * 2)
        bench_page(service, seconds * 2)
        bench_chain(service, pipeline, lambda: next(frames), seconds, [LOCKED_OUT])  # the last: it is kept
    bench_evening()
    bench_lyrics()


if __name__ == "__main__":
    main()
