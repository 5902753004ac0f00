"""Which of several languages a customer is spoken to in."""

from collections.abc import Mapping

DEFAULT_LANGUAGE = "en"


def base_of(language: str) -> str:
    """The language of a tag (BCP 47) without its region: `de` of `de-AT`."""
    return language.split("-", maxsplit=1)[0].lower()


def in_language[T](texts: Mapping[str, T], language: str) -> T | None:
    """What there is in exactly this language, else in its base language, else in English."""
    found = texts.get(language) or texts.get(base_of(language))
    return found or texts.get(DEFAULT_LANGUAGE)
