"""The words with which customers ask for a person, language by language, for `wishes`.

Chosen for precision. Every pattern is a sequence of alternatives with bounded gaps and no nested
repetition, so that matching takes linear time.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Language:
    """Patterns over a normalized clause. A denial counts before the wish, or anywhere in it."""

    wishes: tuple[str, ...]
    denials: str
    anywhere: bool = False


_SOMEBODY_EN = (
    r"(?:human(?: being)?|person|people|someone|somebody|anyone|anybody|agent|representative|rep"
    r"|operator|manager|supervisor|boss|staff|employee|colleague|advis[eo]r|specialist|expert"
    r"|engineer|technician|customer (?:service|support|care)|support(?: team| staff| agent)?"
    r"|(?:your|the|billing|sales|support|technical) (?:team|department|staff)|member of (?:your )?"
    r"(?:staff|team|the team)|team member|case ?worker|consultant|clerk|man|woman|guy|lady)"
)
_ROLE_EN = (
    r"(?:human(?: being)?|person|agent|representative|rep|operator|supervisor|manager|adviser"
    r"|advisor|employee|support engineer|service agent|staff member|team member|colleague)"
)
_REAL_EN = r"(?:real|live|actual|living|human|flesh and blood|breathing|competent)"

_ENGLISH = Language(
    wishes=(
        # speak to somebody
        r"(?:^|\b(?:i|me|we|us|to|please|just|and|then|rather|gotta|prefer|about|possible to)) "
        r"?(?:speak|talk|chat|speaking|talking|chatting|discuss (?:this|it|that)|deal"
        r"|communicate|correspond) (?:to|with|w) "
        rf"(?:\w+ ){{0,3}}(?:{_SOMEBODY_EN}|whoever)\b",
        r"\b(?:i|we) (?:need|want|have|would like|d like) to (?:speak|talk) (?:to|with) "
        r"(?:him|her|them)\b",
        r"\b(?:reach|contact|get hold of|get in touch with|get through to|hear from|call) "
        r"(?:an? |any |some |your |the )?(?:\w+ )?"
        r"(?:human(?: being)?|real person|live person|actual person|living soul|live agent"
        r"|representative|support engineer|support agent|human agent|customer care|hotline)\b",
        r"\b(?:speak|talk) to (?:an? )?(?:\w+ )?(?:human|person|someone|somebody)\b.{0,40}\bplease",
        rf"\b(?:can|could|may) (?:i|we) (?:please )?(?:have|get|see) (?:an? "
        rf"|some )?(?:{_REAL_EN} )?"
        rf"{_ROLE_EN}(?=$| (?:please|now|here|on the|instead|to (?:help|talk|speak|call|look)))",
        r"\b(?:please |to |can you |could you |just )?get (?:your|the|a) (?:manager"
        r"|supervisor|boss)\b",
        r"\bget (?:someone|somebody|a human|a person) (?:on|who|from|to (?:call|help|talk|look))\b",
        r"\b(?:what s|whats|what is|give me|send me) your "
        r"(?:phone|telephone|support|hotline|helpline|customer service) number\b",
        r"\breach (?:your|the|someone in) (?:\w+ )?(?:support|service|customer|billing|staff)\b"
        r"|\b(?:be|get) called back\b|^(?:please )?(?:call ?back)(?: please| requested| needed)*$",
        r"\bwho (?:can|could|do|should|may) (?:i|we) (?:\w+ )?(?:talk|speak"
        r"|complain) (?:to|with)\b",
        # connect me
        r"\b(?:connect|transfer|forward|pass|switch|redirect|refer|hand|put) (?:me|us|this|it)"
        r"(?: over| through| on| along)? (?:to|with|onto) (?:\w+ ){0,3}"
        rf"{_SOMEBODY_EN}\b",
        r"\bput (?:me|us) through\b",
        rf"\bput (?:an? |some )?(?:{_REAL_EN} )?(?:human|person|agent|operator) on\b",
        r"^(?:please |can you |could you |just )*(?:transfer|connect) me(?: please| now)?$",
        r"\bescalate (?:this|it|my|the|our) ?(?:\w+ )?(?:to|case|ticket|issue|problem|request)\b",
        r"\b(?:like|want|need|please|can you|could you) (?:\w+ )?(?:to )?escalate(?: this| it)?$",
        # a person is wanted
        rf"\b(?:get|give|send|find|fetch|bring) me (?:an? |some |the |your )?(?:{_REAL_EN} )?"
        rf"(?:{_ROLE_EN}|someone|somebody|anyone|anybody)\b",
        r"(?:\b(?:i|we|just|please)|^) ?(?:really |just |only |urgently |now )?"
        r"(?:want|need|demand|request|would like|d like|prefer|would prefer|insist on)"
        rf" (?:to have |to get |to see )?(?:an? |some )?(?:{_REAL_EN} )?{_ROLE_EN}"
        r"(?=$| (?:please|now|here|instead|right|asap|immediately|who|that can|not"
        r"|to (?:help|talk|speak|look|call|contact|answer|assist|sort|fix|handle|chat|take)))",
        rf"\b(?:an?|any|some|no|with|to|the) (?:real|live|actual|living) {_ROLE_EN}\b",
        r"\b(?:an? |any )?(?:real|live|actual) (?:person|human|agent|operator)"
        r"(?=$| (?:please|now|here|available|there))",
        r"\bhuman (?:support|assistance|help|operator|contact)(?=$| (?:please|now|available))",
        r"^(?:please |ok |hi |hello |a |an |the |real |live )*"
        r"(?:human|person|agent|operator|representative|supervisor|live chat|real person|live agent"
        r"|live person|escalate|0 for operator|live chat with (?:staff|an? \w+)"
        r"|customer service|customer support|human agent|human being|human time"
        r"|customer service rep(?:resentative)?|real human|live human"
        r"|live support|live help|human support)"
        r"(?: please| pls| now| time| asap| needed| thanks)*$",
        # call me
        r"\b(?:call|phone|ring) (?:me|us) (?:back|please|asap|today|tomorrow|now|up|at|on|this)\b",
        r"\b(?:can|could|would|will|please|have|someone|somebody|anyone) (?:\w+ )?(?:\w+ )?"
        r"(?:call|phone|ring) (?:me|us)(?=$| )",
        r"\b(?:give|gimme) (?:me |us )?a (?:call|ring|callback)(?: back)?\b",
        r"\b(?:request|want|need|arrange|schedule|book|like) a (?:callback|call back|phone call)\b",
        r"\b(?:phone |telephone |support |hotline |service )?number (?:that |where )?"
        r"(?:i|we) can (?:call|ring|reach|phone)\b",
        r"\b(?:is there|do you (?:guys |people )?(?:still )?have) (?:an? "
        r"|any )?(?:support |service "
        r"|customer )?(?:hotline|helpline|phone number|telephone number|phone support)\b",
        r"\b(?:which|what) number (?:do|can|should) (?:i|we) (?:call|ring|dial)\b",
        # is anybody there
        r"\b(?:is|are) (?:there )?(?:anybody|anyone|somebody|someone|any (?:human|person|people))"
        r" (?:real |human |live )?(?:there|here|live|alive|home|around|available"
        r"|reading|actually|out there"
        r"|on the other|(?:that |who )?(?:i|we) can (?:\w+ )?(?:talk|speak|call|ask|phone))",
        r"^(?:hello |hi |hey )*(?:anybody|anyone|somebody|someone) (?:there|home|here)$",
        # somebody shall look
        r"\b(?:can|could|have|let|may|would|please) (?:please )?(?:someone|somebody|an? "
        rf"(?:{_REAL_EN} )?(?:human|person|agent|colleague|supervisor|manager|specialist|engineer))"
        r" (?:\w+ ){0,4}(?:contact|call|look|get in touch|get back|reach out|assist"
        r"|take over|review"
        r"|take a look|handle|reply|respond|answer|email|write|explain|ring|phone"
        r"|step in|help)\b(?!er| function| desk)",
    ),
    denials=(
        r"\b(?:don t|do not|didn t|doesn t|no need|not|never|needn t|without|no one needs|wouldn t"
        r"|shouldn t|instead of|rather than|no longer|nobody needs|haven t|isn t|won t need)\b"
    ),
)

_GERMAN = Language(
    wishes=(
        r"\bmit (?:(?:einem|einer|jemandem?|ihrem|ihrer|dem|der|eurem|nem|ner) )?(?:\w+ ){0,2}"
        r"(?:menschen|mitarbeiter(?:in)?|person|berater(?:in)?|jemandem?|kollegen|kollegin"
        r"|vorgesetzten|support|kundendienst|kundenservice|techniker|ansprechpartner(?:in)?"
        r"|sachbearbeiter(?:in)?|chef|experten)(?: \w+){0,4}? "
        r"(?:sprechen|reden|telefonieren|verbinden|chatten|verbunden|verbindet|verbinde)\b",
        r"\b(?:sprechen|reden|spreche|rede|verbinden sie mich|verbinde mich|verbindet mich)"
        r"(?: \w+){0,3} mit (?:\w+ ){0,2}"
        r"(?:menschen|mitarbeiter(?:in)?|person|berater(?:in)?|jemandem?|kollegen|support"
        r"|kundendienst|kundenservice|vorgesetzten)\b",
        r"\b(?:will|mochte|brauche|verlange|wunsche|hatte gern|wurde gern)(?: \w+){0,3} "
        r"(?:echten|richtigen|lebenden) (?:menschen|mitarbeiter|ansprechpartner|berater)\b",
        r"\b(?:ich )?(?:brauche|will|verlange) (?:bitte |jetzt |sofort )*(?:einen|nen) "
        r"(?:menschen|mitarbeiter|ansprechpartner|vorgesetzten)(?=$| (?:bitte|jetzt|der|und))",
        r"\b(?:rufen sie mich|ruft mich|ruf mich)(?: \w+){0,3} an\b",
        r"\b(?:kann|konnte|konnten|konnen|soll|bitte)(?: \w+){0,3} (?:mich|uns)(?: \w+){0,3} "
        r"(?:zuruckrufen|anrufen|kontaktieren)\b",
        r"\b(?:bitte|um|einen) (?:um )?(?:einen )?ruckruf\b",
        r"^(?:bitte )?(?:mitarbeiter|mensch|echter mensch|menschen"
        r"|kundendienst)(?: bitte| jetzt)*$",
        r"\bist (?:da|hier|dort) (?:jemand|wer|ein mensch)\b",
        r"\b(?:gibt es|haben sie|habt ihr)(?: \w+){0,2} (?:hotline|telefonnummer)\b",
        r"\b(?:jemanden|einen menschen|einen mitarbeiter|einen vorgesetzten)(?: \w+){0,3} "
        r"(?:sprechen|erreichen|anrufen)\b",
        r"\bmit wem (?:kann|konnte|muss) ich (?:\w+ )?(?:sprechen|reden)\b",
        r"\b(?:zuruckgerufen|angerufen|kontaktiert) werden\b",
        r"\b(?:hatte gern|mochte|brauche|wunsche mir)(?: \w+){0,2} ansprechpartner(?:in)?\b",
        r"^(?:einen )?echten (?:menschen|mitarbeiter)(?: bitte)?$",
        r"\b(?:ans telefon|jemanden erreichen|jemanden ans)\b",
    ),
    denials=r"\b(?:nicht|kein|keine|keinen|keinem|keiner|nie|ohne|statt|weder)\b",
    anywhere=True,
)

_FRENCH = Language(
    wishes=(
        r"\b(?:parler|discuter|echanger|communiquer|contact|mettre en relation|passer)"
        r"(?: \w+){0,2}? (?:a|avec|au|aux) (?:(?:un|une|des|votre|le|la|quelqu|vrai) )?(?:\w+ )?"
        r"(?:humain|humaine|personne|conseiller|conseillere|agent|quelqu un|operateur|responsable"
        r"|superieur|technicien|service client|etre humain|representant|employe|manager)\b",
        r"\b(?:passez|passe|transferez|connectez|mettez|donnez)(?: |-)moi (?:\w+ ){0,5}"
        r"(?:humain|personne|conseiller|conseillere|agent|quelqu un|operateur|responsable"
        r"|service client|superieur)\b",
        r"\b(?:veux|voudrais|souhaite|besoin d|prefere|exige)(?: \w+){0,3} (?:vrai"
        r"|vraie|un|une|etre) "
        r"(?:humain|humaine|vraie personne|conseiller|conseillere|personne reelle|interlocuteur)\b",
        r"\b(?:rappelez|appelez|rappeler|contactez)(?: |-)moi\b",
        r"\b(?:avoir|joindre|contacter|obtenir) (?:quelqu un|un conseiller"
        r"|une conseillere|une personne"
        r"|un humain|un agent|un responsable|un interlocuteur)\b",
        r"\b(?:etre|sois|soit) (?:rappele|rappelee|contacte|contactee)\b",
        r"\b(?:quelqu un|une personne|un conseiller|vous)(?: \w+){0,2} (?:me|m) ?"
        r"(?:rappeler|appeler|rappelle|contacter)\b",
        r"^(?:un |une )?(?:humain|conseiller|agent|operateur|vraie personne|service client)"
        r"(?: svp| s il vous plait| maintenant| vite)*$",
        r"\b(?:il y a|y a|est ce qu il y a) (?:\w+-?\w* )?quelqu un\b",
        r"\b(?:numero|joindre) (?:\w+ ){0,3}(?:vous joindre|un humain|quelqu un|un conseiller)\b",
    ),
    denials=r"\b(?:pas|sans|jamais|aucun|aucune|inutile|plutot que)\b|\bn(?:e)? (?:\w+ )?besoin\b",
    anywhere=True,
)

_SPANISH = Language(
    wishes=(
        r"\b(?:hablar|hable|conversar|chatear|comunicarme|comunicar|contactar|contacto|comuniqueme"
        r"|comuniquenme|conecteme|paseme|paseme|pasame|ponerme|ponme|pongame|transferirme"
        r"|transfierame|transfiereme)(?: \w+){0,3}? con "
        r"(?:(?:un|una|el|la|su|algun|alguna|vuestro|los) )?(?:\w+ )?(?:persona|humano|humana"
        r"|agente|alguien|representante|operador|operadora|asesor|asesora|supervisor|supervisora"
        r"|encargado|encargada|responsable|gerente|ser humano|atencion al cliente"
        r"|tecnico|soporte)\b",
        r"\b(?:quiero|necesito|exijo|prefiero|quisiera)(?: \w+){0,2} (?:un|una) "
        r"(?:persona (?:real|de verdad|humana)|humano|ser humano|agente (?:real"
        r"|humano)|operador)\b",
        r"\bme (?:atienda|atiendan|ayude|conteste)(?: \w+){0,2} (?:persona|humano|alguien)\b",
        r"\batencion humana\b",
        r"\b(?:necesito|quiero) (?:un |una )?(?:agente|humano|operador|operadora|asesor)"
        r"(?=$| (?:por favor|ya|ahora))",
        r"\b(?:llamenme|llameme|llamame|me (?:pueden|puede|podrian|podria) llamar"
        r"|(?:alguien|pueden|puede) (?:me )?llame|me llamen|que me llame)\b",
        r"^(?:un |una )?(?:humano|agente|operador|operadora|representante|persona real)"
        r"(?: por favor| ya| ahora)*$",
        r"\bhay (?:alguien|alguna persona)(?: ahi| aqui| real| con quien| que me)",
        r"\btelefono (?:al que|donde|para) (?:pueda |puedo )?(?:llamar|hablar)\b",
    ),
    denials=r"\b(?:no|sin|nunca|tampoco|en vez de|en lugar de)\b",
)

_ITALIAN = Language(
    wishes=(
        r"\b(?:parlare|parli|parlo|discutere|chattare|mettermi in contatto|mettetemi in contatto"
        r"|comunicare|passatemi|passami|mi passi|collegarmi|collegatemi)(?: \w+){0,3}? "
        r"(?:con )?(?:(?:un|una|uno|il|la|vostro|qualche) |l )?(?:\w+ )?(?:persona|umano|umana"
        r"|operatore|operatrice|qualcuno|essere umano|responsabile|addetto|consulente|assistenza"
        r"|rappresentante|supervisore|servizio clienti|tecnico)\b",
        r"\b(?:voglio|vorrei|ho bisogno di|mi serve|preferisco|esigo)(?: \w+){0,2} "
        r"(?:un|una) (?:operatore|persona (?:vera|reale|in carne)|essere umano|umano)\b",
        r"\bessere (?:ri)?(?:contattat[oa]|chiamat[oa])\b",
        r"\b(?:richiamatemi|chiamatemi|mi richiami|mi chiami|potete (?:ri)?chiamarmi"
        r"|qualcuno (?:mi )?(?:puo )?(?:ri)?chiam\w+)\b",
        r"^(?:un |una )?(?:operatore|operatrice|umano|persona vera)(?: per favore| subito| ora)*$",
        r"\bc e (?:qualcuno|una persona|un operatore)(?: \w+){0,4}$",
        r"\bin carne e ossa\b",
    ),
    denials=r"\b(?:non|senza|mai|nessun|nessuna|anziche|invece di)\b",
)

_PORTUGUESE = Language(
    wishes=(
        r"\b(?:falar|conversar|contato|contactar|comunicar|me passa|passe|transfira"
        r"|transferir|ligar"
        r"|conectar|me passe)(?: \w+){0,3}? (?:com|para|a) "
        r"(?:(?:um|uma|o|a|algum|alguma|seu) )?(?:\w+ )?(?:pessoa|humano|humana|atendente|alguem"
        r"|agente|operador|operadora|representante|supervisor|gerente|responsavel|assistente humano"
        r"|ser humano|suporte)\b",
        r"\b(?:quero|preciso de|exijo|gostaria de|prefiro)(?: \w+){0,2} (?:um|uma) "
        r"(?:atendente|humano|pessoa (?:real|de verdade)|ser humano|operador)\b",
        r"\batendimento humano\b",
        r"\b(?:me liguem|me ligue|liguem me|ligue me|podem me ligar|pode me ligar"
        r"|alguem me lig\w+)\b",
        r"^(?:um |uma )?(?:atendente|humano|operador|pessoa real)(?: por favor| agora| ja)*$",
        r"\b(?:tem|ha) alguem(?: ai| aqui| com quem| que)",
    ),
    denials=r"\b(?:nao|sem|nunca|em vez de|ao inves de)\b",
)

_DUTCH = Language(
    wishes=(
        r"\b(?:met|aan) (?:(?:een|iemand|jullie|uw|de) )?(?:\w+ ){0,2}?(?:mens|medewerker|persoon"
        r"|iemand|collega|klantenservice|leidinggevende|helpdesk|adviseur|expert)(?: \w+){0,3}? "
        r"(?:spreken|praten|bellen|chatten|doorverbinden|doorverbonden|overleggen)\b",
        r"\b(?:spreken|praten|spreek|verbind me|verbindt u me)(?: \w+){0,3} met (?:\w+ ){0,2}"
        r"(?:mens|medewerker|persoon|iemand|collega|klantenservice|leidinggevende)\b",
        r"\b(?:wil|wens|zou graag|graag)(?: \w+){0,2} (?:een )?(?:echte? )(?:mens"
        r"|medewerker|persoon)\b",
        r"\biemand (?:aan de telefoon|aan de lijn|van de klantenservice)\b",
        r"\b(?:wil|zou|kan|mag)(?: \w+){0,3} (?:medewerker|mens|leidinggevende"
        r"|iemand)(?: \w+){0,2} spreken\b",
        r"\b(?:bel me|bel mij|kunt u me (?:terug)?bellen"
        r"|kan iemand me (?:terug)?bellen|terugbellen)\b",
        r"^(?:een )?(?:medewerker|echt mens|mens|echte persoon)(?: alsjeblieft| graag| nu| aub)*$",
        r"\bis (?:daar|er|hier) iemand\b",
    ),
    denials=r"\b(?:niet|geen|nooit|zonder|in plaats van|hoeft)\b",
    anywhere=True,
)

_POLISH = Language(
    wishes=(
        r"\b(?:rozmawiac|porozmawiac|pogadac|mowic|polaczyc|polacz|polaczcie|przelaczyc|przelacz"
        r"|skontaktowac|rozmowy|rozmowe|kontakt)(?: \w+){0,3}? z (?:\w+ ){0,2}?(?:człowiekiem"
        r"|czlowiekiem|konsultantem|konsultantka|osoba|kims|pracownikiem|agentem|przedstawicielem"
        r"|kierownikiem|menedzerem|obsługa|obsluga|specjalista|doradca|przełozonym)\b",
        r"\b(?:chce|potrzebuje|prosze o|zadam|poprosze)(?: \w+){0,2} (?:człowieka|czlowieka"
        r"|konsultanta|pracownika|zywego człowieka|zywego czlowieka)\b",
        r"\b(?:prosze )?(?:o )?(?:oddzwonic|oddzwonienie|zadzwoncie|prosze zadzwonic|oddzwoncie)\b",
        r"^(?:konsultant|człowiek|czlowiek|pracownik)(?: prosze| teraz)*$",
        r"\bjest tam ktos\b|\bjest tu ktos\b|\bczy ktos tam jest\b",
    ),
    denials=r"\b(?:nie|bez|nigdy|zamiast)\b",
)

_SWEDISH = Language(
    wishes=(
        r"\b(?:prata|tala|snacka|chatta|kontakt|koppla mig|koppla|kopplad|forbind mig)"
        r"(?: \w+){0,2}? (?:med|till) (?:\w+ ){0,2}?"
        r"(?:manniska|person|nagon|medarbetare|handlaggare|kundtjanst|kundservice|chef|kollega"
        r"|radgivare|supporten|agent|tekniker)\b",
        r"\b(?:vill ha|behover|kraver)(?: \w+){0,2} (?:riktig|levande"
        r"|verklig) (?:manniska|person)\b",
        r"\b(?:ring mig|ring upp mig|kan nagon ringa|kan ni ringa|nagon jag kan ringa"
        r"|nagon jag kan prata)\b",
        r"^(?:en )?(?:manniska|medarbetare|riktig person|kundtjanst)(?: tack| nu)*$",
        r"\bar (?:det )?nagon (?:dar|har)\b|\bfinns (?:det )?nagon (?:dar|har|jag|som)\b",
    ),
    denials=r"\b(?:inte|ingen|inget|aldrig|utan|slipper|istallet for)\b",
    anywhere=True,
)

_TURKISH = Language(
    wishes=(
        r"\b(?:insan\w*|temsilci\w*|yetkili\w*|kisiyle|biriyle|birisiyle|operator\w*|görevli\w*"
        r"|gorevli\w*|calisan\w*|yonetici\w*|müsteri hizmetleri\w*"
        r"|musteri hizmetleri\w*|danısman\w*"
        r"|danisman\w*)(?: \w+){0,3}? (?:gorus\w+|konus\w+|baglan\w+|bagla\w*|aktar\w+|yazıs\w+)\b",
        r"\b(?:beni|bizi) (?:\w+ ){0,2}(?:arayın|arayin|arasın|arasin|arar mısınız|arar misiniz"
        r"|baglayın|baglayin|aktarın|aktarin)\b",
        r"^(?:canlı destek|canli destek|temsilci|insan|musteri temsilcisi|operator)(?: lutfen)*$",
        r"\b(?:gercek|canlı|canli) (?:bir )?(?:insan|kisi|temsilci)\w*",
        r"\b(?:orada|burada) (?:kimse|biri|birisi) (?:var|yok)\b",
    ),
    denials=r"\b(?:istemi\w+|gerek yok|gerekmi\w+|degil|olmadan|yerine)\b",
    anywhere=True,
)

_RUSSIAN = Language(
    wishes=(
        r"(?:поговорить|говорить|пообщаться|общаться|связаться|соедините|соедини"
        r"|свяжите|переключите"
        r"|переведите|связь|переговорить)(?: \w+){0,3}? (?:с|со|на) (?:\w+ ){0,2}?"
        r"(?:человеком|оператором|оператора|сотрудником|сотрудника|специалистом|специалиста"
        r"|менеджером|менеджера|кем-нибудь|кем-то|кем нибудь|кем то|людьми|поддержкой|руководителем"
        r"|начальником|консультантом|консультанта|человека|представителем)\b",
        r"\b(?:позовите|позови|дайте|нужен|хочу|требую|пригласите)(?: \w+){0,2}? "
        r"(?:живого |живой |реального |реальный )?(?:человека|человек|оператора"
        r"|оператор|специалиста"
        r"|сотрудника|менеджера|руководителя|начальника|консультанта)(?=$"
        r"| (?:пожалуйста|сейчас|срочно))",
        r"\b(?:перезвоните|позвоните|наберите) (?:мне|нам)\b",
        r"^(?:живой |реальный )?(?:оператор|человек|сотрудник"
        r"|консультант)(?: пожалуйста| срочно)*$",
        r"\b(?:есть|тут|там|здесь) (?:тут |там |здесь )?(?:кто-нибудь|кто нибудь"
        r"|кто-то|живой|живые)\b",
    ),
    denials=r"\b(?:не|без|никогда|вместо|нет нужды|не надо)\b",
)

_CHINESE = Language(
    wishes=(
        r"(?:转|轉|找|要|接|联系|聯繫|聯絡|呼叫|需要|请给我|請給我|换|換"
        r"|叫).{0,6}(?:人工|真人|客服人员|客服人員|活人|专人|專人)",
        r"(?:和|跟|与|與|同|找).{0,6}(?:人工|真人|客服|活人|工作人员|工作人員|经理"
        r"|經理|主管|负责人|負責人|专员|專員).{0,6}"
        r"(?:说|說|谈|談|聊|讲|講|沟通|溝通|通话|通話|交谈|联系|聯繫)",
        r"(?:人工客服|人工服务|人工服務|真人客服|转人工|轉人工|轉真人|转接客服|人工坐席)",
        r"(?:给我|給我|请|請).{0,4}(?:回电|回電|打电话|打電話|回个电话)",
        r"有(?:没有)?(?:真)?人(?:在吗|在嗎|吗|嗎)",
    ),
    denials=r"不(?:需要|用|要|想|必)|无需|無需|別|别转|没必要",
)

_JAPANESE = Language(
    wishes=(
        r"(?:人間|担当者|担当の方|オペレーター?|有人|スタッフ|係の(?:人|方)|責任者"
        r"|上司|サポートの(?:人|方)|生身の人|店員"
        r"|技術者|専門の方).{0,8}(?:話|つな|繋|代わ|替わ|かわ|対応|相談|連絡|お願い|呼|出し|変わ)",
        r"(?:電話|折り返し).{0,6}(?:ください|下さい|ほしい|欲しい|もらえ|いただけ|お願い|したい)",
        r"(?:誰か|だれか)(?:いま|居|そこに|話せ|対応)",
        r"(?:有人対応|有人チャット)",
    ),
    denials=r"(?:必要(?:は)?(?:ありません|ない)|不要|いりません|要りません|結構です|なくて"
    r"|せずに|しなくて)",
    anywhere=True,
)

_KOREAN = Language(
    wishes=(
        r"(?:사람|상담원|상담사|직원|담당자|매니저|책임자|관리자|고객센터).{0,6}"
        r"(?:연결|통화|대화|이야기|얘기|말하|말씀|바꿔|불러|상담하)",
        r"(?:사람이랑|사람하고|사람과|실제 사람|진짜 사람)",
        r"(?:전화|연락).{0,4}(?:주세요|해 ?주세요|부탁)",
        r"^상담원(?: 부탁(?:해요|드립니다)?)?$",
        r"(?:거기|누구|누가).{0,4}(?:계세요|있나요|있어요|없나요)",
    ),
    denials=r"(?:필요 ?없|안 ?해도|하지 ?않|말고|괜찮|원하지)",
    anywhere=True,
)

_ARABIC = Language(
    wishes=(
        r"(?:التحدث|اتحدث|أتحدث|الكلام|اتكلم|أتكلم|التكلم|التواصل|اتواصل|أتواصل"
        r"|الحديث)(?: \w+){0,2}? "
        r"(?:مع|إلى|الى) (?:\w+ )?(?:شخص|موظف|موظفة|إنسان|انسان|أحد|احد|ممثل|مسؤول|مدير|بشري|الدعم"
        r"|خدمة)",
        r"(?:حولني|حولوني|حوّلني|وصلني|وصلوني|أوصلني)(?: \w+)? (?:إلى|الى|ب|مع|ل)? ?(?:\w+ )?"
        r"(?:موظف|شخص|ممثل|إنسان|انسان|مسؤول|خدمة|الدعم|بموظف|لموظف|بشخص)",
        r"(?:أريد|اريد|ابغى|أحتاج|احتاج) (?:موظف|موظفا|شخصا|إنسانا|انسان|شخص حقيقي)",
        r"(?:اتصلوا|اتصل) (?:بي|بنا)",
        r"هل (?:هناك|يوجد) (?:أحد|احد|شخص|موظف)",
    ),
    denials=r"\b(?:لا|ليس|بدون|لست|ما|لن)\b",
)

_HINDI = Language(
    wishes=(
        r"(?:इंसान|इन्सान|व्यक्ति|आदमी|एजेंट|प्रतिनिधि|कर्मचारी|मैनेजर|किसी|ऑपरेटर"
        r"|कस्टमर केयर|अधिकारी).{0,12}"
        r"(?:बात|संपर्क|सम्पर्क|जोड़|कनेक्ट|मिला)",
        r"(?:मुझे|हमें).{0,6}(?:कॉल|फ़ोन|फोन) (?:करें|करो|कीजिए|चाहिए)",
        r"(?:insaan|insan|agent|vyakti|kisi) (?:\w+ ){0,2}baat kar",
        r"कोई (?:है|हैं)",
    ),
    denials=r"(?:नहीं|मत|बिना|ज़रूरत नही|nahi|mat)",
    anywhere=True,
)

LANGUAGES = (
    _ENGLISH,
    _GERMAN,
    _FRENCH,
    _SPANISH,
    _ITALIAN,
    _PORTUGUESE,
    _DUTCH,
    _POLISH,
    _SWEDISH,
    _TURKISH,
    _RUSSIAN,
    _CHINESE,
    _JAPANESE,
    _KOREAN,
    _ARABIC,
    _HINDI,
)

# What looks like a denial and is none.
NO_DENIAL = re.compile(
    r"\b(?:why (?:can t|don t|do not|won t|not|is there no|doesn t)|can t (?:i|we|you|someone|"
    r"somebody)|couldn t (?:i|we|you|someone)|isn t there|is there not|don t you have|not only|"
    r"not (?:to |with )?(?:an? |the |this |your )?(?:\w+ )?(?:bot|chatbot|robot|machine|computer|ai"
    r"|script|program|software|automat\w+)|instead of (?:an? |the |this )?(?:\w+ )?"
    r"(?:bot|chatbot|robot|machine|computer|ai)|warum (?:kann|darf) ich nicht|kann ich nicht"
    r"|nicht (?:nur|mit (?:einem|einer) (?:bot|maschine|computer|roboter))|pourquoi (?:je )?ne"
    r"|no hay|por que no|perche non|non c e|nao tem)\b"
)
# Whoever asks about the product names people too.
PRODUCT = re.compile(
    r"\b(?:in the loop|human loops?|human review\w*|human work\w*|human label\w*|human annotat\w*"
    r"|bedrock agents?|agents? for bedrock|ground truth|mechanical turk|augmented ai|a2i|workteam"
    r"|user agent|edge agent|iam|kubernetes operators?|my (?:bot|chatbot|customers|users)"
    r"|our (?:bot|chatbot|customers|users)|(?:customers|users|callers|people) (?:who|that))\b"
)
