"""A whole chunk in normal form: every column by its field's type, in the order in which types need each other."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from .accounts import normalize_accounts
from .amounts import normalize_amounts
from .choices import normalize_booleans, normalize_choices
from .columns import FieldContext, NormalColumn, Texts
from .countries import normalize_countries, normalize_regions
from .dates import normalize_dates, normalize_moments
from .emails import normalize_emails
from .numbers import normalize_decimals, normalize_integers
from .open_texts import keep_shown
from .phones import normalize_phone_column
from .postal_codes import normalize_postal_codes
from .problems import Problem
from .texts import normalize_names, normalize_texts
from .web import normalize_certificates, normalize_ips, normalize_urls


class FieldType(StrEnum):
    """What kind of value a field holds."""

    PHONE = "phone"
    EMAIL = "email"
    MESSENGER = "messenger"
    SOCIAL = "social"
    NAME = "name"
    TEXT = "text"
    DATE = "date"
    MOMENT = "moment"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    DECIMAL = "decimal"
    MONEY = "money"
    CHOICE = "choice"
    COUNTRY = "country"
    REGION = "region"
    POSTAL_CODE = "postal_code"
    IP = "ip"
    URL = "url"
    CERTIFICATE = "certificate"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a vertical: its type, the list of choices (code to synonyms) or the currency if it has one."""

    name: str
    type: FieldType
    choices: Mapping[str, Sequence[str]] = field(default_factory=dict)
    currency: str | None = None
    max_length: int = 2_000


@dataclass(frozen=True, slots=True)
class NormalTable:
    """A chunk of rows in normal form: values by field, and the rows of each field that could not be read."""

    columns: Mapping[str, Sequence[Any]]
    problems: Mapping[str, Mapping[int, Problem]]
    row_count: int


_TOUCHES = ("opened", "clicked", "visited", "pricing_page", "form", "demo", "answered_call")
_STANDARD_TYPES = {
    FieldType.PHONE: ("phone", "phone_2"),
    FieldType.EMAIL: ("email",),
    FieldType.MESSENGER: ("messenger",),
    FieldType.SOCIAL: ("social",),
    FieldType.NAME: ("first_name", "last_name", "full_name"),
    FieldType.TEXT: (
        "company", "position", "authority", "address", "city", "user_agent", "consent_text", "consent_source",
        "consent_sellers", "source", "campaign", "ad_group", "audience",
    ),
    FieldType.MOMENT: ("created_at", "consent_at", "last_touch_at"),
    FieldType.BOOLEAN: ("test",),
    FieldType.INTEGER: _TOUCHES,
    FieldType.COUNTRY: ("country",),
    FieldType.REGION: ("region",),
    FieldType.POSTAL_CODE: ("postal_code",),
    FieldType.IP: ("ip",),
    FieldType.URL: ("page_url",),
    FieldType.CERTIFICATE: ("certificate",),
}  # fmt: skip
#: The fields that every vertical has.
STANDARD_FIELDS: Mapping[str, Field] = {
    name: Field(
        name, kind, max_length=10_000 if name in ("consent_text", "user_agent", "consent_sellers") else 2_000
    )
    for kind, names in _STANDARD_TYPES.items()
    for name in names
}
#: Free texts that buyers see before they buy, beside every region.
_SHOWN_TEXTS = frozenset({"source", "campaign", "ad_group", "audience"})
_NORMALIZERS: Mapping[FieldType, Callable[[Texts, FieldContext], NormalColumn[Any]]] = {
    FieldType.PHONE: normalize_phone_column,
    FieldType.EMAIL: lambda values, _: normalize_emails(values),
    FieldType.MESSENGER: lambda values, context: normalize_accounts(values, _on_telegram(context)),
    FieldType.SOCIAL: normalize_accounts,
    FieldType.NAME: lambda values, _: normalize_names(values),
    FieldType.TEXT: normalize_texts,
    FieldType.DATE: normalize_dates,
    FieldType.MOMENT: normalize_moments,
    FieldType.BOOLEAN: lambda values, _: normalize_booleans(values),
    FieldType.INTEGER: normalize_integers,
    FieldType.DECIMAL: normalize_decimals,
    FieldType.MONEY: normalize_amounts,
    FieldType.CHOICE: normalize_choices,
    FieldType.COUNTRY: lambda values, _: normalize_countries(values),
    FieldType.REGION: normalize_regions,
    FieldType.POSTAL_CODE: normalize_postal_codes,
    FieldType.IP: lambda values, _: normalize_ips(values),
    FieldType.URL: lambda values, _: normalize_urls(values),
    FieldType.CERTIFICATE: lambda values, _: normalize_certificates(values),
}


def normalize_column(values: Texts, kind: FieldType, context: FieldContext) -> NormalColumn[Any]:
    """Read one column as *kind*: one value per row, None where it is missing or has a problem."""
    return _NORMALIZERS[kind](values, context)


def normalize_table(
    columns: Mapping[str, Texts], fields: Mapping[str, Field], context: FieldContext
) -> NormalTable:
    """Read every column that *fields* or the standard fields describe; others are left out.

    A row's own country, where a `country` column gives one, decides how its phone and postal code are read.
    """
    known = {
        name: fields.get(name) or STANDARD_FIELDS[name]
        for name in columns
        if name in fields or name in STANDARD_FIELDS
    }
    values: dict[str, Sequence[Any]] = {}
    problems: dict[str, Mapping[int, Problem]] = {}
    if "country" in known:
        country = normalize_column(columns["country"], known["country"].type, context)
        if any(country.values):
            context = replace(context, row_countries=country.values)
    for name, described in known.items():
        own = replace(
            context,
            choices=described.choices,
            currency=described.currency or context.currency,
            max_length=described.max_length,
        )
        read = normalize_column(columns[name], described.type, own)
        if described.type is FieldType.REGION or name in _SHOWN_TEXTS:
            read = keep_shown(read)
        values[name] = read.values
        if read.problems:
            problems[name] = read.problems
    return NormalTable(values, problems, max(map(len, columns.values()), default=0))


def _on_telegram(context: FieldContext) -> FieldContext:
    # Of the messengers only Telegram is commonly written as a bare @name.
    return context if context.default_network else replace(context, default_network="telegram")
