"""Who may reach what: from what a manifest asks for to the walls around its process, within what people granted."""
