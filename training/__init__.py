"""Trains the assistant's model from ratings. Knows SageMaker's /opt/ml, and nothing of the app."""
