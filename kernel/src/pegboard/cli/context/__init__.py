"""What a session is told before anything else: the user's, the project's and its subfolders' instructions."""
