"""Runs commands: what was judged, as it was decided, whatever the plugin does that offered the tool."""
