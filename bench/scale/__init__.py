"""Predicts by simulation what large fleets need, from costs that were measured on small ones."""
