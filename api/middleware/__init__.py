"""ASGI middleware: what each request passes before its route."""
