// Where is the note while it is written? Always in two places: here and in this browser, here and on the server.
// Shares its names with frame.js, which follows it on the page.

const main = document.querySelector("#main");
const call = document.querySelector("#call");
const base = main?.dataset.base;
const say = (text, where = "#announce") => { document.querySelector(where).textContent = text; };
const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });

// ── the draft: on the server 400 ms after the last key, in this browser at once ──────────────────────────────────────

const REST_MS = 400;
const store = {
  key: `draft:${main?.dataset.user}:${main?.dataset.activity}`,
  put(value) { try { localStorage.setItem(this.key, JSON.stringify(value)); } catch { /* no storage in this frame */ } },
  get() { try { return JSON.parse(localStorage.getItem(this.key)); } catch { return null; } },
  drop() { try { localStorage.removeItem(this.key); } catch { /* nothing was kept */ } },
};
let waiting = 0;
let revision = 0;
let sent = 0;
let patience = 1;
let sending = Promise.resolve();

const wrapup = () => document.querySelector("#wrapup");
const token = () => JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
const WORDS = {
  saving: "saving…",
  saved: "saved",
  offline: "not saved yet, kept in this browser",
  older: "not saved: a newer note is on the server, reload to see it",
};

function tell(state, words = WORDS[state]) {
  const place = document.querySelector("#save-state");
  if (place && place.dataset.state !== state) Object.assign(place, { textContent: words }).dataset.state = state;
}

function written() {
  const form = wrapup();
  return form && Object.fromEntries([...new FormData(form)].filter(([name]) => name !== "revision"));
}

function changed() {
  const form = wrapup();
  if (!form) return;
  revision = Math.max(revision + 1, Number(form.elements.revision.value) + 1, Date.now());
  form.elements.revision.value = revision;
  store.put({ revision, values: written() });
  tell("saving");
  clearTimeout(waiting);
  waiting = setTimeout(() => keep(), REST_MS);
}

function keep(isLeaving = false) {
  sending = send(isLeaving);
  return sending;
}

async function send(isLeaving) {
  clearTimeout(waiting);
  if (!wrapup() || sent >= revision) return undefined;
  const now = revision;
  const body = new URLSearchParams([...new FormData(call), ...Object.entries(written()), ["revision", now]]);
  try {
    // A page that leaves may still send 64 KiB; while it stays, a note may be as long as it likes.
    const answer = await fetch(`${base}draft/`, { method: "POST", body, headers: { "X-CSRFToken": token() }, keepalive: isLeaving });
    if (isSignedOut(answer.status)) return lost();
    if (answer.status === 409) return tell("failed", `not saved: ${(await answer.json()).error}`);
    if (!answer.ok) throw new Error(answer.status);
    if (!(await answer.json()).kept) return tell("older");
    [sent, patience] = [Math.max(sent, now), 1];
    if (sent === revision) { tell("saved"); store.drop(); }
  } catch {
    tell("offline");
    clearTimeout(waiting);
    waiting = setTimeout(() => keep(), Math.min(patience *= 2, 30) * 1000);
  }
  return undefined;
}

function fill(form, values) {
  for (const field of form.elements) {
    const value = values[field.name] ?? "";
    if (!field.name || field.name === "revision") continue;
    if (["radio", "checkbox"].includes(field.type)) field.checked = field.value === value;
    else field.value = value;
  }
}

function restore() {
  const form = wrapup();
  if (!form) return;
  const kept = store.get();
  revision = sent = Number(form.elements.revision.value) || 0;
  if (revision) tell("saved");
  if (!kept || kept.revision <= revision) return;
  fill(form, kept.values);
  revision = kept.revision;
  form.elements.revision.value = revision;
  tell("offline");
  keep();
}

document.addEventListener("input", (event) => { if (event.target.form?.id === "wrapup") changed(); });
addEventListener("online", () => { keep(); askAgain(); });
addEventListener("pagehide", () => keep(true));
document.addEventListener("visibilitychange", () => { if (document.hidden) keep(); });

// Done waits for a draft that is under way, so that it cannot arrive after Done and come back as a draft.
document.addEventListener("htmx:confirm", (event) => {
  if (event.detail.elt.id !== "wrapup") return;
  event.preventDefault();
  clearTimeout(waiting);
  Promise.race([sending, pause(2000)]).then(() => event.detail.issueRequest(true));
});
