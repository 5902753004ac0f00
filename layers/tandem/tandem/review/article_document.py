"""An article as the document that a knowledge base reads."""

from tandem.review.models import Article

_LONGEST_TITLE = 120


def title(article: Article) -> str:
    """What a citation of it is called: the question, in one line of at most 120 characters."""
    line = " ".join(article.question.split())
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
    about = f", about {article.product_area}" if article.product_area else ""
    parts.append(f"*{dated}{about}.*")
    return "\n\n".join(parts) + "\n"


def attributes(article: Article) -> dict[str, str]:
    """What stands beside the text, by name; for filters and citations. Values are not empty."""
    found = {
        "title": title(article),
        "article_id": article.article_id,
        "kind": "article",
        "product_area": article.product_area,
        "answered_on": f"{article.created_at:%Y-%m-%d}",
        "approved_by": article.approved_by or "",
    }
    return {name: value for name, value in found.items() if value}


def _paragraphs(text: str) -> str:
    """Each line is a paragraph, for they were messages of their own. Code stays as it is."""
    if "```" in text:
        return text.strip()
    return "\n\n".join(line.rstrip() for line in text.splitlines() if line.strip())
