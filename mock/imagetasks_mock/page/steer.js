// What steers the mock: clock, faults, accounts, scenario, and the start anew.
import { action, attempt, call, save, say } from "./api.js";
import { $, el, options } from "./dom.js";

export function steerClock(state) {
  const advance = (text, seconds) => action(text, () => ["POST", "/_mock/clock", { advance: seconds }]);
  const speed = el("input", { type: "number", min: 0, step: "any", value: state.clock.speed, "aria-label": "speed" });
  $("steer-clock").replaceChildren(
    el("div", { class: "buttons" }, advance("+5 s", 5), advance("+1 min", 60), advance("+1 h", 3600)),
    el("div", { class: "buttons" },
      action("Stand still", () => ["POST", "/_mock/clock", { speed: 0 }]),
      action("Real time", () => ["POST", "/_mock/clock", { speed: 1 }]),
      speed, action("Set speed", () => ["POST", "/_mock/clock", { speed: Number(speed.value) }])),
    el("div", { class: "buttons" }, action("Reset everything", () => ["POST", "/_mock/reset"])));
}

// Faults: the form is made of the admin API's own description.

export function steerFaults(admin, directory) {
  const schemas = admin.components.schemas;
  const properties = schemas.NewFault.properties;
  const meanings = new Map([...schemas.FaultKind.description.matchAll(/- `(\w+)`: (.*)/g)].map((found) => [found[1], found[2]]));
  const fields = new Map(Object.entries(properties).map(([name, schema]) => [name, fieldFor(name, schema, schemas)]));
  const meaning = el("p", { class: "hint", id: "fault-meaning" });
  const kind = fields.get("kind");
  const provider = fields.get("provider");
  const onKind = () => {
    meaning.textContent = meanings.get(kind.value) ?? "";
  };
  const onProvider = () => {
    const vendors = directory.vendors.filter((vendor) => !provider.value || vendor.provider === provider.value);
    options(fields.get("operation"), [...new Set(vendors.flatMap((vendor) => vendor.operations.map((one) => one.id)))]);
  };
  kind.addEventListener("change", onKind);
  provider.addEventListener("change", onProvider);
  onKind();
  onProvider();
  const asked = () => {
    const body = {};
    for (const [name, field] of fields) {
      if (!field.reportValidity()) throw new Error(`${name}: ${field.validationMessage}`);
      if (field.value !== "") body[name] = field.type === "number" ? Number(field.value) : field.value;
    }
    return ["POST", "/_mock/faults", body];
  };
  const form = el("form", { class: "fields", onsubmit: (event) => event.preventDefault() },
    [...fields].map(([name, field]) => el("label", { title: describe(properties[name]) }, name.replaceAll("_", " "), field)));
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
  if (types.includes("string")) return el("input", { type: "text" });
  return el("input", { type: "number", step: types.includes("integer") ? 1 : "any", min: schema.minimum, max: schema.maximum });
}

export function showFaults(faults) {
  $("faults-count").textContent = faults.length ? `(${faults.length})` : "";
  $("faults-now")?.replaceChildren(...faults.map((fault) => {
    const { id, kind, ...rest } = fault;
    const words = Object.entries(rest).map(([name, value]) => `${name}=${value}`).join(" ");
    return el("li", {}, el("strong", {}, kind), ` ${words} `, action("End", () => ["DELETE", `/_mock/faults/${id}`]));
  }));
}

// Accounts.

export async function steerAccounts(directory) {
  const accounts = await call("GET", "/_mock/accounts");
  const number = (value) => (value === null ? "no limit" : String(value));
  const list = accounts.map((account) => el("li", {}, el("strong", {}, account.key), account.tier ? ` tier ${account.tier}` : "",
    el("ul", {}, Object.keys(account.credits).map((name) => el("li", {}, `${name}: ${number(account.credits[name])}, spent ${account.spent[name]}`)))));
  const key = el("select", { "aria-label": "account" }, accounts.map((account) => el("option", { value: account.key }, account.key)));
  const provider = el("select", { "aria-label": "vendor" }, directory.vendors.map((vendor) => el("option", { value: vendor.provider }, vendor.provider)));
  const credits = el("input", { type: "number", min: 0, step: 1, value: 0, "aria-label": "credits" });
  const again = { done: () => steerAccounts(directory) };
  $("steer-accounts").replaceChildren(
    el("ul", { class: "plain" }, list),
    el("div", { class: "buttons" }, el("button", { type: "button", onclick: () => attempt(again.done) }, "Look again")),
    accounts.length
      ? el("div", { class: "buttons" }, key, provider, credits, action("Set what is left", () => ["POST",
        `/_mock/accounts/${encodeURIComponent(key.value)}`, { provider: provider.value, credits: Number(credits.value) }], again))
      : el("p", { class: "hint" }, "No key was used yet."));
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
