"""Offices, persons and steps of the cases that make the rules run, and the rules that the tables of them hold."""

POLICE, COMMUNE, HEALTH = "provincial_police/lang-son", "commune/lang-son", "health_authority/lang-son"
GUARD, PROCURACY, VILLAGE = "border_guard/lang-son", "procuracy/lang-son", "commune_police/lang-son"
ADULT, MINOR, CHILD = {"age_band": "adult"}, {"age_band": "under_18"}, {"age_band": "under_16"}
MISSION, DEPARTMENT = "mission/abroad", "immigration_department/ha-noi"
RECEIVED = ("identification", "SUPPORT_AGENCY_RECEIVED", "2026-03-02T12:00", HEALTH)
CHECKED = ("identification", "INITIAL_CHECK_DONE", "2026-03-03T09:00", HEALTH)
VERIFIES = ("identification", "POLICE_VERIFICATION", "2026-03-03T09:00", HEALTH)
COMPLEX = ("identification", "POLICE_VERIFICATION_EXTENDED", "2026-03-20T09:00", POLICE)
PROLONGED = ("identification", "POLICE_VERIFICATION_PROLONGED", "2026-04-28T09:00", POLICE)
AT_HOME = ("identification", "HOME_VERIFICATION_REQUESTED", "2026-03-03T09:00", MISSION)
RECEIVER = ("identification", "RECEIVER_VERIFICATION", "2026-03-03T09:00", GUARD)
RECEIVER_LONGER = ("identification", "RECEIVER_VERIFICATION_EXTENDED", "2026-03-20T09:00", GUARD)
OWN_DATA = ("identification", "DATA_REQUEST_RECEIVED", "2026-03-03T09:00", HEALTH)
CLASSIFIED = ("crime", "CRIME_INFO_CLASSIFIED", "2026-03-02T12:00", POLICE)
ASSIGNED = ("crime", "CRIME_INFO_ASSIGNED", "2026-03-03T09:00", POLICE)
EXTENDED = ("crime", "CRIME_INFO_EXTENDED_1", "2026-03-20T09:00", POLICE)
ASKED = ("crime", "EXTENSION_ASKED", "2026-04-20T09:00", POLICE)
DECIDED = ("crime", "EXTENSION_DECIDED", "2026-04-22T09:00", PROCURACY)
LONGER = ("crime", "CRIME_INFO_EXTENDED_2", "2026-04-22T10:00", POLICE)
SUSPENDED = ("crime", "CRIME_INFO_SUSPENDED", "2026-03-10T09:00", POLICE)
RESUMED = ("crime", "CRIME_INFO_RESUMED", "2026-03-31T09:00", POLICE)
RESOLVED = ("crime", "CRIME_INFO_RESOLVED", "2026-03-10T09:00", POLICE)
ASSESSED = ("child", "CHILD_RISK_ASSESSED", "2026-03-02T15:00", COMMUNE)
EMERGENCY = ("child", "CHILD_EMERGENCY", "2026-03-02T12:00", COMMUNE)
SEPARATED = ("child", "CHILD_SEPARATED", "2026-03-02T15:00", COMMUNE)
DRAFTED = ("child", "CHILD_PLAN_DRAFTED", "2026-03-05T15:00", COMMUNE)
PLACED = ("child", "CHILD_ALT_CARE_DECIDED", "2026-03-04T15:00", COMMUNE)

# All reports are of Monday 2 March 2026, 08:00; until 25 April no day differs from the plain week.


def running(pack):
    """The rules of the lanes that a report opens; those of the others have a table of their own.

    Not of rules that hold for facts of earlier years only (`test_verification_limits.py` has one).
    """
    rules = [rule for lane in ("identification", "crime", "child") for rule in pack.rules_of[lane]]
    return [rule for rule in rules if rule.has_clock and rule.valid_to is None]
