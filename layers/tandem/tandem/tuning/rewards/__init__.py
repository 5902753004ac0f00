"""The reward model: how people would rate an answer.

It runs in the chat's function and in the training container, whose Python is older: standard
library, NumPy, tokenizers and safetensors alone, and no syntax newer than Python 3.11. `fitting`
also needs scikit-learn, which only the container has.
"""
