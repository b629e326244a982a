// Sends the file as it is, and shows how much of it has been sent.
"use strict";
const progress = document.getElementById("progress");
const answer = document.getElementById("answer");
document.getElementById("form").addEventListener("submit", (submitted) => {
  submitted.preventDefault();
  const request = new XMLHttpRequest();
  request.upload.onprogress = (event) => {
    progress.value = event.loaded / event.total;
    answer.textContent = `${Math.floor(100 * progress.value)} %`;
  };
  request.onload = () => { answer.textContent = request.responseText; };
  request.onerror = () => { answer.textContent = "The upload was interrupted."; };
  progress.hidden = false;
  request.open("POST", "/upload");
  request.setRequestHeader("Content-Type", "application/octet-stream");
  request.send(document.getElementById("file").files[0]);
});
