"""uvicorn's connections, with bounds."""
