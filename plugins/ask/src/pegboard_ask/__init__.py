"""Asks the user, and keeps the todo list."""
