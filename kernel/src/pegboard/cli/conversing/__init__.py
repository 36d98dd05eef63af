"""How `peg` alone meets a person: a front-end that is a plugin, line by line, attached from elsewhere, or a script."""
