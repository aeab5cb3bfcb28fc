// What every page does: answers under a question that is being typed, parts that are fetched again, buttons.
"use strict";

const byId = id => document.getElementById(id);
const token = document.querySelector('meta[name="amalfa-page"]').content;

// A code lets a browser in once: it does not stay in the address.
if (new URLSearchParams(location.search).has("code")) {
  const to = new URL(location);
  to.searchParams.delete("code");
  history.replaceState(null, "", to.pathname + to.search + to.hash);
}

// fetchPart returns a piece of a page that the server makes, or what it says of why not.
async function fetchPart(address, signal) {
  const answer = await fetch(address, { signal, headers: { Accept: "text/html" } });
  const text = await answer.text();
  if (answer.ok) return text;
  const page = new DOMParser().parseFromString(text, "text/html");
  return (page.querySelector(".fault") || page.body).outerHTML;
}

// fault is an error of ours, as the server would show it.
function fault(message) {
  const box = document.createElement("div");
  box.className = "fault";
  box.append(Object.assign(document.createElement("p"), { textContent: message }));
  return box;
}

// answerOf shows what a model says, each citation as a link to its lines.
function answerOf(body) {
  const box = document.createElement("div");
  box.className = "answer";
  const make = (name, attributes) => Object.assign(document.createElement(name), attributes);
  for (const s of body.sentences) {
    const p = make("p", { textContent: s.text });
    for (const c of s.citations) p.append(" ", make("a", { href: c.href, textContent: `${c.id}:${c.lines[0]}-${c.lines[1]}` }));
    if (!s.supported) p.append(" ", make("span", { className: "conf conf-low", textContent: "not supported by the notes" }));
    box.append(p);
  }
  if (!body.sentences.length) box.append(make("p", { textContent: "The notes do not answer this." }));
  for (const d of body.degraded) box.append(make("p", { className: "note", textContent: d }));
  box.append(make("p", { className: "path", textContent: [body.model, body.confidence && "confidence " + body.confidence].filter(Boolean).join(" · ") }));
  return box;
}

const gone = "The dashboard does not answer. Run: amalfa dashboard start";

// Search as you type.
const question = byId("_q");
if (question) {
  const mode = byId("_mode"), results = byId("_results");
  let running = null, timer = 0;
  const address = part => {
    const v = new URLSearchParams();
    if (question.value.trim()) v.set("q", question.value);
    v.set("mode", mode.value);
    if (part) v.set("part", part);
    return "/?" + v;
  };
  const ask = async () => {
    if (running) running.abort();
    const mine = running = new AbortController();
    try {
      const html = await fetchPart(address("results"), mine.signal);
      if (mine !== running) return;
      results.innerHTML = html;
      history.replaceState(null, "", question.value.trim() ? address("") : "/");
    } catch (e) {
      if (e.name !== "AbortError" && mine === running) results.replaceChildren(fault(gone));
    } finally {
      if (mine === running) running = null;
    }
  };
  // The first letter is asked at once, and the next ones as soon as the server has time or somebody stops to look.
  question.addEventListener("input", () => { clearTimeout(timer); if (running) timer = setTimeout(ask, 40); else ask(); });
  mode.addEventListener("change", ask);
  const button = byId("_ask"), said = byId("_answer");
  button.addEventListener("click", async () => {
    if (!question.value.trim()) { said.textContent = "Write a question first."; question.focus(); return; }
    button.disabled = true;
    said.textContent = "Asking the model …";
    try {
      const answer = await fetch("/api/ask", { method: "POST", headers: { "Content-Type": "application/json", "X-Amalfa-Page": token }, body: JSON.stringify({ question: question.value }) });
      const body = await answer.json();
      said.replaceChildren(answer.ok ? answerOf(body) : fault(body.error.message + (body.error.hint ? " (" + body.error.hint + ")" : "")));
    } catch { said.replaceChildren(fault(gone)); }
    button.disabled = false;
  });
  const links = () => [...results.querySelectorAll(".hit h2 a, .plain a")];
  document.addEventListener("keydown", e => {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    const typing = e.target.matches("input, select, textarea");
    if (e.key === "/" && !typing) { e.preventDefault(); question.focus(); question.select(); return; }
    if (e.target.matches("select")) return;
    const all = links(), at = all.indexOf(document.activeElement);
    if (e.key === "ArrowDown" && (e.target === question || at >= 0) && all.length) { e.preventDefault(); all[Math.min(at + 1, all.length - 1)].focus(); }
    if (e.key === "ArrowUp" && at >= 0) { e.preventDefault(); (at ? all[at - 1] : question).focus(); }
    if (e.key === "Escape" && at >= 0) question.focus();
  });
} else {
  document.addEventListener("keydown", e => {
    if (e.key === "/" && !e.ctrlKey && !e.metaKey && !e.altKey && !e.target.matches("input, select, textarea")) location.href = "/";
  });
}

// A note is opened at its line.
const doc = document.querySelector("main.doc");
if (doc && doc.dataset.at) {
  const at = byId(doc.dataset.at);
  const block = at && (at.textContent ? at : at.parentElement);
  if (block) { block.classList.add("here"); block.scrollIntoView({ block: "center" }); }
}

// Parts that take long, or change.
const related = byId("_related");
if (related) fetchPart(related.dataset.part).then(html => { related.innerHTML = html; }, () => related.replaceChildren(fault(gone)));

const health = byId("_health"), said = byId("_said");
let acting = 0, stream = null;

// showHealth replaces what is shown, and keeps what a person has opened and where they are.
function showHealth(html) {
  if (acting) return;
  const open = new Set([...health.querySelectorAll("details[open]")].map(d => d.dataset.keep));
  const focus = document.activeElement && health.contains(document.activeElement) && document.activeElement.getAttribute("aria-label");
  health.innerHTML = html;
  for (const d of health.querySelectorAll("details")) d.open = open.has(d.dataset.keep);
  if (focus) for (const el of health.querySelectorAll("[aria-label]")) if (el.getAttribute("aria-label") === focus) el.focus({ preventScroll: true });
}

async function refresh() {
  try { showHealth(await fetchPart(health.dataset.part)); } catch { said.textContent = gone; }
}

// listen follows the server while somebody looks: a browser holds few connections to one.
function listen() {
  if (document.hidden) { if (stream) stream.close(); stream = null; return; }
  if (stream) return;
  stream = new EventSource(health.dataset.events);
  stream.addEventListener("health", e => { if (said.textContent === gone) said.textContent = ""; showHealth(e.data); });
  stream.addEventListener("error", () => {
    said.textContent = gone;
    if (stream && stream.readyState === EventSource.CLOSED) { stream = null; setTimeout(listen, 5000); }
  });
}
if (health) {
  listen();
  document.addEventListener("visibilitychange", listen);
  health.addEventListener("click", async e => {
    const button = e.target.closest("button");
    if (!button) return;
    if (button.dataset.copy) {
      try { await navigator.clipboard.writeText(button.dataset.copy); said.textContent = "Copied: " + button.dataset.copy; }
      catch { said.textContent = "Copy it by hand: " + button.dataset.copy; }
      return;
    }
    if (!button.dataset.post) return;
    const what = button.getAttribute("aria-label");
    said.textContent = what + " …";
    acting++;
    for (const b of button.closest(".verbs").children) b.disabled = true;
    try {
      const answer = await fetch(button.dataset.post, { method: "POST", headers: { "Content-Type": "application/json", "X-Amalfa-Page": token }, body: "{}" });
      const body = await answer.json();
      said.textContent = answer.ok ? what + ": " + body.service.state : what + ": " + body.error.message + (body.error.hint ? " (" + body.error.hint + ")" : "");
    } catch { said.textContent = gone; }
    acting--;
    refresh();
  });
}
