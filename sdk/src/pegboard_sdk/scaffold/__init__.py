"""Makes a plugin project to start from: a package with a tool, a test, and a manifest that is in step. Runs no tool."""
