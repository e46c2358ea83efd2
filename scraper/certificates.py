"""Who vouches for a server: every certificate is checked against the system's authorities and the host's
name, and what the check says is kept with the capture.

No connection is refused for it. An archive records what a site served; small papers let certificates lapse or
forget the middle of the chain, and pages that are lost for that are lost for good. What is archived says so
instead: "verified", or why not. A site's entry may ask for more (`verify_certificates`; recorder).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from OpenSSL import SSL, crypto
from service_identity import VerificationError
from service_identity.exceptions import CertificateError
from service_identity.hazmat import DNS_ID, IPAddress_ID, verify_service_identity
from service_identity.pyopenssl import extract_patterns
from twisted.internet._sslverify import ClientTLSOptions
from twisted.internet.ssl import CertificateOptions, platformTrust
from twisted.web.iweb import IPolicyForHTTPS
from zope.interface import implementer  # type: ignore[import-untyped]

VERIFIED = "verified"
OTHER_NAME = "issued for another name"
_WORDS = {
    9: "not yet valid", 10: "expired", 18: "self-signed", 19: "self-signed authority in the chain",
    20: "issuer unknown", 21: "chain incomplete", 23: "revoked",
}  # fmt: skip
"""What OpenSSL's numbers mean (its x509_vfy.h)."""
_LEGACY_SERVER_CONNECT = 0x4

_found: WeakKeyDictionary[SSL.Connection, str] = WeakKeyDictionary()
"""The first fault of each connection's chain."""


def of(transport: Any) -> str | None:
    """What the check of the server at the other end of a Twisted transport said; None without TLS."""
    handle = getattr(transport, "getHandle", lambda: None)()
    return _found.get(handle, VERIFIED) if isinstance(handle, SSL.Connection) else None


class _Options(CertificateOptions):
    """TLS that also talks to servers of old, which do not renegotiate safely."""

    def _makeContext(self, *more: Any, **options: Any) -> SSL.Context:  # noqa: N802 - Twisted's name
        context: SSL.Context = super()._makeContext(*more, **options)
        context.set_options(_LEGACY_SERVER_CONNECT)
        return context


@implementer(IPolicyForHTTPS)
class Witness:
    """Twisted's policy for HTTPS: looks at every certificate, notes what is wrong with it, and goes on."""

    def __init__(self) -> None:
        # Shared by all connections: the system's authorities take milliseconds and megabytes to load.
        self._options = _Options(trustRoot=_authorities(), fixBrokenPeers=True)

    def creatorForNetloc(self, hostname: bytes, port: int) -> Any:  # noqa: N802 - Twisted's name
        """What makes the TLS connection to a host."""
        host = hostname.decode("ascii")
        # Twisted's public function makes options, and loads the authorities, for each connection anew.
        creator: Any = ClientTLSOptions(self._options._makeTLSConnection, host)
        make = creator.clientConnectionForTLS

        def witnessed(protocol: Any) -> SSL.Connection:
            connection: SSL.Connection = make(protocol)
            connection.set_verify(SSL.VERIFY_PEER, _check(host))
            return connection

        creator.clientConnectionForTLS = witnessed
        return creator


def _authorities() -> Any:
    """Those that the system trusts."""
    return platformTrust()  # type: ignore[no-untyped-call]


def _check(host: str) -> Callable[[SSL.Connection, crypto.X509, int, int, int], bool]:
    wanted = IPAddress_ID(host) if _is_address(host) else DNS_ID(host)

    def check(connection: SSL.Connection, found: crypto.X509, fault: int, depth: int, ok: int) -> bool:
        if fault and not ok:
            _found.setdefault(connection, _WORDS.get(fault, f"OpenSSL verification error {fault}"))
        if depth == 0:
            try:
                verify_service_identity(extract_patterns(found), [wanted], [])
            except (CertificateError, VerificationError, ValueError):
                _found.setdefault(connection, OTHER_NAME)
        return True

    return check


def _is_address(host: str) -> bool:
    try:
        IPAddress_ID(host)
    except ValueError:
        return False
    return True
