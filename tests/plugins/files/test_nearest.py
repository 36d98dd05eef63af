"""What was not found is told by what is there instead."""

from pegboard_files.nearest import nearest


def test_a_region_that_differs_in_white_space_is_said_to():
    found = nearest("def f():\n\treturn 1\n\nx\n", "def f():\n    return 1")
    assert found is not None
    assert (found.first, found.differs_in_space) == (1, True)


def test_rare_lines_decide_between_places():
    text = "}\n\n" * 20 + "rare(line)\nother\n}\n" + "}\n\n" * 20
    found = nearest(text, "rare(line)\nothr\n}")
    assert found is not None
    assert found.first == 41


def test_a_misspelt_line_is_found_by_likeness():
    found = nearest("alpha\nresult = compute(value)\nomega\n", "result = compute(vlaue)")
    assert found is not None
    assert found.lines == ("result = compute(value)",)


def test_nothing_alike_is_nothing():
    assert nearest("alpha\nbeta\n", "zzzzzzzz qqqq") is None
