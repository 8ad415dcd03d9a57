// A browser that Python tests drive: each line on stdin is {"code": ...}, the body of an async function of `page` and
// `browser`; each line on stdout is {"value": ...} or {"error": ...}. Errors of the page itself are kept in `page.problems`.
import { createInterface } from "node:readline";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(pathToFileURL(`${process.argv[2]}/package.json`));
const { chromium: playwright } = require("playwright-core");
const { default: chromium } = await import(pathToFileURL(require.resolve("@sparticuz/chromium")));

const browser = await playwright.launch({
  executablePath: process.env.CHROMIUM || await chromium.executablePath(),
  args: chromium.args.filter((arg) => !arg.startsWith("--headless") && arg !== "--disable-web-security"),
  headless: true,
});
const axe = require("node:fs").readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
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
  page.setDefaultTimeout(180_000);
  await page.goto(url, { timeout: 180_000 });
  return page;
}

const AsyncFunction = (async () => {}).constructor;
for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    const run = new AsyncFunction("page", "open", "axe", "arg", JSON.parse(line).code);
    answer = { value: (await run(page, open, axe, JSON.parse(line).arg)) ?? null };
  } catch (error) {
    answer = { error: String(error.stack ?? error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await browser.close();
