"""A report says the score, and is XML whatever a plugin wrote."""

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from pegboard_sdk.conformance.report import Finding, State, report_of

FINDINGS = (
    Finding(check="greets", says="It greets", state=State.PASSED),
    Finding(check="proof", says="It proves", state=State.FAILED, detail="it does not\nat all"),
    Finding(check="hooks", says="It hooks", state=State.SKIPPED, detail="none"),
)


def test_people_see_each_check_and_the_score() -> None:
    text = report_of("words", FINDINGS).text()
    assert "FAIL proof" in text
    assert "       at all" in text
    assert text.endswith("words: 1 of 2 checks passed, 1 skipped")


@given(st.text())
def test_the_xml_can_be_read_whatever_stands_in_it(detail: str) -> None:
    finding = Finding(check="proof", says=detail, state=State.FAILED, detail=detail)
    suite = ElementTree.fromstring(report_of(detail, [finding]).junit().encode())
    assert suite.get("failures") == "1"
    assert suite[0][0].tag == "failure"
