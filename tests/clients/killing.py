"""Ends processes of a deployment, and starts others in their place."""

from tests.chaos.deployment import Deployment, ended, kill


async def replace_worker(deployment: Deployment) -> None:
    await kill(deployment.workers.pop())
    await deployment.start_worker()


async def replace_api(deployment: Deployment, *, kills: bool = True) -> None:
    """Ends the API, and starts another one at its address."""
    ((port, process),) = deployment.apis.items()
    if kills:
        await kill(process)
    else:
        process.terminate()
        await ended(process)
    await deployment.start_api(port)
    await deployment.all_ready()
