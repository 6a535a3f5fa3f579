"""What each request passes through before its route."""
