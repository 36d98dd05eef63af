"""`peg attach`: front-ends in other processes, over a socket of the process that holds the session (ADR 0024)."""
