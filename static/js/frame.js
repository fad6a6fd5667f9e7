// What does the caller card do by itself? It answers keys, counts time, survives a lost session, and gives way to another tab.

// ── the address: nobody reads the caller's number over a shoulder or in a history (the reload finds it again) ────────

const query = new URLSearchParams(location.search);
if (query.has("clid") || query.has("activity")) {
  const rest = new URLSearchParams([...query].filter(([name]) => name === "queue"));
  history.replaceState({ query: location.search }, "", location.pathname + (rest.size ? `?${rest}` : ""));
} else if (history.state?.query) {
  openAnew();
}

function openAnew() { location.replace(location.pathname + (history.state?.query ?? location.search)); }

// ── the session: the card stays, the note is kept, and one form brings everything back ───────────────────────────────

const isSignedOut = (status) => status === 401 || status === 403; // without a session there is no token either

async function lost({ asSomebodyElse = false } = {}) {
  const place = document.querySelector("#lost");
  if (!place || !place.hidden) return;
  stream?.close();
  place.hidden = false;
  place.dataset.then = asSomebodyElse ? "anew" : "on";
  if (!asSomebodyElse) {
    if (sent < revision) tell("offline");
    say("You are signed out. Your note is kept. Sign in again.", "#alert");
  }
  try {
    const form = await fetch("/sign-in/?again=1");
    if (!form.ok) throw new Error(form.status);
    place.innerHTML = await form.text();
  } catch {
    place.hidden = true;
    return trouble("You are signed out and the server does not answer. Your note is kept in this browser: try again.");
  }
  if (asSomebodyElse) place.querySelector(".banner")?.remove();
  else place.querySelector("[name=expected_user]").value = main.dataset.user;
  htmx.process(place);
  return undefined;
}

function backAgain(newToken) {
  document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": newToken }));
  const place = document.querySelector("#lost");
  place.replaceChildren();
  place.hidden = true;
  if (place.dataset.then === "anew") return openAnew();
  say("You are signed in again.");
  keep();
  askAgain();
  return document.querySelector("#note")?.focus();
}

// ── what failed is said, and what the card asks by itself is asked again ─────────────────────────────────────────────

const RETRY_MS = 5000;
const askAgain = () => { for (const part of ["#who", "#status"]) if (document.querySelector(part)) htmx.trigger(part, "again"); };

function trouble(text) {
  const place = document.querySelector("#trouble");
  if (!place) return;
  place.hidden = !text;
  place.querySelector("p").textContent = text;
}

function failed(element, text) {
  if (element.id === "status" || element.id === "who") setTimeout(() => htmx.trigger(element, "again"), RETRY_MS);
  else trouble(text);
  keep();
}

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const fresh = detail.xhr.getResponseHeader("X-CSRF-Token");
  if (fresh) { detail.shouldSwap = false; backAgain(fresh); }
  if (detail.requestConfig.elt.id === "who" && isFillingIn("#who")) detail.shouldSwap = false;
});
document.addEventListener("htmx:responseError", ({ detail }) => {
  if (isSignedOut(detail.xhr.status)) lost();
  else failed(detail.elt, "That did not work. Nothing was lost: try again.");
});
document.addEventListener("htmx:sendError", ({ detail }) => failed(detail.elt, "No connection. Your note is kept in this browser: try again."));
document.addEventListener("htmx:afterOnLoad", ({ detail }) => {
  if (detail.successful) trouble("");
  if (detail.successful && detail.elt.id === "who") { listen(); keep(); }
});

// What stands in a form of this part, or is about to, is not swapped away by an answer that comes late.
function isFillingIn(part) {
  return [...document.querySelectorAll(`${part} input:not([type=hidden])`)].some((field) => field.value || field === document.activeElement);
}

// A field that a key has opened gets the focus; one that came with the page must not take it away from Daktela.
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.requestConfig?.triggeringEvent) detail.target.querySelector("[data-focus]")?.focus();
});

// ── what has changed is said: a live region that comes together with its words is not read out ───────────────────────

const SAID = ["#state", "#who :is(h1, .why), #who > p", ...["#found", "#task", "#work .done"].map((part) => `${part} [role=status]`)];
const words = (part) => part.textContent.trim();
const saying = () => SAID.map((parts) => [...document.querySelectorAll(parts)].map(words).join(", "));
let said = saying();

document.addEventListener("htmx:afterSettle", () => {
  const now = saying();
  const news = now.filter((text, at) => text && text !== said[at]);
  said = now;
  if (news.length) say(news.join(". "));
});

// ── keys: one letter or digit, only when no field has the focus ──────────────────────────────────────────────────────

const inField = (target) => target.matches?.("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]");
const usable = (element) => !element.closest("[inert]") && (element.checkVisibility?.() ?? element.offsetParent !== null);

function press(key) {
  const target = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find(usable);
  if (!target) return false;
  if (inField(target)) target.focus();
  else target.click();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    const done = document.querySelector("[data-done]");
    return done && usable(done) ? done.click() : undefined;
  }
  if (event.key === "Escape") {
    event.preventDefault(); // a search field would be emptied
    return document.activeElement?.blur();
  }
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
  if (button && "signIn" in button.dataset) lost({ asSomebodyElse: true });
  if (button && "extend" in button.dataset) extension += 60;
  if (button && "takeOver" in button.dataset) takeOver();
  if (button && "ownTab" in button.dataset) open(location.pathname + (history.state?.query ?? ""), "_blank", "noopener");
});

// ── fields that are folded when the page comes: a browser builds a date's many parts for the first paint, folded or not ──

const dress = (part) => { for (const field of part.querySelectorAll("[data-type]")) field.type = field.dataset.type; };
dress(document);
htmx.onLoad(dress);

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
  if (wrapup()) return void keep(); // something is missing: the note goes on as a draft
  clearTimeout(waiting);
  store.drop();
  sent = revision;
  document.querySelector("#who .part")?.classList.add("done");
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

// One frame writes at a time. The other rests until it is asked to go on, and then opens anew with what was written.
const me = crypto.randomUUID();
const others = "BroadcastChannel" in window && main?.dataset.activity ? new BroadcastChannel(`card:${main.dataset.activity}`) : null;
let isResting = false;

function rest() {
  isResting = true;
  document.querySelector("#elsewhere").hidden = false;
  say(document.querySelector("#elsewhere p").textContent);
  for (const part of document.querySelectorAll("#who, #work, #more")) part.inert = true;
}

function takeOver() {
  others?.postMessage({ from: me, takes: true });
  setTimeout(openAnew, 1000); // nobody is there any more
}

others?.addEventListener("message", async ({ data }) => {
  if (data.asks && !isResting) others.postMessage({ to: data.from, isHere: true });
  if (data.takes) {
    rest();
    await keep();
    others.postMessage({ to: data.from, isKept: true });
  }
  if (data.to === me && data.isHere) rest();
  if (data.to === me && data.isKept) openAnew();
});
others?.postMessage({ from: me, asks: true });

// ── the baton: the agent before writes on while he passes the call ───────────────────────────────────────────────────

const callId = call?.elements.callid.value;
let stream;

function listen() {
  if (!callId || stream?.readyState < EventSource.CLOSED) return;
  const source = main.dataset.activity.split("/")[0] || "-";
  stream = new EventSource(`/stream/call/${encodeURIComponent(source)}/${encodeURIComponent(callId)}`);
  stream.addEventListener("baton", () => {
    htmx.trigger(document.body, "baton");
    // He may have found the caller since: follow, unless this agent has, or is writing a name just now.
    if (!document.querySelector("#who [data-linked], #new > *")) htmx.trigger(document.body, "follow");
  });
  stream.addEventListener("ended", () => lost());
}

if (document.querySelector("#status")?.dataset.state === "ringing") {
  say(`${document.querySelector("#state").textContent} call: ${document.querySelector("h1")?.textContent ?? ""}`, "#alert");
}
restore();
