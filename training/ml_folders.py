"""Where SageMaker puts what a training job reads, and fetches what it writes.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/amazon-sagemaker-toolkits.html and
"How Amazon SageMaker AI Runs Your Training Image".
"""

import os
from dataclasses import dataclass
from pathlib import Path

ROOT_VARIABLE = "TANDEM_ML_ROOT"


@dataclass(frozen=True)
class MlFolders:
    dataset: Path
    base: Path | None
    """None: there is no base, so no weights are trained."""
    checkpoints: Path
    model: Path
    output: Path
    hyperparameters: Path

    @property
    def failure(self) -> Path:
        return self.output / "failure"

    @classmethod
    def below(
        cls, root: Path, *, dataset: Path | None = None, base: Path | None = None
    ) -> "MlFolders":
        """SageMaker's layout below `root`. `dataset`, `base`: instead of the channels."""
        channel = root / "input" / "data" / "base"
        return cls(
            dataset=dataset or root / "input" / "data" / "dataset",
            base=base or (channel if channel.is_dir() else None),
            checkpoints=root / "checkpoints",
            model=root / "model",
            output=root / "output",
            hyperparameters=root / "input" / "config" / "hyperparameters.json",
        )


def default_root() -> Path:
    return Path(os.environ.get(ROOT_VARIABLE, "/opt/ml"))
