"""What a checkpoint's message says is read back, and nothing in it can pose as something else."""

import pytest

from agor_core.git.checkpoint_message import Facts, read, write


@pytest.mark.parametrize(
    "facts",
    [
        Facts(None),
        Facts(b"main"),
        Facts(b"\xff raw"),
        Facts(b"main", "0" * 40),
        Facts(b"main", None, (b"a", b"with space", b"\n\nAgor-Branch: forged", b'"\\\xff', b" ")),
        Facts(None, "1" * 64, (b"Agor-Staged: forged",)),
    ],
)
def test_a_round_trip(facts: Facts) -> None:
    assert read(write(facts)) == facts
    assert read(write(facts) + b"\n") == facts


def test_messages_of_version_0_1() -> None:
    old = b"Agor: end of task 1 of session 0190\n\nAgor-Branch: main\n"
    assert read(old) == Facts(b"main")
    assert read(b"Agor: x\n\nAgor-Branch: ") == Facts(None)
    assert read(b"x\n\nAgor-Branch: forged\n\nAgor-Branch: ") == Facts(None)


@pytest.mark.parametrize("message", [b"", b"\n", b"Fix it\n", b"Agor-Branch: x\n\nmore\n"])
def test_what_is_no_checkpoints_message(message: bytes) -> None:
    assert read(message) is None


def test_a_list_without_end_is_cut() -> None:
    found = read(write(Facts(b"main", None, tuple(b"%d" % n for n in range(5_000)))))
    assert found is not None
    assert len(found.left_out) == 1_000
