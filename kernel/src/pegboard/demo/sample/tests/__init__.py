"""Tests of the rules in README.md."""
