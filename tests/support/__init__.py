"""What tests stand on: a scripted model server, a real stack, an SSE reader."""
