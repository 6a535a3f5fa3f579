"""Translates between our turns and the protocols of other clients."""
