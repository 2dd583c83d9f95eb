"""Code lists of the interfaces. A service refuses an unknown code (422).

A comment behind a value gives the Vietnamese term that officials use for it.
"""

from enum import StrEnum
from typing import Literal


class Role(StrEnum):
    """Kinds of office, as the office directory of `regulations` names them."""

    COMMUNE = "commune"  # Ủy ban nhân dân cấp xã
    COMMUNE_POLICE = "commune_police"  # Công an xã
    DISTRICT_POLICE = "district_police"  # Công an cấp huyện, until 2025-06-30
    PROVINCIAL_POLICE = "provincial_police"  # Công an cấp tỉnh
    BORDER_GUARD = "border_guard"  # Bộ đội Biên phòng
    COAST_GUARD = "coast_guard"  # Cảnh sát biển
    IMMIGRATION = "immigration"  # Phòng Quản lý xuất nhập cảnh, Công an cấp tỉnh
    IMMIGRATION_DEPARTMENT = "immigration_department"  # Cục Quản lý xuất nhập cảnh, Bộ Công an
    PROCURACY = "procuracy"  # Viện kiểm sát
    HEALTH_AUTHORITY = "health_authority"  # Sở Y tế, the support authority since 2025-07-01
    LABOUR_AUTHORITY = "labour_authority"  # Lao động – Thương binh và Xã hội, until 2025-06-30
    FACILITY = "facility"  # cơ sở trợ giúp xã hội, cơ sở hỗ trợ nạn nhân
    HOTLINE_111 = "hotline_111"  # Tổng đài 111
    MISSION = "mission"  # cơ quan đại diện Việt Nam ở nước ngoài
    CONSULAR = "consular"  # Cục Lãnh sự, Bộ Ngoại giao
    FOREIGN_AFFAIRS = "foreign_affairs"  # Sở Ngoại vụ, or the provincial office in its stead
    LEGAL_AID = "legal_aid"  # Trung tâm trợ giúp pháp lý
    PROVIDER = "provider"  # đơn vị cung cấp dịch vụ
    STEERING_COMMITTEE = "steering_committee"  # Ban Chỉ đạo 138
    MINISTRY = "ministry"  # Bộ Công an, Quốc phòng, Y tế, Ngoại giao: reports, no cases
    ADMIN = "admin"


class Channel(StrEnum):
    """The way in which a report reached the office."""

    IN_PERSON = "in_person"
    HOTLINE_111 = "hotline_111"
    RESCUE = "rescue"
    BORDER_HANDOVER = "border_handover"
    MISSION = "mission"
    ONLINE = "online"
    REFERRAL = "referral"


class Route(StrEnum):
    """The way in which the person came to the authorities. It decides which lanes a report opens."""

    SELF_REPORT = "self_report"  # tự trình báo
    RESCUED = "rescued"  # được giải cứu
    RETURNED_VIA_MISSION = "returned_via_mission"  # trao trả qua cơ quan đại diện
    SELF_RETURNED = "self_returned"  # tự trở về
    ABROAD = "abroad"  # còn ở nước ngoài
    FOREIGN_VICTIM = "foreign_victim"  # người nước ngoài bị mua bán tại Việt Nam
    FOREIGN_UNRESCUED = "foreign_unrescued"  # tin về người nước ngoài bị mua bán tại Việt Nam, chưa được giải cứu
    HOTLINE = "hotline"  # chuyển từ Tổng đài 111


class Sex(StrEnum):
    """The sex that the person's papers name."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"
    UNKNOWN = "unknown"


class Indicator(StrEnum):
    """Signs that the office noted when it received the person. A sign is not a conclusion."""

    DECEIVED_ONLINE = "deceived_online"
    EASY_WORK_HIGH_PAY = "easy_work_high_pay"
    SOLD = "sold"
    RECRUITED_BY_ACQUAINTANCE = "recruited_by_acquaintance"
    DOCUMENTS_WITHHELD = "documents_withheld"
    IRREGULAR_CROSSING = "irregular_crossing"
    CONFINED = "confined"
    THREATENED = "threatened"
    VIOLENCE = "violence"
    DEBT_BONDAGE = "debt_bondage"
    RANSOM = "ransom"
    FORCED_LABOUR = "forced_labour"
    FORCED_MARRIAGE = "forced_marriage"
    FORCED_CHILDBIRTH = "forced_childbirth"
    FORCED_BEGGING = "forced_begging"
    FORCED_CRIMINALITY = "forced_criminality"
    SEXUAL_EXPLOITATION = "sexual_exploitation"
    ORGAN_REMOVAL = "organ_removal"
    SURROGACY = "surrogacy"
    ADOPTION_BROKERING = "adoption_brokering"
    CYBER_SCAM_COMPOUND = "cyber_scam_compound"
    FISHING_VESSEL = "fishing_vessel"
    LONG_ABSENCE = "long_absence"
    ESCAPED = "escaped"
    FOUND_WITH_OTHER_VICTIMS = "found_with_other_victims"
    MINOR = "minor"
    DISABILITY = "disability"
    ETHNIC_MINORITY = "ethnic_minority"
    UNABLE_TO_SPEAK_YET = "unable_to_speak_yet"


class ImmediateNeed(StrEnum):
    """What the person needs at once."""

    FOOD = "food"
    CLOTHING = "clothing"
    SHELTER = "shelter"
    MEDICAL = "medical"
    PSYCHOLOGICAL = "psychological"
    INTERPRETER = "interpreter"
    LEGAL = "legal"
    TRAVEL = "travel"
    PROTECTION = "protection"
    CHILD_CARE = "child_care"


class ContactChannel(StrEnum):
    """Ways in which the person allows offices to reach her or him."""

    IN_PERSON = "in_person"
    PHONE = "phone"
    SMS = "sms"
    EMAIL = "email"
    POST = "post"
    THROUGH_TRUSTED_PERSON = "through_trusted_person"


class SupportKind(StrEnum):
    """Kinds of support, in the order of the law's letters; the lane of each is `support:<kind>`."""

    ESSENTIAL_NEEDS = "essential_needs"  # nhu cầu thiết yếu
    MEDICAL = "medical"  # y tế
    INTERPRETER = "interpreter"  # phiên dịch
    LEGAL_SUPPORT = "legal_support"  # hỗ trợ pháp luật
    LEGAL_AID = "legal_aid"  # trợ giúp pháp lý
    TRAVEL = "travel"  # chi phí đi lại
    PSYCHOLOGICAL = "psychological"  # tâm lý
    GENERAL_EDUCATION = "general_education"  # học văn hóa
    VOCATIONAL = "vocational"  # học nghề, tư vấn việc làm
    HARDSHIP_ALLOWANCE = "hardship_allowance"  # trợ cấp khó khăn ban đầu
    LOAN = "loan"  # vay vốn


class HandoverReason(StrEnum):
    """Why an office proposes or declines a hand-over."""

    RETURNS_HOME = "returns_home"
    RESIDENCE_CONFIRMED = "residence_confirmed"
    CHOSEN_RESIDENCE = "chosen_residence"
    COMPETENCE = "competence"
    SAFETY = "safety"
    CAPACITY = "capacity"
    FAMILY_REUNION = "family_reunion"
    MEDICAL_TREATMENT = "medical_treatment"
    WRONG_TERRITORY = "wrong_territory"
    NOT_COMPETENT = "not_competent"
    NO_CAPACITY = "no_capacity"
    INCOMPLETE = "incomplete"
    DUPLICATE = "duplicate"
    OTHER = "other"


class SigningReason(StrEnum):
    """Why a second person does not sign a step."""

    UNFOUNDED = "unfounded"  # chưa có căn cứ
    INCOMPLETE = "incomplete"  # hồ sơ chưa đầy đủ
    TOO_EARLY = "too_early"  # chưa đến lúc
    WRONG_CASE = "wrong_case"  # nhầm hồ sơ
    OTHER = "other"


class Purpose(StrEnum):
    """Why an office opens text in the vault. The vault writes it into the access log."""

    IDENTIFICATION = "identification"
    VERIFICATION = "verification"
    PROTECTION = "protection"
    SUPPORT = "support"
    RETURN = "return"
    CRIMINAL_INVESTIGATION = "criminal_investigation"
    CHILD_PROTECTION = "child_protection"
    LEGAL_AID = "legal_aid"
    CONTACT = "contact"
    DATA_SUBJECT_REQUEST = "data_subject_request"
    SUPERVISION = "supervision"


class SealGroup(StrEnum):
    """Groups of sealed text. The pack of a case says which role may open which group."""

    IDENTITY = "identity"
    CONTACT = "contact"
    STATEMENT = "statement"
    EVIDENCE = "evidence"
    HEALTH = "health"
    PROTECTION = "protection"
    SUPPORT = "support"
    NOTE = "note"
    REPORTER = "reporter"


Confidence = Literal[
    "verified text",
    "as enacted, amended wording not seen",
    "secondary summary",
    "inferred",
    "unverified",
    "not found",
]
"""How sure it is that a text says what a row of a pack says. `regulations.model.BINDING` says what follows from it."""
