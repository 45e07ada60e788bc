"""Two readers of one phone number: the reference library, and a compiled one where it was proven equal."""

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType
from typing import Any

import phonenumbers

from .phone_values import KINDS, Phone, PhoneKind
from .problems import Problem, Unreadable

#: The pair of releases that the parity test compared; with any other pair only the reference is used.
PROVEN_RELEASES = ("9.0.43", "0.1.0")
#: Calling codes whose numbering plan differs between the releases of metadata that the two libraries carry
#: (9.0.43 and 9.0.41): every country whose metadata file changed, since samples can miss a small range.
DISPUTED_CALLING_CODES = frozenset(
    {40, 45, 57, 86, 229, 233, 238, 251, 254, 263, 267, 290, 358, 506, 592, 593, 595, 675, 856, 965, 995}
)
#: Large countries where the two releases differ only under these prefixes.
DISPUTED_PREFIXES = {7: "+7930", 34: "+345", 49: "+49154", 61: "+61496", 91: "+91796"}

_POSSIBLE = phonenumbers.ValidationResult
_LENGTH_PROBLEMS = {
    _POSSIBLE.TOO_SHORT: Problem.PHONE_TOO_SHORT,
    _POSSIBLE.IS_POSSIBLE_LOCAL_ONLY: Problem.PHONE_TOO_SHORT,
    _POSSIBLE.TOO_LONG: Problem.PHONE_TOO_LONG,
    _POSSIBLE.INVALID_LENGTH: Problem.PHONE_WRONG_LENGTH,
}
_ERRORS = phonenumbers.NumberParseException
_PARSE_PROBLEMS = {
    _ERRORS.INVALID_COUNTRY_CODE: Problem.PHONE_COUNTRY_UNKNOWN,
    _ERRORS.TOO_SHORT_AFTER_IDD: Problem.PHONE_TOO_SHORT,
    _ERRORS.TOO_SHORT_NSN: Problem.PHONE_TOO_SHORT,
    _ERRORS.TOO_LONG: Problem.PHONE_TOO_LONG,
}
# A calling code of one country needs no look-up of the number's region.
_ONLY_REGION = {
    code: regions[0]
    for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items()
    if len(regions) == 1 and regions[0] != "001"
}


def _compiled_library() -> ModuleType | None:
    try:
        installed = (version("phonenumbers"), version("rphonenumbers"))
        library = import_module("rphonenumbers")
    except (ImportError, PackageNotFoundError):
        return None
    return library if installed == PROVEN_RELEASES else None


_COMPILED = _compiled_library()


def compiled_is_available() -> bool:
    """Whether plain numbers are read by the compiled library in this installation."""
    return _COMPILED is not None


def read_with_reference(text: str, region: str | None) -> Phone:
    """Read *text* with `phonenumbers`; raises Unreadable where it is no number at all."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as error:
        raise Unreadable(_parse_problem(text, region, error.error_type)) from None
    return _as_phone(phonenumbers, number)


def read_with_compiled(text: str, region: str | None) -> Phone | None:
    """Read *text* with the compiled library, or answer None where only the reference is to be trusted."""
    if _COMPILED is None:
        return None
    try:
        number = _COMPILED.parse(text, region)
    except _COMPILED.NumberParseException:
        return None
    calling_code = number.country_code
    if calling_code in DISPUTED_CALLING_CODES:
        return None
    phone = _as_phone(_COMPILED, number)
    disputed = DISPUTED_PREFIXES.get(calling_code)
    return None if disputed is not None and phone.e164.startswith(disputed) else phone


def _parse_problem(text: str, region: str | None, error_type: int) -> Problem:
    if error_type == _ERRORS.INVALID_COUNTRY_CODE and not any(character.isdigit() for character in text):
        return Problem.PHONE_UNREADABLE
    return _PARSE_PROBLEMS.get(error_type, Problem.PHONE_UNREADABLE)


def _as_phone(library: Any, number: Any) -> Phone:
    kind = KINDS[library.number_type(number)]
    calling_code = number.country_code
    region = _ONLY_REGION.get(calling_code) or library.region_code_for_number(number)
    # "001" is the libraries' word for numbers of no country, such as international toll-free ones.
    country = None if region == "001" else region
    zeros = "0" * (number.number_of_leading_zeros or 1) if number.italian_leading_zero else ""
    e164 = f"+{calling_code}{zeros}{number.national_number}"
    # The libraries call a number valid exactly when they know its type.
    if kind is not PhoneKind.UNKNOWN:
        return Phone(e164, country, kind, True, None, number.extension)
    possible = library.is_possible_number_with_reason(number)
    problem = _LENGTH_PROBLEMS.get(possible, Problem.PHONE_NOT_ASSIGNED)
    return Phone(e164, country, kind, False, problem, number.extension)
