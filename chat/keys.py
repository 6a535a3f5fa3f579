"""Names every Redis key and channel. All keys of a session share its hash tag, so each script uses one Cluster slot."""

import hashlib
import re

SESSION_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
TURN_ID = re.compile(SESSION_ID.pattern + r"\.[1-9][0-9]{0,17}")

FILE_ID = re.compile(r"[0-9a-f]{32}")
PERSONA_ID = re.compile(r"own-[0-9a-f]{8}")
LINK_ID = re.compile(r"[0-9a-f]{40}")

STOPS = "chat:cancel"
"""Channel: ids of turns to stop. Only a hint; the flag in the turn's hash is the truth."""

QUEUE = "arq:queue"
"""Zset: the queue's job ids by the millisecond from which they may be claimed."""

WAKE = "chat:wake"
"""Channel: a message for each queued job, so that an idle worker claims at once."""

OPEN_TURNS = "chat:open"
"""Zset: the turns that are not over, by the millisecond at which a sweep checks them."""

PAUSED_TURNS = "chat:paused"
"""Zset: the turns that wait for an answer of their user, likewise."""

TOOLS = "chat:tools"
"""Hash: what a worker has found out about each tool server, as JSON by the server's name."""

WORKERS = "chat:workers"
"""Zset: worker names by the millisecond at which they count as dead unless there is another heartbeat."""

RATES = "chat:rates"
"""Prefix of the windows in which requests are counted."""

GUESTS = "chat:guests"
"""Zset: guests by the second of their last visit."""

FILES = "chat:files"
"""Zset: files as `<hash of the user>/<file id>`, by the millisecond at which a sweep checks them."""

FILES_LISTED = "chat:files:listed"
"""While it exists, no process lists the objects of files to find those without a record."""

DIRECT = "chat:direct"
"""Zset: direct sessions as `<hash of the user>/<session id>`, by the millisecond at which a process checks them."""

LAST_CLAIM = "chat:last-claim"
"""The greatest claim token so far."""


RENEWALS = "chat:renewals"
"""Hash, milliseconds: the time of the last renewal, and until when jobs that have run before cannot be claimed."""


def write_probe(number: int) -> str:
    """Key that the readiness probe writes; each number is in another Cluster slot."""
    return f"chat:write-probe:{{{number}}}"


def is_session_id(value: str) -> bool:
    return SESSION_ID.fullmatch(value) is not None


def is_turn_id(value: str) -> bool:
    return TURN_ID.fullmatch(value) is not None


def is_file_id(value: str) -> bool:
    return FILE_ID.fullmatch(value) is not None


def is_own_persona(value: str) -> bool:
    """Whether a persona's id is of one that a user has made."""
    return PERSONA_ID.fullmatch(value) is not None


def is_link_id(value: str) -> bool:
    """Whether a text can be the secret id of a share link."""
    return LINK_ID.fullmatch(value) is not None


def session_of(turn_id: str) -> str:
    """Returns the session id that a turn id starts with."""
    return turn_id.partition(".")[0]


def session(session_id: str) -> str:
    return f"chat:{{{session_id}}}:session"


def messages(session_id: str) -> str:
    """List: the newest messages of the branch that is shown, for processes of 0.1.0."""
    return f"chat:{{{session_id}}}:messages"


def tree(session_id: str) -> str:
    """Hash: all messages of the session, and how they follow each other (see `chat/scripts/tree.lua`)."""
    return f"chat:{{{session_id}}}:tree"


def order(session_id: str) -> str:
    """List: the ids of all messages, oldest first; some of them may have been deleted."""
    return f"chat:{{{session_id}}}:order"


def waiting(session_id: str) -> str:
    """List: ids of the turns whose questions wait until the reply before them has ended, in order."""
    return f"chat:{{{session_id}}}:waiting"


def history(session_id: str) -> tuple[str, str, str, str, str]:
    """Returns the keys that the scripts take which read or change messages."""
    return session(session_id), messages(session_id), tree(session_id), order(session_id), waiting(session_id)


def turns(session_id: str) -> str:
    """Zset: the session's turn ids by the second at which they expire."""
    return f"chat:{{{session_id}}}:turns"


def turn(turn_id: str) -> str:
    """Hash of a turn; the channel of its events has the same name."""
    return f"chat:{{{session_of(turn_id)}}}:turn:{turn_id}"


def turn_of(channel: str) -> str:
    """Returns the turn id from the name of a turn's channel."""
    return channel.rpartition(":")[2]


def log(turn_id: str) -> str:
    return turn(turn_id) + ":log"


def idempotency(session_id: str) -> str:
    """Hash: the session's idempotency records by name; each has the turn, a digest of its question, and the time."""
    return f"chat:{{{session_id}}}:idempotency"


def idempotency_times(session_id: str) -> str:
    """Zset: names of these records and of `record_of_turn`, by the second at which they expire."""
    return idempotency(session_id) + ":times"


def number_of(turn_id: str) -> str:
    """Returns the turn's number in its session."""
    return turn_id.rpartition(".")[2]


def record_of_turn(turn_id: str) -> str:
    """Member of `idempotency_times` that shows that the turn existed, even where nothing else of it is left."""
    return f"turn:{number_of(turn_id)}"


def job(turn_id: str) -> str:
    """arq's key of a job's content."""
    return f"arq:job:{turn_id}"


def title_job(session_id: str) -> str:
    """Id of the job that makes the session's title."""
    return f"{session_id}.title"


def response_job(turn_id: str) -> str:
    """Id of the job that stops the response which the turn's model makes in the background."""
    return f"{turn_id}.response"


def in_progress(job_id: str) -> str:
    """arq's key of a running job; here it holds the claim token."""
    return f"arq:in-progress:{job_id}"


def retry(job_id: str) -> str:
    """arq's counter of a job's runs."""
    return f"arq:retry:{job_id}"


def last_claim(worker: str) -> str:
    """The answer of the worker's last claim, in case it is lost."""
    return f"chat:claim:{worker}"


def user_sessions(user_id: str) -> str:
    """Zset: all sessions of the user in the order of the list (see `chat/scripts/marks.lua`)."""
    return f"chat:user:{digest(user_id)}:sessions"


def session_marks(user_id: str) -> str:
    """Hash: of each session that is pinned, archived or tagged, these marks as JSON."""
    return f"chat:user:{{{user_sessions(user_id)}}}:marks"


def archived_sessions(user_id: str) -> str:
    """Zset: the archived sessions by last activity."""
    return f"chat:user:{{{user_sessions(user_id)}}}:archived"


def session_lists(user_id: str) -> tuple[str, str, str, str, str]:
    """Returns the keys that the scripts take which read or change a user's list; all are in the slot of the first.

    The third and fourth: zsets of archived and of pinned sessions. The fifth: set of the tags, and the prefix of their
    zsets.
    """
    prefix = f"chat:user:{{{user_sessions(user_id)}}}"
    return (
        user_sessions(user_id),
        session_marks(user_id),
        archived_sessions(user_id),
        f"{prefix}:pinned",
        f"{prefix}:tags",
    )


def direct_sessions(user: str) -> str:
    """Set: ids of the direct sessions of a user, who is given as a hash."""
    return f"chat:user:{{{user}}}:direct"


def asked(user_id: str, request: str) -> str:
    """The session in which a client's request is asked, by its idempotency key or its digest."""
    return f"chat:asked:{digest(f'{user_id} {request}')}"


def stored_bytes(user_id: str) -> str:
    """Hash: stored bytes of each of the user's sessions, and in total."""
    return f"chat:user:{{{digest(user_id)}}}:bytes"


def stored_times(user_id: str) -> str:
    """Zset: these entries by the second at which they expire."""
    return stored_bytes(user_id) + ":times"


def active_turns(user_id: str) -> str:
    """Zset: the user's turns that hold a slot, by the millisecond at which the slot expires."""
    return f"chat:user:{digest(user_id)}:active"


def active_turns_of_address(address: str) -> str:
    """The same for the guests at one address; `address` is its hash."""
    return f"chat:address:{address}:active"


def streams(user_id: str) -> str:
    """Zset: the user's open streams by the millisecond at which their lease ends."""
    return f"chat:user:{digest(user_id)}:streams"


def imports(user_id: str) -> str:
    """Zset: the user's running import by the millisecond at which its slot expires."""
    return f"chat:user:{digest(user_id)}:imports"


def own_personas(user_id: str) -> tuple[str, str]:
    """Hashes: the user's own personas without their prompts, as JSON by id; and the prompts by id."""
    cards = f"chat:user:{{{digest(user_id)}}}:personas"
    return cards, f"{cards}:prompts"


def user_shares(user_id: str) -> str:
    """Zset: the user's share links as `<session id>/<share id>`, by the second at which they expire."""
    return f"chat:user:{{{digest(user_id)}}}:shares"


def shared_session(share_id: str) -> str:
    """String: the id of the session that a share link leads to."""
    return f"chat:share:{share_id}"


def share_of(link_id: str) -> str:
    """Returns the id of a share link that its owner's requests name: the hash of the secret one."""
    return digest(link_id)


def api_tokens(user_id: str) -> str:
    """Hash: the user's API tokens as JSON by id, without what makes them work."""
    return f"chat:user:{{{digest(user_id)}}}:api-tokens"


def api_token(token_digest: str) -> str:
    """Hash: the record of an API token under its SHA-256: whom it speaks for, and what it may do."""
    return f"chat:api-token:{token_digest}"


def user_files(user: str) -> str:
    """Hash: bytes of each of the user's files, and in total; here and below `user` is the user's hash."""
    return f"chat:user:{{{user}}}:files"


def file(user: str, file_id: str) -> str:
    """Hash: the record of a file, under its owner, so that no other user can find it."""
    return f"chat:user:{{{user}}}:file:{file_id}"


def session_files(user: str, session_id: str) -> str:
    """Set: ids of the files that were bound to a session."""
    return f"chat:user:{{{user}}}:files:{session_id}"


def rate(kind: str, caller: str) -> str:
    """Zset: a caller's requests in one window, by the millisecond at which each leaves it; `caller` is a hash."""
    return f"{RATES}:{kind}:{caller}"


def circuit(name: str) -> str:
    """Hash of a circuit breaker: until when it is open, and why; gone where it is closed."""
    return f"chat:circuit:{digest(name)}"


def circuit_failures(name: str) -> str:
    """Zset: the failures of what the circuit is named after, by their milliseconds."""
    return circuit(name) + ":failures"


def digest(text: str) -> str:
    """Hashes text from outside to a fixed-length name, so that none of its characters can have a meaning in a key."""
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
