"""A few rows that are drawn over in place; in a file, a line whenever a row says something new."""

import sys
import time
from types import TracebackType
from typing import Any, NamedTuple

_REDRAW_SECONDS = 0.1


class Row(NamedTuple):
    """What is so, and behind it what runs on all the time, such as a position."""

    what: str
    running: str = ""


class LiveView:
    """Shows rows of a name and a text."""

    def __init__(self, title: str) -> None:
        """Begin a view with a title."""
        self._title = title
        self._live: Any = None
        self._shown: dict[str, Row] = {}
        self._drawn_at = 0.0

    def __enter__(self) -> "LiveView":
        """Take over the terminal, if it is one that can be drawn on."""
        print(f"{self._title}. Ctrl-C ends it.", flush=True)
        from rich.console import Console
        from rich.live import Live

        console = Console()
        if sys.stdout.isatty() and not console.is_dumb_terminal:
            self._live = Live(
                console=console, refresh_per_second=1 / _REDRAW_SECONDS, transient=True, vertical_overflow="crop"
            )
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give it back."""
        if self._live is not None:
            self._live.stop()

    def show(self, rows: dict[str, Row]) -> None:
        """Show the rows, at most ten times a second."""
        if self._live is None:
            for name, row in rows.items():
                if row.what and row.what != self._shown.get(name, Row("")).what:
                    print(f"{name}: {row.what} {row.running}".rstrip(), flush=True)
            self._shown = rows
            return
        now = time.monotonic()
        if rows != self._shown and now - self._drawn_at >= _REDRAW_SECONDS:
            from rich.table import Table
            from rich.text import Text

            table = Table.grid(padding=(0, 2))
            for name, row in rows.items():
                # A stranger's text, in which brackets mean nothing. One line each, so that a small window holds
                # all.
                text = Text(
                    f"{row.what}, {row.running}" if row.running else row.what, no_wrap=True, overflow="ellipsis"
                )
                table.add_row(Text(name, style="bold"), text)
            self._live.update(table)
            self._shown, self._drawn_at = rows, now
