"""Checks the rendered Kubernetes manifests with tools that are too large for the suite: `make manifests`."""
