"""The one-time login, as a conversation in a terminal."""

import contextlib
import dataclasses
import webbrowser

from ..playback.player import NotLoggedIn, PlayerError
from ..playback.sources import spotify_source
from ..playback.spotify.login import Login, cannot_save
from ..playback.spotify.paste import PasteError
from ..settings import Settings
from .now import show_now

with contextlib.suppress(ImportError):  # not on Windows
    import readline  # noqa: F401 - arrow keys work while pasting


def log_in(settings: Settings, *, again: bool = False) -> int:
    """Log in to Spotify, or say that this is done, and show what plays.

    Args:
        settings: the app's credentials and where the token is kept.
        again: log in even when there is a login, as for another account.

    Returns:
        The exit code: 0 logged in, 1 not logged in, 2 the settings are not complete.
    """
    settings = dataclasses.replace(settings, source="spotify")
    login = Login(settings)
    try:
        url = login.authorize_url(choose_account=again)
    except NotLoggedIn as error:
        print(error)
        return 2
    if not again and _is_logged_in(settings):
        print("You are logged in to Spotify already (to change accounts: spotify-scope auth --again).")
        return show_now(settings)
    try:
        login.check_can_save()
    except OSError as error:
        print(cannot_save(settings, error))
        return 1
    opens = not settings.headless and webbrowser.open(url)
    print(
        f"1. {'Your browser opens this address; if not, open it' if opens else 'Open this address'} in a browser."
    )
    print("   Log in to Spotify there, and agree.\n")
    print(url)
    print(
        f"\n2. The browser then goes to an address that begins with {settings.redirect_uri}"
        "\n   The page may not load; that does not matter. Copy the whole address from the browser's address bar"
        "\n   and paste it here. Ctrl-C ends this.\n"
    )
    if not _paste(login, settings):
        return 1
    print(f"Authentication successful. The login is kept in {settings.token_file}.")
    if settings.refresh_token:
        print("SPOTIFY_REFRESH_TOKEN is set and wins over this login; remove it to use this one.")
    return show_now(settings)


def _is_logged_in(settings: Settings) -> bool:
    """Ask Spotify, which may have withdrawn a login that looks good from here."""
    try:
        spotify_source(settings).player.read()
    except NotLoggedIn:
        if settings.token_file.exists():
            print("The login on this machine is no longer accepted. Log in again:\n")
        return False
    except PlayerError:
        return True  # there is a login; what is wrong is told when it is used
    return True


def _paste(login: Login, settings: Settings) -> bool:
    """Ask for the redirect URL until it completes the login; False when the user or Spotify gives up."""
    while True:
        try:
            pasted = input("Paste the address: ")
        except (EOFError, KeyboardInterrupt):
            print("\nStopped; nothing was changed.")
            return False
        try:
            login.finish(pasted)
        except PasteError as error:
            print(f"{error}\n")
        except NotLoggedIn as error:
            print(error)
            return False
        except PlayerError as error:
            print(f"{error} Open the address above again and paste the new address.\n")
        except OSError as error:
            print(cannot_save(settings, error))
            return False
        else:
            return True
