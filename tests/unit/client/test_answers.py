"""How a refusal is shown to a person."""

from client.answers import Answer, refusal_text

PROBLEM = {"type": "https://example/problems/invalid", "detail": "Some fields are missing."}


def test_a_refusal_names_status_slug_and_reason() -> None:
    assert refusal_text(Answer(422, PROBLEM, None, None)) == "refused with 422 invalid: Some fields are missing."


def test_a_refusal_names_the_fields_that_are_wrong() -> None:
    errors = [{"loc": "place", "msg": "missing"}, {"loc": "persons.0.sex", "msg": "missing"}]
    text = refusal_text(Answer(422, {**PROBLEM, "errors": errors}, None, None))
    assert text.endswith("Some fields are missing. (place missing, persons.0.sex missing)")


def test_an_answer_that_is_no_problem_document_is_shown_too() -> None:
    assert refusal_text(Answer(502, None, None, None)) == "refused with 502 : (no reason given)"
    assert refusal_text(Answer(500, {"errors": "lost"}, None, None)).endswith("(no reason given)")
