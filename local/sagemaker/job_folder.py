"""A training job's folder: what its container finds and leaves below /opt/ml.

https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-output.html
"""

import json
import shutil
import tarfile
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from local.sagemaker.roles import Role
from local.sagemaker.s3_folders import bring, files_of, put

type Json = dict[str, Any]

ML = "/opt/ml"
_CHECKPOINTS = f"{ML}/checkpoints"
_LONGEST_REASON = 1024


class NoData(Exception):
    """A channel could not be brought; the text is the job's FailureReason."""


class JobFolder:
    """Of the job that `request` (CreateTrainingJob) asks for; `root` stands for /opt/ml."""

    def __init__(self, root: Path, request: Json) -> None:
        self.root = root
        self._request = request

    # --- before ----------------------------------------------------------------------------------
    def make(self) -> None:
        """An empty one, with the configuration. What an attempt before has left is gone."""
        shutil.rmtree(self.root, ignore_errors=True)
        config = self.root / "input" / "config"
        for folder in (config, self.root / "input" / "data", self.root / "model"):
            folder.mkdir(parents=True)
        (self.root / "output" / "data").mkdir(parents=True)
        written = {
            "hyperparameters": self._request.get("HyperParameters", {}),
            "inputdataconfig": {c["ChannelName"]: _told(c) for c in self._channels()},
            "resourceconfig": {
                "current_host": "algo-1",
                "hosts": ["algo-1"],
                "network_interface_name": "eth0",
                "current_instance_type": self._request["ResourceConfig"].get("InstanceType"),
            },
        }
        for name, content in written.items():
            (config / f"{name}.json").write_text(json.dumps(content))

    def fill(self, role: Role) -> None:
        """Bring the channels, as files. Raises `NoData`."""
        for channel in self._channels():
            source = channel["DataSource"]["S3DataSource"]
            folder = self.root / "input" / "data" / channel["ChannelName"]
            folder.mkdir()
            try:
                found = bring(role, source["S3Uri"], folder)
            except (ClientError, ValueError) as error:
                raise NoData(f"ClientError: Data download failed:{error}") from error
            if not found:
                raise NoData(
                    "ClientError: Data download failed:No S3 objects found under S3 URL "
                    f'"{source["S3Uri"]}" given in input data source. Please ensure that the '
                    "bucket exists, that objects exist under that S3 prefix, and that the role "
                    f'"{self._request["RoleArn"]}" has "s3:ListBucket" permissions on the bucket.'
                )

    def place(self, path: str) -> str:
        """Where a path of the container is here; what is not below /opt/ml stays as it is."""
        return path.replace(ML, str(self.root), 1) if path.startswith(f"{ML}/") else path

    @property
    def checkpoints(self) -> Path:
        local = self._request.get("CheckpointConfig", {}).get("LocalPath", _CHECKPOINTS)
        return Path(self.place(local))

    # --- after -----------------------------------------------------------------------------------
    def failure(self) -> str:
        """What the training says of its failure; empty where it says nothing."""
        path = self.root / "output" / "failure"
        text = path.read_text(errors="replace").strip() if path.is_file() else ""
        return text[:_LONGEST_REASON]

    @property
    def artifacts(self) -> str:
        """URI of what becomes of `model/`."""
        return self._output_uri("model", "model.tar.gz")

    def send_model(self, role: Role) -> None:
        """Raises `ClientError`."""
        self._send(role, self.root / "model", self.artifacts)

    def send_output(self, role: Role) -> None:
        """What lies in output/data, if anything. Raises `ClientError`."""
        folder = self.root / "output" / "data"
        if any(files_of(folder)):
            self._send(role, folder, self._output_uri("data", "output.tar.gz"))

    def _output_uri(self, folder: str, archive: str) -> str:
        output = self._request["OutputDataConfig"]
        base = f"{output['S3OutputPath'].rstrip('/')}/{self._request['TrainingJobName']}/output"
        plain = output.get("CompressionType") == "NONE"
        return f"{base}/{folder}/" if plain else f"{base}/{archive}"

    def _send(self, role: Role, folder: Path, uri: str) -> None:
        key_id = self._request["OutputDataConfig"].get("KmsKeyId", "")
        if uri.endswith("/"):
            put(role, folder, uri, key_id)
            return
        packed = self.root / f"{folder.name}.tar.gz"
        with tarfile.open(packed, "w:gz") as archive:
            archive.add(folder, arcname=".")
        role.store(packed, uri, key_id)

    def _channels(self) -> list[Json]:
        channels: list[Json] = self._request.get("InputDataConfig", [])
        return channels


def _told(channel: Json) -> Json:
    """What the container is told of a channel."""
    source = channel["DataSource"]["S3DataSource"]
    told = {
        "TrainingInputMode": "File",
        "S3DistributionType": source.get("S3DataDistributionType", "FullyReplicated"),
        "RecordWrapperType": channel.get("RecordWrapperType", "None"),
    }
    return told | ({"ContentType": channel["ContentType"]} if "ContentType" in channel else {})
