// The chat: events come down a stream, typed lines go up one after the other. Text never becomes markup.
"use strict";

const log = document.getElementById("log");
const state = document.getElementById("state");
const form = document.getElementById("form");
const field = document.getElementById("text");
const MOST_LINES = 1000;
const NO_ANSWER = "The server does not answer.";
let session = sessionStorage.getItem("session");
let last = 0; // a page that is loaded again receives all that its session still keeps
let name = sessionStorage.getItem("name") || "";
let token = log.dataset.token;
let sending = Promise.resolve();

// A tab is a user of its own. The session is stored only while the page is loaded again: a copy of the tab
// would have it, too.
addEventListener("pageshow", () => sessionStorage.clear());
addEventListener("pagehide", () => {
  if (session) sessionStorage.setItem("session", session);
  sessionStorage.setItem("name", name);
});

function show(text, kind, time) {
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  const line = document.createElement("p");
  line.className = kind;
  if (time) {
    const stamp = document.createElement("time");
    stamp.textContent = new Date(time).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    line.append(stamp);
  }
  line.append(text);
  log.append(line);
  while (log.childElementCount > MOST_LINES) log.firstElementChild.remove();
  if (atEnd || kind === "own") log.scrollTop = log.scrollHeight;
}

function describe(event) {
  switch (event.event) {
    case "said": return [`<${event.name}> ${event.text}`, "said"];
    case "action": return [`* ${event.name} ${event.text}`, "said"];
    case "private": return [`<${event.name} → ${event.to}> ${event.text}`, "private"];
    case "banner": return ["", ""];
    default: return [event.text || "", "quiet"];
  }
}

function receive(event) {
  if (event.event === "welcome" || (event.event === "renamed" && event.name === name)) {
    setName(event.event === "welcome" ? event.name : event.to);
  }
  if (event.event === "history") {
    for (const line of event.lines) receive(line);
    if (!event.lines.length) show("Nothing was said yet.", "quiet");
    return;
  }
  const [text, kind] = describe(event);
  if (text) show(text, kind, event.time);
}

function setName(given) {
  name = given;
  field.placeholder = name ? `Say something, ${name}` : "Choose a name";
}

async function post(path, body, session) {
  const headers = { "Content-Type": "text/plain; charset=utf-8", "X-Chat-Token": token };
  if (session) headers["X-Chat-Session"] = session;
  const answer = await fetch(path, { method: "POST", headers, body });
  const isJSON = answer.headers.get("Content-Type") === "application/json";
  return isJSON ? answer.json() : { refused: (await answer.text()).trim() }; // over a limit it is plain text
}

async function join() {
  const value = await post("/chat/join", "");
  if (value.refused) throw new Error(value.refused);
  session = value.session;
  last = 0;
  const before = name;
  setName("");
  listen();
  if (before) say(before, session);
}

function listen() {
  const stream = new EventSource(`/chat/events?session=${encodeURIComponent(session)}&after=${last}`);
  stream.onopen = () => { state.textContent = ""; };
  stream.onmessage = (message) => {
    last = Number(message.lastEventId);
    receive(JSON.parse(message.data));
  };
  stream.onerror = () => {
    if (stream.readyState !== EventSource.CLOSED) {
      state.textContent = "The connection is lost. Trying again …";
      return;
    }
    show("You are not in the chat any more.", "quiet");
    again(new Error(""));
  };
}

function again(error) {
  const why = error instanceof TypeError ? NO_ANSWER : error.message; // fetch raises a TypeError
  state.textContent = `${why} Trying again …`;
  setTimeout(() => renew().then(join).catch(again), 2000);
}

// A server that was started anew has a new token.
async function renew() {
  const page = new DOMParser().parseFromString(await (await fetch("/chat")).text(), "text/html");
  token = page.getElementById("log")?.dataset.token;
}

async function say(text, session) {
  const wasNamed = Boolean(name);
  for (;;) {
    try {
      const value = await post("/chat/say", text, session);
      if (value.refused) return show(`${value.refused} Your line: ${text}`, "quiet");
      return own(text, wasNamed);
    } catch (error) {
      state.textContent = `${NO_ANSWER} Trying again …`;
      await new Promise((done) => setTimeout(done, 2000));
    }
  }
}

function own(text, wasNamed) {
  if (text === "/quit") setName("");
  else if (text.startsWith("/me ")) show(`* ${name} ${text.slice(4)}`, "own", Date.now());
  else if (text.startsWith("//")) show(`<${name}> ${text.slice(1)}`, "own", Date.now());
  else if (!text.startsWith("/") && wasNamed) show(`<${name}> ${text}`, "own", Date.now());
}

form.addEventListener("submit", (submitted) => {
  submitted.preventDefault();
  const text = field.value.trimEnd();
  const mine = session;
  field.value = "";
  if (text) sending = sending.then(() => say(text, mine));
});

setName(name);
if (session) listen(); else join().catch(again);
