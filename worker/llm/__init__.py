"""From the bytes of a model endpoint to deltas of a reply. All but the client, the body and the repetitions is pure."""
