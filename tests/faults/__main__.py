"""The matrix: `python -m tests.faults [part of a name] ...`; exit code 1 when a figure is off."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from .catalogue import TROUBLES, Trouble

MOST_LATE = 0.005
_LONGEST = 90.0  # seconds for one
MOST_MEMORY = 50 * 1024 * 1024
TRIES = 3
"""A machine that others share is late by itself now and then; a fault that holds frames up does so each time."""


def measure(trouble: Trouble) -> tuple[dict[str, Any], list[str]]:
    """Return what was measured of a fault, and what is off."""
    latest, measured, off = float("inf"), {}, ["it did not run"]
    for _ in range(TRIES):
        try:
            done = subprocess.run(
                [sys.executable, "-W", "ignore", "-m", "tests.faults.rig", trouble.name],
                capture_output=True,
                text=True,
                cwd=Path(__file__).parents[2],
                timeout=_LONGEST,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return {}, [f"it hung for {_LONGEST:.0f} s"]
        if done.returncode or not done.stdout.strip():
            return {}, [f"it did not run: {done.stderr.strip()[-300:]}"]
        measured = json.loads(done.stdout.strip().splitlines()[-1])
        latest = measured["latest_frame"] = min(latest, measured["latest_frame"])
        off = what_is_off(trouble, measured)
        if not off:
            break
    return measured, off


def what_is_off(trouble: Trouble, measured: dict[str, Any]) -> list[str]:
    """Return what should be otherwise."""
    recovery = measured["recovery"]
    told = [line for line in measured["messages"] if trouble.words and trouble.words in line]
    checks = {
        f"a frame {measured['latest_frame'] * 1000:.1f} ms late": measured["latest_frame"] > MOST_LATE,
        f"{measured['raised']} frames raised": measured["raised"],
        "nobody is told": not measured["told"],
        f"told the same {len(told) - len(set(told))} times more": len(told) > len(set(told)),
        f"recovered after {recovery}": recovery is None or recovery > trouble.recovery,
        f"{measured['memory'] / 2**20:.0f} MB more": measured["memory"] > MOST_MEMORY,
        f"secrets: {len(measured['secrets'])}": measured["secrets"],
        "the login is lost": not measured["login_is_kept"],
    }
    return [words for words, is_off in checks.items() if is_off]


def main(wanted: list[str]) -> int:
    """Measure and print; returns the exit code."""
    chosen = [trouble for trouble in TROUBLES if not wanted or any(part in trouble.name for part in wanted)]
    print(f"{'fault':32} | latest frame | log lines | requests | recovery | memory | off")
    count = 0
    for trouble in chosen:
        measured, off = measure(trouble)
        count += bool(off)
        if measured:
            recovery = measured["recovery"]
            print(
                f"{trouble.name:32} | {measured['latest_frame'] * 1000:9.1f} ms | {len(measured['messages']):8} | "
                f"{measured['requests']:8} | {'never' if recovery is None else f'{recovery:.1f} s':>8} | "
                f"{measured['memory'] / 2**20:+4.0f}MB | {'; '.join(off)}",
                flush=True,
            )
        else:
            print(f"{trouble.name:32} | {'; '.join(off)}", flush=True)
    print(f"{len(chosen)} faults, {count} off.")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
