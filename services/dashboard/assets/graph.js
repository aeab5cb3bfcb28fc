// The map of the notes: sigma draws notes and their heaviest links, a canvas above it what sigma does not (gaps, broken links, names of
// communities, and the links of what is near).
"use strict";

const mostLinks = 8000; // that are drawn at once, however far away one looks
const mostNear = 3000; // more of them, of the notes in view

const map = byId("_map"), state = byId("_state"), side = byId("_side"), slider = byId("_until"), day = byId("_day");
const dark = matchMedia("(prefers-color-scheme: dark)");

// colour is that of a community: hues a golden angle apart, so that neighbours in size differ.
function colour(i, alone) {
  if (alone) return dark.matches ? "#8a8a96" : "#6a6a76";
  return hsl((i * 137.508 + 210) % 360, 65, dark.matches ? 65 : 42);
}

function hsl(h, s, l) {
  const a = s / 100 * Math.min(l / 100, 1 - l / 100);
  const part = n => { const k = (n + h / 30) % 12; return Math.round(255 * (l / 100 - a * Math.max(-1, Math.min(k - 3, 9 - k, 1)))).toString(16).padStart(2, "0"); };
  return "#" + part(0) + part(8) + part(4);
}

const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const countOf = (n, what) => n.toLocaleString("en") + " " + what + (n === 1 ? "" : "s");
const docOf = id => "/doc/" + id.split("/").map(encodeURIComponent).join("/");
const element = (name, attributes, ...children) => { const e = Object.assign(document.createElement(name), attributes); e.append(...children); return e; };

async function loadGraph() {
  const answer = await fetch(map.dataset.graph);
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.error.message + (body.error.hint ? ". " + body.error.hint : ""));
  return body;
}

class GraphMap {
  constructor(data) {
    this.data = data;
    this.byID = new Map(data.ids.map((id, i) => [id, i]));
    this.picked = -1;
    this.near = new Set();
    this.until = "";
    this.gaps = null;
    this.alone = data.communities.findIndex(c => c.name === "without links");
    this.index();
  }

  // index makes the lists of links of each note.
  index() {
    const { sources, targets, ids } = this.data;
    const start = new Int32Array(ids.length + 1);
    for (let i = 0; i < sources.length; i++) { start[sources[i] + 1]++; start[targets[i] + 1]++; }
    for (let i = 0; i < ids.length; i++) start[i + 1] += start[i];
    const at = start.slice(), to = new Int32Array(2 * sources.length);
    for (let i = 0; i < sources.length; i++) { to[at[sources[i]]++] = targets[i]; to[at[targets[i]]++] = sources[i]; }
    this.start = start;
    this.to = to;
  }

  neighbours(i) { return this.to.subarray(this.start[i], this.start[i + 1]); }
  name(i) { return this.data.titles[i] || this.data.ids[i]; }
  shows(i) { return !this.until || this.data.days[i] <= this.until; }

  draw() {
    this.readTheme();
    const { data } = this, G = graphology.UndirectedGraph;
    const g = this.graph = new G({ allowSelfLoops: false }), sizes = this.sizes();
    for (let i = 0; i < data.ids.length; i++) g.addNode(i, { x: data.x[i], y: data.y[i], size: sizes(data.degrees[i]), label: this.name(i) });
    for (let i = 0; i < Math.min(mostLinks, data.sources.length); i++) g.addEdge(data.sources[i], data.targets[i]);
    // Points and lines, not sigma's rectangles: where a processor draws, each of those is a call of its own, and a frame takes 18 times as long.
    const { NodePointProgram: circle, EdgeLineProgram: line } = Sigma.rendering;
    this.sigma = new Sigma(g, map, {
      nodeProgramClasses: { circle }, edgeProgramClasses: { line }, labelColor: { color: this.text },
      labelRenderedSizeThreshold: 7, labelDensity: 0.5, labelGridCellSize: 120,
      nodeReducer: (n, a) => this.look(Number(n), a), edgeReducer: (e, a) => this.lookLink(e, a), defaultDrawNodeHover: () => {}, allowInvalidContainer: true,
    });
    this.over = element("canvas", { className: "over" });
    this.over.setAttribute("aria-hidden", "true");
    map.append(this.over);
    this.sigma.on("afterRender", () => this.drawOver());
    this.sigma.on("clickNode", e => this.pick(Number(e.node)));
    this.sigma.on("clickStage", () => this.pick(-1));
    this.drawOver();
    dark.addEventListener("change", () => this.repaint());
  }

  // sizes returns the radius of a note by its neighbours, in pixels where all is in view: notes lie a unit apart and stay apart, and hubs stand out.
  sizes() {
    const { x, y, degrees } = this.data, most = degrees.reduce((a, b) => Math.max(a, b), 1);
    const extent = all => all.reduce((r, v) => [Math.min(r[0], v), Math.max(r[1], v)], [Infinity, -Infinity]).reduce((low, high) => high - low);
    const unit = Math.min(map.clientWidth, map.clientHeight) / Math.max(extent(x), extent(y), 1);
    const least = Math.min(5, Math.max(0.7, 0.3 * unit)), hub = Math.min(12, Math.max(4, 2 * unit));
    return degree => least + (hub - least) * Math.pow(degree / most, 0.75);
  }

  // readTheme takes the colours of the theme.
  readTheme() {
    this.colours = this.data.communities.map((_, i) => colour(i, i === this.alone));
    this.text = css("--text");
    this.dim = css("--line");
    this.edge = this.data.sources.length > 2000 ? this.dim : css("--edge"); // many of them must not hide the notes
    this.bad = css("--bad");
    this.link = css("--link");
    this.back = css("--back");
  }

  repaint() {
    this.readTheme();
    this.sigma.setSetting("labelColor", { color: this.text });
    this.sigma.refresh();
    this.list();
  }

  look(i, a) {
    if (!this.shows(i)) return { ...a, hidden: true };
    const faded = this.picked >= 0 && i !== this.picked && !this.near.has(i);
    return { ...a, color: faded ? this.dim : this.colours[this.data.community[i]], label: faded ? "" : a.label, zIndex: faded ? 0 : 1, forceLabel: i === this.picked };
  }

  lookLink(e, a) {
    const [s, t] = this.graph.extremities(e).map(Number);
    return { ...a, color: this.edge, size: 0.5, hidden: this.picked >= 0 || !this.shows(s) || !this.shows(t) };
  }

  place(i) { return this.sigma.graphToViewport({ x: this.data.x[i], y: this.data.y[i] }); }

  drawOver() {
    const { width, height } = this.sigma.getDimensions(), ratio = devicePixelRatio || 1, c = this.over.getContext("2d");
    if (this.over.width !== width * ratio || this.over.height !== height * ratio) { this.over.width = width * ratio; this.over.height = height * ratio; }
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    c.clearRect(0, 0, width, height);
    const inside = p => p.x > -20 && p.y > -20 && p.x < width + 20 && p.y < height + 20;
    if (this.picked >= 0) this.drawLinks(c, [this.picked], inside, this.link, 1.5, Infinity);
    else if (this.sigma.getCamera().ratio < 0.35 && this.data.sources.length > mostLinks) this.drawNear(c, inside);
    if (byId("_lost").checked) this.drawLost(c, inside);
    if (this.gaps && byId("_gaps").checked) this.drawGaps(c, inside);
    if (this.picked < 0) this.drawNames(c, inside);
  }

  drawLinks(c, notes, inside, style, width, most) {
    c.strokeStyle = style;
    c.lineWidth = width;
    c.setLineDash([]);
    c.beginPath();
    for (const i of notes) {
      const from = this.place(i);
      for (const j of this.neighbours(i)) {
        if (!this.shows(j) || most-- <= 0) continue;
        const to = this.place(j);
        c.moveTo(from.x, from.y);
        c.lineTo(to.x, to.y);
      }
    }
    c.stroke();
    return most;
  }

  // drawNear draws the links of the notes in view.
  drawNear(c, inside) {
    const seen = [];
    for (let i = 0; i < this.data.ids.length && seen.length < 600; i++) if (this.shows(i) && inside(this.place(i))) seen.push(i);
    this.drawLinks(c, seen, inside, this.dim, 0.5, mostNear);
  }

  // drawLost draws a broken link as a red stub.
  drawLost(c, inside) {
    c.strokeStyle = this.bad;
    c.lineWidth = 1.5;
    c.setLineDash([]);
    c.beginPath();
    const turn = new Map();
    for (const lost of this.data.broken) {
      if (!this.shows(lost.source) || this.picked >= 0 && this.picked !== lost.source) continue;
      const p = this.place(lost.source), n = turn.get(lost.source) || 0;
      turn.set(lost.source, n + 1);
      if (!inside(p) || n > 12) continue;
      c.moveTo(p.x, p.y);
      const a = this.sigma.getNodeDisplayData(lost.source), length = 12 + (a ? this.sigma.scaleSize(a.size) : 0);
      c.lineTo(p.x + length * Math.cos(n * 0.7 - 1), p.y + length * Math.sin(n * 0.7 - 1));
    }
    c.stroke();
  }

  drawGaps(c, inside) {
    c.strokeStyle = this.link;
    c.lineWidth = 1.5;
    c.setLineDash([6, 4]);
    c.beginPath();
    for (const [a, b] of this.gaps) {
      if (!this.shows(a) || !this.shows(b) || this.picked >= 0 && this.picked !== a && this.picked !== b) continue;
      const p = this.place(a), q = this.place(b);
      if (!inside(p) && !inside(q)) continue;
      c.moveTo(p.x, p.y);
      c.lineTo(q.x, q.y);
    }
    c.stroke();
    c.setLineDash([]);
  }

  // drawNames writes the names of communities above them, those of the largest first, none over another.
  drawNames(c, inside) {
    c.textAlign = "center";
    c.lineWidth = 4;
    c.strokeStyle = this.back;
    const taken = [];
    for (let i = 0; i < Math.min(this.data.communities.length, 60); i++) {
      const part = this.data.communities[i], p = this.sigma.graphToViewport(part), edge = this.sigma.graphToViewport({ x: part.x + part.radius, y: part.y });
      const reach = Math.hypot(edge.x - p.x, edge.y - p.y);
      if (!inside(p) || reach < 26) continue;
      const size = Math.max(12, Math.min(18, reach / 5)), text = part.name.length > 40 ? part.name.slice(0, 39) + "…" : part.name;
      c.font = `600 ${size}px system-ui, sans-serif`;
      const half = c.measureText(text).width / 2 + 4, y = Math.max(p.y - reach - 4, size + 4);
      const box = { left: p.x - half, right: p.x + half, top: y - size, bottom: y + 4 };
      if (taken.some(t => t.left < box.right && box.left < t.right && t.top < box.bottom && box.top < t.bottom)) continue;
      taken.push(box);
      c.strokeText(text, p.x, y);
      c.fillStyle = this.text;
      c.fillText(text, p.x, y);
    }
  }

  pick(i) {
    this.picked = i;
    this.near = new Set(i >= 0 ? this.neighbours(i) : []);
    this.sigma.refresh({ skipIndexation: true });
    if (i < 0) { side.replaceChildren(element("p", { className: "path", textContent: "Choose a note on the map, or find one above." })); return; }
    const { data } = this, part = data.communities[data.community[i]];
    const list = element("ul", { className: "plain" });
    for (const j of [...this.near].sort((a, b) => data.degrees[b] - data.degrees[a]).slice(0, 30)) {
      const to = element("button", { type: "button", textContent: this.name(j) });
      to.addEventListener("click", () => { this.pick(j); this.go(j); });
      list.append(element("li", {}, to));
    }
    const lost = data.broken.filter(b => b.source === i);
    side.replaceChildren(
      element("p", {}, element("a", { href: docOf(data.ids[i]), textContent: this.name(i) })),
      element("p", { className: "path", textContent: `${data.ids[i]} · ${data.days[i]} · ${part.name} · ${countOf(data.degrees[i], "neighbour")}` }),
      ...lost.map(b => element("p", {}, element("span", { className: "broken", textContent: b.name }), ` line ${b.line}`)), list);
    state.textContent = this.name(i) + ", " + countOf(data.degrees[i], "neighbour");
  }

  go(i) {
    const at = this.sigma.getNodeDisplayData(i);
    if (at) this.sigma.getCamera().animate({ x: at.x, y: at.y, ratio: Math.min(0.3, this.sigma.getCamera().ratio) }, { duration: this.calm() ? 0 : 300 });
  }

  calm() { return matchMedia("(prefers-reduced-motion: reduce)").matches; }

  list() {
    const list = byId("_list");
    list.replaceChildren(...this.data.communities.slice(0, 30).map((part, i) => {
      const dot = document.createElementNS("http://www.w3.org/2000/svg", "svg"), circle = document.createElementNS("http://www.w3.org/2000/svg", "circle");
      dot.setAttribute("class", "dot");
      dot.setAttribute("viewBox", "0 0 2 2");
      dot.setAttribute("aria-hidden", "true");
      for (const [k, v] of [["cx", 1], ["cy", 1], ["r", 1], ["fill", colour(i, i === this.alone)]]) circle.setAttribute(k, v);
      dot.append(circle);
      const to = element("button", { type: "button" }, dot, `${part.name} (${part.notes.toLocaleString("en")})`);
      to.addEventListener("click", () => this.visit(part));
      return element("li", {}, to);
    }));
  }

  // visit shows a community as large as the map is.
  visit(part) {
    if (!this.sigma) return;
    const center = this.sigma.viewportToFramedGraph(this.sigma.graphToViewport(part)), edge = this.sigma.viewportToFramedGraph(this.sigma.graphToViewport({ x: part.x + part.radius, y: part.y }));
    this.sigma.getCamera().animate({ x: center.x, y: center.y, ratio: Math.max(0.02, 2.4 * Math.abs(edge.x - center.x)) }, { duration: this.calm() ? 0 : 300 });
  }

  times() {
    const days = [...new Set(this.data.days)].sort();
    slider.max = String(Math.max(0, days.length - 1));
    slider.value = slider.max;
    slider.disabled = days.length < 2;
    const say = () => { day.textContent = days[Number(slider.value)] || ""; slider.setAttribute("aria-valuetext", day.textContent); };
    say();
    let asked = false;
    slider.addEventListener("input", () => {
      say();
      if (asked) return;
      asked = true;
      requestAnimationFrame(() => {
        asked = false;
        this.until = slider.value === slider.max ? "" : days[Number(slider.value)];
        if (this.sigma) this.sigma.refresh({ skipIndexation: true });
        let shown = 0;
        for (let i = 0; i < this.data.ids.length; i++) if (this.shows(i)) shown++;
        state.textContent = countOf(shown, "note") + " until " + day.textContent;
      });
    });
  }

  finds() {
    const input = byId("_node"), names = byId("_names");
    const match = text => {
      const sought = text.trim().toLowerCase(), out = [];
      for (let i = 0; sought && i < this.data.ids.length; i++) {
        const at = this.name(i).toLowerCase().indexOf(sought), path = this.data.ids[i].toLowerCase().indexOf(sought);
        if (at >= 0 || path >= 0) out.push([at === 0 ? 0 : at > 0 ? 1 : 2, -this.data.degrees[i], i]);
      }
      return out.sort((a, b) => a[0] - b[0] || a[1] - b[1]).slice(0, 20).map(m => m[2]);
    };
    input.addEventListener("input", () => names.replaceChildren(...match(input.value).map(i => element("option", { value: this.data.ids[i], label: this.name(i) }))));
    byId("_find").addEventListener("submit", e => {
      e.preventDefault();
      const exact = this.byID.get(input.value.trim()), i = exact === undefined ? match(input.value)[0] : exact;
      if (i === undefined) { state.textContent = "No note is called " + input.value; return; }
      this.pick(i);
      this.go(i);
    });
    byId("_all").addEventListener("click", () => { this.pick(-1); this.sigma.getCamera().animatedReset({ duration: this.calm() ? 0 : 300 }); });
    byId("_lost").addEventListener("change", () => this.sigma.refresh({ skipIndexation: true }));
    byId("_gaps").addEventListener("change", () => this.loadGaps());
  }

  async loadGaps() {
    if (!this.gaps && byId("_gaps").checked) {
      state.textContent = "Comparing the notes …";
      try {
        const answer = await fetch("/api/gaps"), body = await answer.json();
        if (!answer.ok) throw new Error(body.error.message);
        this.gaps = body.gaps.map(g => [this.byID.get(g.a), this.byID.get(g.b)]).filter(g => g[0] !== undefined && g[1] !== undefined);
        state.textContent = countOf(this.gaps.length, "gap");
      } catch (e) { state.textContent = e instanceof TypeError ? gone : e.message; }
    }
    this.sigma.refresh({ skipIndexation: true });
  }

  keys() {
    map.addEventListener("keydown", e => {
      const camera = this.sigma.getCamera(), s = camera.getState(), step = 0.1 * s.ratio;
      const to = { ArrowLeft: { x: s.x - step }, ArrowRight: { x: s.x + step }, ArrowUp: { y: s.y + step }, ArrowDown: { y: s.y - step }, "+": { ratio: s.ratio / 1.5 }, "=": { ratio: s.ratio / 1.5 }, "-": { ratio: s.ratio * 1.5 } }[e.key];
      if (to && !e.ctrlKey && !e.metaKey) { e.preventDefault(); camera.setState(to); }
      if (e.key === "Escape") { this.pick(-1); camera.setState({ x: 0.5, y: 0.5, ratio: 1 }); }
    });
  }
}

(async () => {
  let data;
  try { data = await loadGraph(); } catch (e) {
    map.replaceChildren(fault(e instanceof TypeError ? gone : e.message));
    state.textContent = "";
    return;
  }
  const g = globalThis.amalfaMap = new GraphMap(data);
  g.list();
  g.times();
  const total = `${countOf(data.ids.length, "note")}, ${countOf(data.sources.length, "pair")} linked, ${countOf(data.broken.length, "broken link")}`;
  if (!data.ids.length) { map.replaceChildren(fault("The index holds no note yet. Run: amalfa init")); state.textContent = total; return; }
  try { g.draw(); } catch (e) {
    map.replaceChildren(fault("This browser cannot draw the map (" + e.message + "). The list below is complete."));
    state.textContent = total;
    return;
  }
  g.finds();
  g.keys();
  state.textContent = total;
  const at = g.byID.get(map.dataset.at);
  if (at !== undefined) { g.pick(at); g.go(at); }
  requestAnimationFrame(() => { map.dataset.drawn = String(Math.round(performance.now())); });
})();
