"""E-mail addresses: syntax, normal form and class of the domain, without ever asking the network."""

import re
from typing import NamedTuple

from email_validator import EmailNotValidError, EmailSyntaxError, validate_email

from .columns import MISSING, NormalColumn, Texts, clean
from .email_domains import ROLE_NAMES, DomainClass, domain_class, is_role
from .problems import Problem, Unreadable

# The plain shape of nearly all addresses; whatever it takes, the reference takes with the same normal form.
_PLAIN = re.compile(r"([a-z0-9_%+\-]+(?:\.[a-z0-9_%+\-]+)*)@((?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+[a-z]{2,24})")
# Within this length no part of an address can break a limit of its own.
_PLAIN_LENGTH = 63
_SPECIAL = frozenset({"arpa", "invalid", "local", "localhost", "onion", "test"})
_WRAPPED = re.compile(r"[^<>]{0,200}<([^<>]+)>")
_SEVERAL = re.compile(r"[;,\s|]+")
_LONGEST = 500


class Email(NamedTuple):
    """One address: *address* as mail is sent to it, *index_form* as copies are found, and its class."""

    address: str
    index_form: str
    domain: str
    domain_class: DomainClass


def normalize_emails(values: Texts) -> NormalColumn[Email]:
    """Read a column of addresses; quoted names and bare IP numbers as domains are refused: nobody types them."""
    emails: list[Email | None] = []
    problems: dict[int, Problem] = {}
    plain = _PLAIN.fullmatch
    classes: dict[str, DomainClass] = {}
    take = emails.append
    for row, raw in enumerate(values):
        if not raw:
            take(None)
            continue
        lower = raw.lower()
        # Lower-casing turns the Kelvin sign into a plain k, so that only plain text may pass here.
        match = plain(lower) if len(raw) <= _PLAIN_LENGTH and raw.isascii() else None
        if match is None:
            try:
                take(read_email(raw))
            except Unreadable as unreadable:
                take(None)
                problems[row] = unreadable.problem
            continue
        local, domain = match.groups()
        kind = classes.get(domain)
        if kind is None:
            if domain.rpartition(".")[2] in _SPECIAL:
                take(None)
                problems[row] = Problem.EMAIL_SPECIAL_DOMAIN
                continue
            kind = classes[domain] = domain_class(domain)
        if (local in ROLE_NAMES or ("+" in local and is_role(local))) and kind is not DomainClass.DISPOSABLE:
            kind = DomainClass.ROLE
        address = lower if lower == raw else f"{raw[: len(local)]}@{domain}"
        take(Email(address, lower, domain, kind))
    return NormalColumn(emails, problems)


def read_email(raw: str) -> Email | None:
    """Read one address by the reference library, or None where *raw* means "missing"; raises Unreadable."""
    text = clean(raw, MISSING)
    if text is None:
        return None
    if len(text) > _LONGEST:
        raise Unreadable(Problem.EMAIL_UNREADABLE)
    return _read(_one_address(text))


def _one_address(text: str) -> str:
    if text[:7].lower() == "mailto:":
        text = text[7:].partition("?")[0]
    if wrapped := _WRAPPED.fullmatch(text):
        text = wrapped[1]
    text = text.strip(" '`’;,")
    if text.count("@") > 1 and '"' not in text:
        return next((part for part in _SEVERAL.split(text) if part.count("@") == 1), text)
    return text


def _read(text: str) -> Email:
    try:
        valid = validate_email(text, check_deliverability=False, allow_smtputf8=True, strict=True)
    except EmailSyntaxError:
        raise Unreadable(Problem.EMAIL_UNREADABLE) from None
    except EmailNotValidError:
        raise Unreadable(Problem.EMAIL_SPECIAL_DOMAIN) from None
    domain = valid.ascii_domain.lower()
    kind = domain_class(domain)
    if kind is not DomainClass.DISPOSABLE and is_role(valid.local_part):
        kind = DomainClass.ROLE
    return Email(f"{valid.local_part}@{domain}", f"{valid.local_part.lower()}@{domain}", domain, kind)
