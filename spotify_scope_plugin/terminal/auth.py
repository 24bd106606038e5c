"""The one-time login, as a conversation in a terminal."""

import webbrowser

from ..playback.login import Login, PasteError
from ..playback.player import NotLoggedIn, PlayerError
from ..settings import Settings
from .now import show_now


def log_in(settings: Settings, *, again: bool = False) -> int:
    """Log in to Spotify, or say that this is done, and show what plays.

    Args:
        settings: the app's credentials and where the token is kept.
        again: log in even when there is a login, as for another account.

    Returns:
        The exit code: 0 logged in, 1 not logged in, 2 the settings are not complete.
    """
    login = Login(settings)
    if not again and _is_logged_in(login):
        print("You are logged in to Spotify already (to change accounts: spotify-scope auth --again).")
        return show_now(settings)
    try:
        url = login.authorize_url()
    except NotLoggedIn as error:
        print(error)
        return 2
    print("1. Open this address in a browser, log in to Spotify and agree:\n")
    print(url)
    print(
        f"\n2. The browser then goes to {settings.redirect_uri}... The page may not load; that does not matter."
        "\n   Copy the whole address from the browser's address bar and paste it here.\n"
    )
    if not settings.headless:
        webbrowser.open(url)
    if not _paste(login, settings):
        return 1
    print(f"Authentication successful. The login is kept in {settings.token_file}.")
    return show_now(settings)


def _is_logged_in(login: Login) -> bool:
    try:
        login.access_token()
    except NotLoggedIn:
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
            print("\nNot logged in: no address was pasted.")
            return False
        try:
            login.finish(pasted)
        except PasteError as error:
            print(f"{error}\n")
        except NotLoggedIn as error:
            print(error)
            return False
        except PlayerError as error:
            print(f"{error}\n")
        except OSError as error:
            print(
                f"The login cannot be saved in {settings.token_file} ({error.strerror}). "
                "Make the folder writable or set SPOTIFY_SCOPE_HOME to another one, then run this again."
            )
            return False
        else:
            return True
