"""A news service of our own making, and the wire spider seen from outside."""
