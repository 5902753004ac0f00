"""What is served with a trained model. `inference.py` goes along with it, alone."""
