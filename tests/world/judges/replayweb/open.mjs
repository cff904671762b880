// Opens a WACZ in ReplayWeb.page and says what a reader sees there, as JSON on stdout.
// node open.mjs CHROMIUM SITE HEADLINE FOLDER
//   SITE serves ReplayWeb.page, and the WACZ as archive.wacz; FOLDER gets two screenshots.

import path from "node:path";
import { chromium } from "playwright-core";

const [executablePath, site, headline, folder] = process.argv.slice(2);

const browser = await chromium.launch({
  executablePath,
  // Root has no sandbox. Nothing but loopback: an archive that needs the network fails.
  args: ["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"],
});
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  page.setDefaultTimeout(120_000);
  page.on("console", (message) => console.error(message.text()));
  const source = encodeURIComponent(`${site}/archive.wacz`);
  await page.goto(`${site}/?source=${source}#view=pages`);

  const titles = page.locator("wr-page-entry .page-title");
  await titles.first().waitFor();
  const headlines = (await titles.allTextContents()).map((title) => title.trim());
  await page.screenshot({ path: path.join(folder, "pages.png") });

  await titles.filter({ hasText: headline }).first().click();
  const shown = page.frameLocator("wr-coll-replay iframe");
  await shown.locator("h1").first().waitFor();
  const text = await shown.locator("body").innerText();
  await page.screenshot({ path: path.join(folder, "replay.png") });

  const signature = await page.evaluate(verdict);
  console.log(JSON.stringify({ headlines, text, signature }));
} finally {
  await browser.close();
}

// Whether ReplayWeb.page found the signature good; its own count takes a missing one for good.
async function verdict() {
  const { colls } = await (await fetch("./w/api/coll-index")).json();
  const opening = indexedDB.open(`db:${colls[0].id}`);
  await new Promise((done) => (opening.onsuccess = done));
  const found = opening.result.transaction("verification").objectStore("verification").get("signature");
  await new Promise((done) => (found.onsuccess = done));
  return found.result?.matched === true;
}
