"""The tuning module: ratings train the models, and only what is proven better goes live.

Plain Python: no boto3, no environment, no clock and no chance of its own (see `ports`).
"""
