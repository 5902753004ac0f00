"""Topic groups: questions that are nearly the same are of one group.

A group is never torn apart into training and test, else a model would be asked in the test what it
was trained on. So a group may well be too wide, and must not be too narrow.

The rule: of the question's words, those of three or more letters that are not in the list of
function words (English, German, French, Spanish), without the plural's ending (Harman's S-stemmer,
"How effective is suffixing?", 1991), the three longest, the first by the alphabet where they are
equally long. Questions with the same three words, in whatever order and form, are one group. Where
no such word is left, the whole question counts. Placeholders of what was redacted do not count.
"""

import hashlib
import re
import unicodedata

_WORDS = 3
_READ = 2000
"""Characters of a question that are looked at."""
_PLACEHOLDER = re.compile(r"\[[a-z]{1,20}\]")
_WORD = re.compile(r"[^\W\d_]{3,}")
_LISTED = (
    # English
    "the and for are but not you your yours our ours his her hers its their them they this "
    "that these those with without from into onto about above below over under after before "
    "what which who whom whose when where why how can could may might must shall should will "
    "would does did doing done have has had having was were been being there here then than "
    "also only just very too any all some each every please tell let know need want like get "
    "got use using way possible help hello dear thanks thank "
    # German
    "der die das den dem des ein eine einen einem einer eines und oder aber nicht kein keine "
    "ich sie wir ihr ihre ihren ihrem mein meine meinen meinem meiner unser dein deine sein "
    "seine mich mir dich dir uns euch ihm ihn man mit ohne von vom aus bei nach vor für über "
    "unter auf zum zur bis durch gegen wie was wer wen wem wann warum wieso wo welche welcher "
    "welches welchen kann kannst können könnte könnten muss müssen soll sollte darf dürfen "
    "will möchte möchten wird werden wurde ist sind war waren habe hat haben hatte gibt geht "
    "bitte danke hallo auch nur noch schon sehr mal dann wenn dass hier dort alle alles "
    # French
    "les des une est sont était être avoir avez ont dans avec sans pour par sur sous entre "
    "que qui quoi dont où quand comment pourquoi quel quelle quels quelles mon mes ton tes "
    "son ses notre nos votre vos leur leurs mais donc car pas plus moins très peut peux puis "
    "pouvez pouvons dois doit faut faire fait veux veut voudrais vous nous elle elles ils "
    "cette cet ces merci bonjour "
    # Spanish
    "los las una unos unas del con sin para por sobre entre desde hasta que quien cual cuales "
    "cómo como cuando cuándo donde dónde qué mis tus sus nuestro nuestra vuestro pero muy más "
    "menos puede puedo pueden podemos debo debe hay tengo tiene tienen quiero quiere hacer "
    "hago está están estoy son fue ser estar usted ustedes ella ellos ellas este esta estos "
    "estas ese esa gracias hola"
)
_FUNCTION_WORDS = frozenset(_LISTED.split())


def topic_of(question: str) -> str:
    """The id of a question's topic group; the same for the same question, for ever."""
    text = unicodedata.normalize("NFKC", question[:_READ]).casefold()
    text = _PLACEHOLDER.sub(" ", text)
    words = {_stem(word) for word in _WORD.findall(text) if word not in _FUNCTION_WORDS}
    chosen = sorted(words, key=lambda word: (-len(word), word))[:_WORDS]
    key = " ".join(sorted(chosen) or text.split())
    return f"q-{hashlib.sha256(key.encode(errors='replace')).hexdigest()[:16]}"


def _stem(word: str) -> str:
    """Without the plural's ending (Harman's S-stemmer)."""
    if word.endswith("ies") and not word.endswith(("eies", "aies")):
        return word[:-3] + "y"
    if word.endswith("es") and not word.endswith(("aes", "ees", "oes")):
        return word[:-1]
    if word.endswith("s") and not word.endswith(("us", "ss")):
        return word[:-1]
    return word
