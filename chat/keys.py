"""Every Redis key and channel. All keys of a session share its hash tag, so each script touches one slot."""

import hashlib
import re

SESSION_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
TURN_ID = re.compile(SESSION_ID.pattern + r"\.[1-9][0-9]{0,17}")

STOPS = "chat:cancel"
"""Channel: ids of turns to stop. Only a hint; the flag in the turn's hash is the truth."""

QUEUE = "arq:queue"
"""Sorted set of the queue's job ids by the millisecond from which they may be claimed."""

WAKE = "chat:wake"
"""Channel: told whenever a job was queued, so that an idle worker claims at once."""

OPEN_TURNS = "chat:open"
"""Sorted set of the turns that are not over, by the millisecond at which a sweep looks at them."""

WORKERS = "chat:workers"
"""Sorted set of worker names by the millisecond at which they count as dead unless they are heard of again."""

RATES = "chat:rates"
"""Prefix of the windows in which requests are counted."""

LAST_CLAIM = "chat:last-claim"
"""The greatest claim token that was given out."""


RENEWALS = "chat:renewals"
"""Hash, in milliseconds: when any worker last renewed its leases, and until when jobs that have run before rest."""


def write_probe(number: int) -> str:
    """What readiness writes; in a Cluster, each number has a slot of its own."""
    return f"chat:write-probe:{{{number}}}"


def is_session_id(value: str) -> bool:
    return SESSION_ID.fullmatch(value) is not None


def is_turn_id(value: str) -> bool:
    return TURN_ID.fullmatch(value) is not None


def session_of(turn_id: str) -> str:
    """The session id that a turn id starts with."""
    return turn_id.partition(".")[0]


def session(session_id: str) -> str:
    return f"chat:{{{session_id}}}:session"


def messages(session_id: str) -> str:
    return f"chat:{{{session_id}}}:messages"


def turns(session_id: str) -> str:
    """Sorted set of the session's turn ids, by the second at which they are gone."""
    return f"chat:{{{session_id}}}:turns"


def turn(turn_id: str) -> str:
    """Hash of a turn; the channel of its events has the same name."""
    return f"chat:{{{session_of(turn_id)}}}:turn:{turn_id}"


def turn_of(channel: str) -> str:
    """The turn id that a turn's channel has in its name."""
    return channel.rpartition(":")[2]


def log(turn_id: str) -> str:
    return turn(turn_id) + ":log"


def idempotency(session_id: str) -> str:
    """Hash of the session's idempotency records: which turn was opened by which key, for which question, and when."""
    return f"chat:{{{session_id}}}:idempotency"


def idempotency_times(session_id: str) -> str:
    """Sorted set of the names of these records and of `record_of_turn`, by the second at which they expire."""
    return idempotency(session_id) + ":times"


def record_of_turn(turn_id: str) -> str:
    """By which the turn of an idempotency record is known where nothing else is left of it."""
    return f"turn:{turn_id.rpartition('.')[2]}"


def job(turn_id: str) -> str:
    """Where arq looks for the job of this id."""
    return f"arq:job:{turn_id}"


def title_job(session_id: str) -> str:
    """Id of the job that gives the session a title."""
    return f"{session_id}.title"


def in_progress(job_id: str) -> str:
    """Where arq notes that a job runs; here it holds the claim token."""
    return f"arq:in-progress:{job_id}"


def retry(job_id: str) -> str:
    """Where arq counts a job's tries."""
    return f"arq:retry:{job_id}"


def last_claim(worker: str) -> str:
    """What the worker's last claim took, for the case that its answer is lost."""
    return f"chat:claim:{worker}"


def user_sessions(user_id: str) -> str:
    return f"chat:user:{digest(user_id)}:sessions"


def stored_bytes(user_id: str) -> str:
    """Hash: how many bytes are stored of each of the user's sessions, and in all."""
    return f"chat:user:{{{digest(user_id)}}}:bytes"


def stored_times(user_id: str) -> str:
    """Sorted set of these entries by the second at which they expire."""
    return stored_bytes(user_id) + ":times"


def active_turns(user_id: str) -> str:
    """Sorted set of the user's turns that are not known to be over, by the millisecond at which they are forgotten."""
    return f"chat:user:{digest(user_id)}:active"


def active_turns_of_address(address: str) -> str:
    """The same of the guests at one address, which is named by its hash."""
    return f"chat:address:{address}:active"


def streams(user_id: str) -> str:
    """Sorted set of the user's open streams, by the millisecond at which they count as closed unless renewed."""
    return f"chat:user:{digest(user_id)}:streams"


def rate(kind: str, caller: str) -> str:
    """Sorted set of a caller's requests in one window, by the millisecond at which each is forgotten.

    The caller is named by its hash.
    """
    return f"{RATES}:{kind}:{caller}"


def digest(text: str) -> str:
    """Text from outside becomes a fixed-length name, so that no character of it can mean anything."""
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
