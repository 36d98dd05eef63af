"""Plays a recorded journal as a model."""
