"""One way to learn a module. Each is asked for its next step, and knows nothing of the loop."""
