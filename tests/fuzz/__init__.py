"""Runs schemathesis with the OpenAPI document on a real stack: a long run by `make fuzz`, a short one in the suite."""
