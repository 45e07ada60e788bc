"""Traces of a visit: IP address, page address, and the certificate of an independent witness of consent."""

import ipaddress
import re
from urllib.parse import urlsplit, urlunsplit

import idna

from .columns import NormalColumn, Texts, read_distinct
from .problems import Problem, Unreadable

_LONGEST_URL = 2_048
_PLAIN_URL = re.compile(
    r"https?://(?:[a-z0-9](?:[a-z0-9\-]*[a-z0-9])?\.)+[a-z]{2,24}(?:/[\w\-./~%?=&+,;:!*'()@#]*)?", re.ASCII
)
_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_PLAIN_IP = re.compile(rf"(22[0-3]|2[01]\d|1\d\d|[1-9]\d?)(?:\.{_OCTET}){{3}}", re.ASCII)
# Addresses that begin so may be private or reserved, and are left to the standard library.
_MIXED_FIRST_OCTETS = frozenset({"10", "100", "127", "169", "172", "192", "198", "203"})
_HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_\-]*[a-z0-9_])?\.)+(?:[a-z]{2,24}|xn--[a-z0-9\-]+)")
_CERTIFICATE_HOSTS = {
    "cert.trustedform.com": re.compile(r"/[0-9a-f]{40}/?"),
    "ping.trustedform.com": re.compile(r"/\S{20,}"),
    "cert.leadid.com": re.compile(r"/\S{8,}"),
    "verifyid.io": re.compile(r"/\S{8,}"),
}
_LEAD_ID = re.compile(r"[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12}")


def normalize_ips(values: Texts) -> NormalColumn[str]:
    """Read a column of IP addresses (4 and 6); only public ones say where a person was."""
    return read_distinct(values, _read_ip)


def normalize_urls(values: Texts) -> NormalColumn[str]:
    """Read a column of web addresses; `https` is meant where none is written, passwords inside are refused."""
    return read_distinct(values, _read_url)


def normalize_certificates(values: Texts) -> NormalColumn[str]:
    """Read a column of consent certificates: a link of a known issuer, or a LeadiD token (as `leadid:TOKEN`)."""
    return read_distinct(values, _read_certificate)


def _read_ip(text: str) -> str:
    plain = _PLAIN_IP.fullmatch(text)
    if plain is not None and plain[1] not in _MIXED_FIRST_OCTETS:
        return text
    try:
        address = ipaddress.ip_address(text.strip("[]'"))
    except ValueError:
        raise Unreadable(Problem.IP_UNREADABLE) from None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if not address.is_global or address.is_multicast:
        raise Unreadable(Problem.IP_NOT_PUBLIC)
    return str(address)


def _read_url(text: str) -> str:
    if len(text) > _LONGEST_URL:
        raise Unreadable(Problem.URL_UNREADABLE)
    if _PLAIN_URL.fullmatch(text):
        return text
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host = _ascii_host(parts.hostname or "")
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        raise Unreadable(Problem.URL_UNREADABLE) from None
    if parts.scheme.lower() not in ("http", "https") or "@" in parts.netloc or not _HOST.fullmatch(host):
        raise Unreadable(Problem.URL_UNREADABLE)
    if " " in parts.path:
        raise Unreadable(Problem.URL_UNREADABLE)
    return urlunsplit((parts.scheme.lower(), host + port, parts.path, parts.query, parts.fragment))


def _ascii_host(host: str) -> str:
    if host.isascii():
        return host.rstrip(".").lower()
    return idna.encode(host, uts46=True).decode("ascii")


def _read_certificate(text: str) -> str:
    if _LEAD_ID.fullmatch(token := text.upper().removeprefix("LEADID:")):
        return f"leadid:{token}"
    try:
        url = _read_url(text)
    except Unreadable:
        raise Unreadable(Problem.CERTIFICATE_UNREADABLE) from None
    parts = urlsplit(url)
    pattern = _CERTIFICATE_HOSTS.get(parts.hostname or "")
    if pattern is None:
        raise Unreadable(Problem.CERTIFICATE_ISSUER_UNKNOWN)
    if not pattern.fullmatch(parts.path):
        raise Unreadable(Problem.CERTIFICATE_UNREADABLE)
    return urlunsplit(("https", parts.netloc, parts.path, "", ""))
