"""The verticals that come with the product: a beginning, which the operator changes without code."""

from __future__ import annotations

from typing import Any


def _field(name: str, label: str, kind: str, synonyms: str = "", **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "label": label,
        "type": kind,
        "synonyms": [word.strip() for word in synonyms.split("|") if word.strip()],
        "choices": {},
        "required": False,
        "personal": False,
        "filterable": True,
        **more,
    }


_AGE = _field(
    "age", "Age, years", "integer", "age in years|возраст|wiek|alter|edad|âge|idade|سن|yaş|years old"
)
_BIRTH_DATE = _field(
    "birth_date",
    "Date of birth",
    "date",
    "birthday|date of birth|dob|дата рождения|data urodzenia|geburtsdatum|fecha de nacimiento"
    "|date de naissance|data de nascimento|doğum tarihi|تاریخ تولد",
    personal=True,
    filterable=False,
)
_INCOME = _field(
    "income",
    "Monthly income",
    "money",
    "monthly income|salary|доход|зарплата|dochód|einkommen|ingresos|revenu|renda|gelir|درآمد",
)
_SEX = _field(
    "sex",
    "Sex",
    "choice",
    "gender|пол|płeć|geschlecht|sexo|sexe|cinsiyet|جنسیت",
    choices={
        "female": [
            "f",
            "woman",
            "ж",
            "жен",
            "женский",
            "k",
            "kobieta",
            "w",
            "weiblich",
            "mujer",
            "femme",
            "kadın",
        ],
        "male": ["m", "man", "м", "муж", "мужской", "mężczyzna", "männlich", "hombre", "homme", "erkek"],
    },
)
_WHEN = _field(
    "timeframe",
    "Wants to start",
    "choice",
    "when|start|срок|termin|zeitpunkt|plazo|délai|prazo|zaman",
    choices={
        "now": ["asap", "immediately", "today", "срочно", "сейчас", "teraz", "sofort", "ahora", "maintenant"],
        "month": [
            "1 month",
            "within a month",
            "в течение месяца",
            "w ciągu miesiąca",
            "innerhalb eines monats",
        ],
        "quarter": ["3 months", "1-3 months", "в течение трех месяцев"],
        "later": ["6 months", "just looking", "позже", "później", "später", "más tarde", "plus tard"],
    },
)


def _money(name: str, label: str, synonyms: str) -> dict[str, Any]:
    return _field(name, label, "money", synonyms)


def _choice(name: str, label: str, synonyms: str, **choices: str) -> dict[str, Any]:
    words = {code: [word.strip() for word in text.split("|")] for code, text in choices.items()}
    return _field(name, label, "choice", synonyms, choices=words)


#: Prices in minor units of roubles; windows in days; commission in basis points.
VERTICALS: tuple[dict[str, Any], ...] = (
    {
        "code": "mortgage",
        "name": "Mortgages",
        "commission_bps": 1500,
        "duplicate_window_days": 90,
        "max_lead_age_days": 60,
        "fields": [
            _money(
                "loan_amount",
                "Loan wanted",
                "loan amount|loan|сумма кредита|kwota kredytu|kreditsumme|importe|montant",
            ),
            _money(
                "down_payment",
                "Own money",
                "down payment|deposit|первоначальный взнос|wkład własny|eigenkapital|apport",
            ),
            _INCOME,
            _choice(
                "purpose",
                "Purpose",
                "loan purpose|цель|cel|zweck|finalidad|objet",
                purchase="buy|buying|покупка|zakup|kauf|compra|achat",
                refinance="refinancing|remortgage|рефинансирование|refinansowanie|umschuldung",
                build="construction|строительство|budowa|bau|construcción",
            ),
            _choice(
                "credit_standing",
                "Credit standing",
                "credit score|credit|кредитная история|scoring|bonität",
                excellent="very good|отличная|bardzo dobra|sehr gut",
                good="хорошая|dobra|gut|bueno|bon",
                fair="average|средняя|średnia|mittel|regular|moyen",
                poor="bad|плохая|zła|schlecht|malo|mauvais",
            ),
            _AGE,
        ],
    },
    {
        "code": "insurance",
        "name": "Insurance",
        "commission_bps": 1500,
        "benchmark_price_minor": 32_500,
        "duplicate_window_days": 60,
        "max_lead_age_days": 30,
        "fields": [
            _choice(
                "product",
                "Kind of insurance",
                "insurance type|policy|вид страхования|rodzaj ubezpieczenia|versicherungsart",
                motor="car|auto|осаго|каско|oc|ac|kfz|coche|voiture",
                home="property|house|квартира|дом|dom|mieszkanie|hausrat|hogar|habitation",
                health="medical|дмс|здоровье|zdrowotne|kranken|salud|santé",
                life="жизнь|życie|leben|vida|vie",
                travel="путешествие|выезд|podróż|reise|viaje|voyage",
            ),
            _field(
                "renewal_date",
                "Present policy ends",
                "date",
                "expiry|renewal|дата окончания|koniec polisy|ablauf",
            ),
            _AGE,
            _SEX,
        ],
    },
    {
        "code": "renovation",
        "name": "Renovation",
        "commission_bps": 1500,
        "benchmark_price_minor": 200_000,
        "duplicate_window_days": 90,
        "max_lead_age_days": 30,
        "fields": [
            _choice(
                "work",
                "Kind of work",
                "type of work|service|вид работ|rodzaj prac|art der arbeiten|tipo de obra|travaux",
                turnkey="full|под ключ|pod klucz|komplett|integral|complet",
                bathroom="ванная|łazienka|bad|baño|salle de bain",
                kitchen="кухня|kuchnia|küche|cocina|cuisine",
                windows="окна|okna|fenster|ventanas|fenêtres",
                roof="крыша|dach|tejado|toit",
                heating="отопление|ogrzewanie|heizung|calefacción|chauffage",
            ),
            _money("budget", "Budget", "budżet|бюджет|presupuesto|orçamento|bütçe"),
            _field(
                "area_square_metres",
                "Area, square metres",
                "decimal",
                "area|square metres|sqm|площадь|powierzchnia|fläche|superficie",
            ),
            _WHEN,
        ],
    },
    {
        "code": "beauty",
        "name": "Beauty and health",
        "commission_bps": 1500,
        "benchmark_price_minor": 130_000,
        "duplicate_window_days": 60,
        "max_lead_age_days": 21,
        "fields": [
            _choice(
                "service",
                "Service",
                "treatment|услуга|usługa|behandlung|tratamiento|soin",
                cosmetology="косметология|kosmetologia|kosmetik|cosmética|esthétique",
                dentistry="dental|стоматология|stomatologia|zahnarzt|dentista|dentiste",
                hair="волосы|włosy|haare|cabello|cheveux",
                fitness="фитнес|siłownia|gimnasio|sport",
                clinic="medical|клиника|klinika|klinik|clínica|clinique",
            ),
            _AGE,
            _SEX,
            _WHEN,
        ],
    },
    {
        "code": "education",
        "name": "Education",
        "commission_bps": 1500,
        "benchmark_price_minor": 100_000,
        "duplicate_window_days": 90,
        "max_lead_age_days": 45,
        "fields": [
            _choice(
                "subject",
                "Subject",
                "course|specialization|курс|направление|kierunek|kurs|curso|formation",
                languages="english|языки|języki|sprachen|idiomas|langues",
                it="programming|data|программирование|informatyka|informatik|informática",
                business="management|mba|менеджмент|zarządzanie|wirtschaft|negocios|gestion",
                design="дизайн|projektowanie|diseño",
                school="exam|егэ|огэ|matura|abitur",
            ),
            _choice(
                "format",
                "Form of study",
                "mode|form|формат|forma|form des studiums|modalidad",
                online="онлайн|zdalnie|en línea|en ligne",
                classroom="offline|очно|stacjonarnie|präsenz|presencial|présentiel",
            ),
            _AGE,
        ],
    },
    {
        "code": "finance",
        "name": "Finance",
        "commission_bps": 1500,
        "benchmark_price_minor": 100_000,
        "duplicate_window_days": 90,
        "max_lead_age_days": 30,
        "minimum_age": 18,
        "fields": [
            _choice(
                "product",
                "Product",
                "product type|продукт|produkt|producto|produit",
                loan="credit|кредит|займ|pożyczka|kredit|préstamo|prêt",
                card="credit card|карта|karta|karte|tarjeta|carte",
                deposit="savings|вклад|lokata|sparen|ahorro|épargne",
                investment="broker|инвестиции|inwestycje|anlage|inversión",
                debt_relief="bankruptcy|банкротство|oddłużenie|schuldnerberatung",
            ),
            _money("amount", "Amount", "sum|loan amount|сумма|kwota|betrag|importe|montant"),
            _INCOME,
            _AGE,
            _BIRTH_DATE,
        ],
    },
    {
        "code": "entertainment",
        "name": "Entertainment",
        "commission_bps": 2000,
        "benchmark_price_minor": 6_500,
        "duplicate_window_days": 30,
        "max_lead_age_days": 14,
        "fields": [
            _choice(
                "interest",
                "Interest",
                "category|категория|интерес|kategoria|kategorie|categoría|catégorie",
                events="tickets|концерты|bilety|veranstaltungen|eventos|événements",
                games="gaming|игры|gry|spiele|juegos|jeux",
                streaming="cinema|кино|film|cine|cinéma",
                travel="tourism|путешествия|podróże|reisen|viajes|voyages",
            ),
            _AGE,
            _SEX,
        ],
    },
)
BENCHMARK_CURRENCY = "RUB"
