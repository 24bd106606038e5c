"""Reading files of the user, whatever lies in their place."""

import errno
import os
import stat
from pathlib import Path


def read_bounded(path: Path, most_bytes: int) -> bytes:
    """Return what a file holds. Never waits for somebody to write to a pipe.

    Raises:
        OSError: it cannot be read, is no regular file, or holds more than `most_bytes`; `strerror` says which.
    """
    # Not blocking: opening a pipe would wait for its other end. Windows has neither, but changes line ends.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file", str(path))
        with open(descriptor, "rb", closefd=False) as file:
            content = file.read(most_bytes + 1)
    finally:
        os.close(descriptor)
    if len(content) > most_bytes:
        raise OSError(errno.EFBIG, f"it is longer than {most_bytes // 1024} KiB", str(path))
    return content
