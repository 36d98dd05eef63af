"""A session for other eyes: exported in the forms of people and of providers, shared as one file, and repaired."""
