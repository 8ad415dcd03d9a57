// The page: two lists, the details of one entry, and what steers the mock.
import { attempt, call } from "./api.js";
import { Details } from "./details.js";
import { $, el, foreign, options } from "./dom.js";
import { List } from "./list.js";
import { STATES, State, VERDICTS, age, duration, listen } from "./state.js";
import { showFaults, showSpeed, steerAccounts, steerClock, steerFaults, steerHandover, steerScenario } from "./steer.js";

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
  el("span", {}, value.operation ?? "", " ", foreign(`${value.method} ${value.path}`.slice(0, 300), "span", "quiet")),
  el("span", { class: "aside" }, String(value.status)),
  el("span", { class: "quiet" }, value.provider),
  el("span", { class: "quiet" }, value.fault ? `fault: ${value.fault}` : value.refused ?? value.invalid ?? value.task ?? ""),
  el("span", { class: "quiet aside" }, duration(value.took)),
), ({ key }) => select("request", key));

let details;
const drawn = { faults: null, keys: null, keyCount: 0 };

function select(of, key) {
  if (of === "task") {
    requests.unselect();
    tasks.active = tasks.selected = key;
    tasks.draw();
  } else {
    tasks.unselect();
    requests.active = requests.selected = key;
    requests.draw();
  }
  details?.[of](key);
  // Where the details are below the lists, a selection leads there; elsewhere the arrow keys stay in the list.
  if ($("back").checkVisibility()) {
    $("details").scrollIntoView();
    $("details").focus({ preventScroll: true });
  }
}

function goBack() {
  const list = details.shown?.of === "request" ? requests : tasks;
  list.box.closest("section").scrollIntoView();
  list.box.focus({ preventScroll: true });
}

function draw() {
  if (drawn.keys !== state.keys || drawn.keyCount !== state.keys.size) {
    drawn.keys = state.keys;
    drawn.keyCount = state.keys.size;
    options($("filter-key"), [...state.keys].sort());
    state.filter.key = $("filter-key").value; // a reset forgets the chosen key, too
  }
  const shownTasks = state.visibleTasks();
  const shownRequests = state.visibleRequests();
  tasks.show(shownTasks, state.tasks.size);
  requests.show(shownRequests, state.requests.size);
  count("tasks", shownTasks.length, state.tasks.size);
  count("requests", shownRequests.length, state.requests.size);
  // Only what is another one: a menu that is open, and a button under the pointer, stay.
  if (drawn.faults !== state.faults) showFaults(drawn.faults = state.faults);
  $("speed").textContent = state.clock.speed === 0 ? "stands still" : `at speed ${state.clock.speed}`;
  showSpeed(state.clock.speed);
  tick();
  const shown = details?.shown;
  if (!shown) return;
  if (shown.of === "task") {
    const task = state.tasks.get(shown.id);
    if (!task && !state.tasks.size) details.clear(); // all was forgotten
    else if (task && task.value.state !== details.drawn) details.task(shown.id);
  } else if (!state.requests.size) details.clear();
  else if (details.isUnanswered && state.requests.get(shown.id)?.value.took != null) details.request(shown.id);
}

function count(of, shown, all) {
  const text = shown === all ? `${all}` : `${shown} of ${all}`;
  if ($(`${of}-count`).textContent !== text) $(`${of}-count`).textContent = text;
}

function tick() {
  const now = new Date(state.now());
  if (!Number.isNaN(now.getTime())) $("now").textContent = now.toISOString().slice(0, 19).replace("T", " ") + " UTC";
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
  details.clear();
  $("back").addEventListener("click", goBack);
  steerClock(state);
  steerFaults(admin, directory);
  steerScenario();
  steerHandover();
  const lookAtAccounts = steerAccounts(directory);
  listen(state, (words) => {
    $("connection").textContent = words;
  });
  let looked = state.lastRequest;
  setInterval(() => {
    if (document.hidden) return;
    if (looked !== state.lastRequest) lookAtAccounts();
    looked = state.lastRequest;
    if (state.clock.speed === 0) return;
    tick();
    tasks.refresh(); // their ages
  }, 1000);
}

attempt(begin);
