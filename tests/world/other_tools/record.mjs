// Records pages with ArchiveWeb.page's own service worker, as its <archive-web-page> element does.
// node record.mjs CHROMIUM MODULES WORKER WACZ URL…
//   MODULES is the node_modules folder with playwright-core, WORKER is ArchiveWeb.page's sw.js.
// The worker fetches what it records below its prefix, as a browser may not read other sites.

import http from "node:http";
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";

const [executablePath, modules, worker, wacz, ...urls] = process.argv.slice(2);
const { chromium } = createRequire(`${modules}/`)("playwright-core");

const PREFIX = "/proxy/";
const files = {
  "/": ["text/html", "<!doctype html><title>Recorder</title>"],
  "/sw.js": ["text/javascript", await readFile(worker)],
};

const server = http.createServer((request, response) => {
  const [type, data] = files[request.url] ?? [];
  if (type) {
    response.writeHead(200, { "Content-Type": type }).end(data);
  } else if (request.url.startsWith(`${PREFIX}http://127.0.0.1:`)) {
    pass(request, response);
  } else {
    response.writeHead(404).end(); // pictures elsewhere
  }
});

function pass(request, response) {
  const { host, ...headers } = request.headers;
  http
    .get(request.url.slice(PREFIX.length), { headers }, (answer) => {
      const { connection, "transfer-encoding": framing, location, ...rest } = answer.headers;
      const moved = location ? { location: PREFIX + location } : {};
      response.writeHead(answer.statusCode, { ...rest, ...moved });
      answer.pipe(response);
    })
    .on("error", (error) => response.destroy(error));
}

await new Promise((done) => server.listen(0, "127.0.0.1", done));
const site = `http://127.0.0.1:${server.address().port}`;
const browser = await chromium.launch({
  executablePath,
  // Root has no sandbox. Nothing but loopback: what needs the network fails.
  args: ["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"],
});
try {
  const page = await browser.newPage();
  page.on("console", (message) => console.error(message.text()));
  await page.goto(site);
  await page.evaluate(begin, site + PREFIX);
  for (const url of urls) {
    await page.evaluate(show, url);
  }
  await writeFile(wacz, Buffer.from(await page.evaluate(packed)));
} finally {
  await browser.close();
  server.close();
  server.closeAllConnections();
}

async function begin(prefix) {
  const container = navigator.serviceWorker;
  const controlled = new Promise((done) => (container.oncontrollerchange = done));
  await container.register("sw.js");
  await controlled;
  const added = new Promise((done) => {
    container.onmessage = ({ data }) => data.msg_type === "collAdded" && done();
  });
  container.controller.postMessage({
    msg_type: "addColl",
    name: "paper",
    type: "recordingproxy",
    file: { sourceUrl: `proxy:${prefix}` },
    extraConfig: { prefix, isLive: true, recording: true },
  });
  await added;
}

// In a frame: at the top, a page that is shown by the worker opens ArchiveWeb.page around itself.
function show(url) {
  document.querySelector("iframe")?.remove();
  const frame = document.createElement("iframe");
  const loaded = new Promise((done) => (frame.onload = done));
  frame.src = `w/paper/mp_/${url}`;
  document.body.append(frame);
  return loaded;
}

async function packed() {
  for (let pending = 1, tries = 0; pending && tries < 100; tries++) {
    ({ numPending: pending } = await (await fetch("w/api/c/paper/recPending")).json());
    await new Promise((done) => setTimeout(done, 50));
  }
  const wacz = await fetch("w/api/c/paper/dl?format=wacz&pages=all");
  return Array.from(new Uint8Array(await wacz.arrayBuffer()));
}
