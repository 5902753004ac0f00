"""Trains the assistant's model from a version of the dataset.

In a SageMaker container, without arguments: everything lies below /opt/ml. Anywhere else:

    python -m training.train --dataset v000003 --base flan-t5-xl --out runs/3
"""

import argparse
import dataclasses
import logging
import os
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

from training import hyperparameters
from training.failures import Interrupted, TrainingError, reason_of
from training.hyperparameters import LORA, METHODS, NAMES, Hyperparameters
from training.ml_folders import ROOT_VARIABLE, MlFolders, default_root

FAILED, INTERRUPTED = 1, 143
"""Exit codes; the second is that of a process that SIGTERM ended."""
_REASON_AT_MOST = 1024
"""Characters that SageMaker shows."""
_FEW_CORES = 4
_HELP = {
    "method": f"one of {', '.join(METHODS)}; auto chooses, and says why",
    "seed": "of all chance",
    "lora": f"layers with an adapter: {' or '.join(LORA)}",
    "rank": "of the adapter",
    "learning_rate": "default: by method and size of the base",
    "steps": "default: by method and dataset",
    "batch_size": "questions, pairs or answers of a step",
    "samples_per_prompt": "answers sampled to each question (rl)",
    "kl_coefficient": "what a nat of divergence from the base costs (rl)",
    "kl_limit": "nats per answer at which the training stops",
    "eight_bit": "true or false: hold the base in 8 bits while it is trained on",
    "max_new_tokens": "longest answer",
    "minimum_ratings": "fewer are refused",
    "dataset_version": "refuse a dataset of another version",
    "resume": "true or false: go on from the newest checkpoint",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0, 1 (the reason is in output/failure), or 143 when interrupted."""
    given = _parser().parse_args(arguments)
    # As the container lays them, except for what is named.
    folders = MlFolders.below(given.ml_root, dataset=given.dataset, base=given.base)
    if given.out is not None:
        outside = MlFolders.below(given.out)
        folders = dataclasses.replace(
            folders,
            checkpoints=outside.checkpoints,
            model=outside.model,
            output=outside.output,
        )
    folders.failure.unlink(missing_ok=True)
    try:
        said = {name: getattr(given, name) for name in NAMES if getattr(given, name) is not None}
        settings = hyperparameters.parsed({**hyperparameters.read(folders.hyperparameters), **said})
        _train(folders, settings)
    except Interrupted:
        print("Interrupted: what was reached is in the checkpoints.", file=sys.stderr)
        return INTERRUPTED
    except Exception as error:  # whatever it is, SageMaker shows the file
        _fail(folders, error)
        if not isinstance(error, TrainingError):
            raise
        return FAILED
    return 0


def _train(folders: MlFolders, settings: Hyperparameters) -> None:
    # Many threads that share few cores, or have little to do, are slower than one.
    cores = os.cpu_count() or 1
    os.environ.setdefault("OMP_NUM_THREADS", "1" if cores <= _FEW_CORES else str(cores // 2))
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    # What libraries say about each other helps nobody who reads a training's log.
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", category=FutureWarning)
    # After the settings above, and not for --help: they take seconds to import.
    from training.interruption import Interruption
    from training.job import Job
    from training.step_log import StepLog

    interruption = Interruption()
    interruption.listen()
    Job(folders, settings, StepLog(), interruption).run()


def _fail(folders: MlFolders, error: Exception) -> None:
    reason = reason_of(error)
    print(reason, file=sys.stderr)
    try:
        folders.output.mkdir(parents=True, exist_ok=True)
        folders.failure.write_text(reason[:_REASON_AT_MOST], encoding="utf-8")
    except OSError:
        # On a full disk not even this may be written; it stands in the log.
        return


def _parser() -> argparse.ArgumentParser:
    about, _, _ = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        prog="python -m training.train",
        description=about,
        epilog=f"What is not named here is read below --ml-root, as SageMaker lays it: "
        f"input/config/hyperparameters.json, input/data/{{dataset,base}}, checkpoints, model, "
        f"output. ${ROOT_VARIABLE} moves it as well.",
    )
    parser.add_argument("--dataset", type=Path, help="folder of a dataset version")
    parser.add_argument("--base", type=Path, help="folder of the base model")
    parser.add_argument("--out", type=Path, help="folder for model/, checkpoints/ and output/")
    parser.add_argument("--ml-root", type=Path, default=default_root(), help="default: %(default)s")
    group = parser.add_argument_group("hyperparameters")
    defaults = {field.name: field.default for field in dataclasses.fields(Hyperparameters)}
    for name in NAMES:
        fallback = "" if defaults[name] is None else f" (default: {defaults[name]})"
        group.add_argument(
            f"--{name.replace('_', '-')}", metavar="…", help=_HELP[name] + fallback.lower()
        )
    return parser


if __name__ == "__main__":
    sys.exit(main())
