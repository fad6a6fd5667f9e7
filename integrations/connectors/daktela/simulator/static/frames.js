// Where does the widget of an activity sit? In an iframe, told about the activity by its address and nothing else.

const box = document.getElementById('frames');
const hint = document.getElementById('no-frame');
const frames = new Map();

/** Show the widget of one activity: loaded anew when switching, or kept alive beside the others. */
export function show(activity, reloads) {
  const name = activity?.activity;
  if (reloads) {
    for (const other of [...frames.keys()]) if (other !== name) remove(other);
  }
  if (activity && !frames.has(name)) add(name, activity.widget_url);
  for (const [other, frame] of frames) frame.hidden = other !== name;
  hint.hidden = Boolean(activity);
}

/** Forget the widgets of activities that are no longer open. */
export function keep(names) {
  for (const name of [...frames.keys()]) if (!names.has(name)) remove(name);
}

export function setWidth(width) {
  box.dataset.width = width;
}

function add(name, address) {
  const frame = document.createElement('iframe');
  frame.title = 'CRM widget';
  frame.allow = 'clipboard-write';
  frame.src = address;
  frames.set(name, frame);
  box.append(frame);
}

function remove(name) {
  frames.get(name).remove();
  frames.delete(name);
}
