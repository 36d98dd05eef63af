"""Keys of the user: where they are kept, who is given them, and how they are taken out of all that is shown or kept."""
