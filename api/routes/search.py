"""The route that searches a user's conversations."""

from fastapi import APIRouter

from api.auth.identity import IDENTITY_ERRORS
from api.deps import SearchConcurrencyDep, SearchDep, User
from api.problems import documented
from api.schemas import Searched, SearchRequest, SearchResults
from chat.errors import BadCursor, BodyTooLarge, InvalidJson
from chat.matching import Query

router = APIRouter(tags=["sessions"])


@router.post(
    "/chat/search",
    summary="Search your conversations",
    responses=documented(*IDENTITY_ERRORS, BadCursor, InvalidJson, BodyTooLarge),
)
async def search(
    searches: SearchDep, search_concurrency: SearchConcurrencyDep, user: User, body: SearchRequest
) -> SearchResults:
    """Finds titles and messages on all branches that have all words of the query, newest activity first.

    One answer takes a bounded amount of work: go on with its `cursor` until you have enough results or it is null. The
    query is in the body, so that no proxy writes it to a log. Show what was found with `GET /chat/history?around=…`.
    """
    query = Query.parse(body.query)
    async with search_concurrency.slot(user):
        found = await searches.find(user, query, body.limit, body.cursor or "")
    searched = Searched(sessions=found.sessions, messages=found.messages)
    return SearchResults(results=found.hits, cursor=found.cursor, searched=searched)
