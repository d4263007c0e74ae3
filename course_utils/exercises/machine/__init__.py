"""The machine that runs a learner's answer, compares it, and says why it differs."""
