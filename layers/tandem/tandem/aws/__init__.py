"""The adapters: the only place that knows boto3, langchain-aws and environment variables."""

import gc

# What imports make survives, so each collection while a function starts walks it all for nothing;
# a request makes far less garbage than this. Doors import from here before anything else.
gc.set_threshold(200_000, 20, 20)
