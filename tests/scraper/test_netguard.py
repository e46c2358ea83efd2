"""What is not public is refused, however it is spelled."""

from __future__ import annotations

import asyncio
import ipaddress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.address import IPv4Address
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.protocol import Factory
from twisted.internet.testing import MemoryReactorClock

from scraper import netguard
from scraper.netguard import GuardedResolver, is_public, literal, refusal, shared_address

SPELLINGS = [
    "127.0.0.1", "127.1", "0177.0.0.1", "0x7f.0.0.1", "0x7f000001", "2130706433", "127.0.0.1.", "[::1]",
    "::ffff:127.0.0.1", "[::ffff:7f00:1]", "0", "0.0.0.0", "１２７.0.0.1", "127。0。0。1", "fe80::1%eth0",
    "①②⑦.⓪.⓪.①", "127｡0｡0｡1", "017700000001", "00000177.0.0.1", "0x7f.1", "127.0.0.1..", "127.0.0.1%25eth0",
    "[::ffff:127.0.0.1%25eth0]", "[64:ff9b::127.0.0.1]", "[2002:7f00:1::]", "[0:0:0:0:0:0:0:1]",
]  # fmt: skip


@pytest.mark.parametrize("host", SPELLINGS)
def test_private_in_any_spelling(host: str) -> None:
    assert refusal(host, allow_private=False)
    assert refusal(host, allow_private=True) is None


@pytest.mark.parametrize(
    "address",
    ["10.0.0.1", "172.16.3.4", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1", "255.255.255.255",
     "fc00::1", "ff02::1", "2002:7f00:1::", "64:ff9b::a00:1", "::", "192.0.2.1", "2001:db8::1",
     "fec0::1", "3fff::1", "64:ff9b:1::1", "5f00::1", "192.0.0.8", "192.88.99.1", "::127.0.0.1", "0.1.2.3",
     "::ffff:169.254.169.254", "2001:4860::5efe:10.0.0.1", "2001:4860::200:5efe:7f00:1", "2001:0:7f00:1::",
     "198.18.0.1", "240.0.0.1", "2001:2::1", "100::1", "ff0e::1"],
)  # fmt: skip
def test_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "host", ["93.184.216.34", "2606:4700::1111", "news.example", "0xnews.example", "face.cafe"]
)
def test_public_addresses_and_names_pass(host: str) -> None:
    assert refusal(host, allow_private=False) is None


def test_no_host_is_refused() -> None:
    assert refusal("", allow_private=True)


@given(st.integers(0, 2**32 - 1))
def test_a_number_is_the_address_it_counts(number: int) -> None:
    assert literal(str(number)) == literal(hex(number)) == ipaddress.IPv4Address(number)


class _Names:
    """A resolver that answers what it is told."""

    def __init__(self, *answers: str) -> None:
        self.answers = answers

    def resolveHostName(self, receiver: Any, *_: Any) -> None:  # noqa: N802
        receiver.resolutionBegan(None)
        for answer in self.answers:
            receiver.addressResolved(IPv4Address("TCP", answer, 80))
        receiver.resolutionComplete()


class _Receiver:
    def __init__(self) -> None:
        self.addresses: list[str] = []
        self.complete = False

    def resolutionBegan(self, resolution: object) -> None:  # noqa: N802
        pass

    def addressResolved(self, address: Any) -> None:  # noqa: N802
        self.addresses.append(address.host)

    def resolutionComplete(self) -> None:  # noqa: N802
        self.complete = True


class _Reactor:
    def __init__(self, *answers: str) -> None:
        self.nameResolver = _Names(*answers)


def resolve(host: str, *answers: str, private: tuple[str, ...] = ()) -> tuple[list[str], dict[str, str]]:
    resolver = GuardedResolver(_Reactor(*answers), private)
    receiver = _Receiver()
    resolver.resolveHostName(receiver, host)  # type: ignore[arg-type]
    assert receiver.complete
    return receiver.addresses, resolver.refused


def test_only_public_answers_are_handed_on() -> None:
    answers, refused = resolve("News.example", "127.0.0.1", "93.184.216.34")
    assert answers == ["93.184.216.34"]
    assert refused == {"news.example": "127.0.0.1"}


class _Rebinding:
    """A name server that answers well the first time, and then with our own machine."""

    def __init__(self) -> None:
        self.asked = 0

    def resolveHostName(self, receiver: Any, *_: Any) -> None:  # noqa: N802
        self.asked += 1
        receiver.resolutionBegan(None)
        receiver.addressResolved(IPv4Address("TCP", "93.184.216.34" if self.asked == 1 else "127.0.0.1", 80))
        receiver.resolutionComplete()


def test_what_is_connected_to_is_what_was_checked() -> None:
    """Twisted resolves once for a connection, through the gate, and connects to that very address."""
    reactor: Any = MemoryReactorClock()  # type: ignore[no-untyped-call]
    names = _Rebinding()
    guarded = _Reactor()
    guarded.nameResolver = names  # type: ignore[assignment]
    resolver = GuardedResolver(guarded)
    reactor.installNameResolver(resolver)
    for expected in (1, 2):
        endpoint: Any = HostnameEndpoint(reactor, "news.example", 80)
        endpoint.connect(Factory()).addErrback(lambda failure: None)
        reactor.advance(1)
        assert names.asked == expected, "one look-up for a connection"
    assert {host for host, *_ in reactor.tcpClients} == {"93.184.216.34"}
    assert resolver.refused == {"news.example": "127.0.0.1"}


def test_hosts_that_may_be_private_pass_and_no_others() -> None:
    assert resolve("desk.lan", "10.1.1.1", private=("desk.lan",))[0] == ["10.1.1.1"]
    assert resolve("evil.example", "10.1.1.1", private=("desk.lan",))[0] == []


@pytest.mark.parametrize(
    ("netloc", "answers", "where"),
    [
        ("news.example", ["93.184.216.34"], "93.184.216.34"),
        ("www.news.example:8443", ["93.184.216.34"], "93.184.216.34"),
        ("cdn.example", ["93.184.216.35", "2606:4700::1", "93.184.216.34"], "93.184.216.34"),
        ("six.example", ["2606:4700::2", "2606:4700::1"], "2606:4700::1"),
        ("93.184.216.34", [], "93.184.216.34"),
        ("1572395042:81", [], "93.184.216.34"),
        ("localhost:8001", ["127.0.0.1"], "127.0.0.1 port 8001"),
        ("127.0.0.1:8002", [], "127.0.0.1 port 8002"),
        ("[::1]:8001", [], "::1 port 8001"),
        ("desk.lan", ["10.1.1.1"], "10.1.1.1"),
        ("gone.example", [], None),
    ],
)
def test_who_is_served_at_one_address(netloc: str, answers: list[str], where: str | None) -> None:
    assert asyncio.run(shared_address(netloc, _Names(*answers))) == where


def test_what_the_gate_refuses_is_no_address() -> None:
    gated = GuardedResolver(_Reactor("127.0.0.1"))
    assert asyncio.run(shared_address("evil.example", gated)) is None


class _Silence:
    def resolveHostName(self, *_: Any) -> None:  # noqa: N802
        """Never answers."""


def test_a_name_server_that_never_answers_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(netguard, "LOOK_UP", 0.01)
    assert asyncio.run(shared_address("slow.example", _Silence())) is None
