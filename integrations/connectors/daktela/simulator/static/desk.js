// What does the agent see and do? The desk follows its own server by long poll and sends it what is pressed.

import { keep, setWidth, show } from './frames.js';

const $ = (id) => document.getElementById(id);
const OTHER = 'other';
const WITHHELD = '';
const VOICE = ['in', 'out', 'ctc', 'outbounder', 'progressive', 'dialer', 'interviewer'];
const DIRECTIONS = { in: 'Incoming', out: 'Outgoing', internal: 'Internal' };

let agent = new URLSearchParams(location.search).get('agent') ?? '';
let state = { activities: [], agents: [], queues: [], numbers: [] };
let selected = '';
let receivedAt = 0;
let following = new AbortController();

// --- talking to the server

async function send(action, body) {
  const answer = await fetch(`/desk/${action}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  const read = await answer.json();
  if (!answer.ok) throw new Error(read.error.primary?.[0] ?? JSON.stringify(read.error));
  return read;
}

async function act(action, body, text) {
  try {
    const told = await send(action, body);
    say(text);
    return told;
  } catch (problem) {
    say(problem.message, true);
    return null;
  }
}

async function read(since, signal) {
  const query = new URLSearchParams({ agent, ...(since === undefined ? {} : { since }) });
  const answer = await fetch(`/desk/state?${query}`, { signal });
  if (!answer.ok) throw new Error(`The desk's server answered ${answer.status}`);
  return answer.json();
}

/** Follow one agent until another one is chosen. */
async function follow() {
  following.abort();
  following = new AbortController();
  const { signal } = following;
  let since;
  while (!signal.aborted) {
    try {
      const fresh = await read(since, signal);
      if (signal.aborted) return;
      since = fresh.sequence;
      receive(fresh);
    } catch {
      if (signal.aborted) return;
      since = undefined;
      say('The simulator does not answer. Trying again…', true);
      await new Promise((done) => setTimeout(done, 1000));
    }
  }
}

// --- showing

function receive(fresh) {
  const isFirst = state.agents.length === 0;
  state = fresh;
  receivedAt = Date.now();
  if ($('message').textContent.startsWith('The simulator does not answer')) say('');
  if (isFirst) fillForms();
  if (isFirst) sitDown(state.agents.find((one) => one.name === agent) ?? state.agents[0]);
  const names = new Set(state.activities.map((one) => one.activity));
  if (!names.has(selected)) selected = state.activities.at(-1)?.activity ?? '';
  keep(names);
  draw();
}

function current() {
  return state.activities.find((one) => one.activity === selected);
}

function draw() {
  const activity = current();
  drawTabs();
  $('empty').hidden = Boolean(activity);
  $('activity').hidden = !activity;
  show(activity, $('reload').checked);
  const isBusy = state.activities.some((one) => one.type === 'CALL' && !one.has_ended);
  $('presence').textContent = isBusy ? 'On a call' : 'Ready';
  $('presence').className = `chip ${isBusy ? 'busy' : 'ok'}`;
  document.title = `${activity ? `${who(activity)} · ` : ''}Simulated Daktela`;
  if (activity) drawActivity(activity);
}

function drawTabs() {
  const focused = document.activeElement?.dataset?.activity;
  const tabs = state.activities.map((activity) => {
    const tab = document.createElement('button');
    const label = document.createElement('span');
    tab.type = 'button';
    tab.id = `tab-${activity.activity}`;
    tab.dataset.activity = activity.activity;
    tab.role = 'tab';
    tab.className = stateOf(activity).look;
    tab.ariaSelected = String(activity.activity === selected);
    tab.setAttribute('aria-controls', 'activity');
    tab.tabIndex = activity.activity === selected ? 0 : -1;
    label.textContent = who(activity);
    tab.append(label);
    return tab;
  });
  $('tabs').replaceChildren(...tabs);
  tabs.find((tab) => tab.dataset.activity === focused)?.focus();
}

function drawActivity(activity) {
  const isCall = activity.type === 'CALL';
  const isTalking = isCall && activity.action === 'OPEN' && !activity.has_ended;
  const { label, look } = stateOf(activity);
  $('activity').setAttribute('aria-labelledby', `tab-${activity.activity}`);
  $('state').textContent = label;
  $('state').className = `chip ${look}`;
  $('where').textContent = `${isCall ? DIRECTIONS[activity.direction] : channel(activity)} · ${activity.queue}`;
  $('who').textContent = who(activity);
  $('activity-name').textContent = activity.activity;
  $('call-id').textContent = activity.callid || 'none';
  $('clid').textContent = activity.clid || (isCall ? 'withheld' : 'none');
  $('which-way').textContent = activity.direction;
  $('passing').hidden = !isCall;
  $('hang-up').hidden = !isCall;
  $('postpone').hidden = isCall;
  const had = document.activeElement;
  enable('answer', activity.action !== 'OPEN');
  enable('hang-up', isCall && !activity.has_ended);
  enable('postpone', !isCall && activity.action !== 'POSTPONE');
  enable('transfer', isTalking && !activity.consulting);
  enable('consult', isTalking && !activity.consulting);
  enable('put-through', isTalking && Boolean(activity.consulting));
  const second = state.agents.find((one) => one.name === activity.consulting);
  $('consulting').hidden = !second;
  $('consulting').textContent = second ? `${second.title} is being consulted; the caller waits.` : '';
  if (had?.disabled) [...$('activity').querySelectorAll('button:enabled')].at(0)?.focus();
  tick();
}

function enable(id, isPossible) {
  $(id).disabled = !isPossible;
}

function stateOf(activity) {
  if (activity.type === 'CALL' && activity.has_ended) return { label: 'Wrap-up', look: '' };
  if (activity.action === 'WAIT') return { label: activity.type === 'CALL' ? 'Ringing' : 'Waiting', look: 'wait' };
  if (activity.action === 'POSTPONE') return { label: 'Postponed', look: '' };
  return { label: activity.type === 'CALL' ? 'In call' : 'Open', look: 'busy' };
}

function who(activity) {
  return activity.type === 'CALL' ? activity.clid || 'Number withheld' : activity.title;
}

function channel(activity) {
  const names = { EMAIL: 'E-mail', CHAT: 'Chat', WAP: 'WhatsApp', FBM: 'Messenger', IGDM: 'Instagram', VBR: 'Viber' };
  return names[activity.type] ?? activity.type;
}

function tick() {
  const activity = current();
  if (!activity) return;
  const seconds = activity.seconds + Math.floor((Date.now() - receivedAt) / 1000);
  const minutes = Math.floor(seconds / 60);
  $('timer').textContent = `${String(minutes).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`;
}

function say(text, isBad = false) {
  $('message').textContent = text;
  $('message').className = isBad ? 'message bad' : 'message';
}

// --- the forms

function options(select, rows) {
  select.replaceChildren(...rows.map(([value, label]) => new Option(label, value)));
}

function fillForms() {
  options($('agent'), state.agents.map((one) => [one.name, `${one.title} · ${one.extension}`]));
  const lines = state.queues.filter((queue) => VOICE.includes(queue.type));
  options($('queue'), lines.map((queue) => [queue.name, `${queue.title} · ${queue.name}`]));
  options($('number'), [...state.numbers.map((one) => [one.number, one.label]), [OTHER, 'Another number…']]);
  changeNumber();
  $('from').value = state.numbers.find((one) => one.email)?.email ?? 'visitor@example.com';
}

/** Sit down as an agent; the address keeps who it is, so that each window can be somebody else. */
function sitDown(me) {
  const isNew = me.name !== agent;
  agent = me.name;
  $('agent').value = agent;
  const mine = state.queues.find((queue) => me.queues.includes(String(queue.name)));
  if (mine) $('queue').value = mine.name;
  followQueue();
  const others = state.agents.filter((one) => one !== me);
  options($('to'), others.map((one) => [one.name, `${one.title} · ${one.extension}`]));
  if (!isNew) return;
  selected = '';
  history.replaceState(null, '', `?${new URLSearchParams({ agent })}`);
  follow();
}

function changeAgent() {
  sitDown(state.agents.find((one) => one.name === $('agent').value));
}

function changeNumber() {
  const isOther = $('number').value === OTHER;
  $('other-label').hidden = !isOther;
  $('digits').textContent = isOther ? '' : $('number').value || 'no caller id';
  if (isOther) $('other').focus();
}

function followQueue() {
  const queue = state.queues.find((one) => String(one.name) === $('queue').value);
  $('direction').value = queue?.direction ?? 'in';
}

async function ring(event) {
  event.preventDefault();
  const clid = $('number').value === OTHER ? $('other').value.trim() : $('number').value;
  const body = { agent, queue: $('queue').value, clid: clid || WITHHELD, direction: $('direction').value };
  const told = await act('ring', body, 'It rings.');
  if (told) select(told.activity);
}

async function write(event) {
  event.preventDefault();
  const kind = event.submitter?.value ?? 'email';
  if (kind === 'ticket') return openTicket();
  const from = $('from').value.trim();
  const text = $('subject').value.trim();
  const bodies = {
    email: { agent, address: from, subject: text },
    chat: { agent, title: from, email: from.includes('@') ? from : '', text },
    sms: { agent, sender: from, text },
  };
  const body = bodies[kind] ?? { agent, kind, from, subject: text };
  const told = await act(bodies[kind] ? kind : 'message', body, 'It waits for an answer.');
  if (told) select(told.activity);
}

async function openTicket() {
  const values = { title: $('subject').value.trim(), email: $('from').value.trim(), user: agent };
  await act('ticket', values, 'A ticket is open.');
}

function select(name) {
  selected = name;
  if (current()) draw();
}

function moveTab(event) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const names = state.activities.map((one) => one.activity);
  select(names[(names.indexOf(selected) + step + names.length) % names.length]);
  $(`tab-${selected}`).focus();
}

const SAID = {
  answer: 'Answered.',
  'hang-up': 'The call has ended.',
  postpone: 'Postponed.',
  close: 'Closed.',
  'put-through': 'Put through.',
};

for (const [action, text] of Object.entries(SAID)) {
  $(action).addEventListener('click', () => act(action, { activity: selected }, text));
}
for (const [action, text] of Object.entries({ transfer: 'Transferred to', consult: 'Asking' })) {
  $(action).addEventListener('click', () => {
    const to = $('to').selectedOptions[0];
    act(action, { activity: selected, to: to.value }, `${text} ${to.text}.`);
  });
}
$('agent').addEventListener('change', changeAgent);
$('queue').addEventListener('change', followQueue);
$('number').addEventListener('change', changeNumber);
$('ring').addEventListener('submit', ring);
$('write').addEventListener('submit', write);
$('tabs').addEventListener('click', (event) => select(event.target.closest('[role=tab]')?.dataset.activity ?? selected));
$('tabs').addEventListener('keydown', moveTab);
$('reload').addEventListener('change', draw);
$('width').addEventListener('change', (event) => setWidth(event.target.value));
setInterval(tick, 1000);
follow();
