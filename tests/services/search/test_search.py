"""Search finds everything a person may see and nothing else, in any script, for any input."""

import asyncio
import unicodedata
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, col, update

from benchmarks.attacks import HEAVY
from models import Message, Room
from models.clock import now
from services.core import app_context
from services.core.errors import NotFound, RateLimited, ServiceError
from services.db import database
from services.files import forwarding, uploads
from services.messages import edits, messages, rendered
from services.messages.rendering import markdown
from services.messages.rendering.links import ENDINGS
from services.rooms import purge, rooms
from services.rooms import settings as room_settings
from services.rooms.members import memberships
from services.search import highlight, search, words
from services.search import query as search_query
from services.search.fts5 import index
from services.search.search import Order
from tests.query_counter import statements
from tests.services.search.indexed import index_differs, indexed_words

_numbers = count()


async def say(viewer, room: int, *texts: str) -> None:
    for each in texts:
        await messages.send(viewer, room, each, f"search-{next(_numbers):06}")


async def found(viewer, typed: object, **options: object) -> list[str]:
    """Return the texts that a search finds."""
    return [hit.message.text for hit in (await search.find(viewer, typed, **options)).hits]


async def refused(viewer, typed: object) -> str:
    """Return the message of the error that a search raises."""
    with pytest.raises(ServiceError) as answer:
        await search.find(viewer, typed)
    return answer.value.message


# -- who finds what ------------------------------------------------------------


async def test_members_find_messages_and_outsiders_find_nothing(people) -> None:
    await say(people.asha, people.room, "the harvest begins")
    assert await found(people.ben, "harvest") == ["the harvest begins"]
    assert await found(people.chen, "harvest") == []
    assert not (await search.find(people.chen, "harvest")).more


async def test_one_room_is_searched_by_its_members(people) -> None:
    other = await rooms.create(people.ben, name="Elsewhere", topic="", private=True)
    await say(people.ben, other, "harvest elsewhere")
    await say(people.asha, people.room, "harvest here")
    assert await found(people.ben, "harvest", room_id=people.room) == ["harvest here"]
    assert await found(people.ben, "harvest in:elsewhere", room_id=people.room) == []
    for typed in ("harvest", ""):
        with pytest.raises(NotFound):
            await search.find(people.asha, typed, room_id=other)


async def test_a_person_who_left_finds_nothing(people) -> None:
    await say(people.asha, people.room, "the harvest begins")
    await memberships.leave(people.ben, people.room)
    for typed in ("harvest", "from:@asha", "harvest before:2100-01-01", "harv*"):
        assert await found(people.ben, typed) == []
    assert await found(people.asha, "harvest") == ["the harvest begins"]


async def test_a_foreign_room_is_refused_like_an_unknown_one(people) -> None:
    await say(people.asha, people.room, "the harvest begins")
    unknown = await refused(people.chen, "harvest in:Nowhere")
    hidden = await refused(people.chen, 'harvest in:"Study group"')
    assert unknown.replace("Nowhere", "Study group") == hidden


# -- which words ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "typed"),
    [
        ("The Harvest begins", "harvest"),
        ("the harvest begins", "HARVEST The"),
        ("le café est fermé", "cafe ferme"),
        ("le cafe est ferme", "café"),
        ("meet me at the harbour", "harb*"),
        ("meet me at the harbour", "harbo*"),
        ("a quick brown fox", '"quick brown"'),
        ("a quick brown fox", "“quick brown”"),
        ("a quick brown fox", '"quick bro"*'),
        ("हम हिन्दी में बात करते हैं", "हिन्दी"),
        ("हम हिन्दी में बात करते हैं", "हिन्*"),
        ("हम हिन्दी में बात करते हैं", '"बात करते"'),
        ("मुझे क\u094d\u200dषमा करें", "क\u094dषमा"),
        ("don't stop", "don't"),
        ("it is 12:30 now", "12:30"),
        ("NEAR( is a word", "NEAR("),
        ("AND OR NOT", "or and not"),
        ("Жизнь хороша", "жизнь"),
        ("snake_case_name", "case"),
    ],
)
async def test_words_are_found(people, said: str, typed: str) -> None:
    await say(people.asha, people.room, "something else", said)
    (hit,) = (await search.find(people.ben, typed)).hits
    assert hit.message.text == said
    assert any(is_marked for _piece, is_marked in hit.excerpt), hit.excerpt
    assert "".join(piece for piece, _mark in hit.excerpt) == said


@pytest.mark.parametrize(
    ("said", "typed"),
    [
        ("the harvest begins", "harves"),
        ("the harvest begins", "vest"),
        ("a quick brown fox", '"brown quick"'),
        ("a quick brown fox", "quick green"),
        ("हम हिन्दी में", "हिन्द"),
        ("हम हिन्दी में", "ह"),
    ],
)
async def test_other_words_are_not_found(people, said: str, typed: str) -> None:
    await say(people.asha, people.room, said)
    assert await found(people.ben, typed) == []


async def test_an_excerpt_shows_what_was_said_or_the_address_in_which_a_word_is(people) -> None:
    said = "see **the plan** [here](https://example.org/harvest)"
    await say(people.asha, people.room, said)
    (hit,) = (await search.find(people.ben, "plan")).hits
    assert hit.excerpt == (("see the ", False), ("plan", True), (" here", False))
    (hit,) = (await search.find(people.ben, "harvest")).hits
    assert hit.excerpt == ((said[: -len("harvest)")], False), ("harvest", True), (")", False))


# -- scripts without spaces, and marks -------------------------------------------

SENTENCES = [
    ("明天的会议改到三点", "会议"),
    ("明天的会议改到三点", "会议*"),
    ("明天的会议改到三点", "“会议改到”"),
    ("明天的会议改到三点", '"会议"*'),
    ("我家在上海东边", "上海"),
    ("我喝水", "水"),
    ("病院は機能していない", "病院"),
    ("病院は機能していない", "機能"),
    ("การประชุมเลื่อนไปวันพรุ่งนี้", "ประชุม"),
    ("การประชุมเลื่อนไปวันพรุ่งนี้", "เลื่อน"),
    ("회의는 내일이에요", "회의"),
    ("내일 회의실에서", "의실"),
    ("请看config.py的第3行", "config"),
    ("请看 config.py 的第3行", "第3行"),
    ("第3行", "3行"),
    ("赤いTシャツを買う", "Tシャツ"),
    ("サーバーが落ちた", "サーバ"),
    ("コンピューターが", "コンピュータ"),
    ("ພາສາລາວງ່າຍ", "ລາວ"),
    ("ខ្ញុំរៀនភាសាខ្មែរ", "ភាសា"),
    ("မြန်မာစကားပြော", "စကား"),
    ("བོད་སྐད་ཡིག", "སྐད་ཡིག"),
    ("ㄅㄆㄇㄈ", "ㄆㄇ"),
    ("웃겨ㅋㅋㅋ", "ㅋㅋ"),
    ("𠮷野家で", "𠮷野"),
    ("会议改了", "会议。"),
    ("人々の声", "人々"),
]


@pytest.mark.parametrize(("said", "typed"), SENTENCES)
async def test_a_word_within_a_sentence_is_found_and_marked(people, said: str, typed: str) -> None:
    await say(people.asha, people.room, "something else", said)
    (hit,) = (await search.find(people.ben, typed)).hits
    assert "".join(piece for piece, _mark in hit.excerpt) == said
    marked = [piece for piece, is_marked in hit.excerpt if is_marked]
    assert marked == [typed.strip('*"“”。')]


@pytest.mark.parametrize(
    ("said", "typed"),
    [
        ("会计商议", "会议"),
        ("京の都", "京都"),
        ("今天开会，议题很多", "会议"),
        ("今天开会 议题很多", "会议"),
        ("开会\n议题", "会议"),
        ("开会-议题", "会议"),
        ("이번 회 의자", "회의"),
        ("第13行", "3行"),
        ("ガラス", "カラス"),
        ("が", "か"),
        ("明天的会议", "会议室"),
        ("明天的会议", "“天会”"),
        ("ประชุ", "ประช"),
    ],
)
async def test_signs_that_are_not_side_by_side_are_not_found(people, said: str, typed: str) -> None:
    await say(people.asha, people.room, said)
    assert await found(people.ben, typed) == []


async def test_signs_around_formatting_are_side_by_side(people) -> None:
    await say(people.asha, people.room, "明天的**会议**改到三点")
    (hit,) = (await search.find(people.ben, "会议改到")).hits
    assert hit.excerpt == (("明天的", False), ("会议改到", True), ("三点", False))


ALIKE = [
    ("كِتَابٌ جديد", "كتاب", "كِتَابٌ"),
    ("الشَّعب يريد", "الشعب", "الشَّعب"),
    ("كتـــاب جديد", "كتاب", "كتـــاب"),
    ("هذا كتاب", "كِتَابٌ", "كتاب"),
    ("أهلا وسهلا", "اهلا", "أهلا"),
    ("ﻛﺘﺎﺏ", "كتاب", "ﻛﺘﺎﺏ"),
    ("این کتاب فارسی", "كتاب", "کتاب"),
    ("שָׁלוֹם לכם", "שלום", "שָׁלוֹם"),
    ("שלום לכם", "שָׁלוֹם", "שלום"),
    ("Москва ёлка", "елка", "ёлка"),
    ("Москва елка", "Ёлка", "елка"),
    ("за\u0301мок", "замок", "за\u0301мок"),
    ("ＡＢＣ１２３", "ABC123", "ＡＢＣ１２３"),
    ("ABC123", "ａｂｃ１２３", "ABC123"),
    ("die Straße", "strasse", "Straße"),
    ("DIE STRASSE", "straße", "STRASSE"),
    ("smørrebrød", "smorrebrod", "smørrebrød"),
    ("đường phố", "duong", "đường"),
    ("tie\u0302\u0301ng Vie\u0323\u0302t", "tieng viet", "tiếng"),
    ("ΚΑΦΕΣ", "καφές", "ΚΑΦΕΣ"),
    ("ο καφές", "ΚΑΦΕΣ", "καφές"),
    ("İstanbul", "istanbul", "İstanbul"),
    ("ISPARTA", "ısparta", "ISPARTA"),
    ("the ﬁnal", "final", "ﬁnal"),
    ("x² and CO₂", "x2", "x²"),
    ("𝐇𝐞𝐥𝐥𝐨 you", "hello", "𝐇𝐞𝐥𝐥𝐨"),
    ("re\u00adzept", "rezept", "re\u00adzept"),
    ("ｶﾞﾗｽを", "ガラス", "ｶﾞﾗｽ"),
    ("ガラスを", "ｶﾞﾗｽ", "ガラス"),
    ("5㎏", "5kg", "5㎏"),
    ("㍿山田", "株式会社", "㍿"),
    ("\u1112\u116c\u110b\u1174\u1102\u1173\u11ab", "회의", "회의"),
    ("क\u093cानून", "\u0958ानून", "क\u093cानून"),
    ("ড\u09bc", "\u09dc", "ড\u09bc"),
    ("தமிழ் மொழி", "தமிழ்", "தமிழ்"),
    ("葛\U000e0100飾区", "葛飾", "葛\U000e0100飾"),
    ("1\ufe0f\u20e3 first", "1", "1\ufe0f"),
]


@pytest.mark.parametrize(("said", "typed", "marked"), ALIKE)
async def test_marks_and_forms_make_no_difference(
    people, said: str, typed: str, marked: str
) -> None:
    await say(people.asha, people.room, "something else", said)
    (hit,) = (await search.find(people.ben, typed)).hits
    assert marked in [piece for piece, is_marked in hit.excerpt if is_marked]


@pytest.mark.parametrize(
    ("said", "typed"),
    [
        ("мой", "мои"),
        ("мои", "мой"),
        ("їжак", "іжак"),
        ("हिन्दी", "हिन्द"),
        ("क\u093cानून", "कानून"),
        ("Foo™", "footm"),
        ("ـــ", "ا"),
    ],
)
async def test_other_letters_make_a_difference(people, said: str, typed: str) -> None:
    await say(people.asha, people.room, said)
    assert await found(people.ben, typed) == []


async def test_only_what_was_looked_for_is_marked(people) -> None:
    await say(people.asha, people.room, "мой мои, 会，议 会议 会计")
    (hit,) = (await search.find(people.ben, "мои 会议")).hits
    assert [piece for piece, is_marked in hit.excerpt if is_marked] == ["мои", "会议"]


async def test_a_long_phrase_is_looked_for_by_its_beginning(people) -> None:
    said = "".join(chr(0x4E00 + at) for at in range(250))
    await say(people.asha, people.room, said, said[:60])
    assert await found(people.ben, said) == [said[:60], said]
    assert await found(people.ben, f"{said[:47]}会") == []
    sent = index.expression(search_query.read("的" * 300, now().date()), [])
    assert sent.count("的") == search_query.MAX_TERMS


def test_phrases_that_nearly_match_are_not_compared_without_end(monkeypatch) -> None:
    compared = 0
    match_length = highlight._match_length

    def count_calls(*arguments):
        nonlocal compared
        compared += 1
        return match_length(*arguments)

    monkeypatch.setattr(highlight, "_match_length", count_calls)
    query = search_query.read('"的的的甲" ' * 12, now().date())
    assert highlight.find("的" * 4000, query.words) == []
    assert compared <= highlight.MAX_COMPARED + len(query.words)


async def test_searches_that_cost_much_are_paid_for(people) -> None:
    await say(people.asha, people.room, "dear")
    budget = app_context.current().rate_limits.drawing
    assert await found(people.asha, "dear") == ["dear"]
    budget.spend(people.asha.user_id, 1000)
    with pytest.raises(RateLimited):
        await found(people.asha, "dear")
    assert await found(people.ben, "dear") == ["dear"]


async def test_a_word_of_marks_alone_is_refused(people) -> None:
    assert await refused(people.ben, "ـــ") == "Type a word that has a letter or a digit."


async def test_the_index_follows_edits_in_every_script(people) -> None:
    await say(people.ben, people.room, "明天的会议", "كِتَابٌ")
    await edits.edit(people.ben, people.room, 1, "明天的晚餐")
    await edits.delete(people.ben, people.room, 2)
    assert await found(people.ben, "会议") == await found(people.ben, "كتاب") == []
    assert await found(people.ben, "晚餐") == ["明天的晚餐"]
    assert await index_differs() == (set(), set())


PIECES = ["会", "议", "の", "ガ", "ｶ", "ﾞ", "ー", "회", "ก", "เ", "ุ", "ខ", "្", "A", "é", "ß", "3",
          " ", "，", "-", "*", "]", "\n", "👍", "كِ", "ـ", "שָׁ", "ё", "й", "Ａ", "ﬁ", "²", "㍿", "हि",
          "_", "\u200b", "\U000e0100", "\U0010fffd", "ώ"]  # fmt: skip


# What Unicode 3.2 had: SQLite and Python each know a newer one of their own.
KNOWN = [
    character
    for character in map(chr, range(0x20, 0x10000))
    if unicodedata.ucd_3_2_0.category(character) not in {"Cc", "Cn", "Co", "Cs"}
]


def test_what_is_looked_for_in_texts_is_what_stands_there() -> None:
    for said, *_rest in [*SENTENCES, *ALIKE]:
        assert [token.word for token in words.split(said)] == words.words(said)


# -- edited and deleted messages ------------------------------------------------


async def test_the_index_follows_edits_and_deletions(people) -> None:
    await say(people.ben, people.room, "the harvest begins", "the winter comes")
    await edits.edit(people.ben, people.room, 1, "the spring begins")
    assert await found(people.ben, "harvest") == []
    assert await found(people.ben, "spring") == ["the spring begins"]
    await edits.delete(people.ben, people.room, 1)
    await edits.delete(people.asha, people.room, 2)
    assert await found(people.ben, "spring") == await found(people.ben, "winter") == []
    assert await found(people.ben, "from:@ben") == []


async def test_an_erased_room_leaves_no_word_in_the_index(people) -> None:
    await say(people.ben, people.room, "the harvest begins")

    def erase(session: Session) -> None:
        session.delete(session.get_one(Room, people.room))

    await database.write(erase)
    assert await indexed_words() == set()


# -- filters -------------------------------------------------------------------


async def test_filters_narrow_the_results(people) -> None:
    lobby = (await rooms.mine(people.ben))[0].room_id
    await say(people.asha, people.room, "harvest one", "harvest at https://example.org/")
    await say(people.ben, people.room, "harvest two")
    await say(people.ben, lobby, "harvest three")
    assert await found(people.ben, "harvest from:@asha has:link") == [
        "harvest at https://example.org/"
    ]
    assert await found(people.ben, "harvest from:Ben") == ["harvest three", "harvest two"]
    assert await found(people.ben, 'harvest from:ben in:"study group"') == ["harvest two"]
    assert await found(people.ben, "harvest in: lobby") == ["harvest three"]
    assert await found(people.ben, "harvest in:study from:asha from:ben") == [
        "harvest two",
        "harvest at https://example.org/",
        "harvest one",
    ]


OTHER_LINKS = (
    *(
        "www.uni-jena.de",
        "write to asha@example.de",
        "http://[::1]:8080/x",
        "https://exa_mple.com/",
    ),
    *("[words](https://example.xyz)", "<https://example.xyz>", "请看www.uni-jena.de。"),
)
NO_LINKS = (
    *("main.py", "3.14", "end.Then", "a.community", "ftp://example.com", "`https://example.com`"),
    *("```\nexample.com\n```", "- ```\n  https://example.com/a\n  ```", "www.", "asha@home"),
    *("https\\://example.org", "[x](javascript:alert(1))"),
)


async def test_everything_drawn_as_a_link_has_link(people) -> None:
    links = [f"see example.{ending}" for ending in ENDINGS] + ["A.COM!", *OTHER_LINKS]
    await say(people.asha, people.room, *links, *NO_LINKS)
    hits = await found(people.ben, "has:link")
    assert sorted(hits) == sorted(links)


async def test_has_link_follows_what_is_shown(people) -> None:
    await say(people.asha, people.room, "www.uni-jena.de")
    old = update(Message).values(html="<p>www.uni-jena.de</p>", html_version=1)
    await database.write(lambda session: session.connection().execute(old) and None)
    assert await found(people.ben, "has:link") == []
    await messages.get(people.ben, people.room, 1)  # renders it again
    await rendered.store_waiting()
    assert await found(people.ben, "has:link jena") == ["www.uni-jena.de"]
    await edits.edit(people.asha, people.room, 1, "`www.uni-jena.de`")
    assert await found(people.ben, "has:link") == []


async def test_days_are_in_the_time_zone_of_the_reader(people) -> None:
    await say(people.asha, people.room, *[f"harvest {number}" for number in range(5)])
    noon = datetime(2026, 3, 10, 12, tzinfo=UTC)

    def date_back(session: Session) -> None:
        for number in range(5):
            session.exec(
                update(Message)
                .where(col(Message.room_id) == people.room, col(Message.seq) == number + 1)
                .values(created_at=noon + timedelta(days=number))
            )

    await database.write(date_back)
    assert await found(people.ben, "harvest before:2026-03-11") == ["harvest 0"]
    assert await found(people.ben, "harvest after:2026-03-13") == ["harvest 4"]
    assert await found(people.ben, "harvest on:2026-03-12") == ["harvest 2"]
    assert await found(people.ben, "harvest after:2026-03-10 before:2026-3-13") == [
        "harvest 2",
        "harvest 1",
    ]
    assert await found(people.ben, "harvest on:today") == []
    for moment, seq in ((noon, 1), (noon + timedelta(hours=1), 2), (now(), 5)):
        assert await search.seq_at(people.ben, people.room, moment) == seq
    assert await search.seq_on(people.ben, people.room, "2026-03-12") == 3
    with pytest.raises(NotFound):
        await search.seq_on(people.chen, people.room, "2026-03-12")
    with pytest.raises(ServiceError):
        await search.seq_on(people.ben, people.room, "soon")


async def test_today_is_a_day(people) -> None:
    await say(people.asha, people.room, "harvest")
    assert await found(people.ben, "harvest on:today") == ["harvest"]
    assert await found(people.ben, "harvest before:today") == []


# -- files ---------------------------------------------------------------------


async def send_file(viewer, room: int, name: str, said: str = "") -> int:
    """Upload a file; return the `seq` of its message."""
    async with uploads.receive(viewer, room, 3) as upload:
        await upload.write(b"\0\1\2")
        fields = uploads.UploadFields(name, said, f"search-{next(_numbers):06}")
        return (await upload.send(fields))[0].seq


async def found_names(viewer, typed: str, **options: object) -> list[str]:
    """Return the file name of each message that a search finds; empty for no file."""
    hits = (await search.find(viewer, typed, **options)).hits
    return [hit.message.file.name if hit.message.file else "" for hit in hits]


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Harvest_plan-2.final.bin", "harvest"),
        ("Harvest_plan-2.final.bin", "plan"),
        ("Harvest_plan-2.final.bin", '"plan 2"'),
        ("Harvest_plan-2.final.bin", "harv*"),
        ("Harvest_plan-2.final.bin", "bin from:asha in:study has:file"),
        ("café.bin", "cafe"),
        ("क्षमा हिन्दी.bin", "हिन्दी"),
        ("क\u094d\u200dषमा.bin", "क\u094dषमा"),
        ("会议记录.bin", "会议"),
        ("会议记录.bin", "记录"),
        ("会议记录.bin", "bin"),
        ("كِتَابٌ.bin", "كتاب"),
        ("ＡＢＣ.bin", "abc"),
    ],
)
async def test_a_file_is_found_by_its_name(people, name: str, typed: str) -> None:
    await say(people.asha, people.room, "something else")
    await send_file(people.asha, people.room, name)
    (hit,) = (await search.find(people.ben, typed)).hits
    assert (hit.message.text, hit.excerpt) == ("", ())
    assert "".join(piece for piece, _mark in hit.name) == name
    assert any(is_marked for _piece, is_marked in hit.name), hit.name
    assert hit.before is not None
    assert hit.before.text == "something else"
    assert await found_names(people.chen, typed.replace(" in:study", "")) == []


async def test_has_file_and_has_link(people) -> None:
    await say(people.asha, people.room, "the file", "https://example.org/")
    await send_file(people.asha, people.room, "one.example.com")
    await send_file(people.ben, people.room, "two.bin", "see https://example.org/")
    assert await found_names(people.ben, "has:file") == ["two.bin", "one.example.com"]
    assert await found_names(people.ben, "has:FILES from:asha") == ["one.example.com"]
    assert await found_names(people.ben, "has:file has:link") == ["two.bin"]
    assert await found_names(people.ben, "has:link") == ["two.bin", ""]
    assert await found_names(people.ben, "file") == [""]


async def test_words_in_file_name_and_caption_count_equally(people) -> None:
    await send_file(people.asha, people.room, "harvest.bin", "a long word on what is in here")
    await send_file(people.asha, people.room, "harvest harvest.bin", "harvest")
    await say(people.asha, people.room, "harvest")
    assert await found_names(people.ben, "harvest") == ["", "harvest harvest.bin", "harvest.bin"]
    best = await found_names(people.ben, "harvest", order=Order.BEST)
    assert best == ["harvest harvest.bin", "", "harvest.bin"]
    assert await found_names(people.ben, "harvest word") == ["harvest.bin"]


async def test_the_index_follows_captions_and_deleted_files(people) -> None:
    lobby = (await rooms.mine(people.ben))[0].room_id
    seq = await send_file(people.ben, people.room, "plan.bin", "the harvest")
    await edits.edit(people.ben, people.room, seq, "the spring")
    assert await found_names(people.ben, "harvest") == []
    assert await found_names(people.ben, "spring plan") == ["plan.bin"]
    await forwarding.forward(
        people.ben, people.room, seq, to_room=lobby, client_message_id="forward-0001"
    )
    assert await found_names(people.chen, "plan spring") == ["plan.bin"]
    assert len(await found_names(people.ben, "plan")) == 2
    await edits.delete(people.asha, people.room, seq)
    for typed in ("spring", "plan", "has:file", "from:ben"):
        assert len(await found_names(people.ben, typed)) == 1
    assert await index_differs() == (set(), set())


async def test_an_erased_room_leaves_no_file_name_in_the_index(people) -> None:
    room = await rooms.create(people.ben, name="Old", topic="", private=True)
    await send_file(people.ben, room, "plan.bin", "the harvest")
    await send_file(people.ben, people.room, "other.bin")
    await room_settings.delete(people.ben, room, "Old")
    await purge.wait()
    said = await indexed_words()
    assert said >= {"other", "file"}
    assert not said & {"plan", "harvest"}
    assert await index_differs() == (set(), set())


# -- order, pages, context -----------------------------------------------------


async def test_order_by_newest_or_best(people) -> None:
    await say(
        people.asha,
        people.room,
        "harvest, harvest, harvest",
        "a very long message that among many other things says harvest once",
        "harvest",
    )
    assert [len(text) for text in await found(people.ben, "harvest")] == [7, 66, 25]
    assert (await found(people.ben, "harvest", order=Order.BEST))[0] == "harvest, harvest, harvest"


async def test_a_word_that_only_the_index_knows_can_be_ranked(people) -> None:
    """A character for private use, which is highlighted nowhere."""
    said = "a \U000f0000 b"
    await say(people.asha, people.room, said)
    for order in Order:
        assert await found(people.ben, "\U000f0000", order=order) == [said]


async def test_results_of_all_rooms_are_paged(people) -> None:
    lobby = (await rooms.mine(people.ben))[0].room_id
    for number in range(25):
        await say(people.asha, (people.room, lobby)[number % 2], f"harvest {number}")
    first = await search.find(people.ben, "harvest")
    rest = await search.find(people.ben, "harvest", skip=20)
    assert (len(first.hits), first.more, len(rest.hits), rest.more) == (20, True, 5, False)
    texts = [hit.message.text for page in (first, rest) for hit in page.hits]
    assert texts == [f"harvest {number}" for number in reversed(range(25))]
    assert {hit.room_title for hit in first.hits} == {"Lobby", "Study group"}


async def test_a_hit_has_its_neighbours(people) -> None:
    await say(people.asha, people.room, "before it", "the harvest", "after it")
    (hit,) = (await search.find(people.ben, "harvest")).hits
    assert hit.before is not None
    assert hit.after is not None
    assert (hit.before.text, hit.after.text) == ("before it", "after it")


async def test_a_member_of_many_rooms_finds_everything(people, monkeypatch) -> None:
    monkeypatch.setattr("services.search.fts5.index.MAX_LOOKUPS", 2)
    made = [await rooms.create(people.asha, name=f"R{n}", topic="", private=True) for n in range(5)]
    for number, room in enumerate(made):
        await say(people.asha, room, f"harvest {number}")
    assert await found(people.asha, "harvest") == [f"harvest {n}" for n in reversed(range(5))]
    assert await found(people.asha, "harves*") == [f"harvest {n}" for n in reversed(range(5))]


# -- any input -----------------------------------------------------------------


async def test_a_search_without_a_word_is_refused(people) -> None:
    for typed in ('"', "*", "👍", "()", "- -", '""', "***", "%"):
        assert await refused(people.ben, typed) == "Type a word that has a letter or a digit.", (
            typed
        )


MALFORMED: list[tuple[object, str]] = [
    ("x" * 2000, "The search is 1,700 characters too long. Shorten it to 300 characters."),
    ("a*", "Type at least two letters before the *."),
    ("has:polls", "After has:, write link or file: has:link or has:file."),
    ("x before:soon", "Write the date like 2026-01-31, or today or yesterday."),
    ("x on:2026-02-30", "Write the date like 2026-01-31, or today or yesterday."),
    ("x after:9999-12-31", "Write the date like 2026-01-31, or today or yesterday."),
    ("x from:@nobody", "There is no account with this username. Check the spelling."),
    ("in:Lobby", "Add a word, from:, has:link or has:file to your search."),
    ("a b c d e f g h i j k l m", "Search for at most 12 words."),
    (7, "The search must be text. Type it and try again."),
]


async def test_a_malformed_search_is_refused(people) -> None:
    for typed, sentence in MALFORMED:
        assert await refused(people.ben, typed) == sentence


async def test_a_filter_without_a_value_is_refused(people) -> None:
    for typed in ("From: ", "x from:"):
        assert "from:" in await refused(people.ben, typed)


PASTED = (
    "see http://localhost:8080/a",
    "error:404 on TODO:fix",
    "a std::string, on::line 3",
    "about re:zero",
    "write to mailto:asha@example.org",
    "at 10:30",
    "the foo:bar",
    "TypeError: x is undefined (app.js:12:5)",
    "C:\\Users\\asha",
    "urn:isbn:0451450523",
)


TYPED = [
    "localhost:8080",
    "http://localhost:8080/a",
    "error:404",
    "TODO:fix",
    "std::string",
    "on::line",
    "re:zero",
    "mailto:asha@example.org",
    "10:30",
    "foo:bar",
    "app.js:12:5",
    "TypeError: x is undefined (app.js:12:5)",
    "C:\\Users\\asha",
    "urn:isbn:0451450523",
]


async def test_what_has_a_colon_is_searched_for(people) -> None:
    await say(people.asha, people.room, *PASTED)
    for typed in TYPED:
        (hit,) = (await search.find(people.ben, typed)).hits
        assert typed.removesuffix(")") in hit.message.text, typed
        assert any(is_marked for _piece, is_marked in hit.excerpt), typed


async def test_a_pasted_address_is_marked_as_a_whole(people) -> None:
    await say(people.asha, people.room, PASTED[1])
    (hit,) = (await search.find(people.ben, "TODO:fix")).hits
    assert hit.excerpt == (("error:404 on ", False), ("TODO:fix", True))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("form:@asha", "from:@asha"),
        ("harvest Form:asha now", "harvest from:asha now"),
        ("befor:2026-01-31", "before:2026-01-31"),
        ("user:asha", "from:asha"),
        ("since:yesterday", "after:yesterday"),
        ("error:404", ""),
        ("http://localhost:8080/a", ""),
        ("std::string", ""),
        ("from:@asha harvest", ""),
        ('"form:@asha"', ""),
    ],
)
async def test_a_slip_in_a_filter_is_asked_about_beside_the_results(
    people, typed: str, meant: str
) -> None:
    await say(people.asha, people.room, f"the harvest, {typed}")
    results = await search.find(people.ben, typed)
    assert results.meant == meant
    assert len(results.hits) == 1


async def test_an_empty_search_finds_nothing(people) -> None:
    await say(people.asha, people.room, "harvest")
    for typed in ("", "   "):
        assert await found(people.ben, typed) == []


ANY_INPUT = st.text(max_size=60) | st.lists(
    st.sampled_from(
        ['"', "*", "NEAR(", "AND", "from:", "in:", "before:", "has:", "on:today", "^", ":", "a",
         "(", "text:", "-", "'", "हि", "2026-01-01", "@asha", "\u200d", "“", "+", "{", "é"]
    )
).map("".join)  # fmt: skip


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(typed=ANY_INPUT, order=st.sampled_from(Order), skip=st.integers(-(2**70), 2**70))
async def test_any_input_gets_results_or_a_message(people, monkeypatch, typed, order, skip) -> None:
    monkeypatch.setattr(
        "services.core.limits.rate_limits.RateLimit.consume", lambda *_key, **_wider: None
    )
    asking = search.find(people.ben, typed, order=order, skip=skip)
    (answer,) = await asyncio.gather(asking, return_exceptions=True)
    assert isinstance(answer, search.SearchResults) or (
        isinstance(answer, ServiceError) and answer.message.endswith(".")
    ), answer


# -- cost ----------------------------------------------------------------------


async def test_a_page_of_results_costs_as_many_queries_as_one(people) -> None:
    async def cost() -> int:
        with statements() as seen:
            await search.find(people.ben, "harvest")
        return len(seen)

    await say(people.asha, people.room, "harvest")
    one = await cost()
    await say(people.asha, people.room, *["harvest again"] * 30)
    assert await cost() == one <= 6


async def test_what_is_found_is_not_rendered_again(people, monkeypatch) -> None:
    await say(people.asha, people.room, *[f"**harvest** {text}"[:4000] for text in HEAVY[:5]])
    rendered: list[str] = []

    def to_html(text: str, _most: int) -> str:
        rendered.append(text)
        return text

    monkeypatch.setattr(markdown, "to_html", to_html)
    hits = (await search.find(people.ben, "harvest")).hits
    assert [("harvest", True) in hit.excerpt for hit in hits] == [True] * 5
    assert rendered == []
