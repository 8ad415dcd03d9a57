// Elements. Whatever came in over the API becomes text, never markup.

export const $ = (id) => document.getElementById(id);

/** An element; `children` that are no elements become text. */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return element;
}

/** Text that somebody sent: in its own direction, whatever script it is of. */
export const foreign = (text, tag = "bdi", name = null) => el(tag, { dir: "auto", class: name }, text ?? "");

const LONGEST = 100_000;

/** A body: indented where it is JSON, and cut where it is very long. */
export function code(text) {
  let shown = text;
  try {
    if (text.length < LONGEST) shown = JSON.stringify(JSON.parse(text), null, 2);
  } catch { /* no JSON */ }
  // What turns the direction of writing would show a body as what it is not.
  shown = shown.replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16)}`);
  const left = shown.length - LONGEST;
  if (left > 0) shown = `${shown.slice(0, LONGEST)}\n… and ${left} characters more`;
  return el("pre", { tabindex: "0", dir: "auto" }, shown || "(empty)");
}

export function facts(entries) {
  const shown = entries.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return el("dl", {}, shown.map(([name, value]) => [
    el("dt", {}, name), el("dd", {}, value instanceof Node ? value : foreign(String(value)))]));
}

/** Links lead out of here only on purpose, and only to web pages. */
export const page = (url) => /^https?:\/\//.test(url)
  ? el("a", { href: url, target: "_blank", rel: "noreferrer noopener" }, url) : foreign(url);

export function options(select, values, texts = values) {
  const chosen = select.value;
  const first = select.querySelector('option[value=""]');
  select.replaceChildren(...(first ? [first] : []),
    ...values.map((value, n) => el("option", { value }, texts[n])));
  select.value = [...select.options].some((option) => option.value === chosen) ? chosen : select.options[0]?.value ?? "";
}
