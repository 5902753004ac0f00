"""The offline half: from transcripts to labels that a training can trust, and to knowledge.

Plain Python: no boto3, no environment, no clock and no chance of its own (see `ports`).
"""
