"""What a pack lists beside its lanes: who may have what, who orders what, on what evidence, by which form."""

from datetime import date

import pytest

KINDS = ["essential_needs", "medical", "interpreter", "legal_support", "legal_aid", "travel", "psychological"]
KINDS += ["general_education", "vocational", "hardship_allowance", "loan"]

# One letter a kind, in the order above: y(es), n(o), c(ase by case).
MATRIX = {
    ("victim", False, False): "yyyyyyyyyyy",
    ("victim", False, True): "yyyyyyyyyyy",
    ("accompanying_u18", False, False): "yyyyyyyynnn",
    ("accompanying_u18", False, True): "yyyyyyyynnn",  # Article 37(2): with a victim, wherever they are
    ("in_process", False, False): "yyyyyyynnnn",
    ("in_process", False, True): "yyyynnnnnnn",
    ("victim", True, False): "cccccncnnnn",
    ("in_process", True, False): "cccccncnnnn",
    ("accompanying_u18", True, False): "cccccncnnnn",
    ("suspected", False, False): "cccnnncnnnn",
    ("suspected", True, False): "cccnnncnnnn",
    ("not_victim", False, False): "nnnnnnnnnnn",
    ("closed", False, False): "nnnnnnnnnnn",
}
WORDS = {"y": "yes", "n": "no", "c": "as_the_case_may_be"}


@pytest.mark.parametrize("person", MATRIX)
def test_entitlements_are_those_of_article_37(pack, person):
    status, foreign, abroad = person
    answers = [pack.entitlement(kind, status, foreign=foreign, abroad=abroad) for kind in KINDS]
    assert [answer.entitled for answer in answers] == [WORDS[letter] for letter in MATRIX[person]]
    assert all("Arts 37(1)" in answer.citation for answer in answers)


def test_every_kind_is_listed_by_its_letter(pack):
    assert list(pack.entitlements) == KINDS
    assert [spec.letter for spec in pack.entitlements.values()] == list("abcdđeghikk")


def test_ceiling_of_an_entitlement_is_a_rule(pack):
    ceiling = pack.rules[pack.entitlement("essential_needs", "victim").ceiling_rule]
    assert (ceiling.amount, ceiling.unit, ceiling.confidence) == (120, "day", "secondary summary")
    schooling = pack.rules[pack.entitlement("general_education", "victim").ceiling_rule]
    assert (schooling.amount, schooling.unit, schooling.from_) == (2, "school_year", ("VICTIM_CONFIRMED",))
    talks = pack.rules[pack.entitlement("psychological", "victim").ceiling_rule]
    assert (talks.amount, talks.unit) == (3, "month")
    assert pack.entitlement("loan", "victim").ceiling_rule is None


def test_unknown_kind_is_an_error(pack):
    with pytest.raises(KeyError):
        pack.entitlement("wishes", "victim")


@pytest.mark.parametrize(
    ("roles", "orders"),
    [
        ({"commune", "health_authority", "facility", "mission"}, {"limited_movement", "shelter"}),
        ({"procuracy"}, {"shelter", "closed_trial"}),
        ({"border_guard", "coast_guard"}, {"guard", "limited_movement", "shelter", "relocation", "prevention"}),
        ({"legal_aid", "hotline_111", "provider"}, None),
    ],
)
def test_who_may_order_which_measure(pack, roles, orders):
    secrecy = {"secrecy_of_evidence", "secrecy_of_identity"}
    for role in roles:
        may = {code for code, measure in pack.measures.items() if role in measure.decides}
        assert may == (set() if orders is None else orders | secrecy)


def test_moving_and_a_new_identity_need_consent(pack):
    assert {code for code, measure in pack.measures.items() if measure.needs_consent} == {
        "relocation",
        "change_of_identity",
    }


def test_nine_sources_of_evidence_in_the_order_of_the_law(pack):
    assert list(pack.evidence_sources) == ["a", "b", "c", "d", "dd", "e", "g", "h", "i"]
    assert pack.evidence_sources["dd"].letter == "đ"


def test_the_five_signs_of_the_law_in_its_order(pack):
    signs = {code: ground for code, ground in pack.grounds.items() if ground.basis == "signs"}
    assert {code: one.citation.removeprefix("Law 53/2024 Art 32(2)") for code, one in signs.items()} == {
        "found_with_victims": "(a)",
        "lived_with_victims": "(b)",
        "physical_or_mental_signs": "(c)",
        "relatives_reported": "(d)",
        "other_sign": "(đ)",
    }
    assert {one.confidence for one in signs.values()} == {"verified text"}
    assert {"sold", "forced_marriage", "forced_labour"} <= pack.grounds.keys()


def test_report_dates(pack):
    dates = {report.id: report.before for report in pack.reporting.values() if report.before}
    assert dates == {"C-REP-01a": "03-20", "C-REP-01b": "09-20", "C-REP-02": "06-20", "C-REP-03": "12-20"}
    assert {report.id: report.every_months for report in pack.reporting.values() if report.every_months} == {
        "C-REP-04": 6,
        "C-REP-05": 1,
        "C-REP-06": 6,
    }


def test_dates_of_a_yearly_plan_end_with_it_and_the_plan_of_one_province_binds_only_it(pack):
    of_2024 = [report for report in pack.reporting.values() if "KH 19/KH-BCĐ138/CP" in report.citation]
    assert {(report.valid_from, report.valid_to) for report in of_2024} == {(date(2024, 1, 15), date(2025, 1, 1))}
    assert len(of_2024) == 4
    assert {report.id: report.places for report in pack.reporting.values() if report.places} == {
        "C-REP-04": ("thai-nguyen",)
    }


def test_application_form_is_known_where_it_is_filled_in(pack):
    assert [form.code for form in pack.forms.values() if "SUPPORT_REQUESTED" in form.states] == ["ND162-07"]
