"""The kernel of Pegboard: transcript, gate and dispatch; everything else is a plugin."""
