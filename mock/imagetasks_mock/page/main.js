// The page: two lists, the details of one entry, and what steers the mock.
import { attempt, call } from "./api.js";
import { Details } from "./details.js";
import { $, el, foreign, options } from "./dom.js";
import { List } from "./list.js";
import { STATES, State, VERDICTS, age, duration, listen } from "./state.js";
import { showFaults, steerAccounts, steerClock, steerFaults, steerHandover, steerScenario } from "./steer.js";

const REDRAW = 200; // milliseconds between two redraws at least, however much happens
let isDue = false;

const state = new State(() => {
  if (isDue) return;
  isDue = true;
  setTimeout(() => {
    isDue = false;
    draw();
  }, REDRAW);
});

const tasks = new List($("tasks-list"), (row, { value, created }) => row.replaceChildren(
  el("span", { class: `state ${value.state}` }, value.state),
  foreign((value.prompt ?? "(no prompt)").slice(0, 300), "span"),
  el("span", { class: "quiet aside" }, age(state.now() - created)),
  el("span", { class: "quiet" }, value.provider),
  el("span", { class: "quiet" }, `${value.id} ${value.model ?? ""}`),
  el("span", { class: "quiet aside" }, value.key),
), ({ key }) => select("task", key));

const requests = new List($("requests-list"), (row, { value }) => row.replaceChildren(
  el("span", { class: `state ${value.verdict}` }, value.verdict),
  foreign(`${value.method} ${value.path}`.slice(0, 300), "span"),
  el("span", { class: "aside" }, String(value.status)),
  el("span", { class: "quiet" }, value.provider),
  el("span", { class: "quiet" }, value.fault ?? value.refused ?? value.invalid ?? value.operation ?? ""),
  el("span", { class: "quiet aside" }, duration(value.took)),
), ({ key }) => select("request", key));

let details;
const drawn = { faults: null, keys: 0 };

function select(of, key) {
  if (of === "task") {
    requests.unselect();
    tasks.active = tasks.selected = key;
    tasks.draw();
    details?.task(key);
  } else {
    tasks.unselect();
    requests.active = requests.selected = key;
    requests.draw();
    details?.request(key);
  }
}

function draw() {
  const shownTasks = state.visibleTasks();
  const shownRequests = state.visibleRequests();
  tasks.show(shownTasks);
  requests.show(shownRequests);
  count("tasks", shownTasks.length, state.tasks.size);
  count("requests", shownRequests.length, state.requests.size);
  // Only what is another one: a menu that is open, and a button under the pointer, stay.
  if (drawn.faults !== state.faults) showFaults(drawn.faults = state.faults);
  if (drawn.keys !== state.keys.size) {
    drawn.keys = state.keys.size;
    options($("filter-key"), [...state.keys].sort());
  }
  $("speed").textContent = state.clock.speed === 0 ? "stands still" : `speed ${state.clock.speed}`;
  tick();
  const shown = details?.shown;
  if (!shown) return;
  if (shown.of === "task") {
    const task = state.tasks.get(shown.id);
    if (!task && !state.tasks.size) details.clear(); // all was forgotten
    else if (task && task.value.state !== details.drawn) details.task(shown.id);
  } else if (!state.requests.size) details.clear();
}

function count(of, shown, all) {
  const text = shown === all ? `${all}` : `${shown} of ${all}`;
  if ($(`${of}-count`).textContent !== text) $(`${of}-count`).textContent = text;
}

function tick() {
  const now = new Date(state.now());
  if (!Number.isNaN(now.getTime())) $("now").textContent = now.toISOString().slice(0, 19).replace("T", " ");
}

async function begin() {
  const [directory, admin] = await Promise.all([
    call("GET", "/_mock/directory"), call("GET", "/_mock/openapi.json")]);
  options($("filter-provider"), directory.vendors.map((vendor) => vendor.provider));
  options($("filter-state"), STATES);
  options($("filter-verdict"), VERDICTS);
  for (const name of ["provider", "state", "verdict", "key", "text"]) {
    $(`filter-${name}`).addEventListener("input", (event) => {
      state.filter[name] = event.target.value;
      draw();
    });
  }
  details = new Details(state, directory, select);
  steerClock(state);
  steerFaults(admin, directory);
  steerScenario();
  steerHandover();
  $("steer-accounts").parentElement.addEventListener("toggle", () => attempt(() => steerAccounts(directory)));
  listen(state, (words) => {
    $("connection").textContent = words;
  });
  setInterval(() => {
    if (document.hidden || state.clock.speed === 0) return;
    tick();
    tasks.refresh(); // their ages
  }, 1000);
}

attempt(begin);
