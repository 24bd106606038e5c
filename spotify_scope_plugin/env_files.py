"""Where the values of environment variables come from: the environment, and `.env` files beside it."""

import io
import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import dotenv

from .files import read_bounded

logger = logging.getLogger(__name__)

_LARGEST_FILE = 64 * 1024  # bytes

ENVIRONMENT = "the environment"


@dataclass
class Gathered:
    """Values by variable, where each of them came from, and a sentence for each file that cannot be read."""

    values: dict[str, str] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    unknown: dict[str, str] = field(default_factory=dict)
    """Other variables, and where they are set."""

    def add(self, values: Mapping[str, str | None], origin: str, names: Collection[str]) -> None:
        """Take the values of the variables `names` that are not known yet; blank ones count as unset."""
        self.unknown.update({name: origin for name, value in values.items() if value and name not in names})
        for name in names:
            value = values.get(name)
            if value is not None and value.strip() and name not in self.values:
                self.values[name], self.origins[name] = value, origin

    def add_file(self, file: Path, names: Collection[str]) -> None:
        """Take the values of a `.env` file, if there is one."""
        try:
            text = read_bounded(file, _LARGEST_FILE).decode("utf-8-sig")
        except FileNotFoundError:
            return
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            self.problems.append(f"{file} cannot be read ({reason}); its settings are left out.")
            return
        # A token may hold a $.
        self.add(dotenv.dotenv_values(stream=io.StringIO(text), interpolate=False), str(file), names)
