"""Telephone numbers and addresses of mail in free texts: the one filter of the program.

Whom to call stands in titles and descriptions. It is replaced before a text is kept or shown.
Numbers are found by their form, valid or not, as a mistyped number is nearly somebody's: groups of
digits in the sizes in which people write French numbers, and numbers with a country's code.
Inventory numbers, dates, versions, positions and rooms have other sizes, signs or neighbours.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from dispatch.files.calling_codes import national_lengths

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

WITHHELD = "[…]"

_DASHES = "-\u2010-\u2015\u2212\ufe63\uff0d"
_HIDDEN = "\u00ad\u200b-\u200d\u2060\ufeff"
# What people write between the groups of a number: never a line's end, and never a letter.
_BETWEEN = re.compile(rf"(?:[^\S\n\r]|[{_DASHES}{_HIDDEN}./_,:·•∙()]){{1,4}}")
# A letter O is often written for the first zero.
_GROUP = re.compile(r"(?:(?<![^\W_])[Oo](?=[1-9]))?\d+")
_SPACES = re.compile(rf"[\s{_HIDDEN}]+")
_LEAST_DIGITS = 8
# Letters before a number that tell what it is.
LOOKED_BACK = 40

# Sizes of groups, of numbers that begin with 0. Of two after each other the pairs come first.
_Shape = tuple[int, ...]
_PAIRS: _Shape = (2, 2, 2, 2, 2)
_WHOLE: _Shape = (10,)
_SHAPES: tuple[_Shape, ...] = (
    _PAIRS, (4, 2, 2, 2), (2, 4, 4), (2, 3, 3, 2), (2, 2, 3, 3), (2, 4, 2, 2), (2, 2, 2, 4),
    (2, 8), (4, 6), (4, 3, 3), (4, 4, 2), (1, 3, 3, 3), (3, 3, 2, 2), _WHOLE,
    # Belgium, Germany and the United Kingdom, as they write at home.
    (2, 3, 2, 2), (3, 2, 2, 2), (3, 4, 4),
)  # fmt: skip
# "(0)6 12 34 56 78" and "(0)612345678": the zero alone, in brackets or before a space.
_LONE_ZERO: tuple[_Shape, ...] = ((1, 1, 2, 2, 2, 2), (1, 9), (1, 3, 2, 2, 2), (1, 3, 3, 3))
# "33 6 12 34 56 78", without its plus sign; and in one, of a mobile.
_BARE_33 = (
    (1, 2, 2, 2, 2),
    (1, 4, 4),
    (3, 2, 2, 2),
    (3, 3, 3),
    (1, 1, 2, 2, 2, 2),
    (2, 2, 2, 2, 2),
)
_BARE_MOBILE = re.compile(r"33[67]\d{8}")
_AFTER_A_WORD = range(8, 14)

_CALLS = re.compile(
    r"(?:\bt[ée]l(?:[ée]phone[rz]?)?|\bportable|\bport|\bmob(?:ile)?|\bgsm|\bcell"
    r"|\b(?:r?appel(?:er|ez|le)?|call|phone|joindre|joignable|contact(?:er|ez)?|whatsapp|sms)"
    r"|wa\.me|☎|✆|📞|📱)\W{0,3}"
    r"(?:(?:au|le|sur le|me|à|:|n°|num[ée]ro|at|on|is)\W{1,3}){0,2}$",
    re.IGNORECASE,
)
# Words after which a number of fewer digits, or without its 0 as spreadsheets leave it, is one to
# call. Not "portable", "mobile" and "téléphone", which are things with inventory numbers as well.
_CALLS_SURELY = re.compile(
    r"(?:\bt[ée]l\.?|\bgsm|\br?appele[rz]|\bjoindre|\bjoignable|\bwhatsapp|☎|✆|📞|📱)\W{0,3}"
    r"(?:(?:au|le|sur le|à|n°)\W{1,3})?$",
    re.IGNORECASE,
)
# What numbers in one piece are besides: of things.
_OF_A_THING = re.compile(
    r"(?:\bs[ée]ries?|\bserial|\bs/?n|\binv(?:entaire)?|\basset|\btag|\bcode(?:[ -]barres?)?"
    r"|\br[ée]f(?:[ée]rence)?|\bimmo(?:bilisation)?|\bimei|\bsiret|\bsiren|\bmatricule"
    r"|\bcompteur|\bean|\bcommande|\bfacture|\bticket|\bdossier|\bmarch[ée]|\bbarcode|\border"
    r"|\bmod[èe]le|\bpalette|\blot)\W{0,4}(?:n[o°]?\W{0,2})?$",
    re.IGNORECASE,
)
_AMOUNT = re.compile(
    r"\s?(?:€|%|\$|£|°|euros?\b|habitants?\b|k?m\b|[kmgt]?o\b|octets?\b|pages?\b|copies?\b"
    r"|fois\b|points?\b)",
    re.IGNORECASE,
)

_ENDINGS = "fr|com|org|net|eu|gouv|be|ch|de|uk|es|it|pt|lu|info|io|bzh|re"
_LOCAL = r"(?:\"[^\"@\n]{1,64}\"|[^\s@＠<>()\[\]{},;:\"«»|]{1,64})"
_LABEL = r"[^\W_](?:[\w-]{0,62})"
_AT = (
    r"(?:\s?[@＠﹫]\s?"
    r"|\s?[(\[{<]\s?(?:@|at|arobase?|a|chez)\s?[)\]}>]\s?"
    r"|\s(?:arobase?|arobas)\s"
    r"|[_-](?:at|arobase?)[_-])"
)
_DOT = r"(?:\.|\s?[(\[{<]\s?(?:dot|point|\.)\s?[)\]}>]\s?|\s(?:dot|point)\s)"
_MAIL = re.compile(
    rf"{_LOCAL}{_AT}{_LABEL}(?:{_DOT}{_LABEL})*{_DOT}[^\W\d_]{{2,24}}(?![\w@])", re.IGNORECASE
)
# A dot with spaces around, before an ending that is one.
_MAIL_APART = re.compile(
    rf"{_LOCAL}{_AT}{_LABEL}(?:\.{_LABEL})*\s?\.\s?(?:{_ENDINGS})(?![\w@])", re.IGNORECASE
)
# "jeanne.martin at mairie.fr": the plain word only after a name of two parts.
_MAIL_PLAIN = re.compile(
    rf"[^\W\d_]{{1,30}}(?:[._-][^\W_]{{1,30}}){{1,3}}\s(?:at|chez)\s{_LABEL}"
    rf"(?:(?:\.|\s(?:dot|point)\s){_LABEL}){{0,3}}(?:\.|\s(?:dot|point)\s)(?:{_ENDINGS})(?!\w)",
    re.IGNORECASE,
)
# Where an address with spaces around its sign is rather "3 @ 5": a name begins with a letter.
_NO_NAME = re.compile(r"\d{0,4}$")


class _Group(NamedTuple):
    """Digits in a row: their value as text, where they stand, and what precedes them in the run."""

    digits: str
    start: int
    end: int
    gap: str


def withhold_contacts(text: str) -> str:
    """
    Return a text in which `[…]` stands for telephone numbers and addresses of mail.

    Parameters
    ----------
    text
        Any text; its lines stay as they are.
    """
    if "@" in text or not text.isascii() or _may_hold_mail(text):
        for form in (_MAIL, _MAIL_APART, _MAIL_PLAIN):
            text = form.sub(_mail_withheld, text)
    if sum(map(str.isdigit, text)) < _LEAST_DIGITS:
        return text
    parts, at = [], 0
    for start, end in _numbers(text):
        parts += [text[at:start], WITHHELD]
        at = end
    return "".join(parts) + text[at:]


def _may_hold_mail(text: str) -> bool:
    low = text.casefold()
    return any(word in low for word in ("at", "(a)", "[a]", "arobas", "chez"))


def _mail_withheld(found: re.Match[str]) -> str:
    local = re.split(_AT, found[0], maxsplit=1, flags=re.IGNORECASE)[0]
    apart = re.search(r"\s[@＠﹫]", found[0]) is not None
    return found[0] if apart and _NO_NAME.fullmatch(local.strip()) else WITHHELD


def _numbers(text: str) -> Iterator[tuple[int, int]]:
    """Yield where telephone numbers begin and end."""
    for run in _runs(text):
        at, free = 0, True
        while at < len(run):
            until = _number_at(text, run, at, free=free)
            if until is None:
                at, free = at + 1, False
                continue
            start, end = _whole(text, run[at].start, run[until - 1].end)
            yield start, end
            at, free = until, True


def _runs(text: str) -> Iterator[list[_Group]]:
    """Yield the groups of digits that follow each other with nothing but separators between."""
    run: list[_Group] = []
    for found in _GROUP.finditer(text):
        digits = "".join(
            "0" if letter in "Oo" else str(unicodedata.digit(letter, 0)) for letter in found[0]
        )
        gap = text[run[-1].end : found.start()] if run else ""
        if run and not _BETWEEN.fullmatch(gap):
            yield run
            run, gap = [], ""
        run.append(_Group(digits, found.start(), found.end(), gap))
    if run:
        yield run


def _number_at(text: str, run: Sequence[_Group], at: int, *, free: bool) -> int | None:
    """Return the group after the number that begins with a group; None: none begins there."""
    before = text[max(0, run[at].start - LOOKED_BACK) : run[at].start].rstrip("(")
    if (plus := re.search(r"\+\s?$", before)) is not None:
        ahead = before[plus.start() - 1 : plus.start()]
        if not ahead.isalnum():
            return _abroad(text, run, at, "")
        return None
    first = run[at].digits
    if first.startswith("00") and (first != "00" or at + 1 < len(run)):
        if _stands_alone(text, run, at, whole=len(first) > 9, free=free):
            return _abroad(text, run, at, "00")
        return None
    if first == "33" and _stands_alone(text, run, at, whole=False, free=free):
        for shape in _BARE_33:
            zero = sum(shape) == 10
            if _fits(run, at + 1, shape) and (run[at + 1].digits[0] == "0") == zero:
                return at + 1 + len(shape)
    if _BARE_MOBILE.fullmatch(first) and not _tagged(text, run, at, slash=False):
        return at + 1
    if first[0] == "0":
        for form in (*_SHAPES, *_LONE_ZERO):
            if _fits(run, at, form) and _is_french(text, run, at, form, free=free):
                return at + len(form)
    bracketed = text[run[at].start - 1 : run[at].start] == "("
    if bracketed and _fits(run, at, (3, 3, 4)) and run[at + 1].gap.startswith(")"):
        return at + 3  # "(514) 555-1234", as in North America
    if _CALLS_SURELY.search(before):
        return _after_a_word(run, at)
    return None


def _abroad(text: str, run: Sequence[_Group], at: int, prefix: str) -> int | None:
    """Return the group after a number with a country's code; None: it is none."""
    digits, best = "", None
    for index in range(at, len(run)):
        if index > at and ":" in run[index].gap:
            break
        digits += run[index].digits
        number = digits[len(prefix) :]
        if len(number) > 15:
            break
        lengths, code = national_lengths(number)
        national = number[len(code) :]
        grouped = index > at
        if lengths is None:
            sound = not prefix and 8 <= len(number) <= 15
        else:
            trunk = national.startswith("0") and len(national) - 1 in lengths
            sound = len(national) in lengths or trunk
            sound &= grouped or not prefix or code != "1"
        if sound:
            best = index + 1
    if best is None or _AMOUNT.match(text, run[best - 1].end):
        return None
    return best


def _fits(run: Sequence[_Group], at: int, shape: Sequence[int]) -> bool:
    groups = run[at : at + len(shape)]
    return len(groups) == len(shape) and all(
        len(group.digits) == size for group, size in zip(groups, shape, strict=True)
    )


def _is_french(
    text: str, run: Sequence[_Group], at: int, shape: Sequence[int], *, free: bool
) -> bool:
    """Return whether groups of these sizes, the first beginning with 0, are a number to call."""
    groups = run[at : at + len(shape)]
    number = "".join(group.digits for group in groups)
    if number[1] == "0":
        return False
    gaps = [_sign(group.gap) for group in groups[1:]]
    if shape in _LONE_ZERO and shape[0] == 1:
        bracketed = text[groups[0].end : groups[0].end + 1] == ")"
        if not bracketed and gaps[0] != " ":
            return False
    if "," in gaps and (
        shape != _PAIRS or any(" " in group.gap for group in groups[1:]) or _counts_up(groups)
    ):
        return False
    if ":" in gaps and (shape != _PAIRS or set(gaps) != {":"}):
        return False
    if _begins_with_a_day(groups, gaps) or (sum(shape) != 10 and set(gaps) - set(" ./-")):
        return False
    if shape == (3, 4, 4) and set(gaps) != {" "}:
        return False
    if shape == (2, 2, 2, 4) and len(set(gaps)) > 1:
        return False
    if not _stands_alone(text, run, at, whole=shape == _WHOLE, free=free):
        return False
    after = run[at + len(shape)] if at + len(shape) < len(run) else None
    end = groups[-1].end
    if after is not None and gaps and _sign(after.gap) == gaps[-1] != " ":
        # A longer row of pairs is an address of a network card or a serial number, unless a second
        # number follows.
        return after.digits[0] == "0" and (not gaps or len(run) - at - len(shape) >= len(shape))
    if after is not None and at and not free and shape not in (_PAIRS, _WHOLE):
        return False
    tail = text[end : end + 12]
    if not gaps:
        return re.match(rf"\w|[{_DASHES}.,/](?!0[1-9]\d{{8}})\w", tail) is None
    if gaps[-1] == " ":
        return True
    return (
        re.match(rf"{re.escape(gaps[-1])}[0-9A-Fa-f]{{2}}(?!\w)", tail.translate(_AS_DASH)) is None
    )


def _stands_alone(text: str, run: Sequence[_Group], at: int, *, whole: bool, free: bool) -> bool:
    """Return whether what is before a number leaves it one."""
    if at and free:
        return True  # right after another number
    if at and _sign(run[at].gap) not in (" ", "(", ")"):
        follows = run[at + 1].gap if at + 1 < len(run) else ""
        if whole or _sign(run[at].gap) == _sign(follows) or _sign(run[at].gap) in ".,":
            return False
    return not _tagged(text, run, at, slash=True, whole=whole)


def _tagged(text: str, run: Sequence[_Group], at: int, *, slash: bool, whole: bool = True) -> bool:
    """Return whether a number is a part of a thing's name: INV-0612345678, PC06-12-34-56-78."""
    start = run[at].start
    before = text[max(0, start - LOOKED_BACK) : start]
    bare = before.rstrip("(")
    if _CALLS.search(bare):
        return False
    if whole and _OF_A_THING.search(bare):
        return True
    signs = rf"{_DASHES}_#.\\" + ("/" if slash else "")
    if whole:
        return re.search(rf"[^\W_]$|\w[{signs}]$|#$", bare) is not None
    sign = _sign(run[at + 1].gap) if at + 1 < len(run) else ""
    if sign == " " or not sign:
        return re.search(r"\d[.,]$", bare) is not None
    return re.search(rf"[^\W_]$|\w{re.escape(sign)}$|\d[.,]$", bare.translate(_AS_DASH)) is not None


_AS_DASH = {ord(sign): "-" for sign in "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d"}


def _sign(gap: str) -> str:
    """Return what a gap is made of, spaces aside: its sign; " " where there is none."""
    bare = _SPACES.sub("", gap).translate(_AS_DASH)
    return bare[:1] or " "


def _begins_with_a_day(groups: Sequence[_Group], gaps: Sequence[str]) -> bool:
    """Return whether groups are a date and something after it: 05/11/26 08-30."""
    if len(groups) < 4 or len(groups[2].digits) not in (2, 4):
        return False
    day, month = int(groups[0].digits), int(groups[1].digits)
    dated = 1 <= day <= 31 and 1 <= month <= 12 and gaps[0] == gaps[1] != " "
    return dated and gaps[2] != gaps[1]


def _counts_up(groups: Sequence[_Group]) -> bool:
    """Return whether groups are a list: 01,02,03,04,05."""
    values = [int(group.digits) for group in groups]
    return all(later - earlier == 1 for earlier, later in pairwise(values))


def _after_a_word(run: Sequence[_Group], at: int) -> int | None:
    """Return the group after a number that follows a word such as "tél"; None: it is too short."""
    count = 0
    for index in range(at, len(run)):
        if index > at and _sign(run[index].gap) not in " .-":
            break
        count += len(run[index].digits)
        if count in _AFTER_A_WORD and (index + 1 == len(run) or count >= 9):
            return index + 1
    return None


def _whole(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a number's place with its plus sign and the brackets that belong to it."""
    if (found := re.search(r"\+\s?\(?$", text[max(0, start - 4) : start])) is not None:
        start -= len(found[0])
    opened, closed = text[start:end].count("("), text[start:end].count(")")
    if closed > opened and text[start - 1 : start] == "(":
        start -= 1
    if opened > closed and text[end : end + 1] == ")":
        end += 1
    return start, end
