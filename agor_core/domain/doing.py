"""The last thing that an agent did or said, in a line for its card."""

from agor_core.domain.message import Message, Role, ToolCall
from agor_core.domain.texts import cut

LONGEST = 200
"""Characters."""
DOES = {
    "read": "reads",
    "edit": "edits",
    "delete": "deletes",
    "move": "moves",
    "search": "searches",
    "execute": "runs",
    "think": "thinks",
    "fetch": "fetches",
}
"""The verb of each kind of tool call."""


def doing(message: Message) -> str | None:
    """The line of a message: the tool that is used, or the last line that was said; None if it says nothing new."""
    if message.tool is not None:
        return cut(_of_tool(message.tool), LONGEST)
    if message.role is not Role.ASSISTANT or not message.complete:
        return None
    return next(
        (cut(line.strip(), LONGEST) for line in reversed(message.text.splitlines()) if line.strip("`*_# ")), None
    )


def _of_tool(tool: ToolCall) -> str:
    """``runs make``; a title that begins with the verb says it itself."""
    title = " ".join(tool.title.split()) or next(iter(tool.locations), "")
    verb = DOES.get(tool.kind, "uses")
    first, _, rest = title.partition(" ")
    said = first.casefold().rstrip(":")
    repeats = bool(rest) and said in (verb, verb.removesuffix("s"), verb.removesuffix("es"), tool.kind, "run", "bash")
    return f"{verb} {rest if repeats else title}".strip()
