"""Door of both labelling backends, before reviewers are asked: what they see of an object."""

from typing import Any

from tandem.aws import review_bootstrap
from tandem.aws.observability import observed
from tandem.review.annotation import pre_annotation

WORLD = review_bootstrap.world()


@observed
def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    return pre_annotation(WORLD, event)
