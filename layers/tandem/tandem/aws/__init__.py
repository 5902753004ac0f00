"""The adapters: the only place that knows boto3, langchain-aws and environment variables."""
