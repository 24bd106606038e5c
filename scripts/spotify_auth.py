"""Log in to Spotify, once, on the machine where Scope runs: the same as `spotify-scope auth`.

Runs from a clone of the repository as well, once its dependencies are installed (`python3 -m pip install .`).
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

try:
    from spotify_scope_plugin.cli import main
    from spotify_scope_plugin.terminal import auth  # noqa: F401 - finds missing dependencies before anything starts
except ModuleNotFoundError as error:
    sys.exit(
        f"The Python package {error.name!r} is missing. "
        "In the folder of this repository run: python3 -m pip install .\nThen run this script again."
    )

if __name__ == "__main__":
    sys.exit(main(["auth", *sys.argv[1:]]))
