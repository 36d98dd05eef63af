"""The two ways to serve a plugin: blocking handlers on threads, or coroutines on trio. Both speak the same wire."""
