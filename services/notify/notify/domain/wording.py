"""What is written to offices: that there is work, never what it is about. Pure."""

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
}
SUBJECT = "Nẻo Về: bạn có việc cần xử lý / you have work"


def email_text(case_id: str | None, kind: str) -> str:
    """The body of an e-mail to an office: a case id (or none, before it may know it) and a code."""
    about_vi = f"ở hồ sơ {case_id}" if case_id else "(một đề nghị tiếp nhận hồ sơ)"
    about_en = f"on case {case_id}" if case_id else "(a case is offered to you)"
    return (
        f"Bạn có việc cần xử lý {about_vi}: {KINDS_VI.get(kind, kind)}. Vui lòng đăng nhập hệ thống để xem.\n\n"
        f"You have work {about_en}: {kind.replace('_', ' ')}. Please sign in to see it.\n"
    )
