// Shows the table of sessions that the server sends once a second. Text never becomes markup.
"use strict";
const count = document.getElementById("count");
const rows = document.getElementById("rows");
const stream = new EventSource("/monitor/events");
stream.onerror = () => { count.textContent = "The connection is lost. Trying again …"; };
stream.onmessage = (message) => {
  const table = JSON.parse(message.data);
  count.textContent = table.count === 1 ? "1 session" : `${table.count} sessions`;
  rows.replaceChildren(...table.rows.map((cells) => {
    const row = document.createElement("tr");
    row.replaceChildren(...cells.map((text) => {
      const cell = document.createElement("td");
      cell.textContent = text;
      return cell;
    }));
    return row;
  }));
};
