"""`peg batch`: prompts from lines, jobs at providers, answers as lines."""
