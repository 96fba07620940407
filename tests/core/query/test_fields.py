"""Fields know the record that they belong to."""

import pytest

from agor_core.domain.session import Session
from agor_core.query.fields import Field, Fields, FieldType


def test_the_first_field_is_the_identity_and_nested_ones_form_groups() -> None:
    fields = Fields(Session, [Field("session_id", FieldType.ID), Field("repo.repo_id"), Field("current.task_id")])
    assert fields.identity == "session_id"
    assert fields.groups == {"repo", "current"}
    assert list(fields) == ["session_id", "repo.repo_id", "current.task_id"]
    assert len(fields) == 3


def test_select_may_name_all_of_the_record_by_its_json_names() -> None:
    fields = Fields(Session, [Field("session_id", FieldType.ID)])
    assert {"usage", "usage.cost_usd", "current.diffstat.files", "concepts", "genealogy.children"} <= fields.selectable
    assert "agent_sessions.0" not in fields.selectable


def test_a_field_that_the_record_lacks_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match=r"Session has no repo\.id"):
        Fields(Session, [Field("session_id", FieldType.ID), Field("repo.id")])
