"""Finds keys, tokens, passwords that are said as such, and addresses (URLs) that open something.

Takes linear time: what can repeat without bound does so possessively, and begins where nothing of
its own kind stands before it.
"""

import re
from collections.abc import Iterator

from tandem.review.finds import Find, Reading

# --- keys that are known by their shape ----------------------------------------------------------
_PREFIXED = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])"
    r"|(?:sk|pk|rk|ghp|gho|ghu|ghs|ghr|github_pat|glpat|xox[abeoprs]|xapp|npm|pypi|hf|dop_v1"
    r"|shpat|shpss|whsec|lin_api|ATATT3|AKCp|key)[-_](?=[A-Za-z_-]{0,99}[0-9])[\w-]{16,}+"
    r"|AIza[\w-]{30,}+"
    r"|ya29\.[\w-]{16,}+"
    r"|SG\.[\w-]{16,}+\.[\w-]{16,}+"
    r"|(?:IQoJb3JpZ2lu|FwoGZXIvYXdz|FQoGZXIvYXdz|AQoDYXdz)[\w+/=%-]{40,}+"
    r")"
)
_PREFIXES = (
    *("AKIA", "ASIA", "ABIA", "ACCA", "AIza", "ya29.", "SG.", "b3JpZ2lu", "ZXIvYXdz", "AQoDYXdz"),
    *("sk-", "sk_", "pk-", "pk_", "rk_", "gh", "glpat", "xox", "xapp", "npm_", "pypi-", "hf_"),
    *("dop_v1", "shp", "whsec", "lin_api", "ATATT3", "AKCp", "key-"),
)
_WEB_TOKEN = re.compile(r"(?<![\w-])eyJ[\w-]{8,}+\.[\w-]{8,}+(?:\.[\w-]*+){0,3}")
_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:(?:\s|\\[nr])*+[A-Za-z-]{4,12}: [^\n]{0,120})*+"
    r"(?:(?:\s|\\[nr])*+[A-Za-z0-9+/=]{16,}+)*+"
    r"(?:(?:\s|\\[nr])*+[A-Za-z0-9+/=]{0,15}(?:\s|\\[nr])*+-----END [A-Z0-9 ]{1,50}-----)?"
)
_UNNAMED = re.compile(r"(?<![\w/+=.-])(?:(?P<aws>[A-Za-z0-9/+]{40})|[A-Za-z0-9]{32,}+)(?![\w/+=-])")
"""An AWS secret access key, or a long word of capitals, small letters and digits."""
_FEWEST_DIGITS = 3


def keys(reading: Reading) -> Iterator[Find]:
    """Keys and tokens by their shape; and what is called a password, a key or a code."""
    plain = reading.plain
    if any(prefix in plain for prefix in _PREFIXES):
        yield from _all(_PREFIXED, plain)
    if "eyJ" in plain:
        yield from _all(_WEB_TOKEN, plain)
    if "PRIVATE KEY" in plain:
        yield from _all(_PRIVATE_KEY, plain)
    for found in _UNNAMED.finditer(plain):
        if _mixed(found[0], 1 if found["aws"] else _FEWEST_DIGITS):
            yield Find(found.start(), found.end(), "key")
    yield from _said(reading)


def _all(pattern: re.Pattern[str], text: str) -> Iterator[Find]:
    return (Find(found.start(), found.end(), "key") for found in pattern.finditer(text))


def _mixed(token: str, digits: int = _FEWEST_DIGITS) -> bool:
    """Hashes and names in one case stay, and so does a word with hardly a digit."""
    return (
        token != token.lower()
        and token != token.upper()
        and sum(token.count(digit) for digit in "0123456789") >= digits
    )


# --- what is said to be a secret -----------------------------------------------------------------
_IS = r"(?:is|was|ist|war|lautet|est|es|era)"
_SECRET = re.compile(
    r"(?<![a-z])(?P<what>"
    r"pass(?:word|wd|phrase|code)|pwd|pass|passwort|kennwort|mot de passe|contraseña|clave"
    r"|(?P<token>(?:secret |access |api |auth |private |account |signing )?(?:token|secret)"
    r"|(?:secret|access|api|auth|private|account|signing)(?:[ _-]access)?[ _-]?key(?:[ _-]?id)?"
    r"|schlüssel|jeton|clé|llave)"
    r"|(?P<user>user ?name|user[ _-]?id|login|benutzername|nom d'utilisateur|identifiant"
    r"|nombre de usuario|usuario)"
    r")(?![a-z])[\"'`*]{0,3}\s{0,3}"
    rf"(?:(?P<sign>:=?|=>?|->)|{_IS}(?![a-z]))\s{{0,3}}"
    r"(?:\"(?P<quoted>[^\"\n]{3,200})\"|[\"'`*]{0,3}(?P<value>[^\s\"'`<>]{4,}+))"
)
_SECRET_STEMS = ("pass", "pwd", "kennwort", "contraseña", "clave", "token", "secret", "key", "user")
_OTHER_STEMS = ("schlüssel", "jeton", "clé", "llave", "login", "benutzer", "utilisateur", "usuario")
_STEMS = (*_SECRET_STEMS, *_OTHER_STEMS, "identifiant")
_MINE = re.compile(r"(?<![a-z])(?:my|our|mein|meine|unser|mon|ma|notre|mi|nuestra)(?![a-z])")
_NOT_SECRET = re.compile(
    r"(?:\$\{?\w++\}?|%\w++%|(?:\{|\[|os\.|process\.|env\.|arn:).{0,200}"
    r"|.{0,200}\(.{0,200}|([*x.•-])\1{0,200})"
    r"|(?:your|my|the|a|an|not|no|now|also|too|still|only|always|never|just|been|being|very|wrong"
    r"|incorrect|invalid|expired|required|missing|empty|null|none|true|false|optional|correct|valid"
    r"|weak|strong|short|long|case|different|same|unknown|forgotten|compromised|rejected|accepted"
    r"|ignored|needed|stored|saved|sent|used|must|should|will|can|click|open|visit|please|enter"
    r"|type|choose|select|follow|navigate|sign|working|changed|reset|what|where|when|which|that"
    r"|this|there|falsch|nicht|kein|abgelaufen|ungültig|richtig|korrekt|erforderlich|immer|noch"
    r"|incorrecte?|invalide|expirée?|obligatoire|pas|toujours|faux|incorrecta|inválida|caducada"
    r"|obligatoria|muy|siempre|demasiado|encrypted|hashed|managed|longer|mandatory|generated)"
    r"[.,;:!?)]{0,9}",
    re.DOTALL,
)
_CODE = re.compile(
    r"(?<![a-z])(?:pin|cvv2?|cvc2?|otp|tan|mfa code|2fa code|(?:security|verification|one-time"
    r"|confirmation|access|login) code|sicherheitscode|bestätigungscode|prüfziffer"
    r"|code (?:de vérification|de sécurité|secret|pin)"
    r"|código (?:de verificación|de seguridad|secreto))"
    rf"(?: (?:code|number|nummer))?[^\w\n]{{0,3}}(?:{_IS}[^\w\n]{{0,3}})?(?P<value>[0-9]{{3,8}})"
    r"(?![\w.,-][0-9])(?![0-9a-z])"
)
_CODE_STEMS = ("pin", "cvv", "cvc", "otp", "tan", "code", "código", "prüfziffer")
_IN_HEADER = re.compile(r"(?<![a-z])(?:bearer|basic)\s{1,3}(?P<value>[\w.~+/=-]{16,}+)")
_END = ".,;:!?)]}*"


def _said(reading: Reading) -> Iterator[Find]:
    lower = reading.lower
    if any(stem in lower for stem in _STEMS):
        for found in _SECRET.finditer(lower):
            yield from _assigned(found, lower)
    if any(stem in lower for stem in _CODE_STEMS):
        for found in _CODE.finditer(lower):
            yield Find(*found.span("value"), "key")
    if "bearer" in lower or "basic" in lower:
        for found in _IN_HEADER.finditer(lower):
            if any(sign.isdigit() for sign in found["value"]):
                yield Find(*found.span("value"), "key")


def _assigned(found: re.Match[str], lower: str) -> Iterator[Find]:
    group = "quoted" if found["quoted"] else "value"
    start, value = found.start(group), found[group]
    if group == "value":
        value = value.rstrip(_END)
    if lower[max(0, found.start() - 1) : found.end("what") + 1] == ":secret:":
        return  # the name of a secret, in its ARN
    if not value or _NOT_SECRET.fullmatch(value[:200]):
        return
    telling = any(not sign.isalpha() for sign in value)
    if found["token"]:
        sure = telling and len(value) >= 8 and any(sign.isdigit() for sign in value)
    else:
        mine = _MINE.search(lower, max(0, found.start() - 24), found.start())
        sure = bool(found["sign"] or telling or mine)
    if sure:
        yield Find(start, start + len(value), "username" if found["user"] else "key")


# --- URLs ----------------------------------------------------------------------------------------
_URL = re.compile(r"(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{1,15}://[^\s<>\"'`\\]++")
_OPENING_PARAMETER = re.compile(
    r"(?:.{0,59}[_-])?(?:token|auth|authorization|sig|signature|credential|key|awsaccesskeyid|apikey"
    r"|code|password|passwd|pwd|pass|secret|session|sessionid|sid|jsessionid|phpsessid|jwt|otp"
    r"|ticket|email|mail|user|username|login|phone|account|customer|invite)"
)
_WEBHOOKS = ("hooks.slack.com", "hooks.zapier.com", "discord.com/api/webhooks", "webhook.office")
_SEGMENT = re.compile(r"(?<=/)[\w-]{32,}+(?=[/?#]|$)")


def urls(reading: Reading) -> Iterator[Find]:
    """Those with credentials, a token or a person in them. Others stay: they are documentation."""
    lower = reading.lower
    if "://" not in lower:
        return
    for found in _URL.finditer(lower):
        end = found.start() + len(found[0].rstrip(_END))
        if _opens_something(reading.plain[found.start() : end]):
            yield Find(found.start(), end, "url")


def _opens_something(url: str) -> bool:
    rest = url.partition("://")[2]
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    user, at, _ = authority.rpartition("@")
    if at and user != "git":
        return True
    if any(webhook in rest[:60].lower() for webhook in _WEBHOOKS):
        return True
    _, _, asked = rest.replace("#", "?").partition("?")
    for parameter in asked.lower().replace("?", "&").split("&"):
        name, _, value = parameter.partition("=")
        if value and len(name) <= 60 and _OPENING_PARAMETER.fullmatch(name):
            return True
    return any(_mixed(found[0]) and _unbroken(found[0]) for found in _SEGMENT.finditer(url))


def _unbroken(segment: str) -> bool:
    """Not words and numbers in a row, as in names of models."""
    return segment.count("-") + segment.count("_") <= 2
