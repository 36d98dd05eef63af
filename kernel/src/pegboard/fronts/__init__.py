"""Who sits in front of a session: what they are shown, what they are asked, what they may do there."""
