"""What lets a person decide and an auditor check: the call as one hash, the question about it, sealed checkpoints."""
