// What does the administrator see and set? Tokens, events, and the records as they are here.

const $ = (id) => document.getElementById(id);
const EVERY = 3000;

async function read(path) {
  const answer = await fetch(`/desk/${path}`);
  if (!answer.ok) throw new Error(`The server answered ${answer.status}`);
  return answer.json();
}

async function send(path, body) {
  const answer = await fetch(`/desk/${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.error.primary?.[0] ?? JSON.stringify(told.error));
  return told;
}

function say(text, isBad = false) {
  $('message').textContent = text;
  $('message').className = isBad ? 'message bad' : 'message';
}

function element(name, content, look = '') {
  const made = document.createElement(name);
  made.className = look;
  made.append(...[content].flat());
  return made;
}

function row(...cells) {
  return element('tr', cells.map((cell) => element('td', cell)));
}

function button(label, name, act) {
  const made = element('button', label);
  made.type = 'button';
  made.ariaLabel = name;
  made.addEventListener('click', act);
  return made;
}

function redraw(id, rows, none) {
  const text = rows.map((one) => one.textContent).join('\n');
  if ($(id).dataset.drawn === text && rows.length) return;
  $(id).dataset.drawn = text;
  $(id).replaceChildren(...(rows.length ? rows : [none]));
}

function nothing(text, columns) {
  const cell = element('td', text, 'none');
  cell.colSpan = columns;
  return element('tr', cell);
}

// --- users

async function drawUsers() {
  const { users } = await read('users');
  const rows = users.map(({ title, name, rights, token }) => {
    const copy = button('Copy', `Copy the token of ${title}`, async () => {
      await navigator.clipboard.writeText(token);
      copy.textContent = 'Copied';
    });
    return row(`${title} (${name})`, rights, [element('code', token), ' ', copy]);
  });
  redraw('users', rows, nothing('No user has a token.', 3));
}

// --- events

async function drawEvents() {
  const { actions, sent, waiting } = await read('events');
  const rows = actions.map((action, place) => element('li', [
    element('span', [element('b', action.url), ` · ${action.events.join(', ') || 'all events'}`]),
    button('Remove', `Remove ${action.url}`, () => change('events/remove', { place }, 'Removed.')),
  ]));
  redraw('actions', rows, element('li', 'Nothing is told to anybody yet.', 'none'));
  const last = sent.slice(-10).reverse();
  const answers = last.map(({ event, body, status }) => row(
    event,
    element('code', JSON.stringify(body)),
    element('span', status ? String(status) : 'no answer', status >= 200 && status < 300 ? 'chip ok' : 'chip wait'),
  ));
  redraw('sent', answers, nothing(waiting ? 'Being sent…' : 'Nothing yet.', 3));
}

async function change(path, body, text) {
  try {
    await send(path, body);
    say(text);
    await drawEvents();
  } catch (problem) {
    say(problem.message, true);
  }
}

function configure(event) {
  event.preventDefault();
  let template;
  try {
    template = JSON.parse($('template').value);
  } catch (problem) {
    say(`The body is not JSON: ${problem.message}`, true);
    return;
  }
  const events = [...document.querySelectorAll('[name=events]:checked')].flatMap((box) => box.value.split(' '));
  if (!events.length) {
    say('Choose what it is about.', true);
    return;
  }
  const body = { url: $('url').value.trim(), header: $('header').value.trim(), token: $('secret').value.trim(), template, events };
  change('events', body, 'Saved. From now on every such event is sent.');
}

// --- records

function fields({ customFields, ...plain }) {
  const custom = Object.entries(customFields ?? {}).filter(([, values]) => values.length);
  const shown = ['firstname', 'lastname', 'account', 'description', 'stage', 'contact'].filter((key) => plain[key]);
  return [
    ...shown.map((key) => `${key}: ${plain[key]}`),
    ...custom.map(([key, values]) => `${key}: ${values.join(', ')}`),
  ].join(' · ');
}

async function drawRecords() {
  const query = new URLSearchParams({ resource: $('resource').value, q: $('words').value });
  const { records, total } = await read(`records?${query}`);
  $('count').textContent = `${total} in all${total > records.length ? `, the ${records.length} edited last are shown` : ''}.`;
  const rows = records.map((record) => row(
    [element('b', record.title ?? ''), element('small', String(record.name))],
    fields(record),
    record.edited,
  ));
  redraw('records', rows, nothing('Nothing here.', 3));
}

async function refresh() {
  try {
    await Promise.all([drawUsers(), drawEvents(), drawRecords()]);
    if ($('message').textContent.startsWith('The simulator')) say('');
  } catch {
    say('The simulator does not answer. Trying again…', true);
  }
}

$('configure').addEventListener('submit', configure);
$('search').addEventListener('submit', (event) => event.preventDefault());
$('search').addEventListener('input', drawRecords);
setInterval(refresh, EVERY);
refresh();
