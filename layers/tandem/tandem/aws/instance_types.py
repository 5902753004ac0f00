"""What instance types of SageMaker are made of."""

import re

_EBS_ONLY = re.compile(r"ml\.(?:[mcrt]\d+[a-ce-z]*(?:-flex)?|p[23]|inf[12])\.[\w-]+")
"""General, compute and memory families without `d` in their attributes (`m5`, `c6i`, not `r5d`),
and those of accelerators that have no disk: https://docs.aws.amazon.com/ec2/latest/instancetypes/"""


def takes_volume_key(instance_type: str) -> bool:
    """Whether its storage is a volume of EBS, which a KMS key can encrypt.

    All other types have disks of their own, encrypted by their hardware, and SageMaker refuses a
    key with them; so it is not given with a type that is not known to take it.
    """
    return _EBS_ONLY.fullmatch(instance_type) is not None
