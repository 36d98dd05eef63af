"""The prompt behind `/init`: a person asks for a first AGENTS.md, and the agent writes it like any other file."""

from typing import Final

INIT: Final = """\
Write AGENTS.md at the root of this project: what an agent that works here has to know and cannot guess. Look first: \
the README, the manifests and lock files, the configuration of linters, types, tests and CI, the layout, a few typical \
source files, and instructions for other agents (CLAUDE.md, GEMINI.md, .cursorrules, .github/copilot-instructions.md), \
whose rules you take over.

Say, each briefly:
- how to set up, build, run and lint, and how to run all tests and a single one; try what you name, and leave out what \
does not work
- how the parts fit together: only what takes several files to see
- the conventions that the code keeps to and a reader would miss, with a file as the example
- what must not be touched, and what is generated

At most 60 lines. No advice that holds everywhere, no list of all files, nothing that you did not see. If AGENTS.md is \
there, improve it and keep what is right. Say at the end what you were not sure of.
"""
