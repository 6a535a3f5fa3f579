"""The HTTP edge: routes, identity and the live feed to browsers. Enqueues turns; never calls a model."""
