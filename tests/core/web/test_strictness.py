"""Refused and accepted requests: a table, written from RFC 9110 and RFC 9112.

Each is sent whole and one byte at a time. An answer with an error has a length and `Connection: close`,
and nothing that comes after it is answered.
"""

import pytest

from core.web import Request, Resource
from tests.core.web.talking import Connection, answers


class Anything(Resource):
    """Answers each method with the path and the body."""

    is_leaf = True

    def render(self, request: Request) -> bytes:
        return request.path + b"|" + request.content.read()


NEXT = b"GET /next HTTP/1.1\r\nHost: a\r\n\r\n"


def line(request_line: bytes) -> bytes:
    """A request with this request line."""
    return request_line + b"\r\nHost: a\r\n\r\n"


def field(*fields: bytes) -> bytes:
    """A GET with these header fields."""
    return b"GET / HTTP/1.1\r\nHost: a\r\n" + b"".join(field + b"\r\n" for field in fields) + b"\r\n"


def host(value: bytes) -> bytes:
    """A GET with this Host."""
    return b"GET / HTTP/1.1\r\nHost: " + value + b"\r\n\r\n"


def body(*fields: bytes, data: bytes = b"") -> bytes:
    """A POST with these fields, and `data` after the head."""
    return b"POST / HTTP/1.1\r\nHost: a\r\n" + b"".join(f + b"\r\n" for f in fields) + b"\r\n" + data


def chunks(data: bytes) -> bytes:
    """A POST with this chunked body."""
    return body(b"Transfer-Encoding: chunked", data=data)


# For each request: the code of the answer. 200: it is accepted, and the next request is answered, too.
CASES: dict[str, tuple[bytes, int]] = {
    # the request line (RFC 9112, 3)
    "a plain request": (line(b"GET / HTTP/1.1"), 200),
    "HTTP/1.0 without Host": (b"GET / HTTP/1.0\r\n\r\n", -200),
    "a higher minor version": (line(b"GET / HTTP/1.2"), 200),
    "the highest minor version": (line(b"GET / HTTP/1.9"), 200),
    "HTTP/0.9": (b"GET /\r\n", 400),
    "HTTP/0.9 with fields": (line(b"GET /"), 400),
    "version 0.9": (line(b"GET / HTTP/0.9"), 505),
    "version 2.0": (line(b"GET / HTTP/2.0"), 505),
    "version 3.0": (line(b"GET / HTTP/3.0"), 505),
    "the preface of HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    "a version of two digits": (line(b"GET / HTTP/1.10"), 400),
    "a version without a minor": (line(b"GET / HTTP/1"), 400),
    "a version with a comma": (line(b"GET / HTTP/1,1"), 400),
    "a version in lower case": (line(b"GET / http/1.1"), 400),
    "another protocol": (line(b"GET / ICY/1.1"), 400),
    "a version with a sign": (line(b"GET / HTTP/+1.1"), 400),
    "a version of letters": (line(b"GET / HTTP/a.b"), 400),
    "no version but a space": (line(b"GET / "), 400),
    "only a method": (line(b"GET"), 400),
    "no method": (line(b" / HTTP/1.1"), 400),
    "two spaces before the target": (line(b"GET  / HTTP/1.1"), 400),
    "two spaces after the target": (line(b"GET /  HTTP/1.1"), 400),
    "a tab before the target": (line(b"GET\t/ HTTP/1.1"), 400),
    "a tab after the target": (line(b"GET /\tHTTP/1.1"), 400),
    "a vertical tab as a space": (line(b"GET\x0b/ HTTP/1.1"), 400),
    "a form feed as a space": (line(b"GET\x0c/ HTTP/1.1"), 400),
    "a space at the end": (line(b"GET / HTTP/1.1 "), 400),
    "a space at the beginning": (line(b" GET / HTTP/1.1"), 400),
    "four words": (line(b"GET / / HTTP/1.1"), 400),
    "a bare CR in the line": (line(b"GET / HTTP/1.1\rx"), 400),
    "two CR at the end": (line(b"GET / HTTP/1.1\r"), 400),
    "a bare LF after the line": (b"GET / HTTP/1.1\nHost: a\r\n\r\n", 400),
    "bare LFs only": (b"GET / HTTP/1.1\nHost: a\n\n", 400),
    "one empty line in front": (b"\r\n" + line(b"GET / HTTP/1.1"), 200),
    "two empty lines in front": (b"\r\n\r\n" + line(b"GET / HTTP/1.1"), 400),
    "an empty line with a bare LF in front": (b"\n" + line(b"GET / HTTP/1.1"), 400),
    "a bare CR in front": (b"\r" + line(b"GET / HTTP/1.1"), 400),
    "a space and an empty line in front": (b" \r\n" + line(b"GET / HTTP/1.1"), 400),
    "a TLS handshake": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(40), 400),
    "a byte order mark": (b"\xef\xbb\xbf" + line(b"GET / HTTP/1.1"), 400),
    # the method (RFC 9110, 9)
    "a method in lower case": (line(b"get / HTTP/1.1"), 501),
    "a method in mixed case": (line(b"Get / HTTP/1.1"), 501),
    "a method that the page knows": (line(b"REPORT / HTTP/1.1"), 200),
    "a method with a dash": (line(b"M-SEARCH / HTTP/1.1"), 200),
    "a method with a colon": (line(b"GE:T / HTTP/1.1"), 400),
    "a method with brackets": (line(b"GE(T) / HTTP/1.1"), 400),
    "a method with a comma": (line(b"GET,POST / HTTP/1.1"), 400),
    "a method with quotes": (line(b'"GET" / HTTP/1.1'), 400),
    "a method with NUL": (line(b"GE\0T / HTTP/1.1"), 400),
    "a method that is not ASCII": (line(b"G\xc9T / HTTP/1.1"), 400),
    "CONNECT": (line(b"CONNECT a:80 HTTP/1.1"), 501),
    "CONNECT to a path": (line(b"CONNECT / HTTP/1.1"), 501),
    # the target (RFC 9112, 3.2)
    "the asterisk form": (line(b"OPTIONS * HTTP/1.1"), 200),
    "the asterisk form with GET": (line(b"GET * HTTP/1.1"), 400),
    "two asterisks": (line(b"OPTIONS ** HTTP/1.1"), 400),
    "the authority form with GET": (line(b"GET a:80 HTTP/1.1"), 400),
    "a target without a slash": (line(b"GET index.html HTTP/1.1"), 400),
    "the absolute form": (line(b"GET http://a/ HTTP/1.1"), 200),
    "the absolute form with a port": (line(b"GET http://a:8080/ HTTP/1.1"), 200),
    "the absolute form without a path": (line(b"GET http://a HTTP/1.1"), 200),
    "the absolute form with a query only": (line(b"GET http://a?b=c HTTP/1.1"), 200),
    "the absolute form in upper case": (line(b"GET HTTP://A/ HTTP/1.1"), 200),
    "the absolute form with another Host": (b"GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", 200),
    "the absolute form without Host": (b"GET http://a/ HTTP/1.1\r\n\r\n", 400),
    "the absolute form without a host": (line(b"GET http:/// HTTP/1.1"), 400),
    "the absolute form with a user": (line(b"GET http://user@a/ HTTP/1.1"), 400),
    "the absolute form with a bad port": (line(b"GET http://a:x/ HTTP/1.1"), 400),
    "the absolute form of another scheme": (line(b"GET ftp://a/ HTTP/1.1"), 400),
    "a scheme without slashes": (line(b"GET http:a HTTP/1.1"), 400),
    "a script as the target": (line(b"GET javascript:alert(1) HTTP/1.1"), 400),
    "a fragment": (line(b"GET /#top HTTP/1.1"), 400),
    "a query": (line(b"GET /?a=b&c=%20 HTTP/1.1"), 200),
    "an encoded NUL": (line(b"GET /%00 HTTP/1.1"), 200),
    "a broken escape": (line(b"GET /%zz HTTP/1.1"), 400),
    "half an escape": (line(b"GET /%2 HTTP/1.1"), 400),
    "a percent sign in the query": (line(b"GET /?100% HTTP/1.1"), 400),
    "NUL in the target": (line(b"GET /\0 HTTP/1.1"), 400),
    "a control character in the target": (line(b"GET /\x01 HTTP/1.1"), 400),
    "DEL in the target": (line(b"GET /\x7f HTTP/1.1"), 400),
    "UTF-8 in the target": (line("GET /é HTTP/1.1".encode()), 400),
    "a backslash in the target": (line(b"GET /\\ HTTP/1.1"), 200),
    "characters that browsers do not encode": (line(b"GET /?a=[{|}]^` HTTP/1.1"), 200),
    "two slashes in front": (line(b"GET //a/b HTTP/1.1"), 200),
    "a long target": (line(b"GET /" + b"a" * 8000 + b" HTTP/1.1"), 200),
    "a target that is too long": (line(b"GET /" + b"a" * 8192 + b" HTTP/1.1"), 414),
    "a method that is too long": (line(b"A" * 8192 + b" / HTTP/1.1"), 414),
    "an endless line": (b"GET /" + b"a" * 8300, 414),
    # header fields (RFC 9112, 5)
    "a field": (field(b"X: y"), 200),
    "an empty value": (field(b"X:"), 200),
    "a value with spaces around it": (field(b"X: \t y \t"), 200),
    "a value with a colon": (field(b"X: a:b"), 200),
    "a value that is not ASCII": (field(b"X: \xe9\xff"), 200),
    "a name of punctuation": (field(b"!#$%&'*+-.^_`|~: y"), 200),
    "an empty name": (field(b": y"), 400),
    "no colon": (field(b"X"), 400),
    "a space before the colon": (field(b"X : y"), 400),
    "a tab before the colon": (field(b"X\t: y"), 400),
    "a space in the name": (field(b"X Y: z"), 400),
    "a bracket in the name": (field(b"X(Y): z"), 400),
    "a name that is not ASCII": (field(b"X\xe9: z"), 400),
    "NUL in the name": (field(b"X\0: z"), 400),
    "NUL in the value": (field(b"X: a\0b"), 400),
    "a control character in the value": (field(b"X: a\x01b"), 400),
    "a bell in the value": (field(b"X: \x07"), 400),
    "DEL in the value": (field(b"X: a\x7fb"), 400),
    "a vertical tab in the value": (field(b"X: a\x0bb"), 400),
    "a bare CR in the value": (field(b"X: a\rb"), 400),
    "a bare CR at the end of the value": (field(b"X: a\r"), 400),
    "a bare LF in the value": (field(b"X: a\nb"), 400),
    "a bare LF after a field": (b"GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", 400),
    "a bare LF as the empty line": (b"GET / HTTP/1.1\r\nHost: a\r\n\n", 400),
    "CR CR LF as the empty line": (b"GET / HTTP/1.1\r\nHost: a\r\n\r\r\n", 400),
    "a folded value": (field(b"X: a\r\n b"), 400),
    "a value folded with a tab": (field(b"X: a\r\n\tb"), 400),
    "a fold with nothing in it": (field(b"X: a\r\n "), 400),
    "a fold before the first field": (b"GET / HTTP/1.1\r\n X: y\r\nHost: a\r\n\r\n", 400),
    "a large header section": (field(b"X: " + b"a" * 16000), 200),
    "a header section that is too large": (field(b"X: " + b"a" * 16384), 431),
    "many fields that are too much": (field(*[b"X: y"] * 3000), 431),
    "an endless field": (b"GET / HTTP/1.1\r\nX: " + b"a" * 17000, 431),
    # Host (RFC 9112, 3.2; RFC 9110, 7.2)
    "no Host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "no Host in 1.2": (b"GET / HTTP/1.2\r\n\r\n", 400),
    "two Hosts": (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
    "the same Host twice": (b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
    "two Hosts in 1.0": (b"GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400),
    "an empty Host": (host(b""), 400),
    "a Host with a port": (host(b"example.com:8880"), 200),
    "a Host with an empty port": (host(b"example.com:"), 200),
    "a Host in upper case": (host(b"EXAMPLE.COM"), 200),
    "an IPv4 Host": (host(b"127.0.0.1:80"), 200),
    "an IPv6 Host": (host(b"[::1]:80"), 200),
    "an encoded Host": (host(b"ex%41mple"), 200),
    "an IPv6 Host that is none": (host(b"[1::2::3]"), 400),
    "an IPv6 Host without brackets": (host(b"::1"), 400),
    "a Host that does not end its bracket": (host(b"[::1"), 400),
    "a port that is too large": (host(b"a:65536"), 400),
    "a port that is no number": (host(b"a:http"), 400),
    "two ports": (host(b"a:1:2"), 400),
    "a Host with a user": (host(b"user@a"), 400),
    "a Host with a path": (host(b"a/b"), 400),
    "a Host with a query": (host(b"a?b"), 400),
    "a Host with a space": (host(b"a b"), 400),
    "a list of Hosts": (host(b"a, b"), 400),
    "a Host with a backslash": (host(b"a\\b"), 400),
    "a Host that is not ASCII": (host(b"\xe9"), 400),
    "a folded Host": (b"GET / HTTP/1.1\r\nHost:\r\n a\r\n\r\n", 400),
    # the length of the body (RFC 9112, 6)
    "a length": (body(b"Content-Length: 3", data=b"abc"), 200),
    "a length of 0": (body(b"Content-Length: 0"), 200),
    "a length with zeros in front": (body(b"Content-Length: 0003", data=b"abc"), 200),
    "two lengths": (body(b"Content-Length: 3", b"Content-Length: 4", data=b"abcd"), 400),
    "the same length twice": (body(b"Content-Length: 3", b"Content-Length: 3", data=b"abc"), 400),
    "a list of lengths": (body(b"Content-Length: 3, 3", data=b"abc"), 400),
    "an empty length": (body(b"Content-Length:"), 400),
    "a negative length": (body(b"Content-Length: -1"), 400),
    "a length with a plus": (body(b"Content-Length: +3", data=b"abc"), 400),
    "a hexadecimal length": (body(b"Content-Length: 0x3", data=b"abc"), 400),
    "a length with a point": (body(b"Content-Length: 3.0", data=b"abc"), 400),
    "a length with a space": (body(b"Content-Length: 1 2", data=b"abc"), 400),
    "a length in other digits": (body("Content-Length: ٣".encode(), data=b"abc"), 400),
    "a length of words": (body(b"Content-Length: three", data=b"abc"), 400),
    "a length of 30 digits": (body(b"Content-Length: " + b"9" * 30), 400),
    "a length over the limit": (body(b"Content-Length: 16777217"), 413),
    "a length of 20 digits": (body(b"Content-Length: " + b"9" * 20), 413),
    "a length with a transfer coding": (body(b"Content-Length: 3", b"Transfer-Encoding: chunked"), 400),
    "a transfer coding with a length": (body(b"Transfer-Encoding: chunked", b"Content-Length: 3"), 400),
    "a coding in 1.0": (b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "a coding twice": (body(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"), 400),
    "a list with chunked twice": (body(b"Transfer-Encoding: chunked, chunked"), 400),
    "chunked in upper case": (body(b"Transfer-Encoding: CHUNKED", data=b"0\r\n\r\n"), 200),
    "gzip and chunked": (body(b"Transfer-Encoding: gzip, chunked", data=b"0\r\n\r\n"), 501),
    "chunked and gzip": (body(b"Transfer-Encoding: chunked, gzip"), 400),
    "gzip alone": (body(b"Transfer-Encoding: gzip"), 400),
    "identity": (body(b"Transfer-Encoding: identity"), 400),
    "an unknown coding": (body(b"Transfer-Encoding: xchunked"), 400),
    "an empty coding": (body(b"Transfer-Encoding:"), 400),
    "a coding in quotes": (body(b'Transfer-Encoding: "chunked"'), 400),
    "a coding with a parameter": (body(b"Transfer-Encoding: chunked;a=b"), 400),
    "a coding after a vertical tab": (body(b"Transfer-Encoding: \x0bchunked"), 400),
    "a GET with a body": (field(b"Content-Length: 3") + b"abc", 200),
    # chunks (RFC 9112, 7.1)
    "no chunk": (chunks(b"0\r\n\r\n"), 200),
    "two chunks": (chunks(b"3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n"), 200),
    "zeros in front of a size": (chunks(b"0003\r\nabc\r\n000\r\n\r\n"), 200),
    "an extension": (chunks(b"3;a\r\nabc\r\n0\r\n\r\n"), 200),
    "an extension with a value": (chunks(b'3;a=b;c="d;\\"e"\r\nabc\r\n0;f\r\n\r\n'), 200),
    "an extension with bad spaces": (chunks(b"3 ; a = b\r\nabc\r\n0\r\n\r\n"), 200),
    "an empty size": (chunks(b"\r\nabc\r\n0\r\n\r\n"), 400),
    "a size with a sign": (chunks(b"+3\r\nabc\r\n0\r\n\r\n"), 400),
    "a negative size": (chunks(b"-3\r\nabc\r\n0\r\n\r\n"), 400),
    "a size with 0x": (chunks(b"0x3\r\nabc\r\n0\r\n\r\n"), 400),
    "a size with an underscore": (chunks(b"1_0\r\nabc\r\n0\r\n\r\n"), 400),
    "a size that is no number": (chunks(b"g\r\nabc\r\n0\r\n\r\n"), 400),
    "a space before a size": (chunks(b" 3\r\nabc\r\n0\r\n\r\n"), 400),
    "a space after a size": (chunks(b"3 \r\nabc\r\n0\r\n\r\n"), 400),
    "a tab after a size": (chunks(b"3\t\r\nabc\r\n0\r\n\r\n"), 400),
    "a size of 17 digits": (chunks(b"00000000000000003\r\nabc\r\n0\r\n\r\n"), 400),
    "a size that overflows": (chunks(b"ffffffffffffffff1\r\nabc\r\n0\r\n\r\n"), 400),
    "a size of 16 digits": (chunks(b"ffffffffffffffff\r\n" + b"a" * 10), 413),
    "a bare LF after a size": (chunks(b"3\nabc\r\n0\r\n\r\n"), 400),
    "a bare CR after a size": (chunks(b"3\rabc\r\n0\r\n\r\n"), 400),
    "no line end after a chunk": (chunks(b"3\r\nabc0\r\n\r\n"), 400),
    "a bare LF after a chunk": (chunks(b"3\r\nabc\n0\r\n\r\n"), 400),
    "a bare CR after a chunk": (chunks(b"3\r\nabc\r0\r\n\r\n"), 400),
    "a chunk that is longer than its size": (chunks(b"3\r\nabcd\r\n0\r\n\r\n"), 400),
    "an empty extension": (chunks(b"3;\r\nabc\r\n0\r\n\r\n"), 400),
    "NUL in an extension": (chunks(b"3;a=\0\r\nabc\r\n0\r\n\r\n"), 400),
    "a bare LF in an extension": (chunks(b"3;a=\nb\r\nabc\r\n0\r\n\r\n"), 400),
    "a bare CR in an extension": (chunks(b"3;a=\rb\r\nabc\r\n0\r\n\r\n"), 400),
    "a quote that does not end": (chunks(b'3;a="b\r\nabc\r\n0\r\n\r\n'), 400),
    "an extension that is too long": (chunks(b"3;a=" + b"b" * 1100 + b"\r\nabc\r\n0\r\n\r\n"), 400),
    "an endless size": (chunks(b"3" * 1100), 400),
    "a trailer": (chunks(b"0\r\nX: y\r\n\r\n"), 200),
    "a trailer with a length": (chunks(b"0\r\nContent-Length: 3\r\n\r\n"), 200),
    "a trailer without a colon": (chunks(b"0\r\nX\r\n\r\n"), 400),
    "a folded trailer": (chunks(b"0\r\nX: y\r\n z\r\n\r\n"), 400),
    "NUL in a trailer": (chunks(b"0\r\nX: \0\r\n\r\n"), 400),
    "a bare LF after a trailer": (chunks(b"0\r\nX: y\n\r\n"), 400),
    "a bare LF after the trailers": (chunks(b"0\r\nX: y\r\n\n"), 400),
    "trailers that are too large": (chunks(b"0\r\n" + b"X: yyyyyyyy\r\n" * 1500 + b"\r\n"), 431),
    "an endless trailer": (chunks(b"0\r\nX: " + b"y" * 17000), 431),
    # Expect and Connection (RFC 9110, 10.1.1; 7.6.1)
    "an unknown expectation": (field(b"Expect: tea"), 417),
    "two expectations": (field(b"Expect: 100-continue, tea"), 417),
    "an unknown expectation in 1.0": (b"GET / HTTP/1.0\r\nExpect: tea\r\n\r\n", -200),
    "100-continue without a body": (field(b"Expect: 100-Continue"), 200),
    "100-continue with a body that is too large": (
        body(b"Expect: 100-continue", b"Content-Length: 99999999"),
        413,
    ),
    "Connection: close": (field(b"Connection: close"), -200),
    "close in a list": (field(b"Connection: TE, CLOSE"), -200),
    "an upgrade that is not made": (field(b"Connection: Upgrade", b"Upgrade: websocket"), 200),
    "an upgrade to HTTP/2": (field(b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c"), 200),
}
"""A negative code: the request is answered with the positive one, and the connection is closed."""


def test_the_table_has_at_least_150_cases() -> None:
    assert len(CASES) >= 150


@pytest.mark.parametrize("piece", [None, 1], ids=["whole", "bytewise"])
@pytest.mark.parametrize("case", CASES)
def test_each_case_has_its_code_and_its_end(case: str, piece: int | None) -> None:
    data, code = CASES[case]
    connection = Connection(Anything())
    sent = connection.send(data + NEXT, piece)
    first, *others = answers(sent)
    assert first.code == abs(code)
    assert first.complete
    if code == 200:
        assert [answer.body for answer in others] == [b"/next|"]
        assert not connection.is_closing()
    else:
        assert not others
        assert connection.is_closing()
        assert first.headers[b"connection"] == b"close"
        assert b"content-length" in first.headers


@pytest.mark.parametrize("piece", [None, 1], ids=["whole", "bytewise"])
def test_a_refusal_comes_as_soon_as_the_request_cannot_become_valid(piece: int | None) -> None:
    connection = Connection(Anything())
    assert answers(connection.send(b"\x16\x03", piece))[0].code == 400
    connection = Connection(Anything())
    assert answers(connection.send(b"GET / HTTP/1.1\r\nX: \0", piece))[0].code == 400
    connection = Connection(Anything())
    assert answers(connection.send(b"GET / HTTP/1.1\r\nX: a\rb", piece))[0].code == 400


def test_the_authority_of_an_absolute_target_takes_the_place_of_host() -> None:
    class Page(Resource):
        is_leaf = True

        def render_GET(self, request: Request) -> bytes:
            return b" ".join((request.get_header(b"host") or b"", request.path, request.uri))

    sent = Connection(Page()).send(b"GET http://b:1/c?d HTTP/1.1\r\nHost: a\r\n\r\n")
    assert answers(sent)[0].body == b"b:1 /c http://b:1/c?d"
