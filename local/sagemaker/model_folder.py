"""A model's files, from S3 into a folder that a process can load them from."""

import shutil
import tarfile
from pathlib import Path

from local.sagemaker.roles import Role, split_uri
from local.sagemaker.s3_folders import bring


def fetch_model(role: Role, uri: str, folder: Path) -> None:
    """Files below a prefix (ends with a slash) as they are, a `.tar.gz` unpacked.

    Raises `ClientError`, and `ValueError` where there is nothing, or no such archive.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if uri.endswith("/"):
        if not bring(role, uri, folder):
            raise ValueError(f"there are no objects at {uri}")
        return
    packed = folder.with_name(f"{folder.name}.tar.gz")
    bucket, key = split_uri(uri)
    role.fetch(bucket, key, packed)
    try:
        with tarfile.open(packed) as archive:
            archive.extractall(folder, filter="data")
    except tarfile.TarError as error:
        raise ValueError(f"{uri}: {error}") from error
    finally:
        packed.unlink()
