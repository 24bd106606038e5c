"""An evening in fast motion: `python -m tests.soak`, for SOAK_MINUTES (10); exit code 1 when something is wrong.

Songs of 15 seconds, with seeks, pauses, skips and faults at random, against the real session. Memory, threads and
files must stay flat, and no line may ever belong to another song than the one that is shown.
"""

import contextlib
import json
import logging
import os
import random
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .faults.catalogue import GET, PLAYING, SEARCH
from .faults.rig import resident
from .support.music_service import Fault, Song
from .support.service_process import ServiceProcess, service_process

SONG_SECONDS = 15.0
_MOST_MEMORY = 20 * 1024 * 1024
_PAUSE = Fault(429, headers={"Retry-After": "2"})
_FAULTS = (Fault(500), _PAUSE, Fault(hang=3), Fault(talk="cut_short"), Fault(204))
_AT_LAST = 8.0
"""Seconds after the last deed and the last fault at which what is shown is what plays."""


@dataclass
class Soak:
    """What was seen."""

    songs: int = 0
    looks: int = 0
    wrong: list[str] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    threads: list[int] = field(default_factory=list)
    files: list[int] = field(default_factory=list)

    def off(self) -> list[str]:
        """Return what is not as it should be: the last third is compared with the middle one."""
        third = max(1, len(self.memory) // 3)
        grown = max(self.memory[-third:]) - max(self.memory[third : 2 * third] or self.memory)
        more_threads = max(self.threads[-third:]) - max(self.threads[third : 2 * third] or self.threads)
        more_files = max(self.files[-third:]) - max(self.files[third : 2 * third] or self.files)
        checks = {
            f"memory grew by {grown / 2**20:.1f} MB": grown > _MOST_MEMORY,
            f"{more_threads} more threads": more_threads > 2,
            f"{more_files} more files": more_files > 4,
            f"{len(self.wrong)} wrong lines, such as {self.wrong[:1]}": self.wrong,
            "nothing was looked at": not self.looks,
        }
        return [words for words, is_off in checks.items() if is_off]


def new_song(number: int) -> Song:
    starts = range(1, int(SONG_SECONDS))
    rows = "\n".join(f"[00:{second:02d}.00]Line {second} of song {number}" for second in starts)
    return Song(f"Song {number}", "Artist", duration=SONG_SECONDS, lrc=rows)


def live(service: ServiceProcess, soak: Soak, over: threading.Event) -> None:
    """Listen to music, and break things."""
    dice = random.Random(7)
    while not over.is_set():
        soak.songs += 1
        service.do("play", new_song(soak.songs))
        ends_at = time.monotonic() + SONG_SECONDS
        while time.monotonic() < ends_at and not over.wait(dice.uniform(1.0, 6.0)):
            deed = dice.choice(["seek", "pause", "fault", "lyrics", "skip", "nothing", "nothing"])
            if deed == "seek":
                service.do("seek", dice.uniform(0, SONG_SECONDS - 2))
            elif deed == "pause":
                service.do("pause")
                over.wait(dice.uniform(0.5, 2.0))
                service.do("resume")
            elif deed in {"fault", "lyrics"}:
                fault = dice.choice(_FAULTS)
                service.set(broken={PLAYING: fault} if deed == "fault" else {GET: fault, SEARCH: fault})
                over.wait(dice.uniform(0.5, 4.0))
                service.set(broken={})
            elif deed == "skip":
                break


def watch(session: Any, service: ServiceProcess, soak: Soak, seconds: float) -> None:
    """Look twenty times a second, and once a second at what the process holds."""
    ends_at, counted_at = time.monotonic() + seconds, 0.0
    while time.monotonic() < ends_at:
        moment = session.moment(lead=0.3)
        soak.looks += 1
        track, line = moment.track, moment.line
        if line is not None and (track is None or not line.text.endswith(f" of {track.title.lower()}")):
            soak.wrong.append(f"{line.text!r} in {track and track.title!r}")
        if time.monotonic() - counted_at >= 1.0:
            counted_at = time.monotonic()
            soak.memory.append(resident())
            soak.threads.append(threading.active_count())
            soak.files.append(sum(1 for _ in Path("/proc/self/fd").iterdir()))
        time.sleep(0.05)


def soak(seconds: float) -> Soak:
    """Live for so many seconds; returns what was seen."""
    found, over = Soak(), threading.Event()
    with tempfile.TemporaryDirectory() as folder, service_process() as service:
        home = Path(folder) / "home"
        home.mkdir()
        (home / ".spotify_token_cache").write_text(json.dumps(service.do("grant")))
        from spotify_scope_plugin.now_playing import make_session
        from spotify_scope_plugin.settings import load

        environ = {**service.environment(home), "SPOTIFY_REQUESTS_A_DAY": "0"}
        session = make_session(load(environ)[0])
        listener = threading.Thread(target=live, args=(service, found, over), daemon=True)
        listener.start()
        try:
            watch(session, service, found, seconds)
        finally:
            over.set()
            listener.join(20)
        service.set(broken={})
        service.do("play", new_song(last := found.songs + 1))
        ends_at = time.monotonic() + _AT_LAST
        while time.monotonic() < ends_at:
            track = session.moment().track
            if track is not None and track.title == f"Song {last}":
                break
            time.sleep(0.05)
        else:
            found.wrong.append(f"{track and track.title!r} is shown at last")
        session.close()
    return found


def main() -> int:
    """Soak, and print what came of it; returns the exit code."""
    logging.getLogger("spotify_scope_plugin").setLevel(logging.CRITICAL)
    minutes = float(os.environ.get("SOAK_MINUTES") or 10)
    with contextlib.suppress(KeyboardInterrupt):
        found = soak(minutes * 60)
        memory = [value / 2**20 for value in found.memory]
        print(
            f"{minutes:g} minutes, {found.songs} songs, {found.looks} looks: memory {memory[0]:.0f} to "
            f"{max(memory):.0f} MB, at the end {memory[-1]:.0f}; threads {min(found.threads)} to "
            f"{max(found.threads)}; files {min(found.files)} to {max(found.files)}; {len(found.wrong)} wrong lines"
        )
        off = found.off()
        print("; ".join(off) or "Flat.")
        return 1 if off else 0
    return 130


if __name__ == "__main__":
    sys.exit(main())
