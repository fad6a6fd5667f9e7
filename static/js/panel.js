// What does the integrations' panel do beyond plain forms? It swaps parts instead of pages, copies, and presses once.
// Everything here works without it too: every button is a form's.

const one = (selector, root = document) => root.querySelector(selector);
const announce = (text) => { one("#announce").textContent = text; };

// ── a button that starts something is pressed once ──

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-once]")) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  form.setAttribute("aria-busy", "true");
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("[data-sent]")) {
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
  }
});

// ── the rows of a mapping: the small buttons, and the preview while one types ──

const mapping = () => one("#mapping");

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-swaps]");
  if (!button || !mapping()?.contains(button)) return;
  event.preventDefault();
  ask(button.form, button.value);
});

let typing;
document.addEventListener("change", ({ target }) => {
  if (!target.closest("[data-mapping]") || !one("[name=sample]", target.form).value) return;
  clearTimeout(typing);
  typing = setTimeout(() => ask(target.form, "preview"), 300);
});

async function ask(form, order) {
  const body = new FormData(form);
  body.set("do", order);
  mapping().setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(form.action, { method: "POST", body, redirect: "error" });
    if (!answer.ok) throw new Error(String(answer.status));
    show(new DOMParser().parseFromString(await answer.text(), "text/html"), order);
  } catch {
    announce("The server could not do this. Nothing was changed; try again.");
  } finally {
    mapping().removeAttribute("aria-busy");
  }
}

function show(page, order) {
  const focused = document.activeElement?.id;
  Idiomorph.morph(mapping(), one("#mapping", page), { ignoreActiveValue: order === "preview" });
  const rows = document.querySelectorAll("[data-mapping] .mapped");
  const [verb, place] = order.split("-");
  const at = { up: Math.max(0, place - 1), down: Math.min(rows.length - 1, Number(place) + 1), add: rows.length - 1 }[verb];
  if (at !== undefined) one(verb === "add" ? "select" : `[value="${verb}-${at}"]`, rows[at])?.focus();
  else if (focused) document.getElementById(focused)?.focus();
  announce({ preview: "The preview is up to date.", remove: "Row removed.", add: "Row added." }[verb] ?? "Row moved.");
}

// ── copying ──

document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-copy]");
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    announce("Copied.");
    button.lastChild.textContent = "Copied";
  } catch {
    announce("This browser does not let the page copy. Select the text yourself.");
  }
});

document.body.addEventListener("htmx:responseError", () => announce("The progress cannot be read. Reload the page."));
