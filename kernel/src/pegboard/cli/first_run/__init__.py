"""The first minute: what is here that could answer, what a person would like of it, and what to do where nothing is."""
