"""Installing plugins: what is gathered, shown and asked. What holds afterwards is in `pegboard.supply`."""
