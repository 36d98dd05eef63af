"""The one way out for what is confined: a proxy that lets granted hosts through, to the addresses that it checked."""
