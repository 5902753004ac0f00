"""What ministack does otherwise than AWS, and what of it the engine puts right.

Each patch is one function: its docstring says what AWS does, what ministack does and what the
patch does. The patches touch private names of one version, so `apply` refuses any other.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from local.patches import (
    apigateway,
    bedrock,
    cloudformation,
    cloudwatch,
    eventbridge,
    iam,
    lambda_worker,
    sagemaker,
    sagemaker_access,
    sns,
    stepfunctions,
)

MINISTACK = "1.5.33"


class WrongMinistack(RuntimeError):
    """The installed ministack isn't the one that the patches were written for."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the patches must know of the engine that they run in.

    `runtime_dir`: what a function finds installed besides its own code and layers.
    `bedrock_url`: where calls to Bedrock go once IAM has let them pass; none leaves ministack's
    canned answers.
    `sagemaker_url`: the same of calls to SageMaker; none leaves them unknown.
    """

    runtime_dir: Path
    bedrock_url: str | None = None
    sagemaker_url: str | None = None


def apply(settings: Settings) -> None:
    """Patch the imported ministack. Raises `WrongMinistack`, `source.SourceChanged`."""
    installed = version("ministack")
    if installed != MINISTACK:
        raise WrongMinistack(
            f"The engine's patches are for ministack {MINISTACK}, and {installed} is installed. "
            "Install the pinned version, or go through local/patches with its tests."
        )
    patches: tuple[Callable[[], None], ...] = (
        lambda: lambda_worker.isolate(settings.runtime_dir),
        lambda_worker.report_exceptions,
        lambda_worker.log_as_lambda,
        lambda_worker.mark_end_of_log,
        lambda_worker.resolve_execute_api,
        lambda_worker.share_extracted_code,
        lambda_worker.start_few_at_a_time,
        lambda_worker.queue_throttled_events,
        eventbridge.retry_lambda_targets,
        eventbridge.dead_letter_rules,
        eventbridge.refuse_malformed_detail,
        stepfunctions.evaluate_timeouts,
        stepfunctions.expire_heartbeats,
        stepfunctions.fail_with_the_function,
        stepfunctions.close_tokens_once,
        stepfunctions.output_of_succeed,
        stepfunctions.distribute_in_batches,
        sns.keep_email,
        cloudwatch.tell_of_alarms,
        cloudwatch.authorize_alarms,
        iam.authorize_bedrock,
        iam.count_loopback_as_secure,
        iam.tell_event_source,
        iam.authorize_task_tokens,
        cloudformation.configure_tables,
        cloudformation.read_yaml_definitions,
        cloudformation.configure_cors,
        cloudformation.generate_secrets,
        cloudformation.refer_to_secrets_by_arn,
        cloudformation.compute_in_conditions,
        apigateway.dispatch_frames,
    )
    for patch in patches:
        patch()
    if settings.bedrock_url is not None:
        bedrock.forward(settings.bedrock_url)
        bedrock.tell_tags_of_models(settings.bedrock_url)
    if settings.sagemaker_url is not None:
        sagemaker.forward(settings.sagemaker_url)
        sagemaker_access.authorize()
        sagemaker.let_it_speak()
        sagemaker.let_it_assume()
