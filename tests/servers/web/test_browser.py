"""The pages in a real browser, on the widths of a phone and a projector: Chromium, driven by Selenium."""

import re
from collections.abc import Iterator

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By

from tests.running import Server, connect, serving, until

PAGES = ["", "clock", "calendar/2026", "gzip", "upload", "monitor", "chat", "source/chat"]
PHONE, PROJECTOR = 390, 1280


class Browser:
    """A browser, whose pages are those of `server`."""

    def __init__(self, server: Server) -> None:
        options = webdriver.ChromeOptions()
        for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
            options.add_argument(flag)
        self.driver = webdriver.Chrome(options)
        self._server = server

    def open(self, path: str, width: int = PROJECTOR) -> None:
        """Show the page at `path`."""
        metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width == PHONE}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        self.driver.get(f"http://127.0.0.1:{self._server.port('web')}/{path}")

    def text(self) -> str:
        """The text that is shown."""
        return self.driver.find_element(By.TAG_NAME, "body").text

    def type(self, line: str) -> None:
        """Type a line into the field of the chat."""
        self.driver.find_element(By.ID, "text").send_keys(line + "\n")

    def until(self, text: str) -> None:
        """Wait until the page shows `text`."""
        until(lambda: text in self.text(), self.text)

    def complaints(self) -> list[str]:
        """The messages in the console of the browser since the last call."""
        return [str(entry["message"]) for entry in self.driver.get_log("browser")]  # type: ignore[no-untyped-call]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """The chat and the web server in one process."""
    with serving("servers", "chat", "web", "--port", "0", "--monitor") as server:
        yield server


@pytest.fixture(scope="module")
def browser(server: Server) -> Iterator[Browser]:
    """A browser for all tests."""
    browser = Browser(server)
    yield browser
    browser.driver.quit()


@pytest.mark.parametrize("width", [PHONE, PROJECTOR])
@pytest.mark.parametrize("page", PAGES)
def test_a_page_fits_its_screen_and_the_browser_does_not_complain(
    browser: Browser, page: str, width: int
) -> None:
    browser.open(page, width)
    assert browser.driver.find_element(By.TAG_NAME, "h1").text
    assert browser.driver.execute_script("return document.documentElement.scrollWidth") <= width
    assert browser.complaints() == []


def test_a_projector_shows_the_three_months_beside_each_other(browser: Browser) -> None:
    browser.open("calendar/2026")
    hidden = "const box = document.querySelector('.wide'); return box.scrollWidth - box.clientWidth"
    assert browser.driver.execute_script(hidden) == 0


def test_an_error_page_is_as_wide_as_the_phone(browser: Browser) -> None:
    browser.open("nope", PHONE)
    assert browser.driver.execute_script("return innerWidth") == PHONE
    assert any("404" in complaint for complaint in browser.complaints())


def test_a_browser_and_nc_are_in_one_conversation(server: Server, browser: Browser) -> None:
    with connect(server.port("chat")) as ann:
        ann.until("/help tells")
        ann.send(b"ann\r\n")
        ann.until("only one here")
        browser.open("chat", PHONE)
        browser.until("Choose a username:")
        browser.type("bob")
        browser.until("Welcome to the chat, bob.")
        ann.until("bob has joined the channel.")
        browser.type("gr\N{LATIN SMALL LETTER U WITH DIAERESIS}n")
        browser.type("/me waves")
        assert ann.until("<bob>").endswith("<bob> gr\N{LATIN SMALL LETTER U WITH DIAERESIS}n")
        assert ann.line().endswith("* bob waves")
        ann.send(b"<b>bold</b> <script>alert(1)</script>\r\n/msg bob psst\r\n/nick anna\r\n")
        browser.until("<ann> <b>bold</b> <script>alert(1)</script>")
        browser.until("<ann \N{RIGHTWARDS ARROW} bob> psst")
        browser.until("ann is now known as anna.")
        assert "<bob> gr\N{LATIN SMALL LETTER U WITH DIAERESIS}n" in browser.text()
        browser.open("chat", PHONE)  # the page is loaded again: it is the same session
        ann.send(b"still there?\r\n")
        browser.until("<anna> still there?")
        assert "psst" in browser.text()
        browser.type("/quit")
        ann.until("bob has left the channel.")
        browser.open("")


def test_a_copy_of_a_tab_is_another_user(browser: Browser) -> None:
    browser.open("chat")
    browser.until("Choose a username:")
    browser.type("cay")
    browser.until("Welcome to the chat, cay.")
    browser.driver.execute_script("window.open('/chat')")  # which copies what the first tab has stored
    until(lambda: len(browser.driver.window_handles) == 2, browser.text)
    first, second = browser.driver.window_handles
    browser.driver.switch_to.window(second)
    browser.until("Choose a username:")
    browser.type("dan")
    browser.until("Welcome to the chat, dan.")
    browser.type("/quit")
    browser.until("Good-bye.")
    browser.driver.close()
    browser.driver.switch_to.window(first)
    browser.until("dan has left the channel.")
    browser.type("/quit")
    browser.until("Good-bye.")
    browser.open("")


def test_a_page_is_in_the_chat_again_when_its_server_was_started_anew(browser: Browser) -> None:
    with serving("servers.web", "--port", "0") as server:
        browser.driver.get(f"http://127.0.0.1:{server.port()}/chat")
        browser.until("Choose a username:")
        browser.type("eve")
        browser.until("Welcome to the chat, eve.")
    browser.until("The connection is lost. Trying again")
    with serving("servers.web", "--port", str(server.port())):
        until(lambda: browser.text().count("Welcome to the chat, eve.") == 2, browser.text)
        browser.type("hello")
        browser.until("<eve> hello")
        browser.open("")


def test_the_monitor_shows_who_is_connected(server: Server, browser: Browser) -> None:
    with connect(server.port("chat")) as eve:
        eve.until("/help tells")
        eve.send(b"eve\r\n")
        eve.until("only one here")
        browser.open("monitor")
        browser.until("sessions")
        until(lambda: re.search(r"chat CHAT eve tcp:127\.0\.0\.1:\d+ \d+ s", browser.text()), browser.text)


def test_a_visitor_who_closes_the_late_page_is_in_the_log(server: Server, browser: Browser) -> None:
    browser.driver.execute_script("window.open('/delayed')")
    until(lambda: len(browser.driver.window_handles) == 2, browser.text)
    first, second = browser.driver.window_handles
    browser.driver.switch_to.window(second)
    browser.driver.close()
    browser.driver.switch_to.window(first)
    until(lambda: "has gone before the late answer" in server.stderr(), server.stderr)


def test_the_interrupted_answer_is_shown_while_it_comes(browser: Browser) -> None:
    browser.open("")
    browser.driver.execute_script("window.other = window.open('/interrupted')")

    def shown() -> str:
        return str(browser.driver.execute_script("return other.document.body.innerText"))

    until(lambda: "\n2\n" in shown(), shown)
    browser.driver.execute_script("other.close()")


def test_alone_it_says_where_its_pages_are() -> None:
    with serving("servers.web", "--port", "0") as server:
        assert f"  http://127.0.0.1:{server.port()}/" in server.lines
