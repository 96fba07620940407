"""The permission modes, models and other options that an agent offers for a conversation, and what is in use.

Agents list them in the answer that opens a conversation and report changes by updates; some as ``modes`` and
``models``, some as options of the session with a category.

https://agentclientprotocol.com/protocol/session-modes and …/session-config-options
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from agor_core.agents import foreign
from agor_core.errors import InvalidInput

OPENINGS = frozenset({"session/new", "session/load", "session/resume", "session/fork"})
"""Methods whose answers open a conversation, and list its modes and models."""
SET_OPTION = "session/set_config_option"
"""The method whose answer lists all options anew."""
MOST_CHOICES = 200
MOST_OPTIONS = 40
LONGEST_NAME = 200
MOST_NAMED = 40
"""Choices that an error message lists."""

ASKING = ("default", "manual", "ask", "always ask", "ask always", "prompt", "confirm", "approve", "read only", "normal")
"""Ids and names of modes in which agents ask before they act, the surest first."""
_FREE = frozenset({"auto", "automatic", "yolo", "bypass", "full", "accept", "never", "dont", "don", "skip", "without"})
"""Words in an id or a name of modes that ask less, whatever else they say (``dontAsk``, ``Auto (default)``)."""
_WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")


@dataclass(frozen=True, slots=True)
class Choice:
    """One mode or model, by its id and the agent's name for it."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Choices:
    """What there is to choose, and what is in use.

    ``option`` is the session option that sets it; None: the method ``session/set_mode`` or ``session/set_model`` does.
    """

    offered: tuple[Choice, ...] = ()
    current: str | None = None
    option: str | None = None

    def id_of(self, wanted: str) -> str | None:
        """The id of the choice with this id, or else with this name in any case; None if there is none."""
        if any(choice.id == wanted for choice in self.offered):
            return wanted
        word = wanted.strip().casefold()
        named = [choice.id for choice in self.offered if word in (choice.id.casefold(), choice.name.casefold())]
        return named[0] if len(named) == 1 else None

    def required(self, wanted: str, *, what: str, agent: str) -> str:
        """The id of the choice that is wanted. Raises InvalidInput, which lists what the agent offers."""
        if (found := self.id_of(wanted)) is not None:
            return found
        if not self.offered:
            raise InvalidInput(f"{agent} offers no choice of {what}.", place=what)
        raise InvalidInput(f"{agent} has no {what} {foreign.line(wanted, 80)!r}; it offers: {self}.", place=what)

    def __str__(self) -> str:
        shown = ", ".join(choice.id for choice in self.offered[:MOST_NAMED])
        more = len(self.offered) - MOST_NAMED
        return f"{shown} and {more} more" if more > 0 else shown


@dataclass(frozen=True, slots=True)
class ConfigOption:
    """A further option, such as the effort; ``category`` is the protocol's (``thought_level`` …) or the agent's own."""

    id: str
    name: str
    category: str
    choices: Choices


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """The choices of one conversation: ``others`` are the options besides mode and model."""

    modes: Choices = field(default_factory=Choices)
    models: Choices = field(default_factory=Choices)
    others: tuple[ConfigOption, ...] = ()

    def option(self, wanted: str) -> ConfigOption | None:
        """The further option with this id, or else with this name or category in any case."""
        word = wanted.strip().casefold()
        named = [one for one in self.others if word in (one.id.casefold(), one.name.casefold(), one.category)]
        return next((one for one in self.others if one.id == wanted), named[0] if len(named) == 1 else None)


def opened(answer: Mapping[str, Any]) -> SessionOptions:
    """The choices in the raw answer that opens a conversation."""
    options = changed(SessionOptions(), answer)
    modes, models = _listed(answer.get("modes"), "Mode"), _listed(answer.get("models"), "Model")
    return replace(
        options,
        modes=modes if modes.offered else options.modes,
        models=options.models if options.models.offered else models,
    )


def changed(options: SessionOptions, update: Mapping[str, Any]) -> SessionOptions:
    """The choices after an update, or after an answer that lists the session's options."""
    if update.get("sessionUpdate") == "current_mode_update":
        mode = _identifier(update.get("currentModeId"))
        return replace(options, modes=replace(options.modes, current=mode)) if mode else options
    listed = update.get("configOptions")
    others: dict[str, ConfigOption] = {}
    for option in _items(listed):
        match option:
            case {"id": str(identifier), "currentValue": str(current)} if _identifier(identifier):
                category = option.get("category") or identifier
                read = Choices(_selectable(option.get("options")), foreign.line(current), identifier)
            case _:
                continue
        if category == "mode":
            options = replace(options, modes=_taken_over(options.modes, read))
        elif category == "model":
            options = replace(options, models=_taken_over(options.models, read))
        elif read.offered and len(others) < MOST_OPTIONS:
            name = option.get("name")
            named = foreign.line(name, LONGEST_NAME) if isinstance(name, str) and name else identifier
            kind = foreign.line(category, LONGEST_NAME) if isinstance(category, str) else identifier
            others.setdefault(identifier, ConfigOption(identifier, named, kind, read))
    return replace(options, others=tuple(others.values())) if isinstance(listed, list) else options


class Selection:
    """The choices of one conversation as they change; ``reports`` counts the agent's own words about them."""

    def __init__(self) -> None:
        self.options = SessionOptions()
        self.reports = 0
        self.chosen: set[str] = set()
        """The ids of the further options that a person chose."""

    def answered(self, method: str, answer: Mapping[str, Any]) -> None:
        """Take over the raw answer to an opening, which begins anew, or to a change."""
        if method == SET_OPTION:
            self.report(answer)
        else:
            self.options = opened(answer)

    def report(self, update: Mapping[str, Any]) -> None:
        """Take over what an update, or the answer to a change, says."""
        self.options = changed(self.options, update)
        self.reports += 1

    def in_use(self) -> dict[str, str]:
        """The ``mode`` and the ``model`` in use, as far as the agent tells."""
        used = {"mode": self.options.modes.current, "model": self.options.models.current}
        return {what: current for what, current in used.items() if current is not None}

    def chosen_in_use(self) -> dict[str, str]:
        """The values in use of the further options that a person chose."""
        values = {one.id: one.choices.current for one in self.options.others if one.id in self.chosen}
        return {name: value for name, value in values.items() if value is not None}

    def assume(self, *, mode: str | None = None, model: str | None = None) -> None:
        """Note a choice that the agent accepted without a report of its own."""
        modes, models = self.options.modes, self.options.models
        self.options = replace(
            self.options,
            modes=replace(modes, current=mode or modes.current),
            models=replace(models, current=model or models.current),
        )

    def assume_option(self, option: str, value: str) -> None:
        """Note the value of a further option that the agent accepted without a report of its own."""
        self.options = replace(
            self.options,
            others=tuple(
                replace(one, choices=replace(one.choices, current=value)) if one.id == option else one
                for one in self.options.others
            ),
        )


def asking_mode(modes: Choices) -> str | None:
    """The mode whose id or name says that the agent asks in it before it acts; None if none does."""
    phrases = {choice.id: (_words(choice.id), _words(choice.name)) for choice in modes.offered}
    for wanted in ASKING:
        for identifier, (own, named) in phrases.items():
            if wanted in (" ".join(own), " ".join(named)) and _FREE.isdisjoint((*own, *named)):
                return identifier
    return None


def _taken_over(known: Choices, read: Choices) -> Choices:
    """The choices read from an option; a mode that has a method of its own is still set by that."""
    by_method = known.offered and known.option is None
    return replace(read, option=None) if by_method else read


def _listed(value: object, kind: str) -> Choices:
    """Choices in the form of ``modes`` and ``models``, which differ in the names of their fields."""
    if not isinstance(value, Mapping):
        return Choices()
    key = "modelId" if kind == "Model" else "id"
    offered = _choices((item.get(key), item.get("name")) for item in _items(value.get(f"available{kind}s")))
    return Choices(offered, _identifier(value.get(f"current{kind}Id")))


def _selectable(value: object) -> tuple[Choice, ...]:
    """The values of an option, those in groups included."""
    return _choices((item.get("value"), item.get("name")) for item in _flat(value))


def _flat(value: object) -> Iterator[Mapping[str, Any]]:
    for item in _items(value):
        if "value" in item:
            yield item
        else:
            yield from _items(item.get("options"))


def _choices(pairs: Iterator[tuple[object, object]]) -> tuple[Choice, ...]:
    found: dict[str, Choice] = {}
    for value, name in pairs:
        if (identifier := _identifier(value)) is not None and len(found) < MOST_CHOICES:
            named = foreign.line(name, LONGEST_NAME) if isinstance(name, str) and name else identifier
            found.setdefault(identifier, Choice(identifier, named))
    return tuple(found.values())


def _identifier(value: object) -> str | None:
    """An id that can be stored and sent back as it is."""
    return value if isinstance(value, str) and value and value == foreign.line(value, LONGEST_NAME) else None


def _items(value: object) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]
