// Finds notes by title, headings, tags and path, in the list that the export wrote. Each word has to be there.
(() => {
  const query = document.getElementById("_query"), found = document.getElementById("_found"), top = document.body.dataset.top;
  const most = 20;
  const fold = (s) => s.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const all = (globalThis.amalfaNotes || []).map(([href, title, said]) => ({ href, title, name: fold(title), said: fold(title + " " + said) }));
  const score = (note, words) => words.reduce((sum, w) => sum + (note.name.includes(w) ? 2 : 1), note.name === words.join(" ") ? 9 : 0);
  const show = () => {
    const words = fold(query.value).split(/\s+/).filter(Boolean);
    const hits = words.length === 0 ? [] : all.filter((n) => words.every((w) => n.said.includes(w)));
    hits.sort((a, b) => score(b, words) - score(a, words) || (a.title < b.title ? -1 : 1));
    found.replaceChildren(...hits.slice(0, most).map((n) => {
      const item = document.createElement("li"), link = document.createElement("a");
      link.href = top + n.href;
      link.textContent = n.title;
      item.append(link);
      return item;
    }));
    if (words.length > 0 && hits.length !== found.children.length || words.length > 0 && hits.length === 0) {
      const item = document.createElement("li");
      item.textContent = hits.length === 0 ? "No note has all of these words in its title, headings, tags or path." : `${hits.length} notes, ${most} shown`;
      found.append(item);
    }
    found.hidden = words.length === 0;
  };
  query.addEventListener("input", show);
  document.getElementById("_search").addEventListener("submit", (e) => {
    e.preventDefault();
    const first = found.querySelector("a");
    if (first) location.href = first.href;
  });
})();
