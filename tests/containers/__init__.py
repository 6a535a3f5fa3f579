"""docker-compose.yml as it stands, in real containers, scaled, killed and restarted under load: `make containers`."""
