"""The process that starts all others: a program of its own (`program`), and the kernel's side of it (`client`)."""
