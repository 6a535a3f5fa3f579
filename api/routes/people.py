"""Who you are."""

from fastapi import APIRouter

from api.deps import AppState
from api.identity import UserOrNewGuest, new_guest, sign
from api.problems import documented
from api.schemas import Guest, Me
from chat.errors import BadToken, WrongUser

router = APIRouter(tags=["identity"])


@router.get("/me", summary="Tell who you are", responses=documented(BadToken, WrongUser))
async def me(state: AppState, user: UserOrNewGuest) -> Me:
    """A browser without an identity becomes a guest here and gets its cookie."""
    return Me(user_id=user, auth_mode=state.settings.auth_mode)


@router.post("/auth/guest", summary="Become a guest", responses=documented())
async def guest(state: AppState) -> Guest:
    """For programs: a new user id and the bearer token that proves it (`Authorization: Bearer …`)."""
    user_id = new_guest()
    return Guest(user_id=user_id, token=sign(user_id, state.settings))
