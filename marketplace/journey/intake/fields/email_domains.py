"""What kind of address an e-mail is: a free provider's, a role's, a disposable one, or a company's.

Disposable domains come from the `disposable-email-domains` package. No well-kept Python package of free
providers or role names was found, so both lists are kept here; they hold what people really use.
"""

from enum import StrEnum

from disposable_email_domains import blocklist


class DomainClass(StrEnum):
    """What an address says about its owner; the only thing that a buyer sees of it before buying."""

    FREE = "free"
    ROLE = "role"
    DISPOSABLE = "disposable"
    BUSINESS = "business"


_DISPOSABLE = frozenset(blocklist)

_FREE_PROVIDERS = (
    # International
    "gmail.com googlemail.com outlook.com hotmail.com live.com msn.com passport.com yahoo.com ymail.com "
    "rocketmail.com icloud.com me.com mac.com aol.com aim.com protonmail.com proton.me pm.me gmx.com gmx.net "
    "mail.com email.com usa.com zoho.com zohomail.com tutanota.com tuta.io tuta.com fastmail.com fastmail.fm "
    "hushmail.com inbox.com mailfence.com posteo.de posteo.net runbox.com lycos.com excite.com hey.com duck.com "
    "privaterelay.appleid.com "
    # Country editions of the large ones
    "outlook.de outlook.fr outlook.es outlook.it outlook.com.br outlook.com.tr outlook.jp outlook.in outlook.sa "
    "outlook.com.ar outlook.cl outlook.pt outlook.be outlook.at outlook.dk outlook.cz outlook.hu outlook.com.au "
    "hotmail.co.uk hotmail.de hotmail.fr hotmail.es hotmail.it hotmail.be hotmail.nl hotmail.se hotmail.no "
    "hotmail.dk hotmail.fi hotmail.ca hotmail.gr hotmail.ch hotmail.com.br hotmail.com.ar hotmail.com.mx "
    "hotmail.com.tr hotmail.com.au hotmail.co.jp hotmail.cl hotmail.rs hotmail.hu hotmail.cz "
    "live.co.uk live.fr live.de live.nl live.be live.it live.se live.no live.dk live.ca live.com.au live.com.mx "
    "live.com.ar live.com.pt live.at live.ru live.cn live.in live.cl live.jp "
    "yahoo.co.uk yahoo.de yahoo.fr yahoo.es yahoo.it yahoo.ca yahoo.com.br yahoo.com.ar yahoo.com.mx yahoo.com.au "
    "yahoo.co.in yahoo.in yahoo.co.id yahoo.com.ph yahoo.com.vn yahoo.com.tr yahoo.com.sg yahoo.com.my yahoo.com.hk "
    "yahoo.com.tw yahoo.co.jp yahoo.co.kr yahoo.co.nz yahoo.co.za yahoo.gr yahoo.ie yahoo.se yahoo.no yahoo.dk "
    "yahoo.pl yahoo.ro yahoo.be yahoo.nl yahoo.at yahoo.com.co yahoo.com.pe yahoo.cl yahoo.com.ve yahoo.com.cn "
    "gmx.de gmx.at gmx.ch gmx.fr gmx.es gmx.us gmx.co.uk aol.co.uk aol.de aol.fr protonmail.ch zoho.eu zoho.in "
    # Russian-speaking countries
    "mail.ru inbox.ru list.ru bk.ru internet.ru xmail.ru yandex.ru ya.ru yandex.com yandex.kz yandex.by yandex.ua "
    "yandex.uz narod.ru rambler.ru lenta.ru autorambler.ru myrambler.ru ro.ru rambler.ua pochta.ru qip.ru hotbox.ru "
    "ngs.ru vk.com nxt.ru aport.ru mail.kz tut.by mail.by ukr.net i.ua meta.ua bigmir.net email.ua online.ua "
    "mail.ua 3g.ua ua.fm mail.uz umail.uz "
    # Germany, Austria, Switzerland
    "web.de t-online.de freenet.de arcor.de online.de vodafone.de mail.de email.de kabelmail.de unitybox.de "
    "1und1.de mailbox.org magenta.de alice.de alice-dsl.net versanet.de netcologne.de chello.at aon.at a1.net "
    "utanet.at inode.at bluewin.ch hispeed.ch sunrise.ch swissonline.ch "
    # France, Belgium, Netherlands
    "orange.fr wanadoo.fr free.fr sfr.fr laposte.net neuf.fr bbox.fr numericable.fr aliceadsl.fr club-internet.fr "
    "voila.fr cegetel.net noos.fr skynet.be telenet.be proximus.be scarlet.be voo.be ziggo.nl kpnmail.nl planet.nl "
    "home.nl xs4all.nl upcmail.nl hetnet.nl kpnplanet.nl casema.nl chello.nl tele2.nl quicknet.nl "
    # Italy, Spain, Portugal, Greece
    "libero.it virgilio.it alice.it tin.it tiscali.it tim.it fastwebnet.it email.it inwind.it iol.it poste.it "
    "blu.it katamail.com teletu.it telefonica.net terra.es ono.com ya.com movistar.es orange.es "
    "sapo.pt clix.pt iol.pt netcabo.pt mail.pt otenet.gr forthnet.gr windowslive.com "
    # Poland, Czechia, Slovakia, Hungary, the Balkans, the Baltics
    "wp.pl o2.pl onet.pl op.pl poczta.onet.pl vp.pl onet.eu interia.pl interia.eu poczta.fm gazeta.pl tlen.pl "
    "go2.pl autograf.pl int.pl spoko.pl buziaczek.pl amorki.pl seznam.cz email.cz centrum.cz atlas.cz volny.cz "
    "post.cz quick.cz azet.sk centrum.sk zoznam.sk pobox.sk freemail.hu citromail.hu indamail.hu t-online.hu "
    "vipmail.hu abv.bg mail.bg dir.bg gbg.bg net.hr inet.hr siol.net mail.ee hot.ee inbox.lv one.lv apollo.lv "
    "delfi.lv inbox.lt one.lt "
    # The north
    "telia.com comhem.se bredband.net spray.se tele2.se glocalnet.net online.no broadpark.no start.no "
    "jubii.dk mail.dk tdcadsl.dk stofanet.dk luukku.com suomi24.fi kolumbus.fi elisanet.fi pp.inet.fi saunalahti.fi "
    # United Kingdom, Ireland
    "btinternet.com btopenworld.com sky.com virginmedia.com ntlworld.com blueyonder.co.uk talktalk.net "
    "tiscali.co.uk o2.co.uk plusnet.com virgin.net eircom.net "
    # North America
    "comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net earthlink.net juno.com "
    "netzero.net optonline.net optimum.net frontier.com frontiernet.net windstream.net centurylink.net "
    "centurytel.net embarqmail.com q.com roadrunner.com rr.com mindspring.com suddenlink.net cableone.net "
    "pacbell.net ameritech.net swbell.net prodigy.net peoplepc.com netscape.net netscape.com xfinity.com "
    "spectrum.net rogers.com sympatico.ca shaw.ca telus.net videotron.ca cogeco.ca bell.net prodigy.net.mx "
    # Latin America
    "uol.com.br bol.com.br terra.com.br ig.com.br globo.com globomail.com r7.com zipmail.com.br oi.com.br "
    "fibertel.com.ar arnet.com.ar speedy.com.ar ciudad.com.ar terra.cl vtr.net une.net.co etb.net.co "
    # Middle East, Türkiye, Iran, Africa
    "walla.co.il walla.com 012.net.il netvision.net.il bezeqint.net mynet.com turk.net ttmail.com superonline.com "
    "maktoob.com chmail.ir mihanmail.ir emirates.net.ae mweb.co.za telkomsa.net vodamail.co.za webmail.co.za "
    # Asia, Pacific
    "qq.com foxmail.com 163.com 126.com yeah.net 188.com sina.com sina.cn sohu.com 139.com 189.cn tom.com 21cn.com "
    "aliyun.com vip.qq.com vip.163.com naver.com hanmail.net daum.net nate.com kakao.com docomo.ne.jp ezweb.ne.jp "
    "softbank.ne.jp i.softbank.jp au.com nifty.com ocn.ne.jp biglobe.ne.jp so-net.ne.jp rediffmail.com "
    "rediff.com indiatimes.com sify.com in.com vsnl.com pchome.com.tw seed.net.tw hinet.net "
    "bigpond.com bigpond.net.au optusnet.com.au iinet.net.au tpg.com.au dodo.com.au internode.on.net xtra.co.nz "
    "slingshot.co.nz"
)
FREE_PROVIDERS = frozenset(_FREE_PROVIDERS.split())

_ROLE_NAMES = (
    # RFC 2142 and what mail servers use themselves
    "info marketing sales support abuse noc security postmaster hostmaster usenet news webmaster www uucp ftp root "
    "admin administrator mailer-daemon mailerdaemon daemon noreply no-reply no_reply no.reply donotreply "
    "do-not-reply do_not_reply nobody devnull null bounce bounces list listserv majordomo newsletter newsletters "
    "notification notifications notify alert alerts robot bot auto automated system sysadmin "
    # English
    "contact contacts contact-us contactus hello hi mail email mailbox post postbox inbox office offices reception "
    "frontdesk enquiry enquiries enquire inquiry inquiries question questions request requests feedback ask help "
    "helpdesk service services customer customers customerservice customer-service customer.service customercare "
    "customersupport client clients clientservices care team staff everyone all allstaff company corporate business "
    "billing accounts account accounting accountant payable accountspayable finance invoice invoices payment "
    "payments payroll tax legal compliance privacy gdpr dpo copyright hr humanresources human_resources "
    "recruitment recruiting recruiter career careers job jobs vacancy vacancies people press media pr publicity "
    "editor editorial advertising advertise ads partner partners partnership partnerships affiliate affiliates "
    "investor investors ir procurement purchasing purchase orders order booking bookings reservation reservations "
    "reserve delivery logistics dispatch shipping warehouse returns quote quotes shop store wholesale export import "
    "events event membership members education training school library it itsupport tech technical webadmin web "
    "hosting dns domains domain operations ops management manager director directors ceo cfo cto president "
    "secretary headoffice hq board community social leads lead bizdev newbusiness retail showroom studio hotel "
    # German
    "kontakt anfrage anfragen buero büro verkauf vertrieb bestellung bestellungen rechnung rechnungen buchhaltung "
    "bewerbung personal kundenservice kundendienst kundenbetreuung zentrale verwaltung empfang presse redaktion "
    "werbung einkauf geschaeftsleitung sekretariat versand poststelle praxis rezeption datenschutz "
    # French
    "commercial commerciale accueil bonjour secretariat direction comptabilite facturation compta recrutement rh "
    "communication contacter administration achats devis "
    # Spanish, Portuguese, Italian
    "ventas contacto contactenos contactanos informacion administracion atencion atencionalcliente clientes compras "
    "pedidos reservas facturacion contabilidad rrhh oficina recepcion gerencia comercial soporte empleo prensa "
    "contato vendas atendimento financeiro faturamento contabilidade secretaria suporte administracao "
    "informacoes geral sac informazioni contatti vendite amministrazione segreteria "
    "ordini prenotazioni ufficio acquisti assistenza direzione contabilita "
    # Polish, Czech, Hungarian, Romanian, Dutch, Nordic, Turkish
    "biuro sprzedaz handlowy zamowienia ksiegowosc kadry reklamacje serwis rekrutacja obchod "
    "objednavky podpora prodej fakturace iroda ertekesites ugyfelszolgalat titkarsag vanzari comenzi contabilitate "
    "verkoop administratie klantenservice boekhouding inkoop kundeservice kundtjanst ordre bestilling faktura "
    "salg myynti asiakaspalvelu laskutus bilgi iletisim satis destek muhasebe musterihizmetleri siparis "
    # Russian, in Latin letters
    "zakaz zakazy priem priemnaya otdel sklad buhgalter buhgalteria bux ofis pochta prodaji prodazhi reklama "
    "zayavka zayavki direktor sekretar opt snab snabzhenie dostavka torg"
)
ROLE_NAMES = frozenset(_ROLE_NAMES.split())


def is_disposable(domain: str) -> bool:
    """Whether *domain* (lower case, IDNA ASCII), or a domain above it, hands out throw-away mailboxes."""
    if domain in _DISPOSABLE:
        return True
    rest = domain
    while rest.count(".") > 1:
        rest = rest.split(".", 1)[1]
        if rest in _DISPOSABLE:
            return True
    return False


def domain_class(domain: str) -> DomainClass:
    """Class of a domain by itself; that of an address also depends on the name before the sign @."""
    # First, since lists of disposable domains name a few ordinary providers by mistake.
    if domain in FREE_PROVIDERS:
        return DomainClass.FREE
    return DomainClass.DISPOSABLE if is_disposable(domain) else DomainClass.BUSINESS


def is_role(local_part: str) -> bool:
    """Whether the name before @ belongs to an office and not to a person; a "+tag" does not count."""
    return local_part.partition("+")[0].lower() in ROLE_NAMES
