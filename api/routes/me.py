"""Routes for the caller's own identity: `/me` and new guests."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from api.auth.identity import IDENTITY_ERRORS
from api.deps import ErasureDep, GuestsDep, NewGuest, SessionsDep, SettingsDep, User, UserOrNewGuest
from api.problems import documented
from api.schemas import Erased, Guest, Me, TagList
from chat.errors import CrossSite, NoGuests, TooManyGuests

router = APIRouter(tags=["identity"])


@router.get("/me", summary="Tell who you are", responses=documented(*IDENTITY_ERRORS, TooManyGuests))
async def me(settings: SettingsDep, user: UserOrNewGuest) -> Me:
    """A browser without an identity becomes a guest here and gets its cookie."""
    return Me(user_id=user, auth_mode=settings.auth_mode)


@router.get("/me/tags", summary="List your tags", responses=documented(*IDENTITY_ERRORS))
async def tags(sessions: SessionsDep, user: User) -> TagList:
    """The tags that your sessions have, with the number of sessions of each."""
    return TagList(tags=await sessions.tags(user))


@router.delete("/me/sessions", summary="Delete all your sessions", responses=documented(*IDENTITY_ERRORS))
async def erase(
    erasure: ErasureDep,
    user: User,
    confirm: Annotated[Literal["all"], Query(description="Has to be given, so that no mistyped path deletes all.")],
) -> Erased:
    """Deletes all of your sessions, with messages, turns, titles and what waits, all own personas and API tokens.

    This cannot be undone.
    """
    return Erased(deleted=await erasure.erase(user))


@router.post("/auth/guest", summary="Become a guest", responses=documented(NoGuests, CrossSite, TooManyGuests))
async def guest(guests: GuestsDep, user_id: NewGuest) -> Guest:
    """For programs: creates a user id and the bearer token that proves it (`Authorization: Bearer …`)."""
    return Guest(user_id=user_id, token=guests.sign(user_id))
