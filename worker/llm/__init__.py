"""From the bytes of a model endpoint to deltas of a reply. All of it is pure."""
