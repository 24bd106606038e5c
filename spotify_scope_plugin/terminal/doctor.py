"""An examination of the installation, as lines for a person or as JSON."""

import json
import logging
from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from .. import __version__
from .. import settings as environment
from ..doctor import installation, music, network
from ..doctor.report import Finding, Level
from ..playback.model import Track

_MARKS = {
    Level.GOOD: ("ok", "green"),
    Level.DOUBTFUL: ("look", "yellow"),
    Level.BAD: ("mend", "bold red"),
}


def examine(*, as_json: bool) -> int:
    """Look at everything, and print it; returns the exit code: 0, or 1 when something has to be mended."""
    # What would be warned about is the answer here.
    logging.getLogger("spotify_scope_plugin").setLevel(logging.CRITICAL)
    found: list[Finding] = []
    console = Console(highlight=False, soft_wrap=True)
    for finding in _findings():
        found.append(finding)
        if not as_json:
            console.print(_line(finding))
    count = sum(finding.level is Level.BAD for finding in found)
    if as_json:
        rows = [
            {"topic": each.topic, "level": each.level.value, "text": each.text, "next_step": each.next_step}
            for each in found
        ]
        print(json.dumps({"version": __version__, "ok": not count, "findings": rows}, indent=2))
    else:
        console.print(f"{count} to mend." if count else "Nothing has to be mended.")
    return 1 if count else 0


def _findings() -> Iterator[Finding]:
    gathered = environment.gather()
    settings, _ = environment.load(gathered.values)
    yield from installation.python()
    yield from installation.scope()
    yield from installation.variables(gathered)
    yield from music.login(settings)
    track: Track | None = None
    for found in music.sources(settings):
        if isinstance(found, Finding):
            yield found
        elif track is None:
            track = found
    yield from music.lyrics(settings, track)
    yield from network.page(settings)
    yield from network.scope_server()


def _line(finding: Finding) -> Text:
    mark, style = _MARKS[finding.level]
    line = Text(f"{mark:>4} ", style)
    line.append(f"{finding.topic}: ", "bold").append(finding.text, "default")
    if finding.next_step:
        line.append(f"\n     → {finding.next_step}", "default")
    return line
