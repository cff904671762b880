// Looks at the pages of `scrapy browse` as a reader does, and prints what it found as JSON.
// node browse.mjs CHROMIUM check HOME FOLDER PATH…      each page in both widths and schemes
// node browse.mjs CHROMIUM replay HOME FOLDER PATH ELSEWHERE BEFORE    the capture on an article's
//   page, once that on the page BEFORE was seen
// FOLDER gets screenshots.

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import path from "node:path";
import { chromium } from "playwright-core";

const [executablePath, task, home, folder, ...rest] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const LIMIT = 120_000;

const browser = await chromium.launch({
  executablePath,
  args: ["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"],
});
try {
  console.log(JSON.stringify(task === "check" ? await check(rest) : await replay(...rest)));
} finally {
  await browser.close();
}

async function newPage(options) {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(LIMIT);
  const page = await context.newPage();
  page.requested = [];
  context.on("request", (request) => page.requested.push(request.url()));
  page.on("console", (message) => console.error(message.text()));
  return page;
}

async function check(paths) {
  const found = [];
  for (const width of [1280, 390])
    for (const colorScheme of ["light", "dark"]) {
      const page = await newPage({ viewport: { width, height: 900 }, colorScheme });
      for (const [number, address] of paths.entries())
        found.push(await checkPage(page, address, path.join(folder, `${number}-${width}-${colorScheme}.png`)));
      await page.context().close();
    }
  return found;
}

async function checkPage(page, address, picture) {
  page.requested.length = 0;
  await page.goto(home + address);
  await page.screenshot({ path: picture, fullPage: true });
  await page.evaluate(() => document.querySelectorAll("details").forEach((one) => (one.open = true)));
  // Not as a script element: the policy of the pages forbids those.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => axe.run(document, { iframes: false }));
  return {
    address,
    violations: violations.map(({ id, impact, nodes }) => [id, impact, nodes[0].html.slice(0, 200)]),
    sideways: await page.evaluate(() => document.documentElement.scrollWidth - innerWidth),
    small: await page.evaluate(smallTargets),
    requested: [...page.requested],
  };
}

// What people press that is no link within text (WCAG 2.5.8 excepts those) and is less than 44 px.
function smallTargets() {
  const height = (one) => Math.max(...[one, ...(one.labels ?? [])].map((e) => e.getBoundingClientRect().height));
  return [...document.querySelectorAll("main a, main button, main input, main summary, header a")]
    .filter((one) => one.checkVisibility() && !one.closest("p, dd, td, th, h3, li:not([class]) > strong"))
    .filter((one) => height(one) < 43.9)
    .map((one) => one.outerHTML.slice(0, 120));
}

async function replay(address, elsewhere, before) {
  const page = await newPage({ viewport: { width: 1280, height: 900 } });
  await open(page, address);
  await open(page, before);
  const shown = await open(page, address);
  const text = await shown.locator("body").innerText();
  await page.screenshot({ path: path.join(folder, "replay.png") });
  const frame = page.frames().find((one) => /\/replay\/w\/.*mp_\//.test(one.url()));
  const element = await frame.frameElement();
  // Scripts of captures get at the windows around them in ways of their own; here they are given.
  await element.evaluate((one) => Object.assign(one.contentWindow, { PROGRAM: window, VIEWER: parent }));
  const attempts = await frame.evaluate(
    ([corpus, other]) => window.attempts?.(corpus, other, PROGRAM, VIEWER) ?? {},
    [`${home}/`, elsewhere],
  );
  const left = await element.evaluate(() => indexedDB.databases());
  const collections = left.map(({ name }) => name).filter((name) => name.startsWith("db:"));
  // Leaving tells somebody too: the frame, then what is around it.
  for (const leave of ["VIEWER.parent.location", "VIEWER.location", "PROGRAM.location", "location"])
    await frame.evaluate(`try { ${leave} = ${JSON.stringify(elsewhere)} } catch {}`).catch(() => {});
  await page.waitForTimeout(1000);
  return { text, attempts, collections, requested: [...page.requested] };
}

async function open(page, address) {
  await page.goto(home + address);
  const viewer = page.frameLocator(".capture iframe");
  const shown = viewer.frameLocator("replay-web-page iframe").frameLocator("wr-coll-replay iframe");
  await shown.locator("h1").first().waitFor();
  return shown;
}
