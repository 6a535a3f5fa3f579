"""Runs and checks the code blocks of the documents as they are printed; `make docs-test` runs all of them."""
