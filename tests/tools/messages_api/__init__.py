"""A server that plays the Messages API from a script: events as documented, rules as strict, a cache that counts."""
