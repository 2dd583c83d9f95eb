"""The pages: choose a demo office and a person; signed out; a request that leads nowhere. Plain HTML, no script."""

import base64
import hashlib
from collections.abc import Iterable
from html import escape
from typing import NamedTuple

from starlette.datastructures import QueryParams
from starlette.responses import HTMLResponse

from stack.demo_people import DemoPerson, Serves
from stack.issuer.authorize import LEVELS

STYLE = (
    "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:2rem auto;padding:0 1rem}"
    "label,legend{display:block;font-weight:600;margin-top:1rem}"
    "input,select,button{font:inherit;padding:.5rem;border:1px solid #555;border-radius:4px}"
    "input[type=text]{width:100%;box-sizing:border-box}fieldset{border:0;padding:0;margin:0}"
    "fieldset label{font-weight:400;margin-top:.25rem}button{margin:1.5rem .5rem 0 0;min-height:2.75rem}"
    ".first{background:#0b4f9e;color:#fff;border-color:#0b4f9e}"
    ".note{border-left:.4rem solid #b00020;padding:.25rem 1rem}"
    "a,button,input,select{outline-offset:3px}p.hint{margin:.25rem 0;color:#444}"
)
_STYLE = f"style-src 'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'"
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": f"default-src 'none'; base-uri 'none'; frame-ancestors 'none'; {_STYLE}",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
WORDS = {
    "vi": {
        "title": "Đăng nhập thử – Nẻo Về",
        "warning": "Đây là máy chủ đăng nhập để trình diễn: ai cũng có thể vào bằng bất kỳ cơ quan nào. "
        "Tuyệt đối không dùng với vụ việc thật.",
        "office": "Cơ quan",
        "office_hint": "Mã của cơ quan, ví dụ commune/lao-cai. Gõ vài chữ để tìm trong danh sách.",
        "who": "Chọn cán bộ đăng nhập",
        "who_hint": "Các cán bộ này là nhân vật hư cấu trong danh sách của cơ quan.",
        "person": "Cán bộ số",
        "person_hint": "1, 2, 3 …: mỗi số là một người khác nhau của cơ quan. "
        "Cơ quan có danh sách cán bộ sẽ hỏi tên ở bước sau.",
        "level": "Mức xác thực (giả lập)",
        "one-factor": "Một yếu tố (mật khẩu)",
        "two-factors": "Hai yếu tố",
        "sign_in": "Đăng nhập",
        "cancel": "Không đăng nhập",
        "wrong": "Không có cơ quan hoặc cán bộ này. Hãy kiểm tra lại mã.",
        "head": "lãnh đạo",
        "officer": "cán bộ",
        "duty_officer": "cán bộ trực",
        "auditor": "người kiểm tra",
        "system": "phần mềm",
        "other": "English",
        "signed_out": "Đã đăng xuất.",
        "nowhere": "Yêu cầu đăng nhập này không dùng được: ứng dụng hoặc địa chỉ quay về chưa được đăng ký.",
    },
    "en": {
        "title": "Demonstration sign-in – Nẻo Về",
        "warning": "This sign-in is for demonstrations: anybody can act as any office. Never use it with real cases.",
        "office": "Office",
        "office_hint": "The id of the office, for example commune/lao-cai. Type some letters to search the list.",
        "who": "Who are you?",
        "who_hint": "Nobody of them is real; they are in the office's list of members.",
        "person": "Person number",
        "person_hint": "1, 2, 3 …: each number is another person of the office. "
        "An office with a list of members asks for the name next.",
        "level": "Level of authentication (pretended)",
        "one-factor": "One factor (password)",
        "two-factors": "Two factors",
        "sign_in": "Sign in",
        "cancel": "Do not sign in",
        "wrong": "There is no such office or person. Check the id.",
        "head": "head",
        "officer": "officer",
        "duty_officer": "duty officer",
        "auditor": "auditor",
        "system": "system",
        "other": "Tiếng Việt",
        "signed_out": "You have signed out.",
        "nowhere": "This request cannot be used: the program, or the address to return to, is not registered.",
    },
}


class Shown(NamedTuple):
    """What the form shows before it is filled in, or again after a mistake."""

    office: str = ""
    actor: str = "1"
    level: str = LEVELS[0]
    wrong: bool = False


def sign_in(query: QueryParams, language: str, offices: Iterable[str], shown: Shown) -> HTMLResponse:
    """The form in which a person chooses an office.

    Args:
        query: of the request; the form sends it again.
        language: `vi` or `en`.
        offices: to choose from; others may be typed.
        shown: what stands in the fields.
    """
    words = WORDS[language]
    options = "".join(f'<option value="{escape(office)}">' for office in sorted(offices))
    alert = f'<p class="note" role="alert" id="wrong">{escape(words["wrong"])}</p>' if shown.wrong else ""
    described = "wrong office-hint" if shown.wrong else "office-hint"
    levels = "".join(
        f'<label><input type="radio" name="level" value="{level}"{" checked" if level == shown.level else ""}> '
        f"{escape(words[level])}</label>"
        for level in LEVELS
    )
    return _page(
        language,
        f"""<p class="note">{escape(words["warning"])}</p>{alert}
<form method="post" action="{_address(query, language)}">
<label for="office">{escape(words["office"])}</label>
<input type="text" id="office" name="office" list="offices" required autofocus autocomplete="off" spellcheck="false"
 aria-describedby="{described}"{' aria-invalid="true"' if shown.wrong else ""} value="{escape(shown.office)}">
<p class="hint" id="office-hint">{escape(words["office_hint"])}</p><datalist id="offices">{options}</datalist>
<label for="actor">{escape(words["person"])}</label>
<input type="text" id="actor" name="actor" required autocomplete="off" aria-describedby="actor-hint"
 value="{escape(shown.actor)}"><p class="hint" id="actor-hint">{escape(words["person_hint"])}</p>
<fieldset><legend>{escape(words["level"])}</legend>{levels}</fieldset>
<button class="first" name="do" value="sign-in">{escape(words["sign_in"])}</button>
<button name="do" value="cancel" formnovalidate>{escape(words["cancel"])}</button>
</form>""",
        _address(query, "en" if language == "vi" else "vi"),
        400 if shown.wrong else 200,
    )


def choose_person(
    query: QueryParams, language: str, people: Iterable[tuple[DemoPerson, Serves]], shown: Shown
) -> HTMLResponse:
    """The second form, for an office that has demo people: which of them signs in.

    Args:
        query: of the request; the form sends it again. language: `vi` or `en`.
        people: of the office. shown: office and level, as chosen before.
    """
    words = WORDS[language]
    choices = "".join(
        f'<label><input type="radio" name="person" value="{escape(one.id)}" required> '
        f"{escape(one.name)} – {escape(words[serves.position])}</label>"
        for one, serves in people
    )
    return _page(
        language,
        f"""<p class="note">{escape(words["warning"])}</p>
<form method="post" action="{_address(query, language)}">
<input type="hidden" name="office" value="{escape(shown.office)}">
<input type="hidden" name="level" value="{escape(shown.level)}">
<p>{escape(words["office"])}: <strong>{escape(shown.office)}</strong></p>
<fieldset aria-describedby="who-hint"><legend>{escape(words["who"])}</legend>{choices}</fieldset>
<p class="hint" id="who-hint">{escape(words["who_hint"])}</p>
<button class="first" name="do" value="sign-in">{escape(words["sign_in"])}</button>
<button name="do" value="cancel" formnovalidate>{escape(words["cancel"])}</button>
</form>""",
        _address(query, "en" if language == "vi" else "vi"),
        200,
    )


def message(word: str, language: str, status: int = 200) -> HTMLResponse:
    """A page that only says something: `signed_out` or `nowhere`."""
    return _page(language, f"<p>{escape(WORDS[language][word])}</p>", None, status)


def _address(query: QueryParams, language: str) -> str:
    """This page again, in a language."""
    others = [(name, value) for name, value in query.multi_items() if name != "lang"]
    return escape(f"authorize?{QueryParams([*others, ('lang', language)])}")


def _page(language: str, body: str, switch: str | None, status: int) -> HTMLResponse:
    words, other = WORDS[language], "en" if language == "vi" else "vi"
    link = f'<p><a href="{switch}" lang="{other}" hreflang="{other}">{words["other"]}</a></p>' if switch else ""
    title = escape(words["title"])
    text = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{title}</title><style>{STYLE}</style></head>'
        f"<body><main>{link}<h1>{title}</h1>{body}</main></body></html>"
    )
    return HTMLResponse(text, status, HEADERS)
