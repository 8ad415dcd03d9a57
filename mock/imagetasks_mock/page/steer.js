// What steers the mock: clock, faults, accounts, scenario, and the start anew.
import { action, attempt, call, save, say } from "./api.js";
import { $, el, options } from "./dom.js";

export function steerClock(state) {
  const advance = (text, seconds) => action(text, () => ["POST", "/_mock/clock", { advance: seconds }]);
  const speed = el("input", { type: "number", id: "new-speed", min: 0, step: "any", value: state.clock.speed, "aria-label": "speed" });
  $("steer-clock").replaceChildren(
    el("div", { class: "buttons" }, advance("+5 s", 5), advance("+1 min", 60), advance("+1 h", 3600)),
    el("div", { class: "buttons" },
      action("Stand still", () => ["POST", "/_mock/clock", { speed: 0 }]),
      action("Real time", () => ["POST", "/_mock/clock", { speed: 1 }])),
    el("div", { class: "buttons" },
      speed, action("Set speed", () => ["POST", "/_mock/clock", { speed: Number(speed.value) }])),
    el("div", { class: "buttons" }, action("Reset everything", () => ["POST", "/_mock/reset"])));
}

/** The speed that holds, unless another one is being typed. */
export function showSpeed(speed) {
  const field = $("new-speed");
  if (field && field !== document.activeElement) field.value = speed;
}

// Faults: the form is made of the admin API's own description.

let faultFields = {};

const appliesTo = (name, kind) => (faultFields[name]?.["x-kinds"] ?? [kind]).includes(kind);

export function steerFaults(admin, directory) {
  const schemas = admin.components.schemas;
  const properties = faultFields = schemas.NewFault.properties;
  const meanings = new Map([...schemas.FaultKind.description.matchAll(/- `(\w+)`: (.*)/g)].map((found) => [found[1], found[2]]));
  const fields = new Map(Object.entries(properties).map(([name, schema]) => [name, fieldFor(name, schema, schemas)]));
  const meaning = el("p", { class: "hint", id: "fault-meaning" });
  const kind = fields.get("kind");
  const provider = fields.get("provider");
  const onKind = () => {
    meaning.textContent = meanings.get(kind.value) ?? "";
    for (const [name, field] of fields) {
      field.parentElement.hidden = !appliesTo(name, kind.value);
      if (field.parentElement.hidden) field.value = "";
    }
  };
  const onProvider = () => {
    const vendors = directory.vendors.filter((vendor) => !provider.value || vendor.provider === provider.value);
    options(fields.get("operation"), [...new Set(vendors.flatMap((vendor) => vendor.operations.map((one) => one.id)))]);
  };
  kind.addEventListener("change", onKind);
  provider.addEventListener("change", onProvider);
  const asked = () => {
    const body = {};
    for (const [name, field] of fields) {
      // Not reportValidity, which moves the focus: this runs whenever the pointer comes by.
      if (!field.checkValidity()) throw new Error(`${name}: ${field.validationMessage}`);
      if (field.value !== "") body[name] = field.type === "number" ? Number(field.value) : field.value;
    }
    return ["POST", "/_mock/faults", body];
  };
  const form = el("form", { class: "fields", onsubmit: (event) => event.preventDefault() },
    [...fields].map(([name, field]) => el("label", { title: describe(properties[name]) }, name.replaceAll("_", " "), field)));
  onKind();
  onProvider();
  $("steer-faults").replaceChildren(el("ul", { class: "plain", id: "faults-now" }),
    el("div", { class: "buttons" }, action("End all", () => ["DELETE", "/_mock/faults"])),
    form, meaning, el("div", { class: "buttons" }, action("Add the fault", asked)));
}

const describe = (schema) => schema.description ?? "";

function fieldFor(name, schema, schemas) {
  const parts = [schema, ...(schema.anyOf ?? [])].map((one) => (one.$ref ? schemas[one.$ref.split("/").at(-1)] : one));
  const listed = parts.find((one) => one.enum);
  const any = el("option", { value: "" }, "any");
  if (listed) return el("select", {}, name === "kind" ? [] : any, listed.enum.map((value) => el("option", { value }, value)));
  if (name === "operation") return el("select", {}, any);
  const types = parts.flatMap((one) => one.type ?? []);
  const placeholder = schema["x-documented-default"] ?? null;
  if (types.includes("string")) return el("input", { type: "text", placeholder });
  return el("input", { type: "number", step: types.includes("integer") ? 1 : "any", placeholder, min: schema.minimum, max: schema.maximum });
}

export function showFaults(faults) {
  $("faults-count").textContent = faults.length ? `(${faults.length})` : "";
  $("faults-now")?.replaceChildren(...faults.map((fault) => {
    const { id, kind, ...rest } = fault;
    const words = Object.entries(rest).filter(([name]) => appliesTo(name, kind)).map(([name, value]) => `${name}=${value}`).join(" ");
    return el("li", {}, el("strong", {}, kind), ` ${words} `, action("End", () => ["DELETE", `/_mock/faults/${id}`]));
  }));
}

// Accounts.

const MOST_ACCOUNTS = 50;

/** Returns what reads the balances again, as long as somebody looks at them. */
export function steerAccounts(directory) {
  const panel = $("steer-accounts").parentElement;
  const tables = el("div", {});
  const key = el("select", { "aria-label": "account" });
  const provider = el("select", { "aria-label": "vendor" }, directory.vendors.map((vendor) => el("option", { value: vendor.provider }, vendor.provider)));
  const credits = el("input", { type: "number", min: 0, step: 1, value: 0, "aria-label": "credits" });
  const set = action("Set what is left", () => ["POST", `/_mock/accounts/${encodeURIComponent(key.value)}`,
    { provider: provider.value, credits: Number(credits.value) }], { done: () => show() });
  const form = el("div", { class: "buttons" }, key, provider, credits, set);
  const none = el("p", { class: "hint" }, "No key was used yet.");
  const show = async () => {
    const accounts = await call("GET", "/_mock/accounts");
    const more = accounts.length - MOST_ACCOUNTS;
    tables.replaceChildren(...accounts.slice(0, MOST_ACCOUNTS).map(balances),
      ...(more > 0 ? [el("p", { class: "hint" }, `and ${more} accounts more`)] : []));
    options(key, accounts.map((account) => account.key));
    form.hidden = !accounts.length;
    none.hidden = Boolean(accounts.length);
  };
  $("steer-accounts").replaceChildren(tables, none, form);
  const look = () => panel.open && attempt(show);
  panel.addEventListener("toggle", look);
  return look;
}

function balances(account) {
  const head = (text) => el("th", { scope: "col" }, text);
  const rows = Object.entries(account.credits).map(([name, left]) => el("tr", {}, el("th", { scope: "row" }, name),
    el("td", {}, left === null ? "no limit" : String(left)), el("td", {}, String(account.spent[name]))));
  return el("table", {}, el("caption", {}, account.key, account.tier ? `, tier ${account.tier}` : ""),
    el("thead", {}, el("tr", {}, head("credits"), head("left"), head("spent"))), el("tbody", {}, rows));
}

// Scenario, and what is handed over.

const YAML = "application/yaml";

export function steerScenario() {
  const text = el("textarea", { "aria-label": "scenario as YAML", spellcheck: "false" });
  const file = el("input", { type: "file", accept: ".yaml,.yml,.json", "aria-label": "scenario file", onchange: () => attempt(async () => {
    text.value = await file.files[0].text();
    say(`${file.files[0].name}: read; Load makes it the scenario`);
  }) });
  const fill = (value) => {
    text.value = value;
  };
  $("steer-scenario").replaceChildren(
    el("div", { class: "buttons" },
      action("Show what holds now", () => ["GET", "/_mock/scenario"], { done: fill }),
      action("Show what repeats this session", () => ["GET", "/_mock/scenario?of=session"], { done: fill })),
    text, file,
    el("div", { class: "buttons" },
      action("Load, and start anew", () => ["PUT", "/_mock/scenario", text.value, YAML], { strong: true }),
      el("button", { type: "button", onclick: () => save(text.value, "scenario.yaml", YAML) }, "Save as a file")));
}

export function steerHandover() {
  $("steer-handover").replaceChildren(
    el("p", { class: "hint" }, "A request as curl and a task as a pytest test are in the details."),
    el("div", { class: "buttons" },
      action("Save the traffic as HAR", () => ["GET", "/_mock/traffic.har"], { done: (har) => save(
        typeof har === "string" ? har : JSON.stringify(har, null, 1), "traffic.har", "application/json") })));
}
