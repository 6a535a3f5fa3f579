"""Turns the bytes of a model endpoint into deltas of a reply. Pure, except for the client, the body and the tries."""
