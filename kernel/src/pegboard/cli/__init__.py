"""The command line: reads options, wires the kernel to a front-end, turns errors into one line and an exit status."""
