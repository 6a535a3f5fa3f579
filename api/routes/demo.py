"""The route that `make run` adds for trying out what happens when a worker dies."""

from fastapi import APIRouter

from api.auth.identity import IDENTITY_ERRORS
from api.deps import SettingsDep, User
from api.problems import documented
from api.schemas import WorkerKilled
from chat.launcher_socket import LauncherUnavailable, WorkerStarting, kill_worker

router = APIRouter(tags=["demo"])


@router.post(
    "/demo/kill-worker",
    summary="Kill the worker",
    responses=documented(*IDENTITY_ERRORS, WorkerStarting, LauncherUnavailable),
)
async def kill(settings: SettingsDep, user: User) -> WorkerKilled:
    """The worker ends with SIGKILL, in the middle of what it writes. The launcher starts another one."""
    if settings.launcher_socket is None:
        raise LauncherUnavailable
    await kill_worker(settings.launcher_socket)
    return WorkerKilled(killed=True)
