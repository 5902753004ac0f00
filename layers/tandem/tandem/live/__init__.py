"""The live module: a customer, the assistant and an expert in one conversation.

Plain Python. What it needs of the world comes in through the protocols of `ports`.
"""
