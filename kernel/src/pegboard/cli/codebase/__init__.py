"""The whole project in context, within a number of tokens: as files, or as a map of them."""
