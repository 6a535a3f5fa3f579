"""Routes for the caller's own identity: `/me` and new guests."""

from fastapi import APIRouter

from api.auth.identity import IDENTITY_ERRORS
from api.deps import GuestsDep, NewGuest, SettingsDep, UserOrNewGuest
from api.problems import documented
from api.schemas import Guest, Me
from chat.errors import CrossSite, NoGuests, TooManyGuests

router = APIRouter(tags=["identity"])


@router.get("/me", summary="Tell who you are", responses=documented(*IDENTITY_ERRORS, TooManyGuests))
async def me(settings: SettingsDep, user: UserOrNewGuest) -> Me:
    """A browser without an identity becomes a guest here and gets its cookie."""
    return Me(user_id=user, auth_mode=settings.auth_mode)


@router.post("/auth/guest", summary="Become a guest", responses=documented(NoGuests, CrossSite, TooManyGuests))
async def guest(guests: GuestsDep, user_id: NewGuest) -> Guest:
    """For programs: creates a user id and the bearer token that proves it (`Authorization: Bearer …`)."""
    return Guest(user_id=user_id, token=guests.sign(user_id))
