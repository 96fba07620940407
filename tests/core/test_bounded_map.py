"""A bounded map evicts the oldest, or the oldest that is expendable, and never what was put last."""

from concurrent.futures import ThreadPoolExecutor

from agor_core.bounded_map import BoundedMap


def test_the_oldest_goes_and_what_is_put_again_is_new() -> None:
    held: BoundedMap[str, int] = BoundedMap(2)
    assert [held.put("a", 1), held.put("b", 2), held.put("a", 3)] == [[], [], []]
    assert held.put("c", 4) == [2]
    assert (held.get("a"), held.get("b"), "b" in held, len(held)) == (3, None, False, 2)
    assert held.values() == [3, 4]


def test_sizes_are_bounded_together_and_the_last_entry_stays() -> None:
    held: BoundedMap[str, str] = BoundedMap(100, largest=10)
    held.put("a", "a", 4)
    held.put("b", "b", 4)
    assert held.put("a", "A", 6) == []
    assert held.put("c", "c", 1) == ["b"]
    assert held.put("d", "d", 99) == ["A", "c"]
    assert held.pop("d") == "d"
    assert held.pop("d") is None
    assert held.put("e", "e", 10) == []


def test_what_is_expendable_goes_first() -> None:
    held: BoundedMap[int, int] = BoundedMap(3, expendable=lambda value: value > 9)
    for number in (1, 10, 2):
        held.put(number, number)
    assert held.put(11, 11) == [10]
    assert held.put(12, 12) == [11]
    held.put(3, 3)
    assert held.put(4, 4) == [1]


def test_threads_share_it_without_a_lock() -> None:
    held: BoundedMap[int, int] = BoundedMap(50)

    def use(first: int) -> None:
        for number in range(first, first + 3_000):
            held.put(number % 97, number)
            held.get(number % 89)

    with ThreadPoolExecutor(4) as threads:
        for done in [threads.submit(use, first) for first in range(4)]:
            done.result()
    assert len(held) <= 50
