"""Keys, the databases they are in, their deadlines, and what goes when memory is short."""
