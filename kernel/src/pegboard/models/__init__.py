"""Models: who answers for a name, how one is asked, and what it is told about itself."""
