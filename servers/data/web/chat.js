// The chat: events come down a stream, typed lines go up one after the other. Text never becomes markup.
"use strict";

const log = document.getElementById("log");
const state = document.getElementById("state");
const form = document.getElementById("form");
const field = document.getElementById("text");
const MOST_LINES = 1000;
let session = sessionStorage.getItem("session");
let last = 0; // a page that is loaded again receives all that its session still keeps
let name = sessionStorage.getItem("name") || "";
let sending = Promise.resolve();

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
  sessionStorage.setItem("name", name);
  field.placeholder = name ? `Say something, ${name}` : "Choose a name";
}

async function post(path, body) {
  const headers = { "Content-Type": "text/plain; charset=utf-8", "X-Chat-Token": log.dataset.token };
  if (session) headers["X-Chat-Session"] = session;
  return fetch(path, { method: "POST", headers, body });
}

async function join() {
  const answer = await post("/chat/join", "");
  const value = answer.ok || answer.status === 503 ? await answer.json() : {};
  if (!value.session) {
    state.textContent = value.refused || "The server refuses this page. Load it again.";
    return;
  }
  session = value.session;
  last = 0;
  setName("");
  sessionStorage.setItem("session", session);
  listen();
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
    session = null;
    again();
  };
}

function again() {
  state.textContent = "The server does not know this session, or is gone. Trying again …";
  setTimeout(() => join().then(() => { state.textContent = ""; }).catch(again), 2000);
}

async function say(text) {
  for (;;) {
    try {
      const answer = await post("/chat/say", text);
      if (answer.status === 404) return show("That was not said: the session has ended.", "quiet");
      const value = await answer.json();
      if (value.refused) return show(value.refused, "quiet");
      return own(text);
    } catch (error) {
      state.textContent = "The server does not answer. Your line is sent when it is back.";
      await new Promise((done) => setTimeout(done, 2000));
    }
  }
}

function own(text) {
  if (text.startsWith("/me ")) show(`* ${name} ${text.slice(4)}`, "own", Date.now());
  else if (text.startsWith("//")) show(`<${name}> ${text.slice(1)}`, "own", Date.now());
  else if (!text.startsWith("/") && wasNamed) show(`<${name}> ${text}`, "own", Date.now());
}

let wasNamed = Boolean(name);
form.addEventListener("submit", (submitted) => {
  submitted.preventDefault();
  const text = field.value.trimEnd();
  field.value = "";
  if (!text) return;
  sending = sending.then(async () => {
    wasNamed = Boolean(name);
    await say(text);
  });
});

setName(name);
if (session) listen(); else join().catch(again);
