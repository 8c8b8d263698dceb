"""Who is in the demo, and what they have said to each other in the past week."""

from collections.abc import Mapping

from msgspec import Struct


class Person(Struct, frozen=True):
    """One of the class."""

    username: str
    display_name: str
    hue: int
    about: str = ""


class Line(Struct, frozen=True):
    """A message, and what became of it."""

    at: str
    """`-6 09:05` for a time on a day of the past week, `ago 25` for so many minutes ago."""
    by: str
    text: str
    answers: str = ""
    """How the message begins that it replies to."""
    reactions: Mapping[str, str] = {}
    """Who reacted, by emoji: usernames with spaces between them."""
    is_pinned: bool = False
    is_saved: bool = False
    """Whether the reader of the demo keeps it for later."""
    edited: str = ""
    """What it says after an edit."""
    file: str = ""
    """The name of a file of `services/demo/media.py`."""
    options: tuple[str, ...] = ()
    """Of a poll."""
    votes: Mapping[str, tuple[int, ...]] = {}
    """Which options each person voted for, from 1."""
    is_multiple: bool = False


class Talk(Struct, frozen=True):
    """A room or a conversation with what was said in it."""

    name: str
    """Empty for direct messages."""
    people: str
    """Its members, the owner first, with spaces between them; empty for everybody."""
    lines: tuple[Line, ...]
    topic: str = ""
    is_private: bool = False
    is_announcement: bool = False
    is_favourite: bool = False
    unread: int = 0
    """How many of the last messages the reader of the demo has not read."""


PASSWORD = "violet kettle harbour"  # noqa: S105 - the terminal says it; only this computer gets in
READER = "asha"
"""Who one is in the demo: the administrator."""

PEOPLE = (
    Person("asha", "Asha Rao", 265, "Physics and maths. My door is open after four."),
    Person("ben", "Ben Okafor", 30, "Chess, football, and more chess."),
    Person("chen", "Chen Wei", 160, "Ask me about Python."),
    Person("divya", "दिव्या शर्मा", 330, "चाँद, तारे और चाय।"),
    Person("emeka", "Emeka Obi", 95),
    Person("farah", "Farah Khan", 200, "I draw the posters."),
    Person("gauri", "गौरी पाटील", 12, "विज्ञान मंडळ, कबड्डी आणि कविता."),
    Person("hiro", "Hiro Tanaka", 230),
    Person("isha", "Isha Nair", 300, "Class representative this term."),
    Person("jonas", "Jonas Lindqvist", 60),
    Person("kabir", "Kabir Singh", 130, "Trumpet, loud."),
    Person("leila", "Leila Haddad", 355),
)

TALKS = (
    Talk(
        "Lobby",
        "",
        (
            Line(
                "-6 08:55",
                "asha",
                "Welcome, everybody! This is our class chat. Say hello 👋",
                reactions={"👋": "ben chen divya gauri isha leila", "🎉": "farah kabir"},
            ),
            Line("-6 09:02", "isha", "Hello! I am Isha, your class representative."),
            Line("-6 09:03", "divya", "नमस्ते सबको! 🙏", reactions={"🙏": "gauri isha asha"}),
            Line(
                "-6 09:05",
                "gauri",
                "नमस्कार मंडळी! आता गृहपाठ विसरायला कोणतेही कारण उरले नाही 😄",
                reactions={"😂": "divya isha kabir"},
            ),
            Line("-6 09:11", "kabir", "Can I be loud in here, too?"),
            Line(
                "-6 09:12",
                "asha",
                "Only in capital letters, @kabir.",
                answers="Can I be loud",
                reactions={"😂": "kabir ben leila farah emeka"},
            ),
            Line("-4 13:30", "jonas", "Found a blue water bottle in the gym. Whose is it?"),
            Line(
                "-4 13:41",
                "leila",
                "Mine! Thank you 💙",
                answers="Found a blue",
                reactions={"💙": "jonas"},
            ),
            Line(
                "-2 16:05",
                "farah",
                "The poster for the open day is ready. Too much yellow?",
                file="poster.png",
                reactions={"😍": "asha isha leila", "👍": "ben chen hiro"},
            ),
            Line("-2 16:20", "hiro", "There is no such thing as too much yellow."),
            Line(
                "-1 10:15",
                "isha",
                "Which snack for the open day?",
                options=("Samosas", "Fruit", "Popcorn", "Whatever Leila's grandmother bakes"),
                votes={
                    "asha": (4,),
                    "ben": (1,),
                    "chen": (4,),
                    "divya": (1,),
                    "farah": (4,),
                    "gauri": (4,),
                    "hiro": (3,),
                    "jonas": (2,),
                    "kabir": (4,),
                    "leila": (1,),
                },
            ),
            Line("-1 10:31", "leila", "She says yes, and asks how many we are."),
            Line("ago 140", "emeka", "Is the library open on Saturday?"),
            Line("ago 131", "isha", "From ten to two.", answers="Is the library"),
        ),
    ),
    Talk(
        "Physics 11",
        "asha ben chen divya emeka farah gauri hiro isha leila",
        (
            Line(
                "-5 15:10",
                "asha",
                "This week: **falling bodies**. Hand in problems 1 to 5 by Friday. "
                "Write down every step, not only the number.",
                is_pinned=True,
                reactions={"👍": "isha chen emeka"},
            ),
            Line("-5 16:42", "emeka", "Problem 3: how long does a ball take to fall from 20 m?"),
            Line(
                "-5 16:50",
                "ben",
                r"From $s = \frac{1}{2} g t^2$ I get $t = \sqrt{\frac{2s}{g}}$, "
                "so about **2 seconds**.",
                answers="Problem 3",
                reactions={"👍": "emeka divya asha", "💡": "leila"},
            ),
            Line(
                "-5 16:58",
                "chen",
                "Same here. I let Python do the sums:\n```python\nfrom math import sqrt\n\n\n"
                "def fall_time(height: float, g: float = 9.81) -> float:\n"
                '    """Return the seconds a body falls from `height` metres."""\n'
                "    return sqrt(2 * height / g)\n\n\n"
                'print(f"{fall_time(20):.2f} s")  # 2.02 s\n```',
                is_saved=True,
                reactions={"🎉": "ben divya", "👍": "asha hiro"},
            ),
            Line(
                "-5 17:06",
                "divya",
                "और चाँद पर? वहाँ तो g सिर्फ़ 1.62 है 🌙",
                reactions={"🌙": "gauri asha"},
            ),
            Line(
                "-5 17:15",
                "chen",
                "| where | g in m/s² | seconds |\n|---|---|---|\n| Earth | 9.81 | 2.02 |\n"
                "| Mars | 3.71 | 3.28 |\n| Moon | 1.62 | 4.97 |",
                answers="और चाँद पर",
            ),
            Line(
                "-5 18:30",
                "asha",
                "Lovely, all of you. @divya, चाँद पर लगभग पाँच सेकंड।",
                answers="और चाँद पर",
                reactions={"❤️": "divya", "🚀": "chen ben"},
            ),
            Line(
                "-3 15:20",
                "gauri",
                "प्रयोगशाळेत आज आपण चेंडू टाकला. हा आमचा आलेख.",
                file="fall.png",
                reactions={"👏": "asha divya isha"},
            ),
            Line("-3 15:33", "isha", "Ours fits, too, but for the last point. Air?"),
            Line(
                "-3 15:40",
                "asha",
                "Air, or a slow thumb on the stopwatch. How would you find out which?",
                answers="Ours fits",
            ),
            Line(
                "-3 15:52",
                "isha",
                "Drop something heavier of the same size!",
                reactions={"💡": "asha chen gauri", "🎯": "ben"},
            ),
            Line(
                "-1 19:05",
                "leila",
                "Is it $v = gt$ or $v = g t^2$? I have stared at it for too long.",
                edited="Is it $v = g t$ or $v = g t^2$? I have stared at it for far too long.",
            ),
            Line(
                "-1 19:09",
                "emeka",
                "The first: $g$ is in m/s², times seconds makes m/s. Units never lie.",
                reactions={"🙏": "leila", "💯": "chen ben asha"},
            ),
            Line("ago 52", "hiro", "@asha, may I hand in on Monday? I was ill."),
            Line("ago 47", "ben", "I can bring you my notes, @hiro.", reactions={"❤️": "hiro"}),
            Line("ago 21", "divya", "@asha मैम, क्या सवाल 5 में हवा को भूल सकते हैं?"),
        ),
        topic="Falling bodies · hand in by Friday",
        is_favourite=True,
        unread=3,
    ),
    Talk(
        "Python beginners",
        "chen asha divya hiro jonas kabir leila",
        (
            Line("-4 17:00", "chen", "No question is too small in here.", is_pinned=True),
            Line(
                "-4 17:22",
                "kabir",
                "Why does this print nothing?\n```python\ndef greet(name):\n"
                '    return f"Hello {name}"\n\n\ngreet("Kabir")\n```',
            ),
            Line(
                "-4 17:25",
                "chen",
                'It *returns* the greeting, but nobody prints it: `print(greet("Kabir"))`.',
                answers="Why does this",
                reactions={"💡": "kabir jonas"},
            ),
            Line("-4 17:31", "kabir", "It works!! 🎺", reactions={"🎺": "chen leila divya asha"}),
            Line(
                "-2 18:10",
                "jonas",
                "How do I count words? I have 40 lines, and I think it can be shorter.",
            ),
            Line(
                "-2 18:14",
                "chen",
                "It can:\n```python\nfrom collections import Counter\n\n"
                'words = open("poem.txt").read().lower().split()\n'
                "print(Counter(words).most_common(5))\n```",
                answers="How do I count",
                reactions={"🤯": "jonas hiro", "❤️": "leila"},
                is_saved=True,
            ),
            Line(
                "-2 18:20",
                "jonas",
                "That is not shorter. That is cheating. I love it.",
                reactions={"😂": "chen asha hiro"},
            ),
            Line(
                "ago 95",
                "leila",
                "Which project next?",
                options=("A quiz", "A weather page", "A bot for this chat"),
                votes={"chen": (3,), "hiro": (1, 3), "jonas": (2,), "kabir": (1, 3), "leila": (3,)},
                is_multiple=True,
            ),
        ),
        topic="No question is too small",
        unread=1,
    ),
    Talk(
        "Chess club",
        "ben asha divya emeka hiro jonas",
        (
            Line("-3 14:00", "ben", "Tuesday at four, room 12. I bring two boards."),
            Line(
                "-3 14:12", "divya", "और मैं घड़ी लाऊँगी।", reactions={"⏱️": "ben", "👍": "hiro emeka"}
            ),
            Line(
                "-3 17:45",
                "emeka",
                "Mate in two, white to move. No computers!",
                file="chess.png",
                reactions={"🤔": "hiro divya jonas"},
            ),
            Line("-3 18:20", "hiro", "Queen to h7! Or is it?", answers="Mate in two"),
            Line(
                "-2 08:05",
                "emeka",
                "It is. Well seen!",
                answers="Queen to h7",
                reactions={"👏": "ben divya asha", "♟️": "hiro"},
            ),
            Line(
                "-1 16:50",
                "ben",
                "Results: Divya 3, Hiro 2½, Emeka 2, Jonas ½, and I do not want to talk about it.",
                reactions={"😂": "divya emeka jonas hiro asha"},
            ),
        ),
        topic="Tuesdays at four, room 12",
    ),
    Talk(
        "Notice board",
        "asha isha ben chen divya emeka farah gauri hiro jonas kabir leila",
        (
            Line(
                "-6 08:00",
                "asha",
                "**Open day** is on Saturday in two weeks. Farah makes the poster, Isha has "
                "the list.",
            ),
            Line(
                "-3 08:00",
                "isha",
                "The bus to the science museum leaves at **8:15** from the east gate. "
                "Bring water, a notebook and somebody who is always late.",
                is_pinned=True,
                reactions={"😂": "kabir leila ben", "👍": "asha chen divya gauri"},
            ),
            Line(
                "-1 08:00",
                "asha",
                "No lessons on Thursday afternoon: the staff has a meeting about meetings.",
                reactions={"🎉": "ben kabir leila emeka hiro jonas"},
            ),
        ),
        topic="What everybody should know",
        is_announcement=True,
    ),
    Talk(
        "Museum trip",
        "isha asha farah gauri kabir leila",
        (
            Line("-2 19:30", "isha", "We are the team that plans the trip. What is still open?"),
            Line(
                "-2 19:34",
                "farah",
                "- [x] tickets\n- [x] bus\n- [ ] lunch\n- [ ] who sits beside Kabir's trumpet",
                edited="1. Tickets: done\n2. Bus: done\n3. Lunch\n"
                "4. Who sits beside Kabir's trumpet",
                reactions={"😂": "leila gauri", "🎺": "kabir"},
            ),
            Line(
                "-2 19:41",
                "gauri",
                "जेवणासाठी वडापाव? शेजारच्या गल्लीत मस्त मिळतो!",
                reactions={"😋": "isha kabir farah"},
            ),
            Line("-2 19:45", "leila", "Yes please. I made a sketch of the way.", file="map.png"),
            Line(
                "-1 20:10",
                "kabir",
                "A small greeting for the bus.",
                file="greeting.wav",
                reactions={"😂": "leila farah isha", "🔥": "gauri"},
            ),
        ),
        topic="Lunch, bus and trumpet",
        is_private=True,
    ),
    Talk(
        "",
        "asha ben",
        (
            Line(
                "-1 17:10", "ben", "Could you look at my solution of problem 4 before I hand it in?"
            ),
            Line("-1 17:32", "asha", "With pleasure. Bring it tomorrow in the long break."),
            Line(
                "ago 66",
                "ben",
                "Thank you! I found the mistake myself: I had forgotten the square root.",
            ),
            Line("ago 65", "ben", "Twice."),
        ),
        unread=2,
    ),
    Talk(
        "",
        "asha divya",
        (
            Line(
                "-2 20:00", "divya", "मैम, विज्ञान मेले के लिए मैं चाँद पर गिरने वाला प्रयोग दिखाना चाहती हूँ।"
            ),
            Line(
                "-2 20:14",
                "asha",
                "बहुत अच्छा विचार! एक छोटा वीडियो भी बना लो।",
                reactions={"❤️": "divya"},
            ),
        ),
        is_favourite=True,
    ),
    Talk(
        "",
        "asha isha farah",
        (
            Line("-1 12:05", "farah", "Shall we print the poster on Monday?"),
            Line(
                "-1 12:20", "isha", "I have the key to the copy room 🔑", reactions={"😎": "farah"}
            ),
            Line("-1 12:24", "asha", "Monday, then. I bring the good paper."),
        ),
    ),
)
