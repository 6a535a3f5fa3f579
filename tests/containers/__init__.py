"""Runs docker-compose.yml unchanged in real containers and scales, kills and restarts them under load."""
