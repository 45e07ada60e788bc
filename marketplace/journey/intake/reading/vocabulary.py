"""The words by which lead files name their columns, in the languages that sellers write."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

FieldType = Literal["phone", "email", "name", "text", "url", "ip", "timestamp", "boolean", "count", "code"]


@dataclass(frozen=True, slots=True)
class FieldDescription:
    """A field that a column can be mapped to: its name, what its values are, and words for it."""

    name: str
    type: FieldType
    synonyms: tuple[str, ...] = field(default=())


_LETTERS_WITHOUT_ACCENT = str.maketrans(
    {"ł": "l", "Ł": "l", "ø": "o", "ß": "ss", "ı": "i", "ё": "е", "ي": "ی", "ك": "ک", "đ": "d", "æ": "ae"}
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_APART = re.compile(r"[\W_]+")


@cache
def normalize_header(header: str) -> str:
    """*header* in lower case, without accents, marks and pictures, its words one space apart."""
    text = _CAMEL.sub(" ", unicodedata.normalize("NFKC", header))
    text = "".join(c for c in unicodedata.normalize("NFKD", text) if unicodedata.category(c) != "Mn")
    text = unicodedata.normalize("NFC", text.casefold().translate(_LETTERS_WITHOUT_ACCENT))
    return _APART.sub(" ", text).strip()


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.replace("\n", "|").split("|") if word.strip())


_PHONE = """phone|phone number|telephone|telephone number|tel|tel no|mobile|mobile phone|mobile number|mobile no
|cell|cell phone|cellphone|contact phone|contact number|contact no|phone no|lead phone|user phone
|primary phone|phone1|phone 1|msisdn|your phone|телефон|номер телефона|мобильный|мобильный телефон
|контактный телефон|тел|сотовый|рабочий телефон|ваш телефон|telefon|numer telefonu|nr telefonu
|telefon komorkowy|komorka|telefonnummer|handy|handynummer|mobilnummer|rufnummer|mobiltelefon|telefono
|numero de telefono|movil|celular|telefono movil|telephone portable|numero de telephone|portable
|mobile telephone|telefone|numero de telefone|telemovel|telefone celular|تلفن|شماره تلفن|موبایل
|شماره موبایل|تلفن همراه|شماره تماس|شماره همراه|telefon numarası|cep telefonu|telefon no|gsm
|gsm numarası|الهاتف|رقم الهاتف|الجوال|फोन|मोबाइल|телефонный номер|telefonnummer mobil"""
_PHONE_2 = """phone 2|phone2|second phone|secondary phone|other phone|alternate phone|alternative phone
|additional phone|home phone|work phone|business phone|другой телефон|второй телефон
|дополнительный телефон|домашний телефон|телефон 2|drugi telefon|telefon 2|zweite telefonnummer
|telefono 2|otro telefono|autre telephone|telephone 2|outro telefone|تلفن دوم|تلفن ثابت|ikinci telefon"""
_EMAIL = """email|e mail|mail|email address|e mail address|mail address|lead email|user email|contact email
|your email|work email|business email|email id|primary email|электронная почта|почта|эл почта
|адрес электронной почты|имейл|емейл|рабочий e mail|частный e mail|ваш email|adres email|adres e mail
|poczta|adres mailowy|e mail adresse|email adresse|mailadresse|correo|correo electronico
|direccion de correo|courriel|adresse email|adresse e mail|adresse mail|adresse electronique
|endereco de email|correio eletronico|email adresi|e posta|eposta|e posta adresi|ایمیل|پست الکترونیکی
|رایانامه|البريد|البريد الالكتروني|ईमेल"""
_FULL_NAME = """name|full name|fullname|contact name|lead name|client name|customer name|person name|your name
|first and last name|contact person|имя и фамилия|фио|ф и о|полное имя|клиент|имя клиента
|контактное лицо|имя фамилия|ваше имя|imie i nazwisko|pelne imie|vollstandiger name|vor und nachname
|ansprechpartner|nombre completo|nombre y apellidos|nombre y apellido|nom complet|nom et prenom
|prenom et nom|nome completo|nome e sobrenome|نام و نام خانوادگی|نام کامل|ad soyad|adi soyadi|ad soyadi
|isim soyisim|الاسم|الاسم الكامل|नाम|contact"""
_FIRST_NAME = """first name|firstname|given name|fname|forename|имя|имя контакта|imie|vorname|nombre|nombres|prenom
|primeiro nome|nome|نام|ad|isim|adi|الاسم الاول"""
_LAST_NAME = """last name|lastname|surname|family name|lname|second name|фамилия|nazwisko|nachname|familienname|apellido
|apellidos|nom|nom de famille|sobrenome|ultimo nome|apelido|نام خانوادگی|فامیلی|soyad|soyadi|soyisim
|اسم العائلة"""
_CREATED_AT = """created at|created time|created|create date|created date|creation date|date created|submitted at
|submission time|submission date|submit time|timestamp|lead date|conversion time|date added|lead created
|date time|date|дата создания|дата|дата заявки|дата и время|время создания|создан|data utworzenia
|data zgloszenia|erstellt am|erstelldatum|datum|fecha|fecha de creacion|date de creation|cree le
|data de criacao|data|criado em|تاریخ|تاریخ ایجاد|تاریخ ثبت|tarih|olusturma tarihi|kayit tarihi"""
_CONSENT_TEXT = """consent text|consent wording|consent|consent language|disclosure|tcpa consent|tcpa text|opt in text
|opt in|gdpr consent|согласие|текст согласия|согласие на обработку персональных данных|zgoda|tresc zgody
|einwilligung|einwilligungstext|consentimiento|texto de consentimiento|consentement
|texte de consentement|consentimento|رضایت|متن رضایت|onay|onay metni|acik riza"""
_CONSENT_AT = """consent at|consent time|consent date|consent timestamp|opt in time|opt in date|optin date
|tcpa timestamp|дата согласия|время согласия|data zgody|einwilligung am|datum der einwilligung|fecha de consentimiento
|date de consentement|data do consentimento|تاریخ رضایت|onay tarihi"""

_STANDARD: tuple[tuple[str, FieldType, str], ...] = (
    ("phone", "phone", _PHONE),
    ("phone_2", "phone", _PHONE_2),
    ("email", "email", _EMAIL),
    (
        "messenger",
        "text",
        "messenger|whatsapp|whatsapp number|telegram|telegram username|viber|skype|контакт telegram|контакт viber"
        "|контакт skype|мессенджер|телеграм|ватсап|komunikator|تلگرام|واتساپ",
    ),
    (
        "social",
        "text",
        "social|social profile|social account|facebook|facebook profile|linkedin|linkedin url|linkedin profile"
        "|instagram|vk|вконтакте|страница вконтакте|страница facebook|соцсеть|соцсети|اینستاگرام",
    ),
    ("first_name", "name", _FIRST_NAME),
    ("last_name", "name", _LAST_NAME),
    ("full_name", "name", _FULL_NAME),
    (
        "company",
        "text",
        "company|company name|organization|organisation|business name|employer|account name|компания|название компании"
        "|организация|фирма|firma|nazwa firmy|unternehmen|firmenname|empresa|nombre de la empresa|entreprise|societe"
        "|nom de l entreprise|nome da empresa|شرکت|نام شرکت|sirket|sirket adi|kurum",
    ),
    (
        "position",
        "text",
        "position|job title|jobtitle|job|role|title|occupation|designation|должность|stanowisko|berufsbezeichnung|cargo"
        "|puesto|poste|fonction|سمت|شغل|unvan|pozisyon",
    ),
    (
        "address",
        "text",
        "address|street|street address|address 1|address line 1|mailing address|адрес|улица|улица номер дома|adres"
        "|ulica|adresse|strasse|anschrift|direccion|calle|rue|endereco|rua|morada|آدرس|نشانی|adresi",
    ),
    (
        "city",
        "text",
        "city|town|город|населенный пункт|miasto|miejscowosc|stadt|ort|ciudad|ville|cidade|شهر|sehir|il|المدينة",
    ),
    (
        "region",
        "text",
        "region|state|province|state province|county|регион|область|край|wojewodztwo|bundesland|provincia|comunidad"
        "|departement|estado|استان|bolge|eyalet",
    ),
    (
        "postal_code",
        "code",
        "postal code|postcode|post code|zip|zip code|zipcode|индекс|почтовый индекс|kod pocztowy|plz|postleitzahl"
        "|codigo postal|code postal|cep|کد پستی|posta kodu",
    ),
    ("country", "code", "country|country name|страна|kraj|land|pais|pays|کشور|ulke|الدولة"),
    (
        "ip",
        "ip",
        "ip|ip address|client ip|user ip|remote ip|ip адрес|айпи|adres ip|ip adresse|direccion ip|adresse ip",
    ),
    (
        "page_url",
        "url",
        "page url|landing page|landing page url|landing url|source url|form url|page|url|website page|lp url|страница"
        "|страница захвата|адрес страницы|referring page|inbox url",
    ),
    ("user_agent", "text", "user agent|useragent|browser|браузер"),
    ("consent_text", "text", _CONSENT_TEXT),
    ("consent_at", "timestamp", _CONSENT_AT),
    (
        "consent_source",
        "text",
        "consent source|opt in source|optin source|consent url|consent page|источник согласия|zrodlo zgody",
    ),
    (
        "certificate",
        "text",
        "certificate|certificate url|cert url|trustedform|trustedform cert url|trusted form|xxtrustedformcerturl"
        "|jornaya|jornaya id|jornaya lead id|leadid token|universal leadid|active prospect certificate",
    ),
    ("created_at", "timestamp", _CREATED_AT),
    (
        "source",
        "text",
        "source|lead source|utm source|original source|data source|traffic source|platform|источник|zrodlo|quelle"
        "|fuente|origine|fonte|origem|origin|منبع|kaynak",
    ),
    (
        "campaign",
        "text",
        "campaign|campaign name|utm campaign|ad campaign|кампания|рекламная кампания|kampania|kampagne|campana|campagne"
        "|campanha|کمپین|kampanya",
    ),
    (
        "ad_group",
        "text",
        "ad group|adgroup|ad group name|adgroup name|adset|ad set|adset name|ad set name|utm content|группа объявлений",
    ),
    (
        "audience",
        "text",
        "audience|utm term|segment|target audience|аудитория|сегмент|zielgruppe|audiencia",
    ),
    ("is_test", "boolean", "is test|test|test lead|is test lead|тест|тестовый|тестовый лид"),
    ("opened", "count", "opened|opens|email opens|emails opened|открытия|открыл"),
    ("clicked", "count", "clicked|clicks|email clicks|клики|переходы"),
    (
        "visited",
        "count",
        "visited|visits|total visits|site visits|website visits|visit count|визиты|посещения",
    ),
    ("pricing_page", "count", "pricing page|pricing page visits|visited pricing|price page|страница цен"),
    ("form", "count", "form|forms|form submissions|forms submitted|заполнил форму|формы"),
    ("demo", "count", "demo|demos|demo requested|demo request|демо|демонстрация"),
    (
        "answered_call",
        "count",
        "answered call|answered calls|calls answered|принятые звонки|ответил на звонок",
    ),
)

STANDARD_FIELDS: tuple[FieldDescription, ...] = tuple(
    FieldDescription(name, type_, _words(words)) for name, type_, words in _STANDARD
)

# Headers that are near to a word above and mean something else; they are never mapped by likeness.
OTHER_HEADERS = frozenset(
    normalize_header(word)
    for word in _words(
        """id|lead id|record id|status|state code|lead status|crm status|stage|lead stage|notes|note|comment
|comments|lead owner|owner|owner id|owner alias|sales rep|manager|tags|tag|score|lead score|budget|price
|amount|product|property|age|sex|gender|birthday|date of birth|last activity|last modified
|last modified date|updated at|do not email|do not call|lead number|prospect id|keyword|device
|match type|language|currency|conversion value|conversion currency|conversion name|interested
|country code|form id|form name|ad id|ad name|campaign id|adset id|adgroup id|page id|page name
|is organic|industry|lifecycle stage|gclid|google click id|file name|user name|username|school name
|product name|статус|стадия|комментарий|комментарии|ответственный|отчество|дата рождения|примечание|пол
|возраст|бюджет|цена|товар|название лида|statut|statu|notizen|durum|uwagi|wiek|plec|alter|geschlecht
|edad|age range|phone type|email status|email valid|phone valid|host name|middle name|nickname
|last contact|lead type|lead quality"""
    )
)


@cache
def _known() -> frozenset[str]:
    return frozenset(
        normalize_header(word) for field_ in STANDARD_FIELDS for word in (field_.name, *field_.synonyms)
    )


def is_known_header(cell: str) -> bool:
    """Whether *cell* is a word by which lead files name a column."""
    header = normalize_header(cell)
    return header in _known() or header in OTHER_HEADERS
