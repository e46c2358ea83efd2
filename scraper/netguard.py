"""Nothing that is not globally routable is fetched, unless its site says `allow_private`.

Two gates. `refusal` looks at an address as it is written, in any spelling, before a request is made.
`GuardedResolver` looks at every answer of the DNS at the moment of connecting and hands on only what it has
checked, so an answer that changes between look-up and connection (rebinding) finds no way in. Twisted
resolves literal addresses through the same resolver, so no connection of the crawl passes it by.

`shared_address` tells which hosts are one server to be spared. This module never connects to anything.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from twisted.internet.interfaces import IAddress, IHostnameResolver, IHostResolution, IResolutionReceiver
from zope.interface import implementer  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_NEVER = tuple(
    ipaddress.ip_network(network)
    for network in (
        "192.0.0.0/24", "192.88.99.0/24", "64:ff9b:1::/48", "100:0:0:1::/64", "2001:db8::/32", "3fff::/20",
        "5f00::/16", "fec0::/10",
    )
)  # fmt: skip
"""Special-purpose blocks of IANA's registries that not every Python of ours knows: protocol
assignments, old 6to4 relays, local NAT64 (RFC 8215), documentation, segment routing, site-local."""
LOOK_UP = 15.0
"""Seconds that a host name may take to be looked up for `shared_address`."""
_ISATAP = (0x00005EFE, 0x02005EFE)


def literal(host: str) -> Address | None:
    """The address that `host` spells, or None when it is a name.

    Every spelling that the C library takes for an address counts: 127.1, 0x7f000001, 2130706433, 0177.0.0.1,
    full-width digits, brackets, a zone, a final dot.
    """
    plain = unicodedata.normalize("NFKC", host).replace("\u3002", ".")  # the full stop of IDNA
    plain = plain.strip("[]").partition("%")[0].rstrip(".").lower()
    try:
        return ipaddress.ip_address(plain)
    except ValueError:
        pass
    if not plain or not set(plain) <= set("0123456789abcdefx."):
        return None
    try:
        return ipaddress.IPv4Address(socket.inet_aton(plain))
    except OSError:
        return None


def is_public(address: Address) -> bool:
    """Whether `address`, and any IPv4 address it carries inside, is globally routable unicast."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = _carried(address)
        if inner is not None:
            return is_public(inner)
    if any(address.version == network.version and address in network for network in _NEVER):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _carried(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address in a mapped, 6to4, Teredo, NAT64 or ISATAP address (RFC 4291, 3056, 4380, 6052,
    5214)."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if address in _NAT64 or (int(address) >> 32) & 0xFFFFFFFF in _ISATAP:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def refusal(host: str, allow_private: bool) -> str | None:
    """Why a request to `host` must not be made, or None when nothing in its spelling forbids it."""
    if not host:
        return "no host"
    address = literal(host)
    if allow_private or address is None or is_public(address):
        return None
    return f"{address} is not a public address"


class _Gate:
    """Passes resolved addresses on to `receiver`, but for those that are not public."""

    def __init__(self, receiver: Any, host: str, refused: dict[str, str]) -> None:
        self._receiver = receiver
        self._host = host
        self._refused = refused

    def resolutionBegan(self, resolution: IHostResolution) -> None:  # noqa: N802 - Twisted's interface
        """Pass on."""
        self._receiver.resolutionBegan(resolution)

    def addressResolved(self, address: Any) -> None:  # noqa: N802
        """Pass on a public address; remember what else was answered."""
        found = literal(address.host)
        if found is not None and is_public(found):
            self._receiver.addressResolved(address)
        else:
            self._refused[self._host] = address.host

    def resolutionComplete(self) -> None:  # noqa: N802
        """Pass on."""
        self._receiver.resolutionComplete()


@implementer(IHostnameResolver)
class GuardedResolver:
    """The reactor's name resolver, with the gate before every answer.

    Scrapy makes it from the setting TWISTED_DNS_RESOLVER; the setting NETGUARD_PRIVATE_HOSTS lists the host
    names of sites that say `allow_private`, which pass unchecked.
    """

    def __init__(self, reactor: Any, private_hosts: Sequence[str] = ()) -> None:
        self._reactor = reactor
        self._resolver = reactor.nameResolver
        self._private_hosts = frozenset(host.lower() for host in private_hosts)
        self.refused: dict[str, str] = {}
        """Host name -> an address it resolved to that is not public."""

    @classmethod
    def from_crawler(cls, crawler: Any, reactor: Any) -> GuardedResolver:
        """As Scrapy makes its resolvers."""
        settings: BaseSettings = crawler.settings
        return cls(reactor, settings.getlist("NETGUARD_PRIVATE_HOSTS"))

    def install_on_reactor(self) -> None:
        """As Scrapy installs its resolvers."""
        self._reactor.installNameResolver(self)

    def resolveHostName(  # noqa: N802 - Twisted's interface
        self,
        resolutionReceiver: IResolutionReceiver,  # noqa: N803
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Sequence[type[IAddress]] | None = None,  # noqa: N803
        transportSemantics: str = "TCP",  # noqa: N803
    ) -> IHostResolution:
        """Resolve; nothing that is not public reaches the receiver."""
        receiver: Any = resolutionReceiver
        if hostName.lower() not in self._private_hosts:
            receiver = _Gate(receiver, hostName.lower(), self.refused)
        resolution: IHostResolution = self._resolver.resolveHostName(
            receiver, hostName, portNumber, addressTypes, transportSemantics
        )
        return resolution


def refused_answer(host: str) -> str | None:
    """The address because of which the look-up of `host` was refused in this process, or None."""
    from twisted.internet import reactor

    resolver = getattr(reactor, "nameResolver", None)
    return resolver.refused.get(host.lower()) if isinstance(resolver, GuardedResolver) else None


class _Found:
    """Keeps the addresses that a look-up gives."""

    def __init__(self) -> None:
        self.addresses: set[Address] = set()
        self.complete = asyncio.Event()

    def resolutionBegan(self, resolution: IHostResolution) -> None:  # noqa: N802 - Twisted's interface
        """Nothing to do."""

    def addressResolved(self, address: Any) -> None:  # noqa: N802
        """Keep it."""
        found = literal(address.host)
        if found is not None:
            self.addresses.add(found)

    def resolutionComplete(self) -> None:  # noqa: N802
        """Say so."""
        self.complete.set()


async def shared_address(netloc: str, resolver: Any = None) -> str | None:
    """Where `netloc` is served, in words that are the same for all that is served there; None when unknown.

    A public address is one server whatever the port. One that is not public counts with its port: behind
    it are a test's servers, or those of one machine. Of several addresses the least one speaks for them, so
    that two names with the same set meet. Looked up by the reactor's resolver, with its gate, unless given.
    """
    parts = urlsplit(f"//{netloc}")
    written = literal(parts.hostname or "")
    addresses = {written} if written is not None else await _look_up(parts.hostname or "", resolver)
    if not addresses:
        return None
    least = min(addresses, key=lambda address: (address.version, int(address)))
    port = netloc.rpartition("]")[2].partition(":")[2]
    return f"{least}" if is_public(least) or not port else f"{least} port {port}"


async def _look_up(host: str, resolver: Any) -> set[Address]:
    if resolver is None:
        from twisted.internet import reactor

        resolver = reactor.nameResolver
    found: Any = _Found()
    try:
        resolver.resolveHostName(found, host)
        async with asyncio.timeout(LOOK_UP):
            await found.complete.wait()
    except (TimeoutError, UnicodeError, ValueError):
        return set()
    return set(found.addresses)
