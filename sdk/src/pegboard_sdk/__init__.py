"""The author's side of Pegboard: declare tools, models, commands and hooks, and run them over stdio."""
