"""The permission gate: `resolve` looks at the world, `judge` decides, and nothing else in the kernel decides."""
