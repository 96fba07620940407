"""The content blocks of a prompt: the script to run, and inherited prompts to remember."""

from collections.abc import Mapping
from typing import Any, NamedTuple

HISTORY = "agor.history"
SAID = "User: "


class DemoPrompt(NamedTuple):
    """``text`` is the script; ``inherited`` are prompts of an inherited conversation."""

    text: str
    inherited: list[str]

    @classmethod
    def of(cls, blocks: object) -> "DemoPrompt | None":
        """The prompt in a list of content blocks; None for any other value."""
        if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
            return None
        texts: list[str] = []
        inherited: list[str] = []
        for block in blocks:
            text = _text(block)
            match _mark(block):
                case None | False:
                    texts.append(text)
                case list() as prompts:
                    inherited.extend(str(prompt) for prompt in prompts)
                case _:
                    inherited.extend(line[len(SAID) :] for line in text.splitlines() if line.startswith(SAID))
        return cls("\n".join(text for text in texts if text), inherited)


def _mark(block: Mapping[str, Any]) -> Any:
    annotations = block.get("annotations")
    nested = annotations.get("_meta") if isinstance(annotations, dict) else None
    for place in (block.get("_meta"), annotations, nested):
        if isinstance(place, dict) and place.get(HISTORY):
            return place[HISTORY]
    return None


def _text(block: Mapping[str, Any]) -> str:
    match block:
        case {"type": "text", "text": str(text)}:
            return text
        case {"type": "resource", "resource": {"text": str(text)}}:
            return text
        case {"type": "resource_link", "uri": str(uri)}:
            return f"[{block.get('name') or uri}]({uri})"
        case _:
            return ""
