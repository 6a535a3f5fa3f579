"""The providers of models: their addresses, their keys, and the models that users can choose. No store."""
