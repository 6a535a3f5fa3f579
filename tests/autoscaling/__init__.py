"""Evaluates the triggers of deploy/k8s/autoscaling.yaml over a simulated day of load: `python -m tests.autoscaling`."""
