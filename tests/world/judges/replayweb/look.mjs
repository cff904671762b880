// Opens pages in headless Chromium, and says as JSON on stdout what axe-core finds on each.
// node look.mjs CHROMIUM FOLDER PAGE…
//   Each PAGE is an address (file: or http:); FOLDER gets a screenshot of each at two widths, light
//   and dark.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { chromium } from "playwright-core";

const [executablePath, folder, ...pages] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const WIDTHS = [1280, 390];

const browser = await chromium.launch({
  executablePath,
  // Root has no sandbox. Nothing but loopback: a page that needs the network fails.
  args: ["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"],
});
const seen = [];
try {
  for (const [number, address] of pages.entries())
    for (const width of WIDTHS)
      for (const colorScheme of ["light", "dark"]) {
        const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 } });
        const page = await context.newPage();
        const said = [];
        const asked = [];
        page.on("console", (message) => said.push(message.text()));
        page.on("pageerror", (error) => said.push(String(error)));
        page.on("request", (request) => asked.push(request.url()));
        await page.goto(address);
        const name = `${number}-${width}-${colorScheme}.png`;
        await page.screenshot({ path: path.join(folder, name), fullPage: true });
        await page.evaluate(() => document.querySelectorAll("details").forEach((one) => (one.open = true)));
        // By evaluate, which the page's Content-Security-Policy does not forbid.
        await page.evaluate(axe);
        const found = await page.evaluate(() => axe.run());
        seen.push({
          address, width, colorScheme, said,
          asked: asked.filter((url) => url !== address),
          wide: await page.evaluate(() => document.documentElement.scrollWidth > innerWidth),
          violations: found.violations.map(({ id, impact, nodes }) => ({
            id, impact, nodes: nodes.slice(0, 5).map((node) => node.html.slice(0, 200)),
          })),
        });
        await context.close();
      }
  console.log(JSON.stringify(seen));
} finally {
  await browser.close();
}
