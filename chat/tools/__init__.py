"""Tool servers as the operator describes them, and the rules for their tools; no store."""
