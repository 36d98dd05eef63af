"""The operating system's walls around a process: what they are is values here, how they are built is the rest."""
