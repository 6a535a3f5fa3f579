"""Takes the messages of sessions over that processes of 0.1.0 wrote."""

from chat import keys
from chat.settings import Settings
from chat.store import Redis, Script, ScriptCall, run

TAKEOVER = Script("takeover")


async def take_over(store: Redis, settings: Settings, session_id: str) -> None:
    """Takes over all messages of the session, a bounded number of them per call of the script."""
    while not await run(store, takeover_call(settings, session_id)):
        pass


def takeover_call(settings: Settings, session_id: str) -> ScriptCall[bool]:
    """Returns the call that takes over at most 50 messages. Result: whether none are left."""
    names = (*keys.history(session_id), keys.turns(session_id))
    seconds = max(settings.running_ttl, settings.keep_history)
    return ScriptCall(TAKEOVER, names, (settings.legacy_messages, seconds, settings.keep_session), bool)
