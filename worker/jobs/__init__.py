"""Jobs of the queue: leases on them, and the turns and titles that they run."""
