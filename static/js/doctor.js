// Why does the frame not work? One test after the other, each with a sentence and what to do about it.

const ROUND_TRIPS = 5;
const SLOW_MS = 300;
const WRONG_CLOCK_SECONDS = 30;

const place = (name) => document.querySelector(`#${name}`);
const findings = [];

function say(kind, text) {
  const line = place(kind).content.cloneNode(true);
  line.querySelector("p").textContent = text;
  place("findings").append(line);
  findings.push(`${{ good: "ok", bad: "PROBLEM", unsure: "unsure" }[kind]}: ${text}`);
}

async function ask(step, values = {}) {
  const answer = await fetch("/doctor/", { method: "POST", body: new URLSearchParams({ step, ...values }) });
  if (!answer.ok) throw new Error(`The server answered ${answer.status}: ${(await answer.text()).trim()}`);
  return answer.json();
}

// ── the tests ────────────────────────────────────────────────────────────────────────────────────────────────────────

function framer() {
  if (window.top === window.self) return "";
  const [origin] = location.ancestorOrigins ?? [];
  if (origin) return origin;
  try { return new URL(document.referrer).origin; } catch { return "unknown"; }
}

async function frame() {
  const origin = framer();
  if (!origin) return say("unsure", "This page is not in a frame. Open it inside Daktela to test what agents see.");
  if (origin === "unknown") return say("unsure", "This page is in a frame, but the browser does not say of which site.");
  const { is_ours: isOurs } = await ask("look", { origin });
  if (isOurs) return say("good", `${origin} frames us, and is a connection that is switched on.`);
  return say("bad", `${origin} frames us, but no enabled connection has this address. The browser will not show it the card. Add it, or switch it on, under Connections.`);
}

function security() {
  if (window.isSecureContext) return say("good", `Browsers trust this address (${location.protocol.slice(0, -1)}).`);
  return say("bad", "Browsers do not trust this address, so no cookie is kept. Use https for Callroom and for Daktela.");
}

async function cookie() {
  const { value } = await ask("give");
  const { is_kept: isKept } = await ask("look", { value });
  if (isKept) return say("good", "The browser keeps our cookie in this frame.");
  return say("bad", "The browser dropped our cookie, so nobody can stay signed in here. Allow cookies for this address, update the browser, or open the card in a tab of its own.");
}

function storage() {
  try {
    localStorage.setItem("doctor", "1");
    localStorage.removeItem("doctor");
    return say("good", "The browser can keep a note if the network fails.");
  } catch {
    return say("unsure", "The browser keeps nothing in this frame: if the network fails while somebody writes, only what was saved is safe.");
  }
}

async function time() {
  const trips = [];
  for (let count = 0; count < ROUND_TRIPS; count += 1) {
    const started = performance.now();
    const { now } = await ask("ping");
    const took = performance.now() - started;
    trips.push({ took, skew: (Date.now() - took / 2 - now) / 1000 });
  }
  const { took, skew } = trips.sort((one, other) => one.took - other.took)[Math.floor(ROUND_TRIPS / 2)];
  speed(Math.round(took));
  clock(Math.round(skew));
}

function speed(took) {
  if (took <= SLOW_MS) return say("good", `A question to the server takes ${took} ms.`);
  return say("bad", `A question to the server takes ${took} ms, so the card comes late. Ask about the network between here and Callroom.`);
}

function clock(skew) {
  if (Math.abs(skew) <= WRONG_CLOCK_SECONDS) return say("good", "This computer's clock is right.");
  return say("bad", `This computer's clock is ${Math.abs(skew)} seconds ${skew > 0 ? "fast" : "slow"}, so the call's timer is wrong. Let the system set it.`);
}

async function policy() {
  const { headers } = await fetch(location.href, { cache: "no-store" });
  const sent = headers.get("Content-Security-Policy") ?? "";
  findings.push(`policy: ${sent || "none"}`);
  if (headers.has("X-Frame-Options")) return say("bad", "Something between us adds X-Frame-Options, which forbids every frame. Take it out of the proxy: our own policy names who may frame.");
  if (!sent.includes("frame-ancestors")) return say("bad", "Something between us removes our Content-Security-Policy. Let the proxy pass it on.");
  return say("good", "Our policy arrives as we sent it.");
}

// ── all of them, and the report ──────────────────────────────────────────────────────────────────────────────────────

async function examine() {
  for (const test of [frame, security, cookie, storage, time, policy]) {
    try {
      await test();
    } catch (problem) {
      say("bad", `The server could not be asked. Is it running, and does the proxy pass POST on? (${problem.message})`);
    }
  }
  const problems = findings.filter((text) => text.startsWith("PROBLEM")).length;
  place("verdict").textContent = problems ? `${problems} to put right.` : "The card can work here.";
  place("verdict").dataset.problems = problems;
  place("report").value = [`Callroom frame doctor, ${location.host}, ${new Date().toISOString()}`, navigator.userAgent, ...findings].join("\n");
}

place("copy").addEventListener("click", async () => {
  place("report").select();
  let isCopied = false;
  try {
    await navigator.clipboard.writeText(place("report").value);
    isCopied = true;
  } catch {
    isCopied = document.execCommand("copy"); // frames are often not given the newer way
  }
  place("verdict").textContent = isCopied ? "Copied." : "The browser does not let us copy. The report is selected: press Ctrl+C.";
});

examine();
