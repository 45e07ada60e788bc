"""The words for what can be wrong with one value of a lead, and the exception that carries them."""

from enum import StrEnum


class Problem(StrEnum):
    """Why a value could not be read; each code has its sentence in the table of refusals."""

    TEST_DATA = "test_data"
    PHONE_UNREADABLE = "phone_unreadable"
    PHONE_COUNTRY_UNKNOWN = "phone_country_unknown"
    PHONE_TOO_SHORT = "phone_too_short"
    PHONE_TOO_LONG = "phone_too_long"
    PHONE_WRONG_LENGTH = "phone_wrong_length"
    PHONE_NOT_ASSIGNED = "phone_not_assigned"
    PHONE_DAMAGED = "phone_damaged"
    EMAIL_UNREADABLE = "email_unreadable"
    EMAIL_SPECIAL_DOMAIN = "email_special_domain"
    ACCOUNT_UNREADABLE = "account_unreadable"
    ACCOUNT_NETWORK_UNKNOWN = "account_network_unknown"
    ACCOUNT_NOT_A_PERSON = "account_not_a_person"
    NAME_UNREADABLE = "name_unreadable"
    TEXT_TOO_LONG = "text_too_long"
    CONTACT_IN_TEXT = "contact_in_text"
    DATE_UNREADABLE = "date_unreadable"
    DATE_IMPOSSIBLE = "date_impossible"
    DATE_AMBIGUOUS = "date_ambiguous"
    DATE_OUT_OF_RANGE = "date_out_of_range"
    NUMBER_UNREADABLE = "number_unreadable"
    NUMBER_NOT_WHOLE = "number_not_whole"
    NUMBER_AMBIGUOUS = "number_ambiguous"
    NUMBER_TOO_LARGE = "number_too_large"
    MONEY_UNREADABLE = "money_unreadable"
    MONEY_TOO_PRECISE = "money_too_precise"
    MONEY_OTHER_CURRENCY = "money_other_currency"
    MONEY_CURRENCY_UNKNOWN = "money_currency_unknown"
    BOOLEAN_UNREADABLE = "boolean_unreadable"
    CHOICE_UNKNOWN = "choice_unknown"
    COUNTRY_UNKNOWN = "country_unknown"
    POSTAL_CODE_UNREADABLE = "postal_code_unreadable"
    IP_UNREADABLE = "ip_unreadable"
    IP_NOT_PUBLIC = "ip_not_public"
    URL_UNREADABLE = "url_unreadable"
    CERTIFICATE_UNREADABLE = "certificate_unreadable"
    CERTIFICATE_ISSUER_UNKNOWN = "certificate_issuer_unknown"


class Unreadable(Exception):
    """A value that its type refuses; carries the code only, never the value, which may be personal."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.value)
        self.problem = problem
