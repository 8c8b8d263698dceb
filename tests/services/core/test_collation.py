"""Names are found however they are typed, and stand where readers look for them."""

import time
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.collation import fold, sort_key

names = st.text(
    st.one_of(st.characters(exclude_categories=["Cs", "Cc"]), st.sampled_from("aÉßİıŁ'-. े्َ가")),
    max_size=40,
)

SAME = [
    ("Ömer", "omer", "O\u0308MER"),
    ("Élodie", "elodie", "ELODIE"),
    ("Łukasz", "lukasz", "ŁUKASZ"),
    ("Straße", "strasse", "STRASSE"),
    ("İstanbul", "istanbul", "Istanbul", "ISTANBUL"),
    ("Işık", "isik", "IŞIK", "ışık"),
    ("Nguyễn Thị Ngọc Ánh", "nguyen thi ngoc anh", "NGUYỄN THỊ NGỌC ÁNH"),
    ("Đặng", "dang"),
    ("Ærø", "aero"),
    ("Анна Волкова", "АННА волкова"),
    ("Фёдор", "федор"),
    ("Άννα", "αννα", "ΑΝΝΑ"),
    ("Γιώργος", "γιωργοσ", "ΓΙΏΡΓΟΣ"),
    ("ज़ारा", "जारा", "ज\u093cारा"),
    ("مُحَمَّد", "محمد", "محمّد"),
    ("أحمد", "احمد", "إحمد"),
    ("علی", "علي", "على"),
    ("فاطمة", "فاطمه"),
    ("کریم", "كريم"),
    ("می\u200cخواهم", "میخواهم"),
    ("שָׁלוֹם", "שלום"),
    ("김민수", "\u1100\u1175\u11b7\u1106\u1175\u11ab\u1109\u116e"),
    ("ＡＢＣ１２３", "abc123"),
    ("サクラ", "さくら", "ｻｸﾗ"),
    ("Raum ٣", "Raum 3", "raum ३"),
    ("O’Brien", "O'Brien", "o´brien"),
    ("Jean‑Luc", "Jean-Luc", "Jean–Luc"),
    ("A\u200bnna", "anna"),
]
DIFFERENT = [
    ("мой", "мои"),
    ("が", "か"),
    ("हिन्दी", "हिन्द"),
    ("आशा", "आशी"),
    ("กุ", "ก"),
    ("anna", "anne"),
    ("c++", "c#"),
    ("!", "?"),
]


@pytest.mark.parametrize("same", SAME, ids=lambda same: same[0])
def test_a_name_is_the_same_however_it_is_typed(same: tuple[str, ...]) -> None:
    assert {fold(name) for name in same} == {fold(same[0])}


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_other_letters_stay_others(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(names)
def test_a_folded_name_stays_as_it_is_and_is_never_empty(name: str) -> None:
    assert fold(fold(name)) == fold(name)
    if name.strip():
        assert fold(name)


@pytest.mark.parametrize(
    "expected",
    [
        ["anna", "Anna b", "émile", "Ömer", "Zed", "zoe"],
        ["Alvarez", "Álvarez", "Alves", "Lodz", "Łódź", "Lyon"],
        ["Cote", "Coté", "Côte", "Côté"],
        ["Maths 2", "Maths 10", "Maths 100"],
        ["Анна", "Іван", "Їжак", "Йосип", "Яна"],
        ["أحمد", "پرویز", "گیتا", "ياسمين"],
        ["กนก", "เกศินี", "ขวัญ"],
        ["あきこ", "アキラ", "さくら", "ハナ"],
        ["김", "박", "이"],
        ["अमित", "आशा", "ज़ारा", "रवि"],
        ["Anna", "Άννα", "Анна", "חנה", "आशा", "李"],
        ["#general", "🎉 Party", "7th grade", "Afterwards"],
    ],
    ids=lambda expected: expected[0],
)
def test_names_are_in_the_order_of_their_readers(expected: list[str]) -> None:
    for mixed in list(permutations(expected))[:24]:
        assert sorted(mixed, key=sort_key) == expected


@given(names)
def test_every_name_has_a_key(name: str) -> None:
    assert sort_key(name) == sort_key(name)
    assert len(sort_key(name)) < 3000


def test_keys_are_made_quickly() -> None:
    sort_key("")  # reads the table
    began = time.process_time()
    for name in ("a" * 40, "\u0301" * 40, "1" * 40, "ﷺ" * 40, "가" * 40):
        for _time in range(10):
            sort_key(name)
            fold(name)
    assert time.process_time() - began < 1
