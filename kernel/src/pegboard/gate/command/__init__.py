"""How the gate understands shell commands: text to words, words to effects, effects against rules. Runs nothing."""
