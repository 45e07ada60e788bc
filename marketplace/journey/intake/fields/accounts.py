"""Messenger and social accounts: whose network, and the one spelling of the name there."""

import re
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from .columns import FieldContext, NormalColumn, Texts, read_distinct
from .phones import read_phone
from .problems import Problem, Unreadable

#: The network that is meant by a number of which only "a messenger" is known.
NUMBER = "number"

_NAMES: dict[str, re.Pattern[str]] = {
    "telegram": re.compile(r"[a-z][a-z0-9_]{3,31}"),
    "instagram": re.compile(r"[a-z0-9_](?:[a-z0-9_.]{0,28}[a-z0-9_])?"),
    "facebook": re.compile(r"[a-z0-9.\-]{2,80}"),
    "vk": re.compile(r"[a-z0-9_.]{2,64}"),
    "linkedin": re.compile(r"[\w\-%.]{3,120}"),
    "x": re.compile(r"[a-z0-9_]{1,15}"),
    "tiktok": re.compile(r"[a-z0-9_.]{2,24}"),
    "ok": re.compile(r"[a-z0-9_.]{2,64}"),
    "skype": re.compile(r"(?:live:)?[a-z0-9][a-z0-9_.,\-]{2,64}"),
    "wechat": re.compile(r"[a-z][a-z0-9_\-]{5,19}"),
    "line": re.compile(r"[a-z0-9._\-]{4,20}"),
    "snapchat": re.compile(r"[a-z][a-z0-9_.\-]{2,14}"),
}
_BY_NUMBER = frozenset({"whatsapp", "viber", "signal", NUMBER})
_HOSTS = {
    "t.me": "telegram", "telegram.me": "telegram", "telegram.dog": "telegram", "web.telegram.org": "telegram",
    "wa.me": "whatsapp", "api.whatsapp.com": "whatsapp", "whatsapp.com": "whatsapp", "web.whatsapp.com": "whatsapp",
    "instagram.com": "instagram", "instagr.am": "instagram", "ig.me": "instagram",
    "facebook.com": "facebook", "fb.com": "facebook", "m.me": "facebook", "fb.me": "facebook",
    "messenger.com": "facebook", "vk.com": "vk", "vk.ru": "vk", "vk.me": "vk", "vkontakte.ru": "vk",
    "linkedin.com": "linkedin", "x.com": "x", "twitter.com": "x", "tiktok.com": "tiktok",
    "ok.ru": "ok", "odnoklassniki.ru": "ok", "line.me": "line", "snapchat.com": "snapchat", "signal.me": "signal",
}  # fmt: skip
_WORDS = {
    **{network: network for network in (*_NAMES, "whatsapp", "viber", "signal")},
    "tg": "telegram", "телеграм": "telegram", "телеграмм": "telegram", "тг": "telegram", "wa": "whatsapp",
    "whats app": "whatsapp", "ватсап": "whatsapp", "вотсап": "whatsapp", "вацап": "whatsapp", "вайбер": "viber",
    "insta": "instagram", "ig": "instagram", "инстаграм": "instagram", "инста": "instagram", "fb": "facebook",
    "messenger": "facebook", "фейсбук": "facebook", "vkontakte": "vk", "вк": "vk", "вконтакте": "vk",
    "twitter": "x", "odnoklassniki": "ok", "одноклассники": "ok", "скайп": "skype", "weixin": "wechat",
}  # fmt: skip
# First parts of a path that lead to a post, a group or a company, never to a person.
_NOT_PEOPLE = {
    "telegram": {"joinchat", "s", "c", "addstickers", "share"},
    "instagram": {"p", "reel", "reels", "explore", "stories", "tv", "accounts", "direct"},
    "facebook": {
        "groups",
        "pages",
        "events",
        "watch",
        "marketplace",
        "sharer",
        "story.php",
        "photo.php",
        "login",
    },
    "vk": {"feed", "wall", "away.php", "video", "photo", "topic", "search", "club", "public", "event"},
    "linkedin": {"company", "school", "jobs", "feed", "posts", "groups", "showcase"},
    "x": {"i", "intent", "home", "search", "hashtag", "share"},
    "ok": {"group", "video", "game", "feed"},
}
_VK_COMMUNITY = re.compile(r"(?:club|public|event|wall-?|topic-|photo-?|video-?)\d+.*")
_PERSON_FOLDERS = {"linkedin": {"in", "pub"}, "ok": {"profile"}, "snapchat": {"add"}, "facebook": {"people"}}
_URL = re.compile(r"(?:https?://)?(?:[a-z0-9\-]+\.)+[a-z]{2,}/\S*", re.IGNORECASE)
_LABELLED = re.compile(r"([^\W\d_][^\W\d_ ]*(?: app)?)\s*(?:[:=\-–]\s*|\s(?=[@+\d]))(.+)")
_NUMBER_SHAPE = re.compile(r"\+?[\d\s().\-]{7,24}")


class Account(NamedTuple):
    """A person's account: the *network* and the *name* there (a number in E.164 where numbers are names)."""

    network: str
    name: str

    @property
    def index_form(self) -> str:
        """The one text by which copies are found."""
        return f"{self.network}:{self.name}"


def normalize_accounts(values: Texts, context: FieldContext) -> NormalColumn[Account]:
    """Read a column of accounts: links, "network: name", names with @ and numbers.

    The context's *default_network* is meant by a bare name, its *default_country* by a number without one.
    """
    return read_distinct(values, _reader(context))


def _reader(context: FieldContext) -> Callable[[str], Account]:
    def read(text: str) -> Account:
        if len(text) > 300:
            raise Unreadable(Problem.ACCOUNT_UNREADABLE)
        lower = text.lower()
        if lower.startswith(("tg://", "viber://", "whatsapp://", "skype:")):
            return _from_scheme(text, context)
        if _URL.fullmatch(text):
            return _from_url(text, context)
        if (labelled := _LABELLED.fullmatch(text)) and (network := _WORDS.get(labelled[1].lower().strip())):
            rest = labelled[2].strip()
            return _from_url(rest, context) if _URL.fullmatch(rest) else _named(network, rest, context)
        if _NUMBER_SHAPE.fullmatch(text):
            return _named(context.default_network or NUMBER, text, context)
        if context.default_network:
            return _named(context.default_network, text, context)
        raise Unreadable(Problem.ACCOUNT_NETWORK_UNKNOWN)

    return read


def _from_scheme(text: str, context: FieldContext) -> Account:
    scheme, _, rest = text.partition(":")
    if scheme.lower() == "skype":
        return _named("skype", rest.partition("?")[0], context)
    query = parse_qs(rest.partition("?")[2])
    network = {"tg": "telegram"}.get(scheme.lower(), scheme.lower())
    name = next((query[key][0] for key in ("domain", "number", "phone") if key in query), "")
    # In a link the plus sign of a number is often left bare, and then reads as a space.
    return _named(network, name.strip(), context)


def _from_url(text: str, context: FieldContext) -> Account:
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host = (parts.hostname or "").removeprefix("www.").removeprefix("m.")
    except ValueError:
        raise Unreadable(Problem.ACCOUNT_UNREADABLE) from None
    network = _HOSTS.get(host) or _HOSTS.get(host.partition(".")[2])
    if network is None:
        raise Unreadable(Problem.ACCOUNT_NETWORK_UNKNOWN)
    query = parse_qs(parts.query)
    path = [unquote(part) for part in parts.path.split("/") if part]
    if network in _BY_NUMBER:
        number = query.get("phone", path[:1] or [""])[0].strip()
        return _named(network, number, context)
    if path[:1] == ["profile.php"] and "id" in query:
        return _named(network, query["id"][0], context)
    return _named(network, _person_in(path, network), context)


def _person_in(path: list[str], network: str) -> str:
    """The part of a link's path that names the person; raises Unreadable where it leads elsewhere."""
    if not path:
        raise Unreadable(Problem.ACCOUNT_UNREADABLE)
    first = path[0].lower()
    if first in _PERSON_FOLDERS.get(network, ()):
        if len(path) < 2:
            raise Unreadable(Problem.ACCOUNT_UNREADABLE)
        return path[-1] if first == "people" else path[1]
    if first in _NOT_PEOPLE.get(network, ()) or network == "linkedin":
        raise Unreadable(Problem.ACCOUNT_NOT_A_PERSON)
    if network == "vk" and _VK_COMMUNITY.fullmatch(first):
        raise Unreadable(Problem.ACCOUNT_NOT_A_PERSON)
    if network == "telegram" and first.startswith("+") and not re.fullmatch(r"\+\d{7,15}", first):
        raise Unreadable(Problem.ACCOUNT_NOT_A_PERSON)
    return path[0]


def _named(network: str, name: str, context: FieldContext) -> Account:
    name = name.strip().lstrip("@").strip()
    if network in _BY_NUMBER or (network == "telegram" and _NUMBER_SHAPE.fullmatch(name)):
        return Account(network, _number(name, network, context))
    pattern = _NAMES.get(network)
    lower = name.lower()
    if pattern is None or not pattern.fullmatch(lower):
        raise Unreadable(Problem.ACCOUNT_UNREADABLE)
    if lower.endswith("bot") and network == "telegram":
        raise Unreadable(Problem.ACCOUNT_NOT_A_PERSON)
    return Account(network, lower)


def _number(name: str, network: str, context: FieldContext) -> str:
    # Links of these networks carry international numbers without the plus sign.
    if network in _BY_NUMBER and network != NUMBER and name.isdigit() and len(name) >= 10:
        phone = read_phone(f"+{name}", None)
        if phone is not None and phone.valid:
            return phone.e164
    try:
        phone = read_phone(name, context.default_country)
    except Unreadable:
        phone = None
    if phone is None or not phone.valid:
        raise Unreadable(Problem.ACCOUNT_UNREADABLE)
    return phone.e164
