"""Shared test code: a scripted model server, real stacks, clients, an SSE reader."""
