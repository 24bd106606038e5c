"""The names under which this server may be opened, and the one to tell others."""

import ipaddress
import re
import socket
from collections.abc import Collection

from spotify_scope_plugin.settings import Settings

_ALWAYS = ("localhost", "*.proxy.runpod.net")
_ALL_ADDRESSES = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared, not bound
_ELSEWHERE = ("192.0.2.1", 9)  # an address for documentation: nothing is ever sent there
_LONGEST_HOST, _LONGEST_ZONE = 255, 16  # characters
_HOST = re.compile(r"(\[[0-9a-f:.]+(?:%[\w.-]+)?\]|[\w.-]+?)\.?(?::(\d{1,5}))?", re.ASCII | re.IGNORECASE)
_HOUSEHOLD = 64  # bits of an IPv6 address: all that follow belong to one


def host_and_port(host: str) -> tuple[str, int | None]:
    """Return the name in a `Host` header, in lower case and without brackets, and its port if it has one.

    A text that is nothing but a name and a port is understood and no other: frameworks put this header together
    with the path, and a stray slash or question mark in it would change the path they see. Else: an empty name.
    """
    parts = _HOST.fullmatch(host[: _LONGEST_HOST + 1])
    if not parts or len(host) > _LONGEST_HOST or int(parts[2] or 0) > 65535:
        return "", None
    if parts[1].startswith("["):
        address, _, zone = parts[1][1:-1].partition("%")
        if ":" not in address or ip_address(address) is None or len(zone) > _LONGEST_ZONE:
            return "", None
    return parts[1].strip("[]").lower(), int(parts[2]) if parts[2] else None


def is_loopback(name: str) -> bool:
    """Tell whether a host name or IP address means this machine and no other."""
    if name == "localhost":
        return True
    address = ip_address(name)
    return address is not None and address.is_loopback


def is_known(name: str, allowed: Collection[str]) -> bool:
    """Tell whether a page may be served under this name, as far as this machine knows by itself.

    A web page elsewhere can let its own name point here, and then reads what it likes (DNS rebinding). It cannot
    do so with an IP address, nor with a name that is known here.

    Args:
        name: a host name in lower case.
        allowed: more names; `*.example.com` stands for all below it.
    """
    if not name:
        return False
    own = socket.gethostname().casefold()
    short = own.partition(".")[0]
    known = (*_ALWAYS, own, short, f"{short}.local", *allowed)
    return ip_address(name) is not None or any(_fits(name, pattern) for pattern in known)


def network_name() -> str:
    """Return the network's name for this machine, in lower case; empty: none. May wait for a name server."""
    try:
        return socket.getfqdn().casefold()
    except (OSError, UnicodeError):
        return ""


def addresses(settings: Settings, port: int) -> list[str]:
    """Return where to open a page that listens on `port`: for other devices first, then for this one."""
    if settings.runpod_pod_id:
        return [f"https://{settings.runpod_pod_id}-{port}.proxy.runpod.net"]
    hosts = [settings.lyrics_app_host]
    if settings.lyrics_app_host in _ALL_ADDRESSES:
        hosts = [*filter(None, [lan_address()]), "127.0.0.1"]
    return [f"http://{f'[{host}]' if ':' in host else host}:{port}" for host in hosts]


def lan_address() -> str | None:
    """Return the IP address under which others in the network see this machine; None without a network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_ELSEWHERE)
        except OSError:
            return None
        address = str(probe.getsockname()[0])
    return None if is_loopback(address) or address in _ALL_ADDRESSES else address


def _fits(name: str, pattern: str) -> bool:
    return name.endswith(pattern[1:]) if pattern.startswith("*.") else name == pattern


def household_of(name: str) -> str | None:
    """Return what stands for all addresses of a caller: an IPv4 address or an IPv6 network; None: no address."""
    address = ip_address(name)
    if isinstance(address, ipaddress.IPv6Address) and not address.is_loopback:
        return str(ipaddress.ip_network((address, _HOUSEHOLD), strict=False))
    return None if address is None else str(address)


def ip_address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the address that a name is; None: it is none. What comes by IPv4 to a port for both is IPv4."""
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
