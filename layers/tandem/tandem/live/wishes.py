import re


def asks_for_person(text: str) -> bool:
    """Provisional."""
    return bool(
        re.search(
            r"\b(speak|talk) (to|with) (a |an )?(human|person|agent|someone)", text[:20000].lower()
        )
    )
