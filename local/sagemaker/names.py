"""ARNs of SageMaker's resources, and what they name."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Names:
    """Of one account in one region."""

    region: str
    account: str

    def arn(self, kind: str, name: str) -> str:
        """`kind` as IAM calls it: `training-job`, `endpoint-config` …"""
        # Names are unique whatever their case; in ARNs they are small.
        return f"arn:aws:sagemaker:{self.region}:{self.account}:{kind}/{name.lower()}"


def named(name_or_arn: str) -> str:
    """What stands behind the kind in an ARN; a bare name as it is."""
    if not name_or_arn.startswith("arn:"):
        return name_or_arn
    return name_or_arn.rpartition(":")[2].partition("/")[2]
