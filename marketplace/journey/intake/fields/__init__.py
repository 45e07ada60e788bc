"""Field types of a lead: every way to write a value, one normal form for each, and a code for what can't be read.

    text as delivered ── normalize_column(values, type, context) ──> values in normal form + problems by row
    chunk of columns  ── normalize_table(columns, fields, context) ─> NormalTable

Nothing here asks the network or the database, and no problem ever carries the value itself.
"""

from .accounts import Account, normalize_accounts
from .amounts import normalize_amounts
from .choices import normalize_booleans, normalize_choices
from .columns import FieldContext, NormalColumn
from .countries import country_codes, normalize_countries, normalize_regions
from .dates import infer_day_first, normalize_dates, normalize_moments
from .email_domains import DomainClass
from .emails import Email, normalize_emails
from .masking import mask_email, mask_name, mask_phone
from .numbers import infer_decimal_mark, normalize_decimals, normalize_integers
from .phone_values import Phone, PhoneKind
from .phones import is_fictional, normalize_phone_column, normalize_phones
from .postal_codes import normalize_postal_codes
from .problems import Problem, Unreadable
from .table import STANDARD_FIELDS, Field, FieldType, NormalTable, normalize_column, normalize_table
from .texts import normalize_names, normalize_texts
from .touches import SEED_POINTS, Temperature, Thresholds, points, points_by_row, temperature
from .web import normalize_certificates, normalize_ips, normalize_urls

__all__ = [
    "SEED_POINTS",
    "STANDARD_FIELDS",
    "Account",
    "DomainClass",
    "Email",
    "Field",
    "FieldContext",
    "FieldType",
    "NormalColumn",
    "NormalTable",
    "Phone",
    "PhoneKind",
    "Problem",
    "Temperature",
    "Thresholds",
    "Unreadable",
    "country_codes",
    "infer_day_first",
    "infer_decimal_mark",
    "is_fictional",
    "mask_email",
    "mask_name",
    "mask_phone",
    "normalize_accounts",
    "normalize_amounts",
    "normalize_booleans",
    "normalize_certificates",
    "normalize_choices",
    "normalize_column",
    "normalize_countries",
    "normalize_dates",
    "normalize_decimals",
    "normalize_emails",
    "normalize_integers",
    "normalize_ips",
    "normalize_moments",
    "normalize_names",
    "normalize_phone_column",
    "normalize_phones",
    "normalize_postal_codes",
    "normalize_regions",
    "normalize_table",
    "normalize_texts",
    "normalize_urls",
    "points",
    "points_by_row",
    "temperature",
]
