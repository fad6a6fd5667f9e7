// What may the keyboard do in the office, and what happens around an htmx swap?

const body = document.body;
const one = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

const kept = {
  get(name) { try { return localStorage.getItem(name); } catch { return null; } },
  set(name, value) { try { localStorage.setItem(name, value); } catch { /* lasts for this page only */ } },
};

// ── single keys: never while a field has focus, and off when the user or the browser says so ──

const overview = one("#shortcuts");
const chooser = one("[data-shortcuts-switch]");
let awaitsPlace = false;

const isOn = () => body.dataset.shortcuts !== "off" && kept.get("shortcuts") !== "off";
const FIELDS = "input:not([type=checkbox]), textarea, select, [contenteditable]";
const isTyping = (element) => element.closest(FIELDS) !== null;
const rowOf = (element) => element.closest("tr, li");
const showOverview = () => { one("#account")?.hidePopover(); overview.showModal(); };

const keys = {
  "/": () => one("[data-search]")?.select(),
  "?": showOverview,
  g: () => { awaitsPlace = true; setTimeout(() => { awaitsPlace = false; }, 1500); },
  j: () => moveRow(1),
  k: () => moveRow(-1),
  x: () => rowOf(document.activeElement)?.querySelector("[type=checkbox]")?.click(),
};

function onKey(event) {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) return event.target.form?.requestSubmit();
  if (event.ctrlKey || event.metaKey || event.altKey || one("dialog[open]")) return;
  if (isTyping(event.target)) return event.key === "Escape" && leaveField(event);
  if (!isOn()) return;
  const act = actionOf(event.key?.toLowerCase() ?? "");  // a browser that fills in a password sends no key
  if (!act) return;
  event.preventDefault();
  act();
}

// A browser's own Escape would empty a search field; a typed word is never thrown away.
function leaveField(event) {
  event.preventDefault();
  event.target.blur();
}

function actionOf(key) {
  const place = awaitsPlace && one(`[data-go="${CSS.escape(key)}"]`);
  awaitsPlace = false;
  if (place) return () => place.click();
  const control = one(`[data-key="${CSS.escape(key)}"]`);
  return keys[key] ?? (control && (() => control.click()));
}

// J and K move the real focus from row to row, so Enter follows the link and screen readers hear where they are.
function moveRow(step) {
  const links = all(".row-link");
  const at = links.findIndex((link) => rowOf(link)?.contains(document.activeElement));
  const next = at < 0 ? (step > 0 ? 0 : links.length - 1) : at + step;
  links[Math.max(0, Math.min(next, links.length - 1))]?.focus();
}

// The arrows walk from the search box through what it found.
function onArrow(event) {
  const box = event.target.closest("[data-results]");
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!box || !step) return;
  const stops = [one("[data-search]", box), ...all("a", box)];
  event.preventDefault();
  stops[Math.max(0, Math.min(stops.indexOf(event.target) + step, stops.length - 1))].focus();
}

document.addEventListener("keydown", onKey);
document.addEventListener("keydown", onArrow);
one("[data-shows-shortcuts]")?.addEventListener("click", showOverview);

if (chooser) {
  chooser.checked = isOn();
  chooser.disabled = body.dataset.shortcuts === "off";
  chooser.addEventListener("change", () => kept.set("shortcuts", chooser.checked ? "on" : "off"));
}

// ── colours ──

function showTheme(theme) {
  document.documentElement.dataset.theme = theme;
  for (const button of all("[data-theme-choice]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === theme));
  }
}

showTheme(kept.get("theme") ?? "auto");
for (const button of all("[data-theme-choice]")) {
  button.addEventListener("click", () => {
    kept.set("theme", button.dataset.themeChoice);
    showTheme(button.dataset.themeChoice);
  });
}

// ── htmx: say what is busy, keep the focus, tell what failed ──

let focusedBefore = null;

body.addEventListener("htmx:beforeRequest", ({ detail }) => detail.target.setAttribute("aria-busy", "true"));
body.addEventListener("htmx:afterRequest", ({ detail }) => detail.target.removeAttribute("aria-busy"));
body.addEventListener("htmx:beforeSwap", ({ detail }) => {
  focusedBefore = detail.target.contains(document.activeElement) ? document.activeElement : null;
});
body.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (focusedBefore && document.activeElement === body) focusInstead(detail.target);
  focusedBefore = null;
});

// What had the focus is gone: the first mistake, what the new part offers, or the part itself gets it.
function focusInstead(part) {
  const heir = one("[aria-invalid=true], [autofocus]:not(dialog *)", part) ?? part;
  if (heir === part) part.setAttribute("tabindex", "-1");
  heir.focus({ preventScroll: true });
}

const failures = {
  401: "You are signed out. Reload the page to sign in; copy unsaved text first.",
  403: "You may not do this, or you signed in anew in another tab. Reload the page and try again.",
  404: "This record is gone: deleted, or moved to another team. Reload the page.",
  429: "Too many requests. Wait a minute, then try again.",
};

body.addEventListener("htmx:responseError", ({ detail }) =>
  toast(failures[detail.xhr.status] ?? "The server could not do this. Nothing was changed here; try again."));
body.addEventListener("htmx:sendError", () =>
  toast("No connection. What you wrote is still here; try again in a moment."));

// ── recordings: a player alone does not say why it does not play ──

document.addEventListener("error", ({ target }) => {
  if (target instanceof HTMLAudioElement) explain(target.currentSrc);
}, true);

async function explain(address) {
  try {
    const answer = await fetch(address, { headers: { Range: "bytes=0-0" } });
    toast(answer.ok ? "This browser cannot play this recording." : (await answer.text()).trim());
  } catch {
    toast("No connection. Try again in a moment.");
  }
}

// ── copying ──

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-copy]");
  if (button) copy(button.dataset.copy);
});

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast(`Copied: ${text}`, "good");
  } catch {
    toast(`This browser does not let the page copy. Select it yourself: ${text}`);
  }
}

// ── toasts ──

function toast(text, tone = "bad") {
  const banner = document.createElement("div");
  banner.className = `banner ${tone}`;
  const words = banner.appendChild(document.createElement("p"));
  words.textContent = text;
  const close = banner.appendChild(document.createElement("button"));
  close.className = "button compact";
  close.textContent = "Close";
  close.addEventListener("click", () => banner.remove());
  one("#toasts").replaceChildren(banner);
  if (tone === "good") setTimeout(() => banner.remove(), 4000);
}
