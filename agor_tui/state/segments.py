"""Segments: pieces of text with a tone, of which both front ends make lines."""

from dataclasses import dataclass

from agor_tui.state.glyphs import Tone


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of text and the meaning of its colour."""

    text: str
    tone: Tone = Tone.PLAIN
