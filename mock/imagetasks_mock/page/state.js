// What the mock has told so far, and which of it is to be seen.

export const STATES = ["pending", "queued", "running", "succeeded", "failed", "cancelled"];
export const VERDICTS = ["valid", "refused", "struck"];
const MOST_TASKS = 20_000;
const MOST_REQUESTS = 10_000;

export class State {
  constructor(onChange) {
    this.onChange = onChange;
    this.filter = { provider: "", state: "", verdict: "", key: "", text: "" };
    this.faults = [];
    this.lastRequest = 0; // the id of the last request
    this.clear();
    this.clock = { at: performance.now(), now: Date.now(), speed: 1 };
  }

  clear() {
    this.tasks = new Map();
    this.requests = new Map();
    this.keys = new Set();
    this.onChange();
  }

  on(name, value) {
    if (name === "reset") this.clear();
    else if (name === "task") this.keep(this.tasks, value.id, taskItem(value), MOST_TASKS);
    else if (name === "request") this.keep(this.requests, value.id, requestItem(value), MOST_REQUESTS);
    else if (name === "clock") this.clock = { at: performance.now(), now: Date.parse(value.now), speed: value.speed };
    else if (name === "faults") this.faults = value;
    if (name === "task") this.keys.add(value.key);
    if (name === "request") this.lastRequest = Math.max(this.lastRequest, value.id); // one that was slow is told of again
    this.onChange();
  }

  keep(kept, id, item, most) {
    kept.set(id, item); // one that is there already stays in its place
    if (kept.size > most) kept.delete(kept.keys().next().value);
  }

  /** Milliseconds on the virtual clock. */
  now() {
    return this.clock.now + (performance.now() - this.clock.at) * this.clock.speed;
  }

  visibleTasks() {
    const { state, key } = this.filter;
    return this.newest(this.tasks, ({ value }) => (!state || value.state === state) && (!key || value.key === key));
  }

  visibleRequests() {
    const { verdict, key } = this.filter;
    const ofKey = ({ value }) => !key || this.tasks.get(value.task)?.value.key === key;
    return this.newest(this.requests, (item) => (!verdict || item.value.verdict === verdict) && ofKey(item));
  }

  newest(kept, fits) {
    const { provider, text } = this.filter;
    const wanted = text.trim().toLowerCase();
    const found = [];
    for (const item of kept.values()) {
      if (provider && item.value.provider !== provider) continue;
      if (wanted && !item.text.includes(wanted)) continue;
      if (fits(item)) found.push(item);
    }
    return found.reverse();
  }
}

const taskItem = (value) => ({
  key: value.id, value, created: Date.parse(value.created),
  text: `${value.id} ${value.provider} ${value.model ?? ""} ${value.prompt ?? ""}`.toLowerCase(),
});

const requestItem = (value) => ({
  key: value.id, value,
  text: `${value.method} ${value.path} ${value.status} ${value.operation ?? ""} ${value.task ?? ""} ${value.refused ?? ""}`.toLowerCase(),
});

/** Tells `state` of all that happens; the browser connects again by itself, and says from where. */
export function listen(state, onConnection) {
  const source = new EventSource("/_mock/events?from=start");
  for (const name of ["reset", "task", "request", "clock", "faults"]) {
    source.addEventListener(name, (event) => state.on(name, JSON.parse(event.data)));
  }
  source.onopen = () => onConnection("live");
  source.onerror = () => onConnection(source.readyState === EventSource.CLOSED
    ? "refused: load this page again" : "lost: connecting again …");
}

export function age(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`;
}

export const duration = (seconds) => seconds === null ? "…" : seconds < 1 ? `${(seconds * 1000).toFixed(1)} ms` : `${seconds.toFixed(2)} s`;
