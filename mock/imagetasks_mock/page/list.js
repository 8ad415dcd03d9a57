// A list of thousands, of which only the rows in view exist.
import { el } from "./dom.js";

const HEIGHT = 44;
const SPARE = 4;

export class List {
  /** `fill(row, item)` writes into a row; `choose(item)` is called for the one that is selected. */
  constructor(box, fill, choose) {
    Object.assign(this, { box, fill, choose, items: [], rows: new Map(), active: null, selected: null });
    this.space = el("div", { role: "presentation" });
    box.append(this.space);
    box.addEventListener("scroll", () => this.draw(), { passive: true });
    box.addEventListener("keydown", (event) => this.onKey(event));
    box.addEventListener("click", (event) => this.onClick(event));
    new ResizeObserver(() => this.draw()).observe(box);
  }

  /** `all` is how many there are without the filters. */
  show(items, all) {
    this.items = items;
    this.box.classList.toggle("empty", !items.length);
    this.box.classList.toggle("filtered", items.length < all);
    this.draw();
  }

  draw() {
    const { box, items } = this;
    const first = Math.max(0, Math.floor(box.scrollTop / HEIGHT) - SPARE);
    const last = Math.min(items.length, Math.ceil((box.scrollTop + box.clientHeight) / HEIGHT) + SPARE);
    this.space.style.height = `${items.length * HEIGHT}px`;
    const rows = new Map();
    for (let n = first; n < last; n++) rows.set(items[n].key, this.row(items[n], n));
    for (const [key, row] of this.rows) if (!rows.has(key)) row.remove();
    for (const row of rows.values()) if (!row.isConnected) this.space.append(row);
    this.rows = rows;
    if (rows.has(this.active)) box.setAttribute("aria-activedescendant", this.idOf(this.active));
    else box.removeAttribute("aria-activedescendant");
  }

  idOf(key) {
    return `${this.box.id}-${key}`;
  }

  /** The element stays while its item is in view: a click on it is not lost when something else comes in. */
  row(item, n) {
    const row = this.rows.get(item.key) ?? el("div", { role: "option", id: this.idOf(item.key) });
    row.className = item.key === this.active ? "row active" : "row";
    row.setAttribute("aria-selected", item.key === this.selected ? "true" : "false");
    row.setAttribute("aria-posinset", n + 1);
    row.setAttribute("aria-setsize", this.items.length);
    row.style.top = `${n * HEIGHT}px`;
    if (row.item !== item) this.fill(row, item);
    row.item = item;
    return row;
  }

  /** Writes the rows in view again: time has passed. */
  refresh() {
    for (const row of this.rows.values()) this.fill(row, row.item);
  }

  onClick(event) {
    const row = event.target.closest(".row");
    if (row) this.select(this.items.indexOf(row.item));
  }

  onKey(event) {
    const at = this.items.findIndex((item) => item.key === this.active);
    const page = Math.max(1, Math.floor(this.box.clientHeight / HEIGHT) - 1);
    const last = this.items.length - 1;
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: last }[event.key];
    if (to !== undefined && last >= 0) {
      event.preventDefault();
      this.move(Math.max(0, Math.min(last, to)));
    } else if ((event.key === "Enter" || event.key === " ") && at >= 0) {
      event.preventDefault();
      this.select(at);
    }
  }

  move(n) {
    this.active = this.items[n].key;
    const top = n * HEIGHT;
    const { box } = this;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + HEIGHT > box.scrollTop + box.clientHeight) box.scrollTop = top + HEIGHT - box.clientHeight;
    this.draw();
  }

  select(n) {
    if (n < 0) return;
    this.active = this.selected = this.items[n].key;
    this.draw();
    this.choose(this.items[n]);
  }

  unselect() {
    this.selected = null;
    this.draw();
  }
}
