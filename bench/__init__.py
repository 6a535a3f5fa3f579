"""The benchmark: compares Holdfast with its peers on one machine, over one mock model server."""
