"""Fines and reminders of a small library."""
