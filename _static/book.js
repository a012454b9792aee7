/* Charts come alive when they are near the view; long tables can be sorted and filtered.
   Without this script a page still shows every picture, table and word. */
(function () {
  "use strict";
  const library = new URL("vega.js", document.currentScript.src);
  let loading = null;

  function loadLibrary() {
    loading = loading || new Promise(function (resolve, reject) {
      const script = document.createElement("script");
      script.src = library.href;
      script.onload = resolve;
      script.onerror = reject;
      document.head.append(script);
    });
    return loading;
  }

  async function enliven(figure) {
    const spec = JSON.parse(figure.querySelector("script").textContent);
    const live = document.createElement("div");
    live.className = "live";
    await loadLibrary();
    figure.append(live);
    try {
      await window.vegaEmbed(live, spec, { renderer: "svg", actions: false, ast: true });
      figure.classList.add("alive");
    } catch (fault) {
      live.remove(); // the picture stays
      throw fault;
    }
  }

  function watchCharts() {
    const figures = document.querySelectorAll("[data-chart]");
    const watcher = new IntersectionObserver(function (entries) {
      for (const entry of entries) {
        if (entry.isIntersecting) {
          watcher.unobserve(entry.target);
          enliven(entry.target);
        }
      }
    }, { rootMargin: "200px" });
    figures.forEach(function (figure) { watcher.observe(figure); });
  }

  function sortBy(table, column, button) {
    const up = button.getAttribute("aria-sort") !== "ascending";
    table.querySelectorAll("thead th").forEach(function (head) { head.removeAttribute("aria-sort"); });
    button.setAttribute("aria-sort", up ? "ascending" : "descending");
    const body = table.tBodies[0];
    const rows = Array.from(body.rows);
    const compare = new Intl.Collator(document.documentElement.lang, { numeric: true }).compare;
    rows.sort(function (one, other) {
      const order = compare(one.cells[column].textContent, other.cells[column].textContent);
      return up ? order : -order;
    });
    body.append(...rows);
  }

  function equip(table) {
    table.querySelectorAll("thead th").forEach(function (head, column) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.append(...head.childNodes);
      button.addEventListener("click", function () { sortBy(table, column, head); });
      head.append(button);
    });
    const box = table.parentElement;
    const label = document.createElement("label");
    const field = document.createElement("input");
    const count = document.createElement("output");
    field.type = "search";
    label.className = "filter";
    label.append("Filter these rows ", field, " ", count);
    field.addEventListener("input", function () {
      const wanted = field.value.trim().toLowerCase();
      let shown = 0;
      for (const row of table.tBodies[0].rows) {
        row.hidden = !row.textContent.toLowerCase().includes(wanted);
        shown += row.hidden ? 0 : 1;
      }
      count.textContent = wanted ? shown + " of " + table.tBodies[0].rows.length + " rows" : "";
    });
    box.before(label);
  }

  /* An address may lie within a folded part: open it. */
  function openTarget() {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let at = target; at; at = at.parentElement) {
      if (at.tagName === "DETAILS") at.open = true;
    }
    if (target) target.scrollIntoView();
  }

  watchCharts();
  document.querySelectorAll("table[data-long]").forEach(equip);
  window.addEventListener("hashchange", openTarget);
  openTarget();
})();
