"""`peg replay`: sessions played again, checked against their record, compared and forked; ADR 0027."""
