"""Every reason for which a lead is refused: its code, and the sentence that a seller reads."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from marketplace.journey.intake.fields import Problem


class Refused(StrEnum):
    """Codes of the refusals that validation itself decides; the codes of unreadable values are intake's."""

    COUNTRY_NOT_HELD = "country_not_held"
    UNREACHABLE = "unreachable"
    SWITCHBOARD_ALONE = "switchboard_alone"
    ROLE_EMAIL_ALONE = "role_email_alone"
    EMAIL_DISPOSABLE = "email_disposable"
    PHONE_FICTIONAL = "phone_fictional"
    REQUIRED_MISSING = "required_missing"
    NEGATIVE_AMOUNT = "negative_amount"
    CREATED_IN_FUTURE = "created_in_future"
    LEAD_TOO_OLD = "lead_too_old"
    UNDER_AGE = "under_age"
    AGE_UNKNOWN = "age_unknown"
    CONSENT_TEXT_MISSING = "consent_text_missing"
    CONSENT_AT_MISSING = "consent_at_missing"
    CONSENT_SOURCE_MISSING = "consent_source_missing"
    CONSENT_PAGE_URL_MISSING = "consent_page_url_missing"
    CONSENT_IP_MISSING = "consent_ip_missing"
    CONSENT_USER_AGENT_MISSING = "consent_user_agent_missing"
    CONSENT_SELLERS_MISSING = "consent_sellers_missing"
    CONSENT_CERTIFICATE_MISSING = "consent_certificate_missing"
    CONSENT_IN_FUTURE = "consent_in_future"
    DUPLICATE = "duplicate"
    SUPPRESSED = "suppressed"


_UNITED_STATES = "since people in the United States will be phoned under this offer"

#: The sentence for each code; `{column}` stands for the field that it is about.
SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        Problem.TEST_DATA: (
            "The field {column} holds test data and not a person's answer: leave test leads out of the file."
        ),
        Refused.COUNTRY_NOT_HELD: (
            "This installation may not hold people of the country in {column}: offer them where their"
            " country is served."
        ),
        Refused.UNREACHABLE: (
            "Nobody can be reached: give at least one valid personal phone, e-mail, messenger or "
            "social account."
        ),
        Refused.SWITCHBOARD_ALONE: (
            "The number in {column} is a company's: add the person's name, company, position and "
            "authority to speak for it, or a personal contact."
        ),
        Refused.ROLE_EMAIL_ALONE: (
            "The address in {column} belongs to an office, such as info@ or sales@: add a contact of "
            "a specific person."
        ),
        Refused.EMAIL_DISPOSABLE: (
            "The address in {column} is of a throw-away mailbox provider: give the person's lasting "
            "e-mail address."
        ),
        Refused.PHONE_FICTIONAL: (
            "The number in {column} lies in a range kept free for films and manuals: give the "
            "person's real number."
        ),
        Refused.REQUIRED_MISSING: (
            "The field {column} is required in this vertical and is empty: fill it in, or map the "
            "right column to it."
        ),
        Refused.NEGATIVE_AMOUNT: "The amount in {column} is below zero: give it as zero or more.",
        Refused.CREATED_IN_FUTURE: (
            "The time in {column} has not come yet: check the date's order of day and month and the "
            "time zone."
        ),
        Refused.LEAD_TOO_OLD: (
            "By its time in {column} the lead is older than this vertical takes: send leads sooner "
            "after they come in."
        ),
        Refused.UNDER_AGE: (
            "By {column} the person is younger than this vertical allows: leave such people out."
        ),
        Refused.AGE_UNKNOWN: (
            "This vertical has a lowest age, and {column} does not tell it: give birth_date or age."
        ),
        Refused.CONSENT_TEXT_MISSING: (
            "The wording of the consent is missing: give {column} in each row, or state it in the offer."
        ),
        Refused.CONSENT_AT_MISSING: (
            "The time of the consent is missing: give {column} in each row, or let the offer warrant it."
        ),
        Refused.CONSENT_SOURCE_MISSING: (
            "Where the consent was given is missing: give {column} in each row, or state it in the offer."
        ),
        Refused.CONSENT_PAGE_URL_MISSING: (
            f"The address of the page where consent was given is needed in {{column}}, {_UNITED_STATES}."
        ),
        Refused.CONSENT_IP_MISSING: (
            f"The person's IP address at the time of consent is needed in {{column}}, {_UNITED_STATES}."
        ),
        Refused.CONSENT_USER_AGENT_MISSING: (
            f"The browser's user agent at the time of consent is needed in {{column}}, {_UNITED_STATES}."
        ),
        Refused.CONSENT_SELLERS_MISSING: (
            f"The sellers whom the consent names are needed in {{column}}, {_UNITED_STATES}."
        ),
        Refused.CONSENT_CERTIFICATE_MISSING: (
            f"An independent certificate of the consent is needed in {{column}}, {_UNITED_STATES}."
        ),
        Refused.CONSENT_IN_FUTURE: (
            "The consent in {column} is dated in the future: check the date's order of day and month "
            "and the time zone."
        ),
        Refused.DUPLICATE: (
            "The same person is already in this file or among your earlier leads: send each person once."
        ),
        Refused.SUPPRESSED: (
            "The person asked not to be contacted or to be forgotten: leave the lead out and do not "
            "send it again."
        ),
        Problem.PHONE_UNREADABLE: (
            "There is no phone number in {column}: give it with its country code, such as +44 20 8366 1177."
        ),
        Problem.PHONE_COUNTRY_UNKNOWN: (
            "The country of the number in {column} is unknown: begin it with + and the country code, "
            "or give the field country."
        ),
        Problem.PHONE_TOO_SHORT: (
            "The number in {column} has too few digits for its country: give the whole number with "
            "its area code."
        ),
        Problem.PHONE_TOO_LONG: (
            "The number in {column} has too many digits for its country: give one number, without "
            "anything after it."
        ),
        Problem.PHONE_WRONG_LENGTH: (
            "No number of its country has as many digits as the one in {column}: check it against its source."
        ),
        Problem.PHONE_NOT_ASSIGNED: (
            "The number in {column} belongs to no range in use in its country: check it and its country code."
        ),
        Problem.PHONE_DAMAGED: (
            "A spreadsheet has turned the number in {column} into a quantity such as 7.9E+10: export "
            "the column as text."
        ),
        Problem.EMAIL_UNREADABLE: (
            "The field {column} is not an e-mail address: give it as name@domain, without spaces."
        ),
        Problem.EMAIL_SPECIAL_DOMAIN: (
            "The domain in {column} is reserved and receives no mail: give an address on the public internet."
        ),
        Problem.ACCOUNT_UNREADABLE: (
            "The account in {column} is not one that its network knows: give the person's link or name there."
        ),
        Problem.ACCOUNT_NETWORK_UNKNOWN: (
            "The network of the account in {column} is unknown: give a link, or write it as network: name."
        ),
        Problem.ACCOUNT_NOT_A_PERSON: (
            "The link in {column} leads to a post, a group or a company: give the link of the "
            "person's own account."
        ),
        Problem.NAME_UNREADABLE: (
            "There is no name in {column}: give the person's name in letters, without links or addresses."
        ),
        Problem.TEXT_TOO_LONG: (
            "The text in {column} is too long: shorten it, or check that no quotation mark swallowed "
            "other columns."
        ),
        Problem.CONTACT_IN_TEXT: (
            "The text in {column} looks as if it held a phone number, an address or a link, and buyers would see "
            "it before they pay: leave contacts out of it."
        ),
        Problem.DATE_UNREADABLE: (
            "There is no date in {column}: write it as 2026-08-30, with time as 2026-08-30T14:05:00Z."
        ),
        Problem.DATE_IMPOSSIBLE: (
            "The date in {column} does not exist in the calendar: check day, month and time."
        ),
        Problem.DATE_AMBIGUOUS: (
            "Day and month in {column} can't be told apart: write dates as 2026-08-30, or give the "
            "offer a country."
        ),
        Problem.DATE_OUT_OF_RANGE: "The year in {column} lies outside 1900 to 2100: check it.",
        Problem.NUMBER_UNREADABLE: "There is no number in {column}: write it in digits, such as 1234.50.",
        Problem.NUMBER_NOT_WHOLE: (
            "The field {column} takes whole numbers only: leave out the part after the decimal sign."
        ),
        Problem.NUMBER_AMBIGUOUS: (
            "The sign in {column} may group thousands or begin decimals: write the number without grouping."
        ),
        Problem.NUMBER_TOO_LARGE: "The number in {column} is larger than any that is meant here: check it.",
        Problem.MONEY_UNREADABLE: (
            "There is no amount of money in {column}: write it in digits, such as 1234.50."
        ),
        Problem.MONEY_TOO_PRECISE: "The amount in {column} has more decimals than its currency: round it.",
        Problem.MONEY_OTHER_CURRENCY: (
            "The amount in {column} is in another currency than the field takes: convert it or leave "
            "it empty."
        ),
        Problem.MONEY_CURRENCY_UNKNOWN: (
            "The currency of the amount in {column} is unknown: add its code, such as 100 EUR."
        ),
        Problem.BOOLEAN_UNREADABLE: "The field {column} takes yes or no only.",
        Problem.CHOICE_UNKNOWN: (
            "The answer in {column} is none of the vertical's choices: see its list and use one of them."
        ),
        Problem.COUNTRY_UNKNOWN: (
            "There is no country in {column}: give its two-letter code, such as DE, or its name."
        ),
        Problem.POSTAL_CODE_UNREADABLE: (
            "The postal code in {column} is not one of its country: check it and the field country."
        ),
        Problem.IP_UNREADABLE: (
            "There is no IP address in {column}: give it as 8.8.8.8 or in the form of version 6."
        ),
        Problem.IP_NOT_PUBLIC: (
            "The IP address in {column} belongs to a private network: give the one that the person came from."
        ),
        Problem.URL_UNREADABLE: (
            "There is no web address in {column}: give the whole link, beginning with https://."
        ),
        Problem.CERTIFICATE_UNREADABLE: (
            "There is no certificate in {column}: give its whole link or its token."
        ),
        Problem.CERTIFICATE_ISSUER_UNKNOWN: (
            "The certificate in {column} is of no issuer that is checked here: see the list of issuers."
        ),
    }
)


def sentence(code: str, column: str | None) -> str:
    """The sentence for a refusal of *code* about *column*; raises KeyError for a code that is not in the table."""
    return SENTENCES[code].format(column=column or "this row")


def refusals_page() -> str:
    """The page `docs/refusals.md`, made from the table."""
    rows = [f"| `{code}` | {text.format(column='*column*')} |" for code, text in sorted(SENTENCES.items())]
    head = [
        "# Why a lead is refused",
        "",
        "Each refused row comes back with one of these codes, the column and the sentence. A row with several faults",
        "lists all of them; the first decides its code. This page is made from the table in",
        "`marketplace/journey/validation/reasons.py`.",
        "",
        "| code | what it means, and the way out |",
        "|---|---|",
    ]
    return "\n".join([*head, *rows]) + "\n"
