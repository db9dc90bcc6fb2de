"""What an act changed: told by name, and nothing only when nothing changed."""

from urp.foundation.changes import Changes, between


def test_things_are_added_changed_and_retired_by_their_name() -> None:
    before, after = [("a", 1), ("b", 2), ("c", 3)], [("b", 2), ("c", 4), ("d", 5)]

    assert between(before, after) == Changes(added=("d",), changed=("c",), retired=("a",))


def test_things_of_one_name_are_compared_together_in_any_order() -> None:
    assert not between([("a", 1), ("a", 2)], [("a", 2), ("a", 1)])
    assert between([("a", 1), ("a", 2)], [("a", 1), ("a", 1)]) == Changes(changed=("a",))
    assert between([("a", 1), ("a", 1)], [("a", 1)]) == Changes(changed=("a",))


def test_changes_are_summed_and_spoken() -> None:
    both = Changes(added=("topic a",)) + Changes(added=("topic b",), retired=("faq c",))

    assert str(both) == "2 added (topic a, topic b); 1 retired (faq c)"
    assert str(Changes()) == "nothing changed"
    assert both
    assert not Changes()
