"""A message tree in memory, as simple as can be, which the one in the store is compared with."""

from dataclasses import dataclass, field


@dataclass
class Node:
    parent: str | None
    role: str
    children: list[str] = field(default_factory=list)


@dataclass
class ReferenceTree:
    """Messages by id, oldest first. `roots`: ids of the first messages. `leaf`: the end of the branch that is shown.

    `left`: the leaf that was shown last below a version when another version was chosen.
    """

    nodes: dict[str, Node] = field(default_factory=dict)
    roots: list[str] = field(default_factory=list)
    leaf: str | None = None
    left: dict[str, str] = field(default_factory=dict)

    def versions(self, parent: str | None) -> list[str]:
        return self.nodes[parent].children if parent else self.roots

    def path(self, message_id: str | None) -> list[str]:
        """The ids from the first message to this one."""
        found: list[str] = []
        while message_id:
            found.append(message_id)
            message_id = self.nodes[message_id].parent
        return found[::-1]

    def add(self, message_id: str, parent: str | None, role: str) -> None:
        self.nodes[message_id] = Node(parent, role)
        self.versions(parent).append(message_id)

    def show(self, leaf: str) -> None:
        before, after = self.path(self.leaf), self.path(leaf)
        common = sum(one == other for one, other in zip(before, after, strict=False))
        if common < min(len(before), len(after)) or (common == 0 and before):
            self.left[before[common]] = before[-1]
        self.leaf = leaf

    def leaf_below(self, message_id: str) -> str:
        """The leaf that is shown for a message: the first versions are followed where nothing else is known."""
        at = message_id
        if message_id in self.path(self.leaf):
            at = self.leaf or message_id
        elif self.left.get(message_id) in self.nodes:
            at = self.left[message_id]
        return at

    def below(self, message_id: str) -> list[str]:
        """The message and all that follow it."""
        found = [message_id]
        for child in self.nodes[message_id].children:
            found += self.below(child)
        return found

    def remove(self, message_id: str) -> None:
        parent = self.nodes[message_id].parent
        for gone in self.below(message_id):
            del self.nodes[gone]
        self.versions(parent).remove(message_id)
