"""What each method of training gains from how many ratings, in a simulated world.

Runs in the trainer's environment (Python 3.11 or newer, with torch): see `__main__`.
"""
