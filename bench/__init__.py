"""The benchmark: Holdfast beside its peers on one machine, over one mock model server."""
