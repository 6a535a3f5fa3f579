"""Makes messages of another application's nodes: alternates roles, and keeps every branch."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from chat.messages import Message
from chat.transfer import ids, trees
from chat.transfer.conversation import Node, NotImportable
from chat.transfer.limits import MAX_CONVERSATION_BYTES, Limits
from chat.transfer.notes import Part


@dataclass
class _Draft:
    """A message in the making. `is_prefix`: versions of it begin with its text, because it went on in several ways."""

    node: Node
    parent: str | None
    texts: list[str]
    thoughts: list[str]
    is_prefix: bool = False

    @property
    def content(self) -> str:
        return "\n\n".join(text for text in self.texts if text.strip())


class Merger:
    """Turns nodes into messages. A reply in several pieces becomes one message.

    Where a reply goes on in several ways, each of them becomes a version that begins with the same text.
    """

    def __init__(self, nodes: Sequence[Node], left_out: Counter[Part]) -> None:
        self._left_out = left_out
        self._nodes = self._unique(nodes)
        self._order = self._ordered()
        self._kept = self._nearest_kept()
        self._followers = Counter(self._kept[self._nodes[name].parent] for name in self._order if self._is_kept(name))
        self._drafts: dict[str, _Draft] = {}
        self._place: dict[str | None, str | None] = {None: None}
        self._chars = 0

    def messages(self, shown: object, default_time: float, limits: Limits) -> tuple[list[Message], str | None]:
        """Returns the messages in their order, and the last one of the branch of `shown`. Raises `NotImportable`."""
        for name in self._order:
            if self._is_kept(name):
                self._add(self._nodes[name])
        places = self._drop_empty()
        names = dict[str | None, str | None]({None: None})
        made = list[Message]()
        times = dict[str | None, float]({None: default_time})
        for name, draft in self._drafts.items():
            message = self._message(draft, names[places[draft.parent]], times[places[draft.parent]], limits)
            names[name], times[name] = message.id, message.timestamp
            made.append(message)
        ordered = trees.oldest_first(made)
        trees.check(ordered)
        place = self._place.get(self._kept.get(shown)) if isinstance(shown, str) else None
        return ordered, trees.leaf_of(ordered, names.get(places.get(place)))

    def _unique(self, nodes: Sequence[Node]) -> dict[str, Node]:
        unique = dict[str, Node]()
        for node in nodes:
            if node.id in unique:
                self._left_out["duplicates"] += 1
            else:
                unique[node.id] = node
                self._skip_empty(node)
        for node in unique.values():
            if node.parent is not None and node.parent not in unique:
                node.parent = None
                self._left_out["missing_parents"] += node.role is not None
        return unique

    def _skip_empty(self, node: Node) -> None:
        has_thinking = node.role == "assistant" and node.thinking.strip()
        if node.role and not node.content.strip() and not has_thinking:
            node.role = None
            self._left_out["empty_messages"] += 1

    def _ordered(self) -> list[str]:
        order = trees.top_down({name: node.parent for name, node in self._nodes.items()})
        lost = self._nodes.keys() - set(order)
        self._left_out["cycles"] += sum(self._is_kept(name) for name in lost)
        return order

    def _is_kept(self, name: str) -> bool:
        return self._nodes[name].role is not None

    def _nearest_kept(self) -> dict[str | None, str | None]:
        nearest = dict[str | None, str | None]({None: None})
        for name in self._order:
            nearest[name] = name if self._is_kept(name) else nearest[self._nodes[name].parent]
        return nearest

    def _add(self, node: Node) -> None:
        before = self._kept[node.parent]
        place = self._place[before]
        reply = self._drafts[place] if place else None
        texts, thoughts = [node.content], [node.thinking]
        if reply and reply.node.role == node.role == "assistant":
            self._left_out["merged"] += 1
            if self._followers[before] == 1:
                self._continue(reply, node)
                self._place[node.id] = place
                return
            reply.is_prefix = True
            texts, thoughts, place = [*reply.texts, *texts], [*reply.thoughts, *thoughts], reply.parent
        self._count(texts + thoughts)
        self._drafts[node.id] = _Draft(node, place, texts, thoughts)
        self._place[node.id] = node.id

    def _continue(self, reply: _Draft, node: Node) -> None:
        self._count([node.content, node.thinking])
        reply.texts.append(node.content)
        reply.thoughts.append(node.thinking)
        reply.node.model = node.model or reply.node.model
        reply.node.finish_reason, reply.node.error = node.finish_reason, node.error
        reply.node.usage = node.usage or reply.node.usage
        reply.node.thinking_seconds = node.thinking_seconds or reply.node.thinking_seconds

    def _count(self, texts: Sequence[str]) -> None:
        self._chars += sum(map(len, texts))
        if self._chars > MAX_CONVERSATION_BYTES:
            raise NotImportable("too_large")

    def _drop_empty(self) -> dict[str | None, str | None]:
        """Drops drafts that add nothing. Returns what is in the place of each draft: itself, or its parent."""
        followed = {draft.parent for draft in self._drafts.values()}
        places = dict[str | None, str | None]({None: None})
        for name, draft in list(self._drafts.items()):
            is_repeated = draft.is_prefix and name not in followed
            is_empty = not draft.content
            places[name] = places[draft.parent] if is_repeated or is_empty else name
            if is_repeated or is_empty:
                self._left_out["empty_messages"] += is_empty and not is_repeated
                del self._drafts[name]
        return places

    def _message(self, draft: _Draft, parent: str | None, before: float, limits: Limits) -> Message:
        node, thinking = draft.node, "\n\n".join(filter(None, draft.thoughts))
        content = draft.content
        self._left_out["shortened"] += max(len(content), len(thinking)) > limits.message_chars
        usable = ids.is_usable(node.id) and not ids.turn_number(node.id)
        return Message(
            id=node.id if usable else ids.new_id(),
            parent_id=parent,
            role=node.role or "user",
            content=content[: limits.message_chars],
            thinking=thinking[: limits.message_chars] or None,
            timestamp=node.timestamp or before,
            model=node.model if node.role == "assistant" else None,
            finish_reason=node.finish_reason if node.role == "assistant" else None,
            error=node.error,
            usage=node.usage,
            thinking_seconds=node.thinking_seconds,
        )
