"""Schemathesis over the OpenAPI document, on a real stack: `make fuzz` for the long run, a short one in the suite."""
