"""How many files, and so connections, the system lets this process have open."""

import resource

import structlog

RESERVED = 256
"""Files that are no connections of clients: those to Redis, the page's files, libraries, logs."""

logger = structlog.get_logger(__name__)


def raise_limit_for(connections: int) -> int:
    """Raise the limit of open files as far as is allowed and needed; how many connections fit then, at least one."""
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
