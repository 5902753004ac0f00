"""Says on the bus that there is a candidate: the chain goes on from there."""

from tandem.review.events import CandidateRegistered
from tandem.tuning.models import ModelVersion
from tandem.tuning.ports import TuningWorld


def announce(world: TuningWorld, version: ModelVersion) -> None:
    """Said again, it is the same event: who judges it looks at what is left to do."""
    world.bus.publish(
        [
            CandidateRegistered(
                id=f"candidate-registered-{version.run}",
                time=version.registered_at,
                model_id=version.package_arn,
                dataset_version=version.dataset_version,
            )
        ]
    )
