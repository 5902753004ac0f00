"""Greetings, thanks and goodbyes, which need no document. Answered in the customer's language."""

import re
from dataclasses import dataclass
from functools import cache

from local.bedrock.cues import plain

_LONGEST_WORDS = 12


@dataclass(frozen=True, slots=True)
class _Talk:
    """A message of this kind consists of `words` only, and has one of `key`."""

    key: str
    words: str
    reply: str


_FILL_EN = (
    "there|everyone|everybody|all|team|bot|assistant|you|friend|folks|guys|sir|madam|dear|again|so|very"
    "|much|really|a|lot|lots|and|for|the|your|my|that|this|it|is|was|were|all|now|ok|okay|great|perfect"
    "|well|just|then|oh|ah|yes|no|more|questions|help|answer|quick|today|day|have|nice|good|one|too"
    "|to|side|from|further|many|explains|works|worked|helps|helped|solved|s|ll|ve|re|i|m|ha|haha"
)
_TALKS = (
    _Talk(
        r"are you (?:an? |really |even )*(?:bot|robot|human|person|ai|machine|real|chatgpt"
        r"|computer)|who are you|what are you|what(?: i)?s your name|who (?:made|built) you",
        rf"{_FILL_EN}|are|an|even|or|robot|human|person|ai|machine|real|chatgpt|computer|who|what"
        r"|name|what|whats|made|built|curious",
        "I'm Tandem's assistant, a program. I answer from the documents that I have, and I can "
        "call a person whenever you like.",
    ),
    _Talk(
        r"what can (?:you|u) do|how can you help|how do you work|what do you know",
        rf"{_FILL_EN}|what|can|u|do|how|me|know|work|with",
        "I answer questions from the documents that I have, and I can call a person for everything "
        "else. What would you like to know?",
    ),
    _Talk(
        r"how are you|how is it going|how(?: i)?s it going|what(?: i)?s up|how do you do",
        rf"{_FILL_EN}|how|are|going|what|up|do|doing|hello|hi|hey|morning",
        "I'm well, thank you! How can I help you?",
    ),
    _Talk(
        r"thanks|thank you|thx|ty|tysm|cheers|much appreciated|appreciate it",
        rf"{_FILL_EN}|thanks|thank|thx|ty|tysm|cheers|appreciated|appreciate|hi|hello|bye|mate|wow"
        r"|awesome|brilliant|wonderful|excellent|exactly|what|needed|clears|up|got|fast|problem",
        "You're welcome! Is there anything else I can help you with?",
    ),
    _Talk(
        r"bye|goodbye|good night|see you|farewell|have a (?:nice|good|great) "
        r"(?:day|evening|weekend)",
        rf"{_FILL_EN}|bye|goodbye|night|see|later|farewell|evening|weekend|tomorrow|soon",
        "Goodbye, and thank you for writing!",
    ),
    _Talk(
        r"hello|hi|hey|hiya|howdy|good (?:morning|afternoon|evening|day)|greetings|morning",
        rf"{_FILL_EN}|hello|hi|hey|hiya|howdy|morning|afternoon|evening|greetings",
        "Hello! How can I help you?",
    ),
    _Talk(
        r"ok|okay|alright|got it|i see|fine|sure|understood|nice|cool|great|perfect"
        r"|awesome|lol|haha",
        rf"{_FILL_EN}|alright|got|see|fine|sure|understood|cool|awesome|lol|wow|fair|enough"
        r"|makes|sense",
        "All right! Tell me if there is anything else.",
    ),
    _Talk(
        r"danke|dankeschon|vielen dank|besten dank|merci vielmal",
        r"danke|dankeschon|schon|vielen|besten|dank|lieben|sehr|super|perfekt|jetzt|klappt|alles|es"
        r"|fur|die|ihre|deine|hilfe|schnelle|antwort|hat|geholfen|funktioniert|das|war|toll|nun|ja",
        "Gern geschehen! Kann ich sonst noch helfen?",
    ),
    _Talk(
        r"hallo|guten (?:tag|morgen|abend)|servus|moin|gruss gott|gruezi",
        r"hallo|guten|tag|morgen|abend|servus|moin|gruss|gott|gruezi|zusammen|liebes|team|schonen",
        "Hallo! Wie kann ich Ihnen helfen?",
    ),
    _Talk(
        r"tschuss|auf wiedersehen|ciao ciao|schonen (?:tag|abend) noch",
        r"tschuss|auf|wiedersehen|ciao|schonen|tag|abend|noch|danke|und",
        "Auf Wiedersehen!",
    ),
    _Talk(
        r"merci",
        r"merci|beaucoup|bien|mille|fois|c|est|parfait|super|pour|votre|aide|reponse|ca|marche|fonctionne"
        r"|tout|genial|tres|maintenant",
        "Avec plaisir ! Puis-je encore vous aider ?",
    ),
    _Talk(
        r"bonjour|bonsoir|salut|coucou",
        r"bonjour|bonsoir|salut|coucou|a|tous|tout|le|monde|madame|monsieur|ca|va|comment",
        "Bonjour ! Comment puis-je vous aider ?",
    ),
    _Talk(
        r"gracias",
        r"gracias|muchas|mil|muchisimas|por|la|su|tu|ayuda|ya|funciona|genial|perfecto|todo|bien|muy|esta",
        "¡De nada! ¿Puedo ayudarle en algo más?",
    ),
    _Talk(
        r"hola|buen(?:os|as) (?:dias|tardes|noches)",
        r"hola|buenos|buenas|dias|tardes|noches|que|tal|como|estas|a|todos|¿|\?",
        "¡Hola! ¿En qué puedo ayudarle?",
    ),
    _Talk(
        r"grazie",
        r"grazie|mille|tante|molte|tutto|risolto|perfetto|per|l|aiuto|ora|funziona|molto",
        "Prego! Posso aiutarla ancora?",
    ),
    _Talk(
        r"ciao|buongiorno|buonasera|salve",
        r"ciao|buongiorno|buonasera|salve|a|tutti|come|va|stai",
        "Buongiorno! Come posso aiutarla?",
    ),
    _Talk(
        r"obrigad[oa]",
        r"obrigad[oa]|muito|deu|certo|pela|ajuda|otimo|perfeito|agora|funciona",
        "De nada! Posso ajudar em algo mais?",
    ),
    _Talk(
        r"ola|oi|bom dia|boa (?:tarde|noite)",
        r"ola|oi|bom|dia|boa|tarde|noite|tudo|bem|pessoal",
        "Olá! Como posso ajudar?",
    ),
    _Talk(
        r"bedankt|dank (?:je|u)(?: wel)?",
        r"bedankt|dank|je|u|wel|het|werkt|top|voor|de|hulp|heel|erg",
        "Graag gedaan! Kan ik nog ergens mee helpen?",
    ),
    _Talk(
        r"goedemorgen|goedemiddag|goedenavond|hoi|dag",
        r"goedemorgen|goedemiddag|goedenavond|hoi|dag|hallo",
        "Hallo! Waarmee kan ik helpen?",
    ),
    _Talk(
        r"dziekuje|dzieki",
        r"dziekuje|dzieki|bardzo|dziala|swietnie|wszystko|za|pomoc",
        "Proszę bardzo! Czy mogę jeszcze w czymś pomóc?",
    ),
    _Talk(
        r"czesc|dzien dobry|dobry wieczor|witam",
        r"czesc|dzien|dobry|wieczor|witam|wszystkim",
        "Dzień dobry! W czym mogę pomóc?",
    ),
    _Talk(
        r"tack",
        r"tack|sa|mycket|for|hjalpen|nu|fungerar|det|toppen|snalla",
        "Varsågod! Något mer jag kan hjälpa till med?",
    ),
    _Talk(
        r"hej|god (?:morgon|kvall)|tjena",
        r"hej|hejsan|pa|er|dig|god|morgon|kvall|tjena|alla",
        "Hej! Hur kan jag hjälpa dig?",
    ),
    _Talk(
        r"tesekkur\w*|sagol\w*",
        r"tesekkur\w*|sagol\w*|ederim|cok|cozuldu|harika|yardim\w*|icin",
        "Rica ederim! Başka bir konuda yardımcı olabilir miyim?",
    ),
    _Talk(
        r"merhaba|selam|gunaydin|iyi (?:gunler|aksamlar)",
        r"merhaba|selam|gunaydin|iyi|gunler|aksamlar|herkese",
        "Merhaba! Size nasıl yardımcı olabilirim?",
    ),
    _Talk(
        r"спасибо",
        r"спасибо|большое|все|работает|за|помощь|отлично|получилось|огромное|всё",
        "Пожалуйста! Могу ли я помочь чем-то ещё?",
    ),
    _Talk(
        r"привет|здравствуите|здравствуйте|добрый (?:день|вечер)|доброе утро",
        r"привет|здравствуите|здравствуйте|добрый|день|вечер|доброе|утро|всем",
        "Здравствуйте! Чем могу помочь?",
    ),
    _Talk(r"谢谢\S{0,8}|感谢\S{0,6}|謝謝\S{0,8}", r"\S{1,12}", "不客气！还有什么可以帮您？"),
    _Talk(r"你好|您好|早上好|你好,?在吗", r"你好|您好|早上好|在吗", "您好！有什么可以帮您？"),
    _Talk(r"ありがとう\S{0,10}", r"\S{1,16}", "どういたしまして。ほかにご質問はありますか？"),
    _Talk(
        r"こんにちは|おはよう\S{0,5}|こんばんは|はじめまして",
        r"\S{1,10}",
        "こんにちは。どのようなご用件でしょうか？",
    ),
    _Talk(r"감사\S{0,6}|고마\S{0,5}", r"\S{1,12}", "천만에요! 더 도와드릴 일이 있을까요?"),
    _Talk(r"안녕\S{0,5}", r"안녕\S{0,5}", "안녕하세요! 무엇을 도와드릴까요?"),
    _Talk(
        r"شكرا\S{0,3}", r"شكرا\S{0,3}|لك|جزيلا|جدا|كثيرا|لكم", "على الرحب والسعة! هل من شيء آخر؟"
    ),
    _Talk(
        r"مرحبا|السلام عليكم|أهلا|صباح الخير",
        r"مرحبا|السلام|عليكم|أهلا|صباح|الخير|بك",
        "مرحبا! كيف يمكنني مساعدتك؟",
    ),
    _Talk(
        r"धन्यवाद|शुक्रिया",
        r"धन्यवाद|शुक्रिया|बहुत|हो|गया|आपका",
        "आपका स्वागत है! क्या मैं और कुछ मदद कर सकता हूँ?",
    ),
    _Talk(r"नमस्ते|नमस्कार", r"नमस्ते|नमस्कार|जी", "नमस्ते! मैं आपकी क्या मदद कर सकता हूँ?"),
)

_SMILES = re.compile(r"^[\W\d_]*[👍❤💛🙏😊🎉👌🙂😀😃💯🥳][\W\d_]*$")
_SEPARATORS = re.compile(r"[^\w\u0900-\u097f]+")


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], re.Pattern[str], str], ...]:
    return tuple(
        (
            re.compile(rf"(?:^| )(?:{talk.key})(?:$| )"),
            re.compile(rf"(?:{talk.words})"),
            talk.reply,
        )
        for talk in _TALKS
    )


def reply(text: str) -> str | None:
    """A short answer to small talk, or None for anything else."""
    if len(text) > 160:
        return None
    if _SMILES.match(text.strip()):
        return "You're welcome! Is there anything else I can help you with?"
    said = _SEPARATORS.sub(" ", plain(text)).split()
    if not 0 < len(said) <= _LONGEST_WORDS:
        return None
    line = " ".join(said)
    for key, words, answer in _patterns():
        # Key phrases may hold words that are not small talk alone ("are you a bot").
        if key.search(line) and all(words.fullmatch(word) for word in said):
            return answer
    return None
