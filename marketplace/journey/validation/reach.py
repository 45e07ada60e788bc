"""What counts as a lead: a way to reach a specific person."""

from typing import Any, NamedTuple

from marketplace.journey.intake.fields import DomainClass, Email, Phone, PhoneKind

from .reasons import Refused

#: The fields by which a person may be reached.
CONTACTS = ("phone", "phone_2", "email", "messenger", "social")
#: Kinds of numbers that a person answers.
PERSONAL_KINDS = frozenset(
    {
        PhoneKind.MOBILE,
        PhoneKind.FIXED_LINE,
        PhoneKind.FIXED_LINE_OR_MOBILE,
        PhoneKind.VOIP,
        PhoneKind.PERSONAL_NUMBER,
    }
)
_COMPANY_KINDS = frozenset({PhoneKind.TOLL_FREE, PhoneKind.SHARED_COST, PhoneKind.COMPANY_WIDE})
_POCKET_KINDS = frozenset({PhoneKind.MOBILE, PhoneKind.PERSONAL_NUMBER})
#: Addresses that do not reach a specific person by themselves; beside another contact they may stand.
_NOT_ALONE = {DomainClass.ROLE: Refused.ROLE_EMAIL_ALONE, DomainClass.DISPOSABLE: Refused.EMAIL_DISPOSABLE}
_NO_AUTHORITY = frozenset({"no", "none", "false", "0", "n", "нет", "nein", "nie", "non", "não", "hayır"})


class Person(NamedTuple):
    """What a row says about who answers: is somebody named, and in what office."""

    named: bool
    company: str | None
    position: str | None
    authority: str | None

    @property
    def speaks_for_company(self) -> bool:
        """Whether a named person of a named company has a position and the authority to speak."""
        may_speak = self.authority is not None and self.authority.casefold() not in _NO_AUTHORITY
        return self.named and self.company is not None and self.position is not None and may_speak


class Reach(NamedTuple):
    """The channels by which a person is reached; where there are none, the refusal and its column."""

    channels: tuple[str, ...]
    code: Refused | None = None
    column: str | None = None


def judge_reach(
    phones: tuple[Phone | None, Phone | None], email: Email | None, accounts: tuple[Any, Any], person: Person
) -> Reach:
    """Decide by which channels a row reaches a specific person.

    A number is a company's if its kind or an extension says so, if a company but nobody is named beside a number
    that is no mobile, or if it is a fixed line beside a company; such a number needs a person who may speak.
    """
    channels: list[str] = []
    refusal: tuple[Refused, str] | None = None
    for column, phone in zip(("phone", "phone_2"), phones, strict=True):
        if phone is None or not phone.valid:
            continue
        if _is_personal(phone, person):
            channels.append(column)
        elif phone.kind in _COMPANY_KINDS or phone.kind in PERSONAL_KINDS:
            if person.speaks_for_company:
                channels.append(column)
            else:
                refusal = refusal or (Refused.SWITCHBOARD_ALONE, column)
    if email is not None:
        alone = _NOT_ALONE.get(email.domain_class)
        if alone is None:
            channels.append("email")
        else:
            refusal = refusal or (alone, "email")
    channels += [column for column, account in zip(("messenger", "social"), accounts, strict=True) if account]
    if channels:
        return Reach(tuple(channels))
    code, refused_column = refusal or (Refused.UNREACHABLE, None)
    return Reach((), code, refused_column)


def _is_personal(phone: Phone, person: Person) -> bool:
    if phone.kind not in PERSONAL_KINDS or phone.extension:
        return False
    if person.company is None or phone.kind in _POCKET_KINDS:
        return True
    return person.named and phone.kind is not PhoneKind.FIXED_LINE
