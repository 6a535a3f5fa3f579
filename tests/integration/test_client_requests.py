"""The request of a client of another protocol stays with its question, and nowhere else."""

from chat.client_requests import ClientRequest
from chat.exports import Exports
from chat.matching import Query
from chat.messages import Message, question_id
from chat.search import Search
from chat.transfer.holdfast import Total
from tests.support.chat_fixture import SETTINGS, USER, ChatFixture

SECRET = "an unseen word"
REQUEST = ClientRequest.model_validate(
    {
        "messages": [{"role": "system", "content": SECRET}, {"role": "user", "content": "seen"}],
        "instructions": SECRET,
        "parameters": {"stop": [SECRET]},
    }
)


async def test_a_request_is_left_out_of_what_users_read(chat: ChatFixture) -> None:
    turn_id = (await chat.open(REQUEST.shown, request=REQUEST)).turn_id
    stored = await chat.sessions.message(chat.session_id, question_id(turn_id))
    assert stored
    assert stored.request == REQUEST
    history = await chat.sessions.history(USER, chat.session_id)
    assert [message.content for message in history.messages] == ["seen"]
    assert SECRET not in "".join(message.to_json() for message in history.messages)
    exports = Exports(chat.store, SETTINGS)
    for pieces in (
        exports.as_json(USER, [chat.session_id], Total(1, 1)),
        exports.as_markdown(USER, [chat.session_id], Total(1, 1)),
    ):
        text = "".join([piece async for piece in pieces])
        assert "seen" in text
        assert SECRET not in text
    search = Search(chat.store, SETTINGS)
    assert len((await search.find(USER, Query.parse("seen"), 10)).hits) == 2  # the title and the question
    assert not (await search.find(USER, Query.parse("unseen"), 10)).hits


async def test_a_worker_gets_the_request(chat: ChatFixture) -> None:
    results = ClientRequest.model_validate({"messages": [{"role": "tool", "tool_call_id": "c", "content": "sun"}]})
    turn_id = (await chat.open(results.shown, request=results)).turn_id
    claimed = await chat.turns.begin(turn_id, "100")
    (question,) = map(Message.from_json, claimed.history)
    assert question.request == results
