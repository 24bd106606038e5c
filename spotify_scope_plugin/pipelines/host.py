"""What the installed version of Scope can take."""

import importlib.metadata
import re

_UINT8_SINCE = (0, 1, 8)


def takes_uint8() -> bool:
    """Tell whether the host passes uint8 frames on as they are.

    Scope does from 0.1.8 on; before, and by the documented contract, frames are floats in [0, 1].
    """
    try:
        version = importlib.metadata.version("daydream-scope")
    except importlib.metadata.PackageNotFoundError:
        return False
    release = re.match(r"\d+(?:\.\d+)*", version)
    return release is not None and tuple(map(int, release[0].split("."))) >= _UINT8_SINCE
