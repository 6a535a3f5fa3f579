"""Tools of tool servers: their discovery, their calls and results, and the replies that need several requests."""
