"""The wire PWP/1: messages, framing, peer and stdio. The kernel and the SDK share this package and nothing more."""
