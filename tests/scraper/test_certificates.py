"""A certificate that nobody vouches for keeps no page out, is told with the capture, and is refused on
request."""

from __future__ import annotations

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from pipelines import rebuild, sitelist
from tests.scraper.crawling import ask, make, only, run
from tests.scraper.localsite import LocalSite


def certificate(folder: Path, *, address: str = "127.0.0.1", days: int = 5) -> tuple[Path, Path]:
    """A self-signed certificate for an address, and its key, that runs out in so many days."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "The made-up Gazette")])
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
    signed = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=30)).not_valid_after(now + timedelta(days=days))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    chain, secret = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return chain, secret


def over_tls(site: LocalSite, chain: Path, secret: Path) -> None:
    """Let a site speak TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, secret)
    site._server.socket = context.wrap_socket(site._server.socket, server_side=True)
    site.url = site.url.replace("http:", "https:")


@pytest.mark.parametrize(
    ("made", "trusted", "said"),
    [
        ({}, False, "self-signed"),
        ({}, True, "verified"),
        ({"days": -3}, True, "expired"),
        ({"address": "127.0.0.9"}, True, "issued for another name"),
    ],
)
def test_what_the_certificate_was_is_told_and_the_page_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: dict[str, object], trusted: bool, said: str
) -> None:
    chain, secret = certificate(tmp_path, **made)  # type: ignore[arg-type]
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(chain))
    with LocalSite() as site:
        over_tls(site, chain, secret)
        site.front("/one")
        site.article("/one", "A story")
        make(tmp_path / "a", {"a": f"{site.url}/"})
        assert only(run(tmp_path / "a"))["archived"] == 1
    assert set(ask(tmp_path / "a", "select certificate from captures")) == {(said,)}
    made_anew = rebuild.rebuild(tmp_path / "a", sitelist.load(tmp_path / "a/sites.yml").sites, "t")
    assert made_anew.differences.tables.get("captures") is None


@pytest.mark.parametrize("trusted", [True, False])
def test_a_site_may_ask_for_certificates_that_are_verified(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trusted: bool
) -> None:
    chain, secret = certificate(tmp_path)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(chain))
    with LocalSite() as site:
        over_tls(site, chain, secret)
        site.front("/one")
        site.article("/one", "A story")
        make(tmp_path / "a", {"a": f"{site.url}/"}, verify_certificates="true")
        report = run(tmp_path / "a")
    assert report["sites"][0]["archived"] == int(trusted)
    if not trusted:
        assert "certificate: self-signed" in report["sites"][0]["error"]
        assert not ask(tmp_path / "a", "select 1 from captures")


def test_plain_http_has_no_certificate(tmp_path: Path) -> None:
    with LocalSite() as site:
        site.front()
        make(tmp_path, {"a": f"{site.url}/"})
        run(tmp_path)
    assert set(ask(tmp_path, "select certificate from captures")) == {(None,)}
