"""Who may do what in the review: reviewers and leads rate; leads decide."""

from typing import Any

from tandem.live.access import lead_of_claims, member_of_claims
from tandem.live.models import Person

REVIEW_GROUPS = frozenset({"reviewers", "leads"})

__all__ = ["REVIEW_GROUPS", "lead_of_claims", "reviewer_of_claims"]


def reviewer_of_claims(claims: dict[str, Any]) -> Person:
    """The reviewer or lead of an identity provider's verified token. Raises `AccessDenied`."""
    return member_of_claims(
        claims, REVIEW_GROUPS, "Only members of the groups reviewers and leads may rate."
    )
