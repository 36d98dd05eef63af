"""The handshake's proof: that the first bytes of a plugin came from a program that read our Hello."""

import hashlib


def proof_of(token: bytes, manifest_sha256: bytes) -> bytes:
    """SHA-256 over the token, the manifest's hash and the name of the protocol. Compare in constant time."""
    return hashlib.sha256(token + manifest_sha256 + b"PWP1").digest()
