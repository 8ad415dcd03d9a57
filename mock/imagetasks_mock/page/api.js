// The admin API, and the curl line that does the same as a call of it.
import { $, el } from "./dom.js";

export const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;

export function curl(method, path, body, type = "application/json") {
  const parts = ["curl"];
  if (method !== "GET") parts.push("-X", method);
  if (/[[\]{}]/.test(path)) parts.push("-g"); // else curl takes them for patterns
  parts.push(quote(location.origin + path));
  if (body !== undefined) {
    parts.push("-H", quote(`Content-Type: ${type}`), "--data-raw", quote(typeof body === "string" ? body : JSON.stringify(body)));
  }
  return parts.join(" ");
}

/** Raises an Error with the mock's own words where it refuses. */
export async function call(method, path, body, type = "application/json") {
  const options = { method, headers: {} };
  if (body !== undefined) {
    options.headers["Content-Type"] = type;
    options.body = typeof body === "string" ? body : JSON.stringify(body);
  }
  const response = await fetch(path, options);
  const text = await response.text();
  const isJson = (response.headers.get("content-type") ?? "").startsWith("application/json");
  const value = isJson ? JSON.parse(text) : text;
  if (!response.ok) throw new Error(value.error ?? `HTTP ${response.status}`);
  return value;
}

export function say(words, isProblem = false) {
  $("said").textContent = words;
  $("said").className = isProblem ? "problem" : "";
}

/**
 * A button that calls the admin API. `request()` gives [method, path, body, type], also for the curl line that it shows
 * while it has the focus or the pointer. It may raise an Error: something is missing.
 */
export function action(text, request, { done = () => {}, strong = false } = {}) {
  const line = () => {
    try {
      return curl(...request());
    } catch (error) {
      return error.message;
    }
  };
  const show = () => {
    $("shell").textContent = button.title = line();
  };
  const button = el("button", { type: "button", class: strong ? "strong" : null, onfocus: show, onpointerenter: show,
    onclick: () => attempt(async () => {
      show();
      const value = await call(...request());
      say(`${text}: done`);
      await done(value);
    }) }, text);
  return button;
}

export async function attempt(work) {
  try {
    await work();
  } catch (error) {
    say(error.message, true);
  }
}

export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    say(`${what}: copied`);
  } catch {
    say(`${what}: the browser does not let this page copy; the text is shown in its place`, true);
  }
}

export function save(text, name, type) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  el("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
  say(`${name}: saved`);
}
