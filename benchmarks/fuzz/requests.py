"""HTTP requests of all kinds that the chat takes, changed at random."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from urllib.parse import quote_plus

from nicegui import __version__ as nicegui_version

from benchmarks.client import PASSWORD
from benchmarks.fuzz.mutations import TEXTS, mutate, mutate_lines

NICEGUI = b"/_nicegui/" + nicegui_version.encode()
BOUNDARY = b"boundary-of-the-fuzzer"
METHODS = (b"GET", b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"OPTIONS", b"TRACE", b"CONNECT")
TARGETS = (
    b"/",
    b"/login",
    b"/login?next=/rooms/1",
    b"/login/step",
    b"/register",
    b"/register?invite=abc",
    b"/reset/abcdefghijklmnop",
    b"/healthz",
    b"/readyz",
    b"/metrics",
    b"/session",
    b"/favicon.ico",
    b"/static/",
    b"/rooms",
    b"/rooms/1",
    b"/rooms/1?at=5",
    b"/rooms/1/files",
    b"/rooms/1/messages/1/file",
    b"/rooms/1/messages/1/preview",
    b"/search?q=hello",
    b"/account",
    b"/people",
    b"/_nicegui_ws/socket.io/?EIO=4&transport=polling",
    b"/_nicegui_ws/socket.io/?EIO=4&transport=websocket&client_id=x",
    b"/_nicegui/client/abc/upload",
    b"/docs",
    NICEGUI + b"/libraries/a/b.js",
    NICEGUI + b"/components/a.js",
    NICEGUI + b"/resources/a/b.js",
    NICEGUI + b"/dynamic_resources/a.css",
    NICEGUI + b"/esm/a/b.js",
    NICEGUI + b"/static/nicegui.js",
    b"/openapi.json",
    b"*",
    b"http://127.0.0.1/",
    b"//evil.example/",
)
FORMS: dict[bytes, tuple[str, ...]] = {
    b"/login": ("username", "password", "next"),
    b"/register": ("username", "password", "display_name", "invite", "setup_code"),
    b"/login/step": ("code", "next", "trust"),
    b"/login/passkey": ("ceremony", "answer", "next", "trust"),
    b"/login/passkey/options": (),
    b"/reset/abcdefghijklmnop": ("password",),
    b"/logout": (),
}
HEADERS = (
    b"Accept: text/html",
    b"Accept-Encoding: gzip, deflate",
    b"Accept-Language: hi, en;q=0.5",
    b"User-Agent: Mozilla/5.0 (X11; Linux x86_64) Chrome/140",
    b"Range: bytes=0-99",
    b'If-None-Match: "abc"',
    b'If-Range: "abc"',
    b"If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT",
    b"Sec-Fetch-Site: same-origin",
    b"Expect: 100-continue",
    b"X-Forwarded-For: 10.0.0.1",
    b"X-Forwarded-Prefix: /x",
    b'Cookie: theme=dark; a="b\\"c"',
    b"Connection: keep-alive",
    b"Connection: close",
    b"TE: trailers",
)
UPGRADE = (
    b"Connection: Upgrade",
    b"Upgrade: websocket",
    b"Sec-WebSocket-Version: 13",
    b"Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==",
)
FILES = (
    (b"notes.txt", b"notes"),
    (b"picture.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\2\0\0\0"),
    (b"paper.pdf", b"%PDF-1.4\n1 0 obj<<>>endobj trailer<<>>"),
    (b"a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
)


@dataclass(frozen=True)
class Site:
    """A chat, and the Cookie headers of its members."""

    host: str
    cookies: Sequence[str] = field(default=(), repr=False)


def request(random: Random, site: Site) -> bytes:
    """Return one request, or several in one piece."""
    kind = random.choices(
        (_head, _form, _multipart, _upload, _websocket), weights=(73, 8, 5, 9, 5)
    )[0]
    lines, body = kind(random, site)
    if random.random() < 0.85:
        if body and random.random() < 0.6:
            body = mutate(random, body)
        else:
            lines = mutate_lines(random, lines)
    lines = _framed(random, lines, body) if body or random.random() < 0.1 else lines
    data = b"\r\n".join([*lines, b"", b""]) + _body(random, lines, body)
    if random.random() < 0.03:
        data *= random.choice((2, 3, 12))
    if random.random() < 0.02:
        data = mutate(random, data)
    return data


def _start(random: Random, site: Site, method: bytes, target: bytes) -> list[bytes]:
    host = site.host.encode()
    lines = [
        b"%s %s HTTP/%s" % (method, target, random.choices((b"1.1", b"1.0"), (20, 1))[0]),
        b"Host: " + host,
        b"Origin: http://" + host,
    ]
    if site.cookies and random.random() < 0.1:
        lines.append(b"Cookie: " + random.choice(site.cookies).encode())
    return lines + random.sample(HEADERS, random.choice((0, 1, 3)))


def _head(random: Random, site: Site) -> tuple[list[bytes], bytes]:
    return _start(random, site, random.choice(METHODS), random.choice(TARGETS)), b""


def _websocket(random: Random, site: Site) -> tuple[list[bytes], bytes]:
    target = b"/_nicegui_ws/socket.io/?EIO=4&transport=websocket&client_id=x"
    return [*_start(random, site, b"GET", target), *UPGRADE], b""


def _fields(random: Random, names: Sequence[str]) -> dict[str, str]:
    good = {
        "username": f"f{random.randrange(10**9)}",
        "password": PASSWORD,
        "next": "/rooms/1",
        "code": "123456",
        "trust": "on",
    }
    filled = {name: good.get(name, "") for name in names}
    if names and random.random() < 0.6:
        filled[random.choice(names)] = random.choice(TEXTS)
    return filled


def _form(random: Random, site: Site) -> tuple[list[bytes], bytes]:
    target = random.choice(tuple(FORMS))
    filled = _fields(random, FORMS[target]).items()
    pairs = (f"{name}={quote_plus(each, errors='surrogatepass')}" for name, each in filled)
    lines = _start(random, site, b"POST", target)
    return [*lines, b"Content-Type: application/x-www-form-urlencoded"], "&".join(pairs).encode()


def _part(name: bytes, content: bytes, *more: bytes) -> bytes:
    shown = b'Content-Disposition: form-data; name="%s"' % name
    return b"\r\n".join([shown + b"".join(more[:1]), *more[1:], b"", content])


def _parts(random: Random, parts: list[bytes]) -> bytes:
    if random.random() < 0.2 and parts:
        inner = b"--inner\r\n" + parts[0] + b"\r\n--inner--"
        nested = _part(b"nested", inner, b"", b"Content-Type: multipart/mixed; boundary=inner")
        parts.insert(random.randint(0, len(parts)), nested)
    end = random.choices((b"--\r\n", b"", b"\r\n", b"--"), (10, 1, 1, 1))[0]
    return b"".join(b"--%s\r\n%s\r\n" % (BOUNDARY, each) for each in parts) + b"--" + BOUNDARY + end


def _multipart(random: Random, site: Site) -> tuple[list[bytes], bytes]:
    target = random.choice((b"/login", b"/register", b"/login/step", b"/login/passkey"))
    filled = _fields(random, FORMS[target])
    parts = [
        _part(name.encode(), each.encode(errors="surrogatepass")) for name, each in filled.items()
    ]
    if random.random() < 0.2:
        name, content = random.choice(FILES)
        parts.append(_part(b"username", content, b'; filename="%s"' % name))
    return _typed(_start(random, site, b"POST", target)), _parts(random, parts)


def _upload(random: Random, site: Site) -> tuple[list[bytes], bytes]:
    lines = _start(random, site, b"POST", b"/rooms/1/files")
    if site.cookies:
        lines.append(b"Cookie: " + random.choice(site.cookies).encode())
    name, content = random.choice(FILES)
    parts = [
        _part(b"id", b"upload-%d" % random.randrange(10**12)),
        _part(b"text", random.choice(TEXTS).encode(errors="surrogatepass")),
        _part(b"file", content, b'; filename="%s"' % name, b"Content-Type: text/plain"),
    ]
    return _typed(lines), _parts(random, parts)


def _typed(lines: list[bytes]) -> list[bytes]:
    return [*lines, b"Content-Type: multipart/form-data; boundary=" + BOUNDARY]


def _framed(random: Random, lines: list[bytes], body: bytes) -> list[bytes]:
    """Add how long the body is, mostly as it is."""
    length = b"Content-Length: %d" % len(body)
    chunked = b"Transfer-Encoding: chunked"
    wrong = random.choice(
        (
            b"Content-Length: -1",
            b"Content-Length: 9999999999999999999999",
            b"Content-Length: 70000",
            b"Content-Length: 1",
            b"Content-Length: 0x10",
            b"Content-Length: 5, 5",
            b"Content-Length: +5",
            b"Transfer-Encoding: gzip",
            b"Transfer-Encoding: chunked, chunked",
            b"Transfer-Encoding : chunked",
            length + b"\r\n" + chunked,
            length + b"\r\n" + length,
        )
    )
    return [*lines, *random.choices(([length], [chunked], [wrong], []), (60, 20, 15, 1))[0]]


def _body(random: Random, lines: list[bytes], body: bytes) -> bytes:
    if b"Transfer-Encoding: chunked" not in lines:
        return body
    cut = random.randint(0, len(body))
    chunks = b"".join(
        b"%x\r\n%s\r\n" % (len(each), each) for each in (body[:cut], body[cut:]) if each
    )
    whole = chunks + random.choices((b"0\r\n\r\n", b"0\r\nX: y\r\n\r\n", b""), (10, 2, 1))[0]
    return mutate(random, whole) if random.random() < 0.2 else whole
