"""A few rows that are drawn over in place; in a file, a line whenever a row says something new."""

import sys
import time
from types import TracebackType
from typing import Any

_REDRAW_SECONDS = 0.1


class LiveView:
    """Shows rows of a name and a text."""

    def __init__(self, title: str) -> None:
        """Begin a view with a title."""
        self._title = title
        self._live: Any = None
        self._shown: dict[str, str] = {}
        self._drawn_at = 0.0

    def __enter__(self) -> "LiveView":
        """Take over the terminal."""
        print(f"{self._title}. Ctrl-C ends it.", flush=True)
        if sys.stdout.isatty():
            from rich.live import Live

            self._live = Live(refresh_per_second=1 / _REDRAW_SECONDS, transient=True)
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give it back."""
        if self._live is not None:
            self._live.stop()

    def show(self, rows: dict[str, str]) -> None:
        """Show the rows, at most ten times a second."""
        if self._live is None:
            for name, text in rows.items():
                # Positions run on; what stands before the comma is what is new.
                if text and text.partition(", ")[0] != self._shown.get(name, "").partition(", ")[0]:
                    print(f"{name}: {text}", flush=True)
            self._shown = rows
            return
        now = time.monotonic()
        if rows != self._shown and now - self._drawn_at >= _REDRAW_SECONDS:
            from rich.table import Table

            table = Table.grid(padding=(0, 2))
            for name, text in rows.items():
                table.add_row(f"[bold]{name}[/bold]", _literal(text))
            self._live.update(table)
            self._shown, self._drawn_at = rows, now


def _literal(text: str) -> Any:
    """Return a stranger's text, in which brackets mean nothing to rich."""
    from rich.text import Text

    return Text(text)
