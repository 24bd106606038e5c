"""Every environment variable of this project: read once, typed, validated and documented here.

No other module reads the environment. A bad value is named in one warning and replaced by its default. Variables
may also stand in a file `.env`, in the current folder or in `SPOTIFY_SCOPE_HOME`; the environment wins.
"""

import contextlib
import functools
import logging
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from . import setting_types
from .env_files import ENVIRONMENT, Gathered
from .options import FIELDS, OptionError, Options, parse_bool, parse_option
from .setting_types import SOURCES

logger = logging.getLogger(__name__)

_LONGEST_DEMO = 7 * 24 * 3600.0
_MOST_REQUESTS = 1_000_000


def _variable(
    *names: str,
    default: Any,
    doc: str,
    parse: Callable[[str], Any] = str,
    secret: bool = False,
    unset: str = "",
) -> Any:
    """Declare a setting: its environment variables (the first one set wins), default, meaning and type.

    `unset` is what the user calls a default of None.
    """
    metadata = {"names": names, "doc": doc, "parse": parse, "unset": unset, "secret": secret}
    return field(default=default, repr=not secret, metadata=metadata)


@dataclass(frozen=True)
class Settings:
    """The environment, typed. Durations are seconds."""

    client_id: str = _variable(
        "SPOTIFY_CLIENT_ID",
        default="",
        doc="Client ID of your Spotify app.",
        parse=setting_types.credential,
    )
    client_secret: str = _variable(
        "SPOTIFY_CLIENT_SECRET",
        default="",
        doc="Client secret of your Spotify app; without it the login uses PKCE.",
        parse=setting_types.credential,
        secret=True,
    )
    redirect_uri: str = _variable(
        "SPOTIFY_REDIRECT_URI",
        default="http://127.0.0.1:8888/callback",
        doc="Redirect URI, letter for letter as in the settings of your Spotify app.",
        parse=setting_types.redirect_uri,
    )
    headless: bool = _variable(
        "SPOTIFY_HEADLESS",
        default=True,
        doc="false: the login opens a browser on this machine.",
        parse=parse_bool,
    )
    refresh_token: str = _variable(
        "SPOTIFY_REFRESH_TOKEN",
        default="",
        doc="Logs in with no token file (a pod's secret outlives the pod).",
        parse=setting_types.credential,
        secret=True,
    )
    home: Path = _variable(  # noqa: RUF009 - a Path is immutable
        "SPOTIFY_SCOPE_HOME",
        default=Path("~/.scope-spotify"),
        doc="Folder of the login, the lyrics cache and your own lyrics.",
        parse=setting_types.folder,
    )
    source: str = _variable(
        "SPOTIFY_SCOPE_SOURCE",
        default="auto",
        doc="Where the music plays: auto, spotify (the Web API), local (a player on this computer), demo (the "
        "built-in songs), or the address of another plugin's lyrics page or of an EchoNest server.",
        parse=setting_types.source,
        secret=True,  # an address may hold a token
    )
    player: str = _variable(
        "SPOTIFY_SCOPE_PLAYER",
        default="",
        doc="Part of the name of the one player on this computer that counts; `spotify-scope players` lists them.",
    )
    poll_seconds: float | None = _variable(
        "SPOTIFY_POLL_SECONDS",
        "SPOTIFY_TRACK_CACHE_SECONDS",
        default=None,
        unset="auto",
        doc="auto: Spotify is asked when there may be news; a number: every so many seconds (0.2 to 60).",
        parse=setting_types.poll_seconds,
    )
    requests_a_day: int = _variable(
        "SPOTIFY_REQUESTS_A_DAY",
        default=2000,
        doc="How many questions to Spotify the automatic pace makes last for 24 hours; 0: no limit.",
        parse=setting_types.whole_number(0, _MOST_REQUESTS),
    )
    api_base_url: str = _variable(
        "SPOTIFY_API_BASE_URL",
        default="https://api.spotify.com/v1/",
        doc="Base address of the Spotify Web API.",
        parse=setting_types.url,
    )
    accounts_base_url: str = _variable(
        "SPOTIFY_ACCOUNTS_BASE_URL",
        default="https://accounts.spotify.com",
        doc="Base address of Spotify's login server.",
        parse=setting_types.url,
    )
    lrclib_base_url: str = _variable(
        "LRCLIB_BASE_URL",
        default="https://lrclib.net",
        doc="Base address of LRCLIB, where the lyrics come from.",
        parse=setting_types.url,
    )
    lyrics_last_line_seconds: float = _variable(
        "SPOTIFY_LYRICS_LAST_LINE_SECONDS",
        default=12.0,
        doc="How long a line lasts that no other line follows.",
        parse=setting_types.number(1.0, 600.0),
    )
    demo_seconds: float | None = _variable(
        "DEMO_SECONDS",
        default=None,
        doc="How long `spotify-scope demo` runs; unset: until Ctrl-C.",
        parse=setting_types.number(0.0, _LONGEST_DEMO),
    )
    lyrics_app: bool = _variable(
        "LYRICS_APP",
        default=False,
        doc="true: the plugin serves the lyrics page from inside Scope.",
        parse=parse_bool,
    )
    lyrics_app_host: str = _variable(
        "LYRICS_APP_HOST",
        default="0.0.0.0",  # noqa: S104 - the page is for other screens; its doors are in lyrics_app/guard.py
        doc="Address on which the lyrics page listens; 127.0.0.1: this machine only.",
    )
    lyrics_app_port: int = _variable(
        "LYRICS_APP_PORT",
        default=8765,
        doc="Port of the lyrics page; 0: any free one.",
        parse=setting_types.whole_number(0, 65535),
    )
    lyrics_app_token: str = _variable(
        "LYRICS_APP_TOKEN",
        default="",
        doc="Whoever opens the lyrics page must know this word.",
        secret=True,
    )
    lyrics_app_allowed_hosts: tuple[str, ...] = _variable(
        "LYRICS_APP_ALLOWED_HOSTS",
        default=(),
        doc="More names under which the lyrics page may be opened, such as lyrics.example.com or *.example.com.",
        parse=setting_types.host_names,
    )
    runpod_pod_id: str = _variable(
        "RUNPOD_POD_ID",
        default="",
        doc="Set by RunPod; makes the address of the lyrics page that is shown the right one.",
    )
    options: Options = field(default_factory=Options)
    """Defaults of the options in Scope's UI, from `SPOTIFY_<OPTION NAME>`."""

    @property
    def token_file(self) -> Path:
        """Where the login is kept, in spotipy's JSON format."""
        return _expanded(self.home) / ".spotify_token_cache"

    @property
    def requests_file(self) -> Path:
        """Where the questions to Spotify are counted."""
        return _expanded(self.home) / "spotify-requests.sqlite3"

    @property
    def is_followed(self) -> bool:
        """Whether the music comes from the page of another computer."""
        return self.source not in SOURCES

    @property
    def lyrics_folder(self) -> Path:
        """Where the user's own `.lrc` files lie."""
        return _expanded(self.home) / "lyrics"

    @property
    def lyrics_cache(self) -> Path:
        """Where found lyrics are kept."""
        return _expanded(self.home) / "lyrics-cache.sqlite3"


def load(environ: Mapping[str, str]) -> tuple[Settings, list[str]]:
    """Read the settings from `environ`.

    Blank values count as unset, and quotes around a whole value are dropped: both are common in pod templates.

    Returns:
        The settings, and one sentence for each value that was replaced by its default.
    """
    problems: list[str] = []

    def read(name: str, parse: Callable[[str], Any], default: Any, unset: str = "") -> Any:
        text = _unquoted(environ.get(name, "").strip())
        if not text:
            return default
        try:
            return parse(text)
        except OptionError as error:
            shown = unset if default is None else default
            problems.append(f"{name} {error}; {f'using {shown!r}' if shown != '' else 'it is left out'}.")
            return default

    values: dict[str, Any] = {}
    for setting in fields(Settings):
        if not setting.metadata:
            continue
        value = setting.default
        for name in reversed(setting.metadata["names"]):
            value = read(name, setting.metadata["parse"], value, setting.metadata["unset"])
        values[setting.name] = value
    defaults = {
        name: read(option_variable(name), functools.partial(parse_option, name), option.default)
        for name, option in FIELDS.items()
    }
    return Settings(**values, options=Options(**defaults)), problems


def names() -> dict[str, Any]:
    """Return each environment variable, and its setting's metadata."""
    known = {name: each.metadata for each in fields(Settings) for name in each.metadata.get("names", ())}
    return known | {option_variable(name): option.metadata for name, option in FIELDS.items()}


def gather(environ: Mapping[str, str] | None = None, here: Path | None = None) -> Gathered:
    """Collect the variables from the environment, and from the `.env` files of a folder and of the plugin's own.

    `environ` is this process's and `here` the current folder unless others are named.
    """
    environ = os.environ if environ is None else environ
    known = names()
    gathered = Gathered()
    gathered.add(environ, ENVIRONMENT, known)
    with contextlib.suppress(OSError):  # the current folder may have been removed
        gathered.add_file((here or Path.cwd()) / ".env", known)
    home, _ = load(gathered.values)
    gathered.add_file(_expanded(home.home) / ".env", known)
    return gathered


def _unquoted(text: str) -> str:
    """Drop quotes around the whole text, and no others."""
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "\"'" and text[0] not in text[1:-1]:
        return text[1:-1].strip()
    return text


def _expanded(folder: Path) -> Path:
    try:
        return folder.expanduser()
    except RuntimeError:  # a container's user may have no home
        return Path(tempfile.gettempdir()) / folder.name


def option_variable(name: str) -> str:
    """Return the environment variable that sets the default of option `name`."""
    return f"SPOTIFY_{name.upper()}"


def has_desktop() -> bool:
    """Tell whether a browser on this machine would have a screen; one in a terminal would take it over."""
    if sys.platform.startswith(("win", "darwin")):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


@functools.cache
def current() -> Settings:
    """Return the settings of this process; read, and bad values warned about, at the first call."""
    gathered = gather()
    settings, problems = load(gathered.values)
    for problem in (*gathered.problems, *problems):
        logger.warning("Spotify preprocessor: %s", problem)
    return settings
