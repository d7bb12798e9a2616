// Every call that the page makes, and the only place that knows addresses.
import { events } from "./sse.js";
import { browser, tab } from "./store.js";

// What one request may name.
const MOST_RANGES = 50;

/** A refusal of the service: what was wrong, what to do, and the request's id. */
export class Refused extends Error {
  constructor(status, problem, wait = 0) {
    super(problem.detail || "The service did not answer as expected.");
    this.status = status;
    this.remedy = problem.remedy || "";
    this.request = problem.request_id || "";
    this.wait = wait;
  }
}

let askForKey = async () => false;

/** Who asks for a key when the service wants one; resolves to whether there is one now. */
export function onKeyWanted(ask) {
  askForKey = ask;
}

export function key() {
  return tab.read("key", "") || browser.read("key", "");
}

export function keepKey(value, always) {
  tab.write("key", value);
  if (always) browser.write("key", value);
}

export function forgetKey() {
  tab.remove("key");
  browser.remove("key");
}

async function send(path, body, { signal, accept = "application/json" } = {}) {
  const headers = { Accept: accept };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (key()) headers.Authorization = `Bearer ${key()}`;
  let response;
  try {
    response = await fetch(path, {
      method: body === undefined ? "GET" : "POST",
      headers,
      signal,
      body: body === undefined ? undefined : JSON.stringify(body),
      redirect: "error",
      credentials: "omit",
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused(0, {
      detail: "The service cannot be reached.",
      remedy: "Check that it is running, then try again.",
    });
  }
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({}));
  if (response.status === 401 && (await askForKey(problem.code))) return send(path, body, { signal, accept });
  throw new Refused(response.status, problem, Number(response.headers.get("Retry-After")) || 0);
}

async function json(path, body, options) {
  return (await send(path, body, options)).json();
}

const id = (name) => encodeURIComponent(name);
// A page's id may be a path.
const path = (name) => name.split("/").map(id).join("/");
const kept = new Map();

/** The same answer for as long as the page is open: what the playbook holds changes with a new start only. */
function once(address) {
  if (!kept.has(address)) {
    kept.set(
      address,
      json(address).catch((error) => {
        kept.delete(address);
        throw error;
      }),
    );
  }
  return kept.get(address);
}

export const search = (query, k, signal) => json("/v1/search", { query, k }, { signal });
export const pages = async () => (await once("/v1/pages")).pages;
export const list = async (kind) => (await once(`/v1/${kind}`)).items;
export const show = (kind, name) => once(`/v1/${kind}/${id(name)}`);
export const fillTemplate = (name, body, signal) => json(`/v1/templates/${id(name)}/fill`, body, { signal });
export const check = (text, template, signal) => json("/v1/check", { text, template }, { signal });
export const score = (name, ratings, evidence, signal) =>
  json(`/v1/rubrics/${id(name)}/score`, { ratings, evidence }, { signal });
export const decide = (name, inputs, signal) => json(`/v1/decisions/${id(name)}`, { inputs }, { signal });
export const calculate = (name, inputs, signal) => json(`/v1/calculate/${id(name)}`, { inputs }, { signal });
export const feedback = (body) => json("/v1/feedback", body);

/** A section with the words of some ranges [start, end] of its page marked. */
export function section(name, ranges = []) {
  const [page, heading = ""] = name.split(/#(.*)/s);
  const query = new URLSearchParams();
  if (heading) query.set("heading", heading);
  for (const [start, end] of ranges.slice(0, MOST_RANGES)) {
    query.append("char_start", start);
    query.append("char_end", end);
  }
  return once(`/v1/sections/${path(page)}?${query}`);
}

/** The events of an answer; `turns` are what was said before. */
export async function* chat(question, turns, signal) {
  const messages = [...turns, { role: "user", content: question }];
  const response = await send("/v1/chat", { messages, stream: true }, { signal, accept: "text/event-stream" });
  yield* events(response.body);
}
