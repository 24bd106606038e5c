"""The names under which this server may be opened, and the one to tell others."""

import functools
import ipaddress
import socket
from collections.abc import Collection
from urllib.parse import urlsplit

_ALWAYS = ("localhost", "*.proxy.runpod.net")
_ELSEWHERE = ("192.0.2.1", 9)  # an address for documentation: nothing is ever sent there


def host_name(host: str) -> str:
    """Return the name in a `Host` header, without port and brackets, in lower case; empty when it makes none."""
    try:
        return (urlsplit(f"//{host}").hostname or "").removesuffix(".")
    except ValueError:
        return ""


def is_loopback(name: str) -> bool:
    """Tell whether a host name or IP address means this machine and no other."""
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return False


def is_known(name: str, allowed: Collection[str]) -> bool:
    """Tell whether a page may be served under this name.

    A web page elsewhere can let its own name point here, and then reads what it likes (DNS rebinding). It cannot
    do so with an IP address, nor with a name that is known here.

    Args:
        name: a result of `host_name`.
        allowed: more names; `*.example.com` stands for all below it.
    """
    try:
        ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return any(_fits(name, pattern) for pattern in (*_ALWAYS, *allowed)) or name in machine_names()
    return True


def _fits(name: str, pattern: str) -> bool:
    return name.endswith(pattern[1:]) if pattern.startswith("*.") else name == pattern


@functools.cache
def machine_names() -> frozenset[str]:
    """Return the names of this machine in lower case, also those of its network. May ask a name server once."""
    name = socket.gethostname().casefold()
    short = name.partition(".")[0]
    return frozenset({name, short, f"{short}.local", socket.getfqdn(name).casefold()})


def lan_address() -> str | None:
    """Return the IP address under which others in the network see this machine; None without a network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_ELSEWHERE)
        except OSError:
            return None
        address = str(probe.getsockname()[0])
    return None if is_loopback(address) or address == "0.0.0.0" else address  # noqa: S104 - compared, not bound
