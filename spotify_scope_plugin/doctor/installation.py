"""Python, the packages, Scope, and the environment variables."""

import difflib
import importlib.metadata
import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from .. import __version__
from ..env_files import Gathered
from ..setting_types import without_password
from ..settings import load, names
from .report import Finding, bad, doubtful, good, shown

_OLDEST, _NEWEST = (3, 10), (3, 13)
_PACKAGE = "spotify-scope-plugin"
_OURS = re.compile(r"(SPOTIFY|LYRICS_APP|LRCLIB|DEMO|STORYBOARD)_\w+|LYRICS_APP")
_ALIKE = 0.8
_LONGEST_SHOWN = 80
_ELSEWHERE = frozenset({"SPOTIPY_CLIENT_ID", "SPOTIPY_CLIENT_SECRET", "SPOTIPY_REDIRECT_URI"})


def python() -> Iterator[Finding]:
    """Look at Python and at the packages that the plugin needs."""
    version = sys.version_info[:3]
    text = f"{'.'.join(map(str, version))} ({sys.platform}), plugin {__version__}"
    if _OLDEST <= version[:2] <= _NEWEST:
        yield good("Python", text)
    else:
        yield doubtful("Python", text, "The plugin is tested with Python 3.10 to 3.13.")
    try:
        wanted = importlib.metadata.requires(_PACKAGE) or []
    except importlib.metadata.PackageNotFoundError:
        yield doubtful(
            "Packages", "the plugin runs from a folder and is not installed", "Install it, so that Scope finds it."
        )
        return
    packages = [re.split(r"[^\w.-]", each, maxsplit=1)[0] for each in wanted if "extra ==" not in each]
    missing = [name for name in packages if not _is_installed(name)]
    if missing:
        yield bad("Packages", f"missing: {', '.join(missing)}", f"python -m pip install {' '.join(missing)}")
    else:
        yield good("Packages", f"all {len(packages)} are there")


def scope() -> Iterator[Finding]:
    """Look whether Scope can be imported here, and loads the plugin as it loads all of them."""
    if not _can_import("scope"):
        yield doubtful(
            "Scope",
            "is not in this Python",
            "That is right on a computer that only shares or drives. Where Scope runs, run this with Scope's own "
            "Python.",
        )
        return
    try:
        version = importlib.metadata.version("daydream-scope")
    except importlib.metadata.PackageNotFoundError:
        version = "of unknown version"
    entries = [entry for entry in importlib.metadata.entry_points(group="scope") if _is_ours(entry)]
    if not entries:
        yield bad(
            "Scope",
            f"{version} does not know the plugin",
            "Install it in Scope's Plugins tab, or with this Python's pip.",
        )
        return
    try:
        entries[0].load()
    except Exception as error:
        yield bad(
            "Scope", f"{version} cannot load the plugin ({error!r:.200})", "Install it again, and restart Scope."
        )
        return
    yield good("Scope", f"{version} loads the plugin")


def variables(gathered: Gathered) -> Iterator[Finding]:
    """Look at each variable that is set, and at names that look like one."""
    known = names()
    _, problems = load(gathered.values)
    for problem in gathered.problems:
        yield doubtful("Settings", problem, "Make the file readable, or remove it.")
    for problem in problems:
        yield bad("Settings", problem, "Correct it, and restart Scope.")
    named = {problem.split(" ", 1)[0] for problem in problems}
    for name, value in sorted(gathered.values.items()):
        if name not in named:
            is_secret = known[name].get("secret", False)
            text = "(set)" if is_secret else _plain(value)
            origin = gathered.origins[name]
            where = origin if not Path(origin).is_absolute() else shown(Path(origin))
            yield good("Settings", f"{name} = {text}, from {where}")
    for name in sorted(set(gathered.unknown) - _ELSEWHERE):
        meant = difflib.get_close_matches(name, known, 1, _ALIKE)
        if meant and (_OURS.fullmatch(name) or not name.startswith("SPOTI")):
            yield doubtful("Settings", f"{name} is not known", f"Is {meant[0]} meant?")
        elif _OURS.fullmatch(name):
            yield doubtful("Settings", f"{name} is not known", "Remove it, or compare it with the README.")
    if not gathered.values:
        yield good("Settings", "no variable is set; the defaults hold")


def _is_ours(entry: importlib.metadata.EntryPoint) -> bool:
    return entry.name == "spotify_scope_plugin"


def _is_installed(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _can_import(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def _plain(value: str) -> str:
    shown = without_password(value) if "://" in value else value
    text = "".join(character if character.isprintable() else "?" for character in shown[:_LONGEST_SHOWN])
    return repr(text)
