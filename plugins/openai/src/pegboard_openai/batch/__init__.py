"""Batch jobs: prompts as a file of lines, the job at the provider, our record of it, answers from files of lines."""
