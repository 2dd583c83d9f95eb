"""What is written to offices: that there is work, never what it is about. Pure."""

from regulations.words import SURE_VI

DATES_MOVED = "dates_moved"
RECEIVED = "received"
UNUSUAL = "unusual_use"
KINDS_VI = {
    "new_work": "việc mới",
    "handover": "đề nghị tiếp nhận",
    "answer": "đề nghị tiếp nhận đang chờ trả lời",
    "acknowledge": "cần xác nhận đã nhận việc",
    "warning": "sắp đến hạn",
    "reminder": "nhắc việc",
    "breach": "đã quá hạn",
    "escalation": "chuyển lên cấp trên",
    "attention": "lâu chưa có tiến triển",
    "gap": "thiếu một bước phải ghi",
    "fallback": "cơ quan thay thế được nêu",
    "no_receiver": "cơ quan được đề nghị tiếp nhận không còn và không có cơ quan kế thừa",
    "closed": "hồ sơ đã kết thúc",
    "outcome": "cơ quan khác đã ghi kết quả của hồ sơ; việc của cơ quan bạn chưa xong thì vẫn phải làm",
    "person_left": "đã ghi nhận người đó rời thủ tục; việc của cơ quan bạn chưa xong thì vẫn phải làm",
    "identification_withdrawn": "kết quả xác định nạn nhân đã bị rút",
    "paper_revoked": "giấy xác nhận đã bị hủy hoặc rút",
    "sign": "có nội dung chờ ký duyệt",
    "signed": "nội dung do cơ quan trình đã được ký duyệt",
    "sign_refused": "nội dung do cơ quan trình không được ký duyệt",
    "sign_void": "nội dung trình ký duyệt không còn hiệu lực",
    "break_glass": "cơ quan khác đã mở khẩn cấp hồ sơ vì nguy hiểm đến tính mạng",
    "break_glass_review": "có việc mở khẩn cấp hồ sơ cần được xem xét, kết luận",
    RECEIVED: "tin báo của cơ quan bạn đã được tiếp nhận",
    "sight_gained": "có thêm cơ quan được xem hồ sơ ngoài việc bàn giao thông thường; đề nghị kiểm tra",
    "reported_again": "có thể chính người này đã được trình báo ở nơi khác; đề nghị kiểm tra",
    DATES_MOVED: "việc hoặc thời hạn đã thay đổi do sửa đổi quy định",
    UNUSUAL: "có người sử dụng hệ thống nhiều bất thường, đã vượt giới hạn",
}
KINDS_EN = {
    DATES_MOVED: "the law or the offices were amended, and work came to you or due dates moved",
    "no_receiver": "the office that you asked has ended, and no office follows it",
    "closed": "the case is closed",
    "outcome": "another office stated the outcome of the case; what your office still owes goes on",
    "person_left": "it was recorded that the person left the procedure; what your office still owes goes on",
    "identification_withdrawn": "the result of the identification was withdrawn",
    "paper_revoked": "a certificate was cancelled or withdrawn",
    "sign": "a step waits for a second signature",
    "signed": "a step of your office has its second signature",
    "sign_refused": "a second person refused to sign a step of your office",
    "sign_void": "a step of your office that waited for a second signature is void",
    "break_glass": "another office opened the case in an emergency, for danger to life",
    "break_glass_review": "a case was opened in an emergency, and your office is to review it",
    RECEIVED: "what your office reported was received",
    "sight_gained": "another office can see the case now, by other than the usual hand-over; please look",
    "reported_again": "the same person may have been reported anew; please look",
    UNUSUAL: "somebody used the system to an unusual extent and reached a limit",
}
"""Kinds whose code does not say enough. The code stays: agencies' systems know it."""
NO_CASE = {
    DATES_MOVED: ("ở nhiều hồ sơ", "on your cases"),
    UNUSUAL: ("về việc sử dụng hệ thống", "about the use of the system"),
}
"""Kinds of notice that are about no single case."""
OFFERED = ("(một đề nghị tiếp nhận hồ sơ)", "(a case is offered to you)")
RESULT = ("hồ sơ từ tin báo của cơ quan bạn có kết quả mới", "what your office reported has a new result")
SUBJECT = "Nẻo Về: bạn có việc cần xử lý / you have work"
NEWS = "Nẻo Về: có thông báo / you have a notice"


def is_news(kind: str, result: str | None) -> bool:
    """Whether a notice tells who reported a case what became of it, and asks for no work."""
    return kind == RECEIVED or result is not None


def email_text(case_id: str | None, kind: str, confidence: str | None = None, result: str | None = None) -> str:
    """The body of an e-mail to an office.

    Args:
        case_id: None before the office may know it.
        kind: of the notice.
        confidence: of the limit that it is about, if that is not verified text.
        result: what became of a case that the office reported. The e-mail says only that there is a result.
    """
    if is_news(kind, result):
        news_vi, news_en = RESULT if result else (KINDS_VI[kind], KINDS_EN[kind])
        return (
            f"Thông báo về hồ sơ {case_id}: {news_vi}. Vui lòng đăng nhập hệ thống để xem.\n\n"
            f"Notice about case {case_id}: {news_en}. Please sign in to see it.\n"
        )
    no_case = NO_CASE.get(kind, OFFERED)
    about_vi, about_en = (f"ở hồ sơ {case_id}", f"on case {case_id}") if case_id else no_case
    sure_vi, sure_en = (f" ({SURE_VI.get(confidence, confidence)})", f" ({confidence})") if confidence else ("", "")
    work_vi, work_en = KINDS_VI.get(kind, kind) + sure_vi, KINDS_EN.get(kind, kind.replace("_", " ")) + sure_en
    return (
        f"Bạn có việc cần xử lý {about_vi}: {work_vi}. Vui lòng đăng nhập hệ thống để xem.\n\n"
        f"You have work {about_en}: {work_en}. Please sign in to see it.\n"
    )
