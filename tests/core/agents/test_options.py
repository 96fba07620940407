"""The modes and models that agents offer, in the shapes that they were seen in."""

import pytest

from agor_core.agents.options import Choice, Choices, Selection, asking_mode, opened
from agor_core.errors import InvalidInput

CLAUDE = [("default", "Manual"), ("acceptEdits", "Accept edits"), ("plan", "Plan"), ("auto", "Auto")]
VIBE = [("default", "Default"), ("plan", "Plan"), ("accept-edits", "Accept Edits"), ("auto-approve", "Auto Approve")]
CODEX = [("read-only", "Read-only"), ("workspace-write", "Workspace access"), ("agent", "Auto review")]


def modes(pairs, current=None):
    return {"currentModeId": current or pairs[0][0], "availableModes": [{"id": i, "name": n} for i, n in pairs]}


def option(identifier, pairs, current, category=None):
    values = [{"value": value, "name": name} for value, name in pairs]
    return {
        "id": identifier,
        "type": "select",
        "currentValue": current,
        "options": values,
        **({"category": category} if category else {}),
    }


def choices(*pairs):
    return Choices(tuple(Choice(i, n) for i, n in pairs))


def test_modes_have_a_method_of_their_own_and_models_are_an_option() -> None:
    read = opened(
        {
            "sessionId": "s",
            "modes": modes(CLAUDE, "auto"),
            "models": {"currentModelId": "m[high]", "availableModels": [{"modelId": "m[high]", "name": "M"}]},
            "configOptions": [
                option("mode", CLAUDE, "auto", "mode"),
                option("model", [("sonnet", "Sonnet"), ("opus", "Opus")], "opus", "model"),
                option("effort", [("low", "Low")], "low", "thought_level"),
            ],
        }
    )
    assert (read.modes.current, read.modes.option) == ("auto", None)
    assert [choice.id for choice in read.modes.offered] == ["default", "acceptEdits", "plan", "auto"]
    assert (read.models.current, read.models.option) == ("opus", "model")


def test_models_without_an_option_and_modes_without_a_list() -> None:
    read = opened(
        {
            "models": {"currentModelId": "a", "availableModels": [{"modelId": "a", "name": "A"}, {"modelId": "b"}]},
            "configOptions": [option("approval", [("ask", "Ask")], "ask", "mode")],
        }
    )
    assert read.models == Choices((Choice("a", "A"), Choice("b", "b")), "a", None)
    assert read.modes == Choices((Choice("ask", "Ask"),), "ask", "approval")


def test_values_in_groups() -> None:
    group = {"group": "g", "name": "G", "options": [{"value": "x", "name": "X"}]}
    read = opened({"configOptions": [{"id": "model", "currentValue": "x", "options": [group, 7]}]})
    assert read.models.offered == (Choice("x", "X"),)


def test_a_report_changes_what_is_in_use_and_not_how_it_is_set() -> None:
    selection = Selection()
    selection.answered("session/new", {"modes": modes(CLAUDE, "auto")})
    selection.report({"sessionUpdate": "current_mode_update", "currentModeId": "plan"})
    assert selection.options.modes.current == "plan"
    more = [*CLAUDE, ("bypass", "Bypass")]
    selection.report({"sessionUpdate": "config_option_update", "configOptions": [option("mode", more, "default")]})
    assert (selection.options.modes.current, selection.options.modes.option) == ("default", None)
    assert selection.options.modes.id_of("bypass") == "bypass"
    assert selection.reports == 2


def test_a_choice_is_found_by_id_and_by_name() -> None:
    offered = choices(*CLAUDE)
    assert [offered.id_of(word) for word in ("default", "manual", "ACCEPTEDITS", "nonsense")] == [
        "default",
        "default",
        "acceptEdits",
        None,
    ]
    assert choices(("a", "Same"), ("b", "Same")).id_of("same") is None


def test_nonsense_is_refused_with_the_list() -> None:
    with pytest.raises(InvalidInput, match="no mode 'nonsense'; it offers: default, acceptEdits, plan, auto"):
        choices(*CLAUDE).required("nonsense", what="mode", agent="Claude")
    with pytest.raises(InvalidInput, match="Mine offers no choice of model"):
        Choices().required("gpt", what="model", agent="Mine")
    many = choices(*((f"m{n}", f"M {n}") for n in range(60)))
    assert str(many).endswith("m39 and 20 more")


@pytest.mark.parametrize(
    ("offered", "asks"),
    [
        (CLAUDE, "default"),
        (VIBE, "default"),
        (CODEX, "read-only"),
        ([("auto", "Auto"), ("ask", "Ask")], "ask"),
        ([("x1", "Manual"), ("x2", "Auto")], "x1"),
        ([("dontAsk", "Don't Ask"), ("auto", "Auto")], None),
        ([("default", "Auto (default)")], None),
        ([("agent", "Agent"), ("plan", "Plan")], None),
        ([], None),
    ],
)
def test_the_mode_that_says_that_it_asks(offered, asks) -> None:
    assert asking_mode(choices(*offered)) == asks


def test_what_is_not_of_the_protocol_is_left_out() -> None:
    odd = [7, {"id": 1}, {"id": ""}, {"id": "nul\x00"}, {"id": "y" * 300}, {"id": "fine", "name": 5}]
    read = opened({"modes": {"currentModeId": 3, "availableModes": odd}, "configOptions": "none", "models": []})
    assert read.modes == Choices((Choice("fine", "fine"),))
    flood = opened({"modes": modes([(f"m{n}", "M") for n in range(10_000)])})
    assert len(flood.modes.offered) == 200
