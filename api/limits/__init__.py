"""How much one user, or one address, may send and have."""
