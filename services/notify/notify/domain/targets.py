"""Which addresses a webhook may call. An agency names the address, so it must not lead into our own networks."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import httpx

from notify.errors import TargetRefused

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address
LOCAL_NAME = "localhost"
GLOBAL_V6 = IPv6Network("2000::/3")
TUNNELS = (IPv6Network("2001::/32"), IPv6Network("2002::/16"))
"""Teredo and 6to4 carry an IPv4 address, which may be a private one."""
PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True)
class TargetPolicy:
    """Public addresses by https; others only in networks that the operator allowed, by http only on loopback."""

    allowed: tuple[Network, ...] = ()

    def url(self, given: str) -> httpx.URL:
        """The address, if it can be one to call; the caller asks `may_reach` for each address of its host.

        Raises:
            TargetRefused: with the reason.
        """
        if not given.isascii() or not given.isprintable() or " " in given:
            raise TargetRefused("only printable ASCII without spaces")
        try:
            url = httpx.URL(given)
        except httpx.InvalidURL:
            raise TargetRefused("not a URL") from None
        if url.userinfo or url.fragment:
            raise TargetRefused("no user, no password, no fragment")
        if url.scheme not in PORTS or not host_of(url):
            raise TargetRefused("https only")
        if url.scheme == "http" and not self._is_allowed_loopback(host_of(url)):
            raise TargetRefused("https only")
        if not 0 < port_of(url) < 65_536:
            raise TargetRefused("not a port")
        literal = as_address(host_of(url))
        if literal is not None and not self.may_reach(literal):
            raise TargetRefused("not a public address")
        return url

    def may_reach(self, address: Address) -> bool:
        """Whether a connection to this address may be made."""
        real = address.ipv4_mapped or address if isinstance(address, IPv6Address) else address
        if any(real.version == network.version and real in network for network in self.allowed):
            return True
        if real.is_multicast or not real.is_global:
            return False
        return isinstance(real, IPv4Address) or (real in GLOBAL_V6 and not any(real in tunnel for tunnel in TUNNELS))

    def _is_allowed_loopback(self, host: str) -> bool:
        address = as_address(host)
        if host == LOCAL_NAME:
            return any(network.is_loopback for network in self.allowed)
        return address is not None and address.is_loopback and self.may_reach(address)


def as_address(host: str) -> Address | None:
    """The address that a host is written as; None for a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def host_of(url: httpx.URL) -> str:
    """The host in ASCII, as it goes into look-ups and certificates; an IPv6 address without brackets."""
    return url.raw_host.decode("ascii")


def port_of(url: httpx.URL) -> int:
    """The port, also where the URL leaves it out."""
    return url.port or PORTS[url.scheme]
