"""`@PATH` in what a person says: which words mention a file, what goes along with them, and how a path completes."""
