"""Refusals of casework. The slug of each is stable for ever."""

from contracts.problems import Invalid, NotFound, Refused, Unavailable


class UnknownCase(NotFound):
    """No case is known under this id; its opening may still be on the bus.

    It reads as every other 404, so that a case which is kept from the caller cannot be told from one that is not there.
    """


class UnknownClock(Invalid):
    """The case has no such clock, or the rule has not exactly one open clock."""

    slug, title = "unknown-clock", "The clock is not named clearly"


class Misheard(Invalid):
    """No case can have this number or alias: it was misheard or mistyped. It says nothing about any case."""

    slug, title = "misheard", "This cannot be right: listen again"


class UnknownOffice(Invalid):
    """The directory has no such office on that day."""

    slug, title = "unknown-office", "There is no such office on that day"


class UnknownPlace(Invalid):
    """The receiver serves no such place on that day."""

    slug, title = "unknown-place", "The receiver serves no such place on that day"


class CaseIsOpen(Refused):
    """Only a case with an outcome can be reopened."""

    slug, title = "case-open", "The case is not closed"


class StillOwed(Refused):
    """No outcome can be stated. Answer or withdraw the hand-over first; what else is owed refuses no outcome."""

    slug, title = "still-owed", "A hand-over of this case waits for its answer"


class NothingToAcknowledge(Refused):
    """The holder has acknowledged already."""

    slug, title = "nothing-to-acknowledge", "Nothing waits for an acknowledgement here"


class NothingToAssign(Refused):
    """The case has no lane of this code without a holder at a place of this authority. Holders propose hand-overs."""

    slug, title = "nothing-to-assign", "This lane does not wait for an assignment by this authority"


class MayNotHaveLane(Invalid):
    """By its role or its place the office cannot have the lane; `errors` says why."""

    slug, title = "may-not-have-lane", "This office may not have the lane"


class AlreadyProposed(Refused):
    """One proposal at a time for each lane."""

    slug, title = "already-proposed", "A hand-over of this lane is already proposed"


class LaneIsOpen(Refused):
    """Only the step that opens a lane can be proposed. For an open lane, ask its holder for a hand-over."""

    slug, title = "lane-open", "The lane is open; ask its holder"


class NobodyCarriesIt(Refused):
    """No other office carries the case and could accept the step."""

    slug, title = "nobody-to-ask", "There is no other office that carries the case"


class LaneHasEnded(Refused):
    """A lane that has ended cannot be handed over or assigned."""

    slug, title = "lane-ended", "The lane has reached its end"


class TransferElsewhere(Refused):
    """The transfer is at another step, or has ended; `state` says where it is."""

    slug, title = "transfer-elsewhere", "The transfer is not at this step"


class PartOfTransfer(Refused):
    """The lanes of a transfer move together, so `answer_transfer` answers for all of them."""

    slug, title = "part-of-transfer", "This hand-over is part of a transfer"


class ClockNotRunning(Refused):
    """Only a running clock can be paused."""

    slug, title = "clock-not-running", "The clock does not run"


class NoTextStopsIt(Refused):
    """No text that was read says that a pause on this basis stops this limit, so it runs on."""

    slug, title = "no-text-stops-it", "No text lets this limit stop"


class BreachedAlready(Refused):
    """The limit was over before the pause was entered. A pause that is dated back does not undo a breach."""

    slug, title = "breached-already", "The limit was breached before"


class NotDecided(Invalid):
    """A pause states the decision that orders it: its number (`decision`), or the document itself (`document`)."""

    slug, title = "decision-needed", "The decision that orders the pause is missing"


class ClockNotPaused(Refused):
    """Only a paused clock can be resumed."""

    slug, title = "clock-not-paused", "The clock is not paused"


class AlreadyWithdrawn(Refused):
    """A withdrawn fact cannot be corrected again."""

    slug, title = "already-withdrawn", "The fact was withdrawn"


class OfficesDiffer(Unavailable):
    """The signed changes of the offices do not fit the directory of this release. This is an alarm."""

    slug, title = "offices-differ", "The offices of this release do not fit the signed changes"


class PackDiffers(Unavailable):
    """The pack to which the case is pinned is not installed. This is an alarm: no change is possible until it is."""

    slug, title = "pack-differs", "The regulation pack of this case is not installed as it was"


class TooEarly(Unavailable):
    """The fact does not fit yet, because its cause may still be on its way."""

    slug, title = "not-yet", "What this follows from has not arrived yet"


class NotStatedHere(Refused):
    """The office may not state a fact that came from another service. Over HTTP this is a 403."""

    slug, title = "may-not-state", "The office may not state this"


class StatedElsewhere(Invalid):
    """Another service keeps what this step changes, so its operation alone states the step. Member: `operation`."""

    slug, title = "stated-elsewhere", "Another operation states this step"


class UnknownCode(Invalid):
    """The pack of the case has no such code."""

    slug, title = "unknown-code", "The regulation pack knows no such code"


class AnsweredTooEarly(Refused):
    """An answer cannot lie before its proposal."""

    slug, title = "answer-before-proposal", "The answer lies before the proposal"


class NotInstalled(Invalid):
    """No checked pack of this id and hash is installed here; `neove law amend` installs it before it proposes."""

    slug, title = "pack-not-installed", "This version of the pack is not installed"


class OfficesRefused(Invalid):
    """Some changes of the offices cannot be taken, so none is; `errors` has one entry for each mistake."""

    slug, title = "offices-refused", "These changes of the offices cannot be taken"


class OfficeEnded(Refused):
    """The office was dissolved: what it said of itself stays as it was."""

    slug, title = "office-ended", "This office no longer exists"


class BeforeItsDay(Refused):
    """A change of the offices is signed on its day or later: the cases are folded again when it is signed."""

    slug, title = "before-its-day", "The change begins on a later day"


class SigningEnded(Refused):
    """The step was signed, refused or taken back, or it became void; `state` says which."""

    slug, title = "signing-ended", "This step does not wait for a signature any more"


class CountsAlready(Refused):
    """The step was due at once and counts without its second signature; it is corrected or withdrawn as any step is."""

    slug, title = "counts-already", "This step counts already"


class AlreadyAsked(Refused):
    """The same step waits for its second signature already; `signing_id` names it."""

    slug, title = "already-asked", "This step waits for its second signature"


class OtherContent(Refused):
    """The content that the signer names is not that of the amendment."""

    slug, title = "other-content", "The amendment has another content"


class AlreadySigned(Refused):
    """The amendment is signed already."""

    slug, title = "already-signed", "The amendment is signed"


class AmendmentWithdrawn(Refused):
    """The amendment was withdrawn before it was signed."""

    slug, title = "amendment-withdrawn", "The amendment was withdrawn"


class NobodyLeft(Refused):
    """No person would be left today who may act in the office. An auditor and a system do not count."""

    slug, title = "nobody-left", "An office keeps somebody who may act"


class NoMember(Refused):
    """This subject is no member of the office on that day, or a system. An office without a list has no members."""

    slug, title = "no-member", "This is no member of the office"


class TooManyMembers(Refused):
    """The office would have more members at one time than its list holds."""

    slug, title = "too-many-members", "The office has too many members"


class CannotHaveWork(Invalid):
    """Work is for persons who are members of the office that day and act in it; an auditor and a system are not."""

    slug, title = "cannot-have-work", "This is no member who can be given work today"


class MemberIsAbsent(Invalid):
    """Whoever is absent gets no new work; `deputies` are there, and can be given it."""

    slug, title = "member-absent", "The member is absent today"


class NoSuchWork(Refused):
    """The queue of the office has no line in this lane of this case now; perhaps the step was just recorded."""

    slug, title = "no-such-work", "Your office has no work there now"


class AlreadyTaken(Refused):
    """Another member was faster; `assignee` has the work. A head or a duty officer can give it to somebody else."""

    slug, title = "already-taken", "Another member of the office has this work"


class NotYours(Refused):
    """Only who has the work, or deputises for who has it, returns it; `assignee` has it, null: nobody."""

    slug, title = "not-yours", "You do not have this work"


class NobodyCouldOpen(Refused):
    """The restriction would leave nobody who can open the case: name two persons of the office that carries it."""

    slug, title = "nobody-could-open", "Somebody must still be able to open the case"


class RestrictionEnded(Refused):
    """The restriction was lifted already."""

    slug, title = "restriction-ended", "This restriction was lifted"


class HasPart(Refused):
    """The office may open the case by its own right; break-glass is for an office outside it."""

    slug, title = "has-part", "Your office may open this case as usual"


class BreakGlassEnded(Refused):
    """It was confirmed or reviewed already, or its minutes are over; `state` says which. Ask anew."""

    slug, title = "break-glass-ended", "This does not wait for an answer any more"
