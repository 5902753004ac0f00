"""An article as the document that a knowledge base reads."""

import re

from tandem.review.models import Article

_LONGEST_TITLE = 120
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
"""Of code: https://spec.commonmark.org/0.31.2/#fenced-code-blocks"""


def title(article: Article) -> str:
    """What a citation of it is called: the question, in one line of at most 120 characters."""
    line = _one_line(article.question)
    if len(line) <= _LONGEST_TITLE:
        return line
    cut = line.rfind(" ", 1, _LONGEST_TITLE)
    return f"{line[: cut if cut > 0 else _LONGEST_TITLE].rstrip()} …"


def markdown(article: Article) -> str:
    """The article's text. Names nobody: what it says is the team's answer, not one person's."""
    heading = title(article)
    question = article.question.strip()
    parts = [f"# {heading}"]
    if question != heading:
        parts.append(_paragraphs(question))
    parts.append(_paragraphs(article.answer))
    dated = f"As of {(article.approved_at or article.created_at):%Y-%m-%d}"
    area = _one_line(article.product_area)
    about = f", about {area}" if area else ""
    parts.append(f"*{dated}{about}.*")
    return "\n\n".join(parts) + "\n"


def attributes(article: Article) -> dict[str, str]:
    """What stands beside the text, by name; for filters and citations. Values are not empty."""
    found = {
        "title": title(article),
        "article_id": article.article_id,
        "kind": "article",
        "product_area": _one_line(article.product_area),
        "answered_on": f"{article.created_at:%Y-%m-%d}",
        "approved_by": article.approved_by or "",
    }
    return {name: value for name, value in found.items() if value}


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _paragraphs(text: str) -> str:
    """Each line is a paragraph, for they were messages of their own. Code stays as it is, and ends
    with the text, also where nobody has ended it."""
    has_code, still_open = _code(text)
    if has_code:
        return f"{text.strip()}\n{still_open}".strip()
    return "\n\n".join(line.rstrip() for line in text.splitlines() if line.strip())


def _code(text: str) -> tuple[bool, str]:
    """Whether there are blocks of code, and the fence of one that does not end."""
    has_code, fence = False, ""
    for line in text.splitlines():
        found = _FENCE.fullmatch(line)
        if not found:
            continue
        mark, rest = found.groups()
        if not fence and not (mark[0] == "`" and "`" in rest):
            has_code, fence = True, mark
        elif fence and mark.startswith(fence) and not rest.strip():
            fence = ""
    return has_code, fence
