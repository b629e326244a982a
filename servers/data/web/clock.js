// Shows the time that the server sends once a second.
"use strict";
const clock = document.getElementById("clock");
const readers = document.getElementById("readers");
new EventSource("/events").onmessage = (message) => {
  const [time, count] = message.data.split(" ");
  clock.textContent = time;
  readers.textContent = count === "1" ? "You are the only reader." : `There are ${count} readers.`;
};
