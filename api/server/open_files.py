"""Raises this process' limit of open files, which bounds its connections."""

import resource

import structlog

RESERVED = 256
"""Open files other than client connections: connections to Redis, files of the page, libraries, logs."""

logger = structlog.get_logger(__name__)


def raise_limit_for(connections: int) -> int:
    """Raises the limit of open files as far as needed and allowed. Returns how many connections fit, at least one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + RESERVED
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return connections
    available = max(1, soft - RESERVED)
    logger.warning("connections_bounded_by_open_files", open_files=soft, connections=available, wanted=connections)
    return available
