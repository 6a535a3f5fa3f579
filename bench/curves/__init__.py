"""How the cost of every script and route grows with what grows in use."""
