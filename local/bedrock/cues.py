"""What in a message hints that it needs a person, and what hints that it doesn't.

Each cue is a list of words and phrases in several languages, written from general knowledge of how
customers write; how much each one weighs is learned (`train_gate`).
"""

import re
import unicodedata
from functools import cache

# Latin letters are compared without accents and in lower case.
_CUES: dict[str, str] = {
    "insult": r"""
        idiots?|morons?|stupid|dumb\w*|useless|worthless|pathetic|clowns?|crooks?|thie(?:f|ves)
        |scam\w*|scum|liars?|lying|garbage|trash|rubbish|crap\w*|bullshit|incompetent
        |joke of an?|amateurs?|rip ?-?off|screw you|shut up|imbecile|f\*+\w*|fuck\w*|shit\w*|wtf
        |suck[s]?|bastards?|jerks?|morally bankrupt|braindead|brainless|shame on you|disgrace\w*
        |vultures?|robbers?|con artists?|cheaters?|swindlers?|go to hell|arse\w*|ass|asses
        |a-holes?|frech\w*|unverschamt\w*|idioten|dilettanten|betruger\w*|abzocke\w*|saftladen
        |scheiss\w*|mist|unter aller sau|lacherlich|nul|nulle|nuls|incapables?|voleurs?
        |arnaque\w*|escrocs?|honteux|honte|merde|putain|imbeciles?|inutiles?|inutil|ladron\w*
        |estafa\w*|verguenza|mierda|incompetent\w*|sinverguenzas|ladri|truffa\w*|buffoni
        |vergogna|schifo|incompetenti|ladroes|golpe|vergonha|lixo|palhacad\w*|waardeloos
        |waardeloze|schandalig|oplicht\w*|klote|zlodziej\w*|oszu\w+|skandal|beznadziej\w*|dno
        |hopplos\w*|skandal\w*|bedragare|usel\w*|skit|rezalet|rezil|dolandir\w*|berbat|aptal\w*
        |sacmalik|безобразие|мошенник\w*|позор\w*|ужас\w*|идиот\w*|отврат\w*|хамств\w*|垃圾|骗子
        |騙子|废物|廢物|傻|混蛋|可恶|無能|ふざけるな|ばか|馬鹿|バカ|最低|最悪|詐欺|役立たず
        |쓰레기|사기|멍청|바보|최악|어이없|سيئة|سيء|نصب|احتيال|حرامي|فاشل\w*|घटिया|बेकार|धोखा\w*
        |चोर|बकवास""",
    "anger": r"""
        furious|angry|outrag\w+|livid|unacceptable|ridiculous|disgust\w*|appalling|appalled
        |fed up|sick (?:and tired )?of|sick to death|had it|had enough|enough is enough|fuming
        |rage|mad at|infuriat\w*|insult to|insane that|kidding me|joking|seriously\?+
        |beyond a joke|a joke|what the (?:hell|heck|fuck)|how dare|shameful|shocking|scandal\w*
        |absurd|unbelievable|losing (?:my )?patience|lost (?:all )?patience|out of patience
        |my patience|disgraceful|worst|terrible service|horrible|awful|nightmare|disaster
        |hate (?:you|this|your)|damn it|goddamn|for god s sake|for heaven s sake
        |for crying out loud|fix (?:it|this) now|done being|nobody cares|no one cares|don t care
        |couldn t care less|treat\w* (?:me|us|your customers)|wutend|sauer|stinksauer
        |inakzeptabel|reicht s|mir reicht|unglaublich|schnauze voll|zumutung|furieux|furieuse
        |inadmissible|inacceptable|marre|scandaleux|ras le bol|moquez|colere|furioso|furiosa
        |inaceptable|harto|harta|indignante|indignad\w*|inaccettabile|arrabbiat\w*|stufo|stufa
        |assurdo|absurdo|inaceitavel|revoltad\w*|woedend|boos|onacceptabel|belachelijk|zat
        |wsciekl\w*|niedopuszczaln\w*|mam dosc|arg|oacceptabel\w*|trott pa|biktim|yeter
        |kizgin\w*|kabul edilemez|возмут\w*|надоел\w*|достал\w*|хватит|издева\w*|生气|气死|受够
        |過分|过分|投诉|投訴|頭にき|怒|いい加減|ひどい|ありえない|화가|화나|짜증|너무하|غاضب\w*
        |غير مقبول|مستاء|गुस्सा|नाराज|हद है""",
    "leave": r"""
        cancel\w* (?:my|the|our|everything|it all|this)|switch\w* (?:to|provider|away)
        |competitors?|lost (?:a|me as a|us as a|my|our) (?:customer|client|business|trust)
        |(?:i m|we re|i am|we are)(?:leaving|gone|out|done|moving|switching)|never (?:again
        |order\w*|buy\w*|us\w+|com\w+|recommend)|last (?:order|time i|chance|straw)|take (?:my
        |our) (?:business|money)|elsewhere|close my account|delete my account|unsubscribe
        |won t renew|not renew\w*|won t be renewing|refund (?:me|the rest|now)|money back
        |move (?:to|away)|drop your|dropping you|get out of (?:this|the|my) contract
        |out of this contract|terminat\w+|goodbye|give up on you|ditch\w*|migrat\w+ (?:off|away)
        |(?:azure|google|aws|oracle|gcp) instead|kundig\w*|wechsle\w*|konkurrenz
        |anderen anbieter|geld zuruck|resili\w+|concurren\w+|rembours\w+|cancelar|dar\w* de baja
        |competencia|dinero|disdi\w+|concorren\w+|soldi|rimbors\w+|concorrencia|dinheiro
        |reembolso|opzeg\w*|overstap\w*|stap over|geld terug|rezygn\w+|konkurenc\w*|pieniedzy
        |sager upp|sag\w* upp|byter|pengar|iptal|rakip\w*|param\w*|iade|расторг\w*|конкурент\w*
        |верните деньги|уйд\w+|退款|退订|取消订阅|返金|解約|환불|해지|استرداد|إلغاء|الغاء|वापस
        |रद्द""",
    "legal": r"""
        lawyers?|attorneys?|solicitors?|sue|suing|lawsuit|court|legal (?:action|steps|department
        |proceed\w*)|ombudsm\w+|police|fraud\w*|charge ?-?back|dispute (?:the|every|all|this)
        |regulator\w*|consumer (?:protection|agency|rights)|trading standards|trustpilot|twitter
        |tweet\w*|reddit|linkedin|facebook|social media|one star|1 star|bad review
        |reviews? (?:site|everywhere)|press|journalist\w*|newspaper|breach of contract
        |compensation|damages|formal (?:notice|complaint)|report\w* you|complain\w* (?:to
        |about you|officially)|file a complaint|class action|bbb|ftc|deadline of
        |final (?:warning|notice|deadline)|go(?:ing)? public|everyone will know|warn (?:everyone
        |others)|anwalt\w*|rechtsanwalt\w*|klage\w*|verbraucher\w*|anzeige|polizei|gericht|frist
        |avocat\w*|plainte|justice|tribunal|huissier|abogad\w*|denunci\w*|demanda\w*|avvocato
        |denuncia\w*|legal\w*|advogad\w*|processar|procon|rechtsbijstand|advocaat|aangifte
        |prawnik\w*|sad|sadu|uokik|polici\w+|advokat\w*|polisanmal\w*|konsumentverket|avukat\w*
        |mahkeme\w*|tuketici\w*|dava|sikayet\w*|суд|юрист\w*|адвокат\w*|жалоб\w*|полици\w*
        |роспотреб\w*|律师|律師|起诉|起訴|消费者协会|曝光|报警|弁護士|訴え|消費者センター|警察
        |변호사|고소|신고|소비자원|محام\w*|محكمة|شكوى|قضائي\w*|वकील|शिकायत|पुलिस|अदालत|मुकदमा""",
    "again": r"""
        again|still (?:not|no|doesn|isn|failing|broken|the same|nothing|waiting)|already (?:told
        |said|tried|did|done|explained|sent|gave)|same (?:answer|error|problem|thing|link|issue
        |reply|response)|(?:second|third|fourth|fifth|sixth|2nd|3rd|4th|5th|6th|tenth
        |10th) (?:time|attempt|message|try|ticket|e?-?mail|call|replacement)|times|twice
        |over and over|going (?:round|around) in circles|round in circles|how (?:many|often)
        |keep (?:on )?(?:repeating|telling|sending|saying|getting|asking|giving)
        |keeps (?:repeating|happening)|every (?:single )?(?:time|week|day)|for (?:weeks|months
        |days)|once more|one more time|tried everything|everything you (?:said|told|suggested)
        |your steps|as i (?:said|told)|like i said|did that|done that|didn t help|doesn t help
        |does not help|did not help|not helping|neither did|repeat\w*|yet again|wieder
        |schon (?:wieder|dreimal|zweimal|gesagt)|immer noch|zum (?:zweiten|dritten|vierten)
        |dreimal|encore|toujours (?:pas|la meme)|deja (?:dit|fait|essaye|explique)|trois fois
        |troisieme fois|otra vez|sigue sin|ya (?:lo|le|les|te|he|intente|dije|probe)|tercera vez
        |tres veces|de nuevo|di nuovo|ancora|gia (?:detto|provato|fatto|spiegato)|terza volta
        |tre volte|de novo|outra vez|ja (?:falei|expliquei|tentei|fiz|disse)|terceira vez
        |tres vezes|continua|alweer|nog steeds|al drie|weer|opnieuw|znowu|ciagle|nadal
        |trzeci raz|juz (?:mowilem|pisalem|probowalem)|igen|fortfarande|redan|tredje gangen|yine
        |hala|kac kere|defa|kez|tekrar|опять|снова|все еще|третий раз|уже|сколько раз|又|还是
        |還是|已经|已經|第三次|一直|多少次|再び|何度|また|もう(?:三|3|何)回|同じ|또|계속|여전히
        |벌써|번째|مرة أخرى|مرات|ما زال|لا يزال|ثالث مرة|फिर|बार|अभी भी|अब तक""",
    "bot": r"""
        (?:this|you|stupid|dumb|your|the|bad|useless) (?:chat)?bot|robot|machine|chatbot
        |automated|canned|copy ?-?paste\w*|generic (?:answer|repl|response)\w*|template|script
        |wrong (?:answer|again)|not what i (?:asked|said|mean\w*)|(?:don t|doesn t|didn t
        |not) (?:even )?(?:understand\w*|listen\w*|read\w*|answer\w*)|(?:answer|read
        |listen to) (?:my|the|what) (?:question|message|i)|answer (?:the|my) question
        |make\w* no sense|made? (?:that|it|this|up)|invent\w*|hallucinat\w*|nonsense
        |contradict\w*|irrelevant|waste of (?:\w+ )?time|wast(?:ed|ing)|pointless|hopeless
        |talking to a (?:wall|brick)|stop (?:sending|saying|telling|repeating|apologi\w+)
        |are you (?:even|deaf|blind)|do you even|can t you|read it again|no help|not helpful
        |unhelpful|of no use|link is dead|dead link|doesn t exist|not even close
        |hilft (?:mir )?(?:gar |uberhaupt )?nicht|verstehst|verstehen sie|keine antwort
        |ne repond\w*|comprend\w*|ne sert a rien|no (?:me )?(?:entiend\w+|ayuda\w*|sirve)
        |non (?:capisc\w+|serve|risponde|aiuta)|nao (?:entend\w+|ajuda|responde|serve)
        |begrijpt\w*|helpt niet|snapt|nie (?:rozumie\w*|pomaga)|forstar inte|hjalper inte
        |anlamiyor\w*|ise yaramiyor|не (?:понимает\w*|помога\w*|отвеча\w*)|бот|没用|沒用|看不懂
        |没看懂|答非所问|机器人|機器人|わかって(?:い)?ない|役に立た|답답|도움이 안|못 알아|로봇
        |لا تفهم|لا يفهم|لا يساعد|समझ नहीं|मदद नहीं""",
    "urgent": r"""
        urgent\w*|emergency|asap|immediately|right now|at once|production (?:is )?(?:down|dead
        |stopped|stands)|(?:is|are|been|was) (?:completely |all )?(?:down|offline|dead
        |locked out|blocked|stuck)|outage|losing (?:\w+ )?(?:money|customers|orders|sales
        |thousands)|lost (?:everything|all|\d+|money)|cost\w* us|deadline|wiped|(?:deleted
        |overwrote|overwritten|erased|dropped) (?:\w+ ){0,3}(?:everything|all|database|db|bucket
        |table|data|prod\w*)|all (?:our|my|the) (?:data|photos|files|customer\w*|users)|are gone
        |is gone|disappeared|every (?:hour|minute)|per (?:hour|minute)|in (?:an|one|two
        |\d+) (?:hours?|minutes?|min)|before (?:noon|tomorrow|tonight|monday)|tomorrow|today
        |tonight|payroll|salaries|patients?|hospital|wedding|flight|boarding|exam|climbing
        |bleeding|can t (?:log ?in|access|stop|pay|get in|work)|recover\w*|undo|help!+|help me
        |please help|do something|hurry|dringend|notfall|sofort|steht (?:komplett|still)|ausfall
        |verlieren|produktion\w*|urgence|immediatement|en panne|perdons|bloque\w*|tout de suite
        |urgente|emergencia|caid[ao]|perdiendo|inmediat\w*|emergenza|subito|fermo|perdendo
        |bloccat\w*|cancellato|emergencia|fora do ar|parad[ao]|spoed|dringend|ligt plat|pilne
        |natychmiast|nie dziala|tracimy|stoi|akut|omedelbart|nere|forlorar|acil|hemen|coktu
        |kaybediyor\w*|срочно|немедленно|упал\w*|теряем|не работает|紧急|緊急|马上|立刻|损失
        |宕机|急|至急|今すぐ|停止|損失|긴급|당장|급해|손실|마비|عاجل|فورا|طوارئ|متوقف|نخسر|तुरंत
        |जल्दी|आपातकाल|नुकसान|ठप""",
    "distress": r"""
        desperate\w*|despair|crying|cried|tears|scared|afraid|terrified|panic\w*|wits end
        |can t (?:take|sleep|cope|breathe)|shaking|beg(?:ging)?|lose my (?:job|house|home|mind)
        |get(?:ting)? fired|my boss will|helpless|overwhelmed|lost without|nowhere to turn
        |don t know what (?:else )?to do|rent|homeless|my (?:kids?|child|children|baby|mum|mom
        |mother|father|dad|husband|wife|late)|died|passed away|funeral|hungry|suicid\w*
        |end it all|so tired|please please|ashamed|alone with|nightmares?|anxi\w+|heartbroken
        |devastated|ruined|broken down|messed up|what s the point|verzweifelt\w*|angst|weine\w*
        |weiss nicht (?:mehr )?weiter|am ende|desesper\w*|peur|pleur\w*|n en peux plus|miedo
        |llorando|no puedo mas|no se que hacer|disperat\w*|paura|piangendo|non ce la faccio
        |aiutatemi|desesperad\w*|medo|chorando|nao aguento|wanhopig|bang|huilen|ten einde raad
        |zalaman\w*|boje|placze|nie wiem co robic|fortvivlad|radd|grater|orkar inte|caresiz\w*
        |korkuyorum|agliyorum|perisan|отчаян\w*|боюсь|плачу|не знаю что делать|помогите|умоляю
        |绝望|绝境|害怕|怎么办|崩溃|求求|救命|助けて|困って|怖い|泣|どうしたらいい|도와주세요
        |무서|어떡해|절망|눈물|يائس\w*|خائف\w*|أبكي|ساعدوني|परेशान|डर|रो रह|मदद करो|कृपया मदद""",
    "safety": r"""
        hacked|hacker\w*|stolen|leak(?:ed|s|ing)?|breach\w*|gdpr|dsgvo|rgpd|ccpa
        |personal (?:data|information)|privacy|(?:delete|erase|remove) (?:all )?(?:my
        |our) (?:\w+ )?(?:data|information|details|number|photos|records)|consent\w*|agreed to
        |without (?:my )?permission|identity|phish\w*|unauthori[sz]ed|someone (?:else|logged
        |used|has|ordered)|somebody (?:else|logged|used)|not me|wasn t me|other (?:people
        |customers?|users?) s?|strangers?|stranger s|fire|smoke|burn\w*|explod\w*|shock|injur\w*
        |hurt|bleed\w*|glass|allerg\w*|sick from|poison\w*|mould|mold|choking|dangerous|unsafe
        |threatened|harass\w*|lock my|freeze my|block my (?:card|account)|credentials
        |access keys?|public repo|overheat\w*|sparks?|hissing|recall|doctor|ambulance|gehackt
        |gestohlen|daten (?:loschen|weiter\w*)|personenbezogen\w*|brennt|rauch|verletzt
        |pirate\w*|donnees personnelles|vole\w*|feu|fumee|brule\w*|hacke\w*|robad\w*
        |datos personales|incendi\w*|quemad\w*|hackerat\w*|rubat\w*|dati personali|fuoco|fumo
        |bruciat\w*|hackead\w*|roubad\w*|dados pessoais|fogo|gestolen|persoonsgegevens|brand
        |rook|toegang tot mijn|wlamal\w*|skradzion\w*|dane osobowe|dym|pozar|kapad|stulen
        |personuppgifter|hacklen\w*|calindi|kisisel veri\w*|yangin|взлом\w*|украл\w*
        |персональн\w*|дым|пожар|被盗|盗|泄露|洩露|隐私|個資|冻结|冒烟|着火|爆炸|不正|漏洩
        |個人情報|盗ま|乗っ取|煙|火傷|해킹|도용|유출|개인정보|연기|화재|مخترق|اختراق|سرق\w*
        |بياناتي|حريق|دخان|हैक|चोरी|डेटा|आग|धुआं""",
    "irony": r"""
        (?:oh |wow |well |how )?(?:great|wonderful|fantastic|lovely|brilliant|perfect|nice|super
        |bravo|congrat\w*|amazing|marvel+ous|terrific)[,.!]* (?:another|again|broken|so|now|and
        |an?other|job (?:everyone|guys|breaking|losing)|still)|thanks for nothing
        |thank you for nothing|thanks a lot for|thank you so much for (?:the|making|wasting
        |ruining|your non)|slow clap|well done|nice (?:one|job|work)|good job|just what i needed
        |made my day|must be nice|how kind|what a surprise|as (?:always|usual|expected)
        |truly impressive|outdone|genius\w*|sure,|yeah right|yeah sure|of course|because who
        |love (?:how|it when|paying|waiting|being)|so helpful|super helpful|world class
        |world-class|applause|clap\w*|not\.$|🙃|🙄|👏|toll|na super|ganz toll|vielen dank auch
        |klasse leistung|herzlichen gluckwunsch|bravo|merci pour rien|felicitations|genial
        |enhorabuena|gracias por nada|complimenti|grazie (?:di|per) niente|parabens
        |obrigad[oa] por nada|fijn hoor|lekker bezig|gefeliciteerd|dzieki za nic|gratulacje
        |brawo|tack for ingenting|grattis|aferin|tebrikler|tesekkurler hic|молодцы
        |спасибо за ничего|браво|真棒|太好了又|呵呵|さすが|素晴らしいですね|잘한다|대단하""",
    "calm": r"""
        (?:no|not in a) (?:rush|hurry|worries|problem|stress|pressure|drama)|not urgent
        |nothing urgent|when(?:ever)? you (?:have|ve|get)|just (?:wondering|curious|asking
        |a (?:quick )?question|checking|so you know|noting|fyi)|only (?:wondering|curious|asking
        |want to know)|out of curiosity|not (?:a complaint|complaining|angry|upset|mad
        |an emergency|a big deal|asking|threatening|in a hurry)|no complaint
        |isn t a (?:complaint|bug)|take your time|fyi|suggestion|feature request
        |would be (?:nice|cool|great|good)|i d (?:like|love|suggest|vote)|consider adding
        |quick q\w*|haha|lol|:\)|;\)|🙂|😊|😉|no need|don t need|don t have to|don t want
        |nicht dringend|keine eile|nur (?:eine frage|kurz|neugierig)|keine beschwerde|pas urgent
        |rien d urgent|juste une question|no es urgente|solo (?:una|queria|una duda)
        |no es una queja|non e urgente|solo una domanda|nessuna fretta|sem pressa|nao e urgente
        |geen haast|niet dringend|alleen een vraag|nie pilne|tylko pytam|inte brattom
        |ingen stress|acil degil|sadece|не срочно|просто (?:интересно|вопрос)|不急|只是想
        |急ぎません|ちょっと|급하지|그냥|ليس عاجل|فقط|जल्दी नहीं|सिर्फ""",
    "thanks": r"""
        thanks|thank you|thx|ty|tysm|cheers|appreciate\w*|helped|solved|works now|perfect
        |awesome|love (?:it|this|your|the)|great (?:product|service|support|tool|docs)
        |happy with|impressed|excellent|amazing|fantastic|well explained|good (?:bot|job|work)
        |danke\w*|merci|gracias|grazie|obrigad[oa]|bedankt|dank|dzieki|dziekuje|tack|tesekkur\w*
        |sagol|спасибо|благодар\w*|谢谢|謝謝|感谢|ありがとう\w*|감사\w*|고마\w*|شكرا\w*|धन्यवाद
        |शुक्रिया|👍|❤|💛|🙏|😊|🎉""",
    "asking": r"""
        ^(?:\w+ ){0,3}(?:how|what|which|where|when|why|who|is|are|can|could|does|do|should|may
        |will|would|did|has)\b|^(?:wie|was|wo|wann|welche\w*|kann|gibt|ist|comment|quel\w*|ou
        |peut|est|como|cual\w*|donde|puedo|come|quale|dove|posso|hoe|wat|waar|kan|jak|gdzie|czy
        |hur|var|nasil|nerede|как|где|можно|какой)\b|如何|怎么|什么|哪|吗|ですか|ますか
        |でしょうか|나요|가요|까요|كيف|هل|कैसे|क्या""",
    "technical": r"""
        error|exception|failed|fails|traceback|exit code|timeout|denied|logs?|job|endpoint|model
        |training|instance|bucket|role|policy|api|cli|sdk|config\w*|json|csv|docker|container
        |notebook|pipeline|lambda|s3|gpu|cpu|memory|gb|version|parameter|region|import
        |install\w*|http|\d{3}|invoice|plan|delivery|order|size|price|discount|subscription
        |address|password|account""",
}

_ACCENT = re.compile(r"([a-z])[\u0300-\u036f]+")
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "ı": "i", "ß": "ss", "’": "'", "`": "'"})


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    """Compiled once. Words of alphabets with spaces match as whole words."""
    compiled = {}
    for name, written in _CUES.items():
        joined = re.sub(r"\s*\n\s*", "", written).strip()
        compiled[name] = re.compile(rf"(?<![a-z])(?:{joined})(?![a-z])")
    return compiled


NAMES = tuple(_CUES)


def plain(text: str) -> str:
    """Lower case, Latin letters without accents, apostrophes as spaces."""
    folded = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    bare = unicodedata.normalize("NFC", _ACCENT.sub(r"\1", folded)).translate(_LETTERS)
    return " ".join(bare.replace("'", " ").split())


def counts(text: str) -> dict[str, int]:
    """How often each cue is found in a text made plain."""
    return {name: len(pattern.findall(text)) for name, pattern in _patterns().items()}
