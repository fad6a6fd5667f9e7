// What does the caller card do by itself? It keeps the note safe, answers keys, counts time, and survives a lost session.

const main = document.querySelector("#main");
const call = document.querySelector("#call");
const base = main?.dataset.base;
const say = (text, where = "#announce") => { document.querySelector(where).textContent = text; };

// ── the address: nobody reads the caller's number over a shoulder or in a history (the reload finds it again) ────────

const query = new URLSearchParams(location.search);
if (query.has("clid") || query.has("activity")) {
  const rest = new URLSearchParams([...query].filter(([name]) => name === "queue"));
  history.replaceState({ query: location.search }, "", location.pathname + (rest.size ? `?${rest}` : ""));
} else if (history.state?.query) {
  location.replace(location.pathname + history.state.query);
}

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

const wrapup = () => document.querySelector("#wrapup");
const token = () => JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
const WORDS = {
  saving: "saving …",
  saved: "saved",
  offline: "not saved yet, kept in this browser",
  failed: "not saved: too long or not allowed",
};

function tell(state) {
  const place = document.querySelector("#save-state");
  if (place && place.dataset.state !== state) Object.assign(place, { textContent: WORDS[state] }).dataset.state = state;
}

function written() {
  const form = wrapup();
  return form && Object.fromEntries([...new FormData(form)].filter(([name]) => name !== "revision"));
}

function changed() {
  const form = wrapup();
  if (!form) return;
  revision = Math.max(revision + 1, Date.now());
  form.elements.revision.value = revision;
  store.put({ revision, values: written() });
  tell("saving");
  clearTimeout(waiting);
  waiting = setTimeout(keep, REST_MS);
}

async function keep() {
  clearTimeout(waiting);
  if (!wrapup() || sent >= revision) return;
  const now = revision;
  const body = new URLSearchParams([...new FormData(call), ...Object.entries(written()), ["revision", now]]);
  try {
    const answer = await fetch(`${base}draft/`, { method: "POST", body, headers: { "X-CSRFToken": token() }, keepalive: true });
    if (answer.status === 401) return lost();
    if (!answer.ok && answer.status < 500) return tell("failed");
    if (!answer.ok) throw new Error(answer.status);
    [sent, patience] = [now, 1];
    if (now === revision) { tell("saved"); store.drop(); }
  } catch {
    tell("offline");
    waiting = setTimeout(keep, Math.min(patience *= 2, 30) * 1000);
  }
}

function restore() {
  const form = wrapup();
  if (!form) return;
  const kept = store.get();
  revision = sent = Number(form.elements.revision.value) || 0;
  if (!kept || kept.revision <= revision) return;
  for (const [name, value] of Object.entries(kept.values)) {
    const field = form.elements[name];
    if (field) field.value = value;
  }
  revision = kept.revision;
  form.elements.revision.value = revision;
  tell("offline");
  keep();
}

document.addEventListener("input", (event) => { if (event.target.form?.id === "wrapup") changed(); });
addEventListener("online", keep);
addEventListener("pagehide", keep);
document.addEventListener("visibilitychange", () => { if (document.hidden) keep(); });

// ── the session: the card stays, the note is kept, and one form brings everything back ───────────────────────────────

async function lost() {
  const place = document.querySelector("#lost");
  if (!place || !place.hidden) return;
  tell("offline");
  place.hidden = false;
  say("You are signed out. Your note is kept. Sign in again.", "#alert");
  const answer = await fetch("/sign-in/?again=1");
  place.innerHTML = await answer.text();
  const expected = place.querySelector("[name=expected_user]");
  if (expected) expected.value = main.dataset.user;
  htmx.process(place);
}

function backAgain(newToken) {
  document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": newToken }));
  const place = document.querySelector("#lost");
  place.replaceChildren();
  place.hidden = true;
  say("You are signed in again.");
  keep();
  htmx.trigger("#who", "load");
  document.querySelector("#note")?.focus();
}

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const fresh = detail.xhr.getResponseHeader("X-CSRF-Token");
  if (fresh) { detail.shouldSwap = false; backAgain(fresh); }
});
document.addEventListener("htmx:responseError", ({ detail }) => {
  if (detail.xhr.status === 401) lost();
  else say("That did not work. Nothing was lost: try again.", "#alert");
});
document.addEventListener("htmx:sendError", () => say("No connection. Your note is kept in this browser.", "#alert"));

// ── keys: one letter or digit, only when no field has the focus ──────────────────────────────────────────────────────

const inField = (target) => target.matches?.("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]");
const visible = (element) => element.checkVisibility?.() ?? element.offsetParent !== null;

function press(key) {
  const target = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find(visible);
  if (!target) return false;
  if (inField(target)) target.focus();
  else target.click();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    return document.querySelector("[data-done]")?.click();
  }
  if (event.key === "Escape") return document.activeElement?.blur();
  if (event.ctrlKey || event.metaKey || event.altKey || inField(event.target)) return undefined;
  if (document.body.dataset.shortcuts === "off") return undefined;
  if (event.key === "?") { document.querySelector("#keys").open ^= true; return event.preventDefault(); }
  if (press(event.key.toLowerCase())) event.preventDefault();
  return undefined;
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button");
  if (button?.dataset.copy) {
    try { await navigator.clipboard.writeText(button.dataset.copy); say("Copied"); } catch { say("This browser does not let the frame copy."); }
  }
  if (button && "signIn" in button.dataset) lost();
  if (button && "extend" in button.dataset) extension += 60;
  if (button && "takeOver" in button.dataset) takeOver();
  if (button && "ownTab" in button.dataset) open(location.pathname + (history.state?.query ?? ""), "_blank", "noopener");
});

// ── time: how long the call has lasted, how much wrap-up is left ─────────────────────────────────────────────────────

let extension = 0;
let warned = Infinity;
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;

function tick() {
  const bar = document.querySelector("#status");
  const timer = bar?.querySelector("[data-timer]");
  if (timer) timer.textContent = clock(Math.max(0, Math.round((Date.now() - Date.parse(bar.dataset.since)) / 1000)));
  const left = bar?.querySelector("[data-wrapup]");
  if (!left) return;
  const seconds = Math.round((Date.parse(left.dataset.wrapup) - Date.now()) / 1000) + extension;
  left.textContent = seconds > 0 ? `${clock(seconds)} left` : "time is over";
  for (const mark of [30, 10]) if (seconds <= mark && seconds > 0 && warned > mark) { warned = mark; say(`${mark} seconds of wrap-up left`); }
  if (seconds > 30) warned = Infinity;
}
setInterval(tick, 1000);
tick();

// ── the call: answered, the note has the focus; another frame of the same call gives way ─────────────────────────────

let lastState = document.querySelector("#status")?.dataset.state;
document.addEventListener("htmx:afterSettle", () => {
  const state = document.querySelector("#status")?.dataset.state;
  if (state !== lastState && state === "open" && !inField(document.activeElement)) document.querySelector("#note")?.focus();
  lastState = state;
  tick();
});
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target.id !== "work") return;
  if (!wrapup()) { clearTimeout(waiting); store.drop(); sent = revision; document.querySelector("#who .part")?.classList.add("done"); }
  else revision = sent = Math.max(revision, Number(wrapup().elements.revision.value) || 0);
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-asks]")) document.querySelector("#call-back").open = true;
});

// One click makes one promise, however often it has to be sent.
let click = crypto.randomUUID();
document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.path.endsWith("/task/")) detail.parameters.request_id = click;
});
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.successful && detail.pathInfo.requestPath.endsWith("/task/")) click = crypto.randomUUID();
});

const me = crypto.randomUUID();
const others = "BroadcastChannel" in window && main?.dataset.activity ? new BroadcastChannel(`card:${main.dataset.activity}`) : null;
function takeOver() {
  document.querySelector("#elsewhere").hidden = true;
  others?.postMessage({ from: me, here: true });
}
others?.addEventListener("message", ({ data }) => {
  if (data.from === me) return;
  if (data.asks) others.postMessage({ from: me });
  else { keep(); document.querySelector("#elsewhere").hidden = false; }
});
others?.postMessage({ from: me, asks: true });

// ── the baton: the agent before writes on while he passes the call ───────────────────────────────────────────────────

const callId = call?.elements.callid.value;
if (callId && main.dataset.activity.length > 1) {
  const source = main.dataset.activity.split("/")[0];
  const stream = new EventSource(`/stream/call/${encodeURIComponent(source || "-")}/${encodeURIComponent(callId)}`);
  stream.addEventListener("baton", () => htmx.trigger(document.body, "baton"));
  stream.addEventListener("ended", () => { stream.close(); lost(); });
}

if (document.querySelector("#status")?.dataset.state === "ringing") {
  say(`${document.querySelector("#state").textContent} call: ${document.querySelector("h1")?.textContent ?? ""}`, "#alert");
}
restore();
