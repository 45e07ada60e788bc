"""What is known of one phone number."""

from enum import StrEnum
from typing import NamedTuple

from phonenumbers import PhoneNumberType

from .problems import Problem


class PhoneKind(StrEnum):
    """What a number is for, by its country's numbering plan."""

    FIXED_LINE = "fixed_line"
    MOBILE = "mobile"
    FIXED_LINE_OR_MOBILE = "fixed_line_or_mobile"
    TOLL_FREE = "toll_free"
    PREMIUM_RATE = "premium_rate"
    SHARED_COST = "shared_cost"
    VOIP = "voip"
    PERSONAL_NUMBER = "personal_number"
    PAGER = "pager"
    COMPANY_WIDE = "company_wide"
    VOICEMAIL = "voicemail"
    UNKNOWN = "unknown"


KINDS: dict[int, PhoneKind] = {
    PhoneNumberType.FIXED_LINE: PhoneKind.FIXED_LINE,
    PhoneNumberType.MOBILE: PhoneKind.MOBILE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE: PhoneKind.FIXED_LINE_OR_MOBILE,
    PhoneNumberType.TOLL_FREE: PhoneKind.TOLL_FREE,
    PhoneNumberType.PREMIUM_RATE: PhoneKind.PREMIUM_RATE,
    PhoneNumberType.SHARED_COST: PhoneKind.SHARED_COST,
    PhoneNumberType.VOIP: PhoneKind.VOIP,
    PhoneNumberType.PERSONAL_NUMBER: PhoneKind.PERSONAL_NUMBER,
    PhoneNumberType.PAGER: PhoneKind.PAGER,
    PhoneNumberType.UAN: PhoneKind.COMPANY_WIDE,
    PhoneNumberType.VOICEMAIL: PhoneKind.VOICEMAIL,
    PhoneNumberType.UNKNOWN: PhoneKind.UNKNOWN,
}


class Phone(NamedTuple):
    """One number: *e164* with plus sign, ISO country of the number, kind, and why it is not valid if it is not."""

    e164: str
    country: str | None
    kind: PhoneKind
    valid: bool
    problem: Problem | None
    extension: str | None = None
