// One task or request, with all that belongs to it.
import { action, attempt, call, copy, curl, quote } from "./api.js";
import { $, code, el, facts, foreign, page } from "./dom.js";
import { age, duration } from "./state.js";

const specs = new Map();

async function operationOf(provider, id) {
  if (!specs.has(provider)) specs.set(provider, await call("GET", `/${provider}/openapi.json`));
  for (const [path, item] of Object.entries(specs.get(provider).paths)) {
    for (const [method, operation] of Object.entries(item)) {
      if (operation?.operationId === id) return { path, method: method.toUpperCase(), ...operation };
    }
  }
  return null;
}

export class Details {
  constructor(state, directory, select) {
    Object.assign(this, { state, directory, select, shown: null });
  }

  put(title, ...children) {
    $("details-title").textContent = title;
    $("details-body").replaceChildren(...children.flat(Infinity).filter(Boolean));
    $("details-body").scrollTop = 0;
  }

  clear() {
    this.shown = null;
    this.put("Details",
      el("p", { class: "hint" }, "Select a task or a request: with the arrow keys and Enter, or by a click."),
      el("h3", {}, "Base URLs, in the place of the vendors' own"),
      facts(this.directory.vendors.map((vendor) => [vendor.provider, el("code", {}, vendor.base_url)])),
      el("p", { class: "hint" }, "Any key is good, until a scenario names some."));
  }

  // A task.

  task(id) {
    this.shown = { of: "task", id };
    return attempt(async () => {
      const task = await call("GET", `/_mock/tasks/${encodeURIComponent(id)}`);
      if (this.shown?.id !== id) return; // another one was selected meanwhile
      this.drawn = task.state;
      const open = !["succeeded", "failed", "cancelled"].includes(task.state);
      this.put(`Task ${id}`,
        facts([
          ["vendor", task.provider], ["state", el("span", { class: `state ${task.state}` }, task.state)],
          ["at the vendor", String(task.wire_state)], ["model", task.model], ["kind", task.kind], ["key", task.key],
          ["created", task.created], ["age", age(this.state.now() - Date.parse(task.created))],
        ]),
        el("h3", {}, "Prompt"), foreign((task.prompt ?? "(none)").slice(0, 5000), "p"),
        this.picture(task),
        open ? this.ending(task) : null,
        el("h3", {}, "Its requests"), this.requestsOf(id),
        el("div", { class: "buttons" }, this.testButton(id)));
    });
  }

  /** As it is at the vendor now: one that has expired is not there. */
  picture(task) {
    if (!task.result) return null;
    const src = new URL(task.result).pathname; // the host may be called otherwise here
    const expired = () => shown.replaceWith(el("p", { class: "hint" }, "The result cannot be had any more: it has expired, or cannot be drawn."));
    const shown = task.kind === "video"
      ? el("video", { class: "picture", src, controls: true, onerror: expired, "aria-label": "the result" })
      : el("img", { class: "picture", src, alt: `the result: ${(task.prompt ?? "").slice(0, 200)}`, onerror: expired });
    return [el("h3", {}, "Result"), shown];
  }

  ending(task) {
    const vendor = this.directory.vendors.find((one) => one.provider === task.provider);
    const path = `/_mock/tasks/${encodeURIComponent(task.id)}`;
    const again = { done: () => this.task(task.id) };
    const failures = vendor?.failures ?? [];
    const chosen = el("select", { "aria-label": "How it fails" },
      el("option", { value: "" }, "as documented"),
      failures.map((failure, n) => el("option", { value: n }, [failure.reason, failure.code, failure.message].filter(Boolean).join(" · ").slice(0, 90))));
    const failed = () => {
      const failure = failures[chosen.value];
      return ["POST", path, { outcome: "failed", ...(failure?.code ? { code: failure.code } : {}), ...(failure?.message ? { message: failure.message } : {}) }];
    };
    const cancels = Object.values(vendor?.states ?? {}).includes("cancelled");
    return [el("h3", {}, "End it now"), el("div", { class: "buttons" },
      action("Succeed", () => ["POST", path, { outcome: "succeeded" }], again),
      action("Fail", failed, again), chosen,
      cancels ? action("Cancel", () => ["POST", path, { outcome: "cancelled" }], again) : null)];
  }

  requestsOf(id) {
    const found = [...this.state.requests.values()].filter((item) => item.value.task === id).slice(-50);
    if (!found.length) return el("p", { class: "hint" }, "None is kept.");
    return el("ul", { class: "plain" }, found.map(({ key, value }) => el("li", {},
      el("button", { type: "button", onclick: () => this.select("request", key) }, `${value.method} ${value.status}`),
      " ", el("span", { class: value.verdict }, value.verdict), ` ${value.at.slice(11, 19)} ${value.operation ?? ""}`)));
  }

  testButton(id) {
    const path = `/_mock/test?task=${encodeURIComponent(id)}`;
    return action("Copy as pytest test", () => ["GET", path], { done: (text) => {
      this.showCopied("pytest test", text);
    } });
  }

  /** Beside the clipboard, which a browser may refuse. */
  showCopied(what, text) {
    $("copied")?.remove();
    $("details-body").append(el("div", { id: "copied" }, el("h3", {}, what), code(text)));
    return copy(text, what);
  }

  // A request.

  request(id) {
    this.shown = { of: "request", id };
    this.isUnanswered = false;
    return attempt(async () => {
      const request = await call("GET", `/_mock/requests/${id}`);
      const operation = request.operation && await operationOf(request.provider, request.operation);
      if (this.shown?.id !== id) return;
      this.isUnanswered = request.took === null;
      this.put(`Request ${id}`,
        this.verdict(request),
        facts([
          ["vendor", request.provider], ["operation", request.operation], ["at", request.at],
          ["took", duration(request.took)], ["task", request.task && el("button", { type: "button", onclick: () => this.select("task", request.task) }, request.task)],
        ]),
        el("h3", {}, "Request"), foreign(`${request.method} ${request.path}`, "p"),
        this.headers(request.headers), request.body ? code(request.body) : null,
        el("h3", {}, `Answer: ${request.answer.status}`), this.headers(request.answer.headers), code(request.answer.body),
        operation ? this.operation(operation) : null,
        el("div", { class: "buttons" }, el("button", { type: "button",
          onclick: () => this.showCopied("curl line", curlOf(request)) }, "Copy as curl")));
    });
  }

  verdict(request) {
    const fault = request.fault_details;
    const title = { valid: "valid", refused: "refused", struck: `struck by the fault ${request.fault}` }[request.verdict];
    const reasons = request.reasons.map((reason) => el("div", { class: "reason" },
      foreign(reason.words, "p"),
      facts([["rule", reason.rule], ["in the body", reason.pointer], ["parameter", reason.parameter]]),
      reason.pages.length ? el("details", {}, el("summary", {}, "the vendor's pages"), el("ul", {}, reason.pages.map((url) => el("li", {}, page(url))))) : null));
    return [el("p", {}, "Verdict: ", el("strong", { class: `state ${request.verdict}` }, title)),
      fault ? facts(Object.entries(fault).filter(([name]) => name !== "kind")) : null,
      request.refused && !request.reasons.length ? foreign(request.refused, "p") : null, ...reasons];
  }

  headers(headers) {
    return el("details", {}, el("summary", {}, `${Object.keys(headers).length} headers`), facts(Object.entries(headers)));
  }

  operation(operation) {
    return el("details", {}, el("summary", {}, `In the spec: ${operation.operationId}`),
      el("p", {}, `${operation.method} ${operation.path}`), foreign(operation.summary, "p"),
      foreign(operation.description, "p"),
      el("ul", {}, (operation["x-source"] ?? []).map((source) => el("li", {}, page(source.url)))));
  }
}

/** The key is not in it: the mock does not show keys. */
function curlOf(request) {
  const own = ["host", "connection", "content-length", "accept-encoding", "user-agent", "accept"];
  const parts = [curl(request.method, `/${request.provider}${request.path}`)];
  for (const [name, value] of Object.entries(request.headers)) {
    if (own.includes(name)) continue;
    parts.push("-H", quote(`${name}: ${value.replace("***", name === "authorization" ? "Bearer KEY" : "KEY")}`));
  }
  if (request.body) parts.push("--data-raw", quote(request.body));
  return parts.join(" ");
}
