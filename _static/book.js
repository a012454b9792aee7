/* Charts come alive when a reader comes near them; long tables can be sorted and filtered.
   Without this script a page still shows every picture, table and word. */
(function () {
  "use strict";
  /* Theme and search keep something in every browser; where that is forbidden, it lasts as long as the page. */
  try {
    window.localStorage.getItem("theme");
  } catch {
    const kept = new Map();
    Object.defineProperty(window, "localStorage", {
      value: {
        getItem: function (name) { return kept.has(name) ? kept.get(name) : null; },
        setItem: function (name, value) { kept.set(name, String(value)); },
        removeItem: function (name) { kept.delete(name); },
      },
    });
    document.body.dataset.theme = "auto"; // as the theme's own script would have it, had it not failed
  }
  const library = new URL("vega.js", document.currentScript.src);
  const AGAIN = 5000; // milliseconds, for a line that was down
  const FIRST = 25; // rows of a long table that show before all are asked for
  let loading = null;

  function loadLibrary() {
    loading = loading || new Promise(function (resolve, reject) {
      const script = document.createElement("script");
      script.src = library.href;
      script.onload = resolve;
      script.onerror = function (fault) {
        loading = null;
        reject(fault);
      };
      document.head.append(script);
    });
    return loading;
  }

  async function enliven(figure) {
    const spec = JSON.parse(figure.querySelector("script").textContent);
    const live = document.createElement("div");
    live.className = "live";
    live.style.height = figure.offsetHeight + "px"; // the picture's place, whatever the reader's fonts
    await loadLibrary();
    figure.append(live);
    try {
      const { view } = await window.vegaEmbed(live, spec, {
        renderer: "svg", actions: false, ast: true, defaultStyle: false, tooltip: { disableDefaultStyle: true },
      });
      figure.classList.add("alive");
      const controls = spec.usermeta && document.getElementById(spec.usermeta.controls);
      if (controls) connect(controls, view);
    } catch (fault) {
      live.remove(); // the picture stays
      throw fault;
    }
  }

  /* Controls beside a chart set its signals; what it then says in words stands in the line below them. */
  function connect(controls, view) {
    const inputs = Array.from(controls.querySelectorAll("[data-signal]"));
    const sets = controls.querySelector("[data-set]");
    const parties = inputs.filter(function (input) { return input.className === "party"; });
    const said = controls.parentElement.querySelector("[data-said]").lastChild;
    function show() {
      for (const input of inputs) {
        view.signal(input.dataset.signal, Number(input.value));
        const shown = input.parentElement.querySelector("[data-shown]");
        if (shown) shown.textContent = input.value;
      }
      view.runAsync().then(function () {
        const now = " " + view.signal("said");
        if (said.textContent !== now) said.textContent = now;
      });
    }
    controls.addEventListener("input", function (event) {
      if (event.target === sets) {
        sets.value.split(" ").forEach(function (weight, at) { parties[at].value = weight; });
      }
      show();
    });
    controls.addEventListener("reset", function () { setTimeout(show); }); // once the values are reset
    show(); // the browser may have kept what was set before
  }

  /* What a reader does first. Until then nothing is loaded that only a reader needs. */
  function whenRead(then) {
    const signs = ["scroll", "pointermove", "pointerdown", "touchstart", "keydown", "focusin"];
    function begin() {
      signs.forEach(function (sign) { window.removeEventListener(sign, begin, true); });
      then();
    }
    signs.forEach(function (sign) { window.addEventListener(sign, begin, { capture: true, passive: true }); });
    if (location.hash || window.scrollY > 0) begin(); // who waited for this script on a slow line may have begun
  }

  /* A chart comes alive when it, or the controls beside it, are near the view of a reader; where data
     are to be saved, only when it or they are used. */
  function watchCharts() {
    const figures = Array.from(document.querySelectorAll("[data-chart]"));
    const begun = new Set();
    let watcher = null;
    function begin(figure, target) {
      if (!figure || begun.has(figure)) return;
      begun.add(figure);
      enliven(figure).catch(function (fault) {
        console.warn(fault); // the picture stays
        if (window.vegaEmbed) return;
        setTimeout(function () {
          begun.delete(figure);
          if (watcher) {
            watcher.unobserve(target);
            watcher.observe(target); // is it near?
          }
        }, AGAIN);
      });
    }
    const watched = new Map(figures.map(function (figure) { return [figure.closest("figure") || figure, figure]; }));
    document.querySelectorAll(".controls").forEach(function (form) {
      const named = '"controls":"' + form.id + '"';
      form.hidden = false;
      watched.set(form, figures.find(function (figure) { return figure.querySelector("script").textContent.includes(named); }));
    });
    watched.forEach(function (figure, target) {
      ["pointerenter", "pointerdown", "focusin"].forEach(function (use) {
        target.addEventListener(use, function () { begin(figure, target); }, { passive: true });
      });
    });
    if (navigator.connection && navigator.connection.saveData) return;
    watcher = new IntersectionObserver(function (entries) {
      entries.forEach(function (entry) { if (entry.isIntersecting) begin(watched.get(entry.target), entry.target); });
    }, { rootMargin: "200px" });
    whenRead(function () { watched.forEach(function (figure, target) { watcher.observe(target); }); });
  }

  /* A cell that shows a date or number in words carries the value itself. */
  function sortKey(cell) {
    const valued = cell.querySelector("[data-sort]");
    return valued ? valued.dataset.sort : cell.textContent;
  }

  /* The rows of a table; the last may only lead to the page that has them all. */
  function rowsOf(table) {
    return Array.from(table.tBodies[0].rows).filter(function (row) { return row.className !== "whole"; });
  }

  function sortBy(table, column, head) {
    const up = head.getAttribute("aria-sort") !== "ascending";
    table.querySelectorAll("thead th").forEach(function (other) { other.removeAttribute("aria-sort"); });
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const rows = rowsOf(table);
    const compare = new Intl.Collator(document.documentElement.lang, { numeric: true }).compare;
    rows.sort(function (one, other) {
      const order = compare(sortKey(one.cells[column]), sortKey(other.cells[column]));
      return up ? order : -order;
    });
    table.tBodies[0].prepend(...rows);
    table.dispatchEvent(new Event("sorted"));
  }

  /* A list of the values that the rows of a table carry under a name, to choose rows by. */
  function chooser(table, name) {
    const values = new Set(rowsOf(table).flatMap(function (row) { return (row.dataset[name] || "").split(";"); }));
    const order = new Intl.Collator(document.documentElement.lang, { numeric: true }).compare;
    const choice = document.createElement("select");
    choice.name = name;
    choice.append(new Option("all", ""), ...Array.from(values).sort(order).map(function (value) { return new Option(value, value); }));
    const label = document.createElement("label");
    label.className = "filter";
    choice.setAttribute("aria-label", name + ": " + table.caption.textContent);
    label.append(name.charAt(0).toUpperCase() + name.slice(1) + ": ", choice);
    return choice;
  }

  /* A reader is there: tables are made ready, and notes.js hears of it. */
  function greet() {
    if (document.documentElement.classList.contains("read")) return;
    document.documentElement.classList.add("read");
    document.dispatchEvent(new Event("read"));
    document.querySelectorAll("pre, .cell_output .output").forEach(function (box) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0; // what scrolls can be reached by keyboard
    });
    equipNext();
  }

  /* Tables are made ready one by one once a reader is there; on a busy machine, one each second. */
  const waiting = Array.from(document.querySelectorAll("table[data-long]"));
  function whenIdle(act) {
    if (window.requestIdleCallback) requestIdleCallback(act, { timeout: 1000 });
    else setTimeout(act, 20);
  }
  function equipNext() {
    if (waiting.length) equip(waiting.shift());
    if (waiting.length) whenIdle(equipNext);
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
    table.classList.add("equipped"); // from here on the script says which rows show
    const label = document.createElement("label");
    const field = document.createElement("input");
    const count = document.createElement("output");
    field.type = "search";
    label.className = "filter";
    label.append("Filter these rows: ", field);
    field.setAttribute("aria-label", "Filter these rows: " + table.caption.textContent);
    const all = document.createElement("button");
    let limit = FIRST;
    const choices = (table.dataset.choose || "").split(" ").filter(Boolean).map(function (name) {
      const choice = chooser(table, name);
      choice.addEventListener("change", show);
      return choice;
    });
    function show() {
      const wanted = field.value.trim().toLowerCase();
      const chosen = choices.filter(function (choice) { return choice.value; });
      const rows = rowsOf(table);
      const found = rows.filter(function (row) {
        return (!wanted || row.textContent.toLowerCase().includes(wanted)) && chosen.every(function (choice) {
          return (row.dataset[choice.name] || "").split(";").includes(choice.value);
        });
      });
      const shown = new Set(found.slice(0, limit));
      rows.forEach(function (row) { if (row.hidden === shown.has(row)) row.hidden = !row.hidden; });
      count.textContent = wanted || chosen.length ? found.length + " of " + rows.length + " rows" : "";
      all.textContent = "Show all " + found.length + " rows";
      all.hidden = found.length <= limit;
    }
    function showAll() {
      limit = Infinity;
      field.value = "";
      choices.forEach(function (choice) { choice.value = ""; });
      show();
    }
    all.type = "button";
    all.className = "more";
    all.addEventListener("click", function () {
      limit = Infinity;
      show();
      box.focus(); // the button is gone
    });
    field.addEventListener("input", show);
    table.addEventListener("wanted", showAll); // an address in this table needs every row
    table.addEventListener("sorted", show);
    const line = document.createElement("div");
    line.className = "filters";
    line.append(label, ...choices.map(function (choice) { return choice.parentElement; }), count);
    box.before(line);
    box.after(all);
    show();
  }

  /* The place to which the address leads; none if there is none, or it is no address at all. */
  function place() {
    try {
      return document.getElementById(decodeURIComponent(location.hash.slice(1)));
    } catch {
      return null;
    }
  }

  /* An address may lie within a folded part: open it. */
  function openTarget() {
    if (location.hash) waiting.splice(0).forEach(equip); // the place may be in a table that is not ready
    const target = place();
    for (let at = target; at; at = at.parentElement) {
      if (at.tagName === "DETAILS") at.open = true;
      if (at.tagName === "TABLE") at.dispatchEvent(new Event("wanted"));
    }
    if (!target) return;
    const inside = target.querySelector("details");
    if (inside) inside.open = true;
    stayAt(target);
  }

  /* Charts and tables above may still change their height: keep to the target until all has settled
     or the reader moves. */
  function stayAt(target) {
    const settle = new ResizeObserver(function () { target.scrollIntoView({ behavior: "instant" }); });
    const leave = function () { settle.disconnect(); };
    settle.observe(document.body);
    target.scrollIntoView({ behavior: "instant" });
    ["wheel", "touchmove", "keydown", "pointerdown"].forEach(function (move) {
      window.addEventListener(move, leave, { once: true, passive: true });
    });
    setTimeout(leave, 5000);
  }

  /* Where the contents open above the text, go up to them, and back to the place when they close. */
  function watchContents() {
    let place = 0;
    const toggles = Array.from(document.querySelectorAll(".sidebar-toggle"));
    function show() {
      for (const toggle of toggles) document.body.classList.toggle(toggle.id.slice(2) + "-open", toggle.checked);
    }
    window.addEventListener("scroll", function () {
      if (!toggles.some(function (toggle) { return toggle.checked; })) place = window.scrollY;
    }, { passive: true });
    for (const toggle of toggles) {
      toggle.addEventListener("change", function () {
        for (const other of toggles) if (other !== toggle) other.checked = false;
        show();
        const back = place; // what opens above moves the page, and with it the place
        window.scrollTo({ top: toggle.checked ? 0 : back, behavior: "instant" });
      });
    }
    document.querySelectorAll(".toc-drawer a").forEach(function (link) {
      link.addEventListener("click", function () {
        document.getElementById("__toc").checked = false;
        show();
      });
    });
  }

  watchContents();
  watchCharts();
  whenRead(greet);
  setTimeout(greet, 8000); // somebody may read without any of these signs
  window.addEventListener("hashchange", openTarget);
  /* On paper everything stands open but the answers of exercises. Where the style sheet cannot see to it
     (::details-content), it is done here, and undone. */
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("details:not(.hide, .answer, [open])").forEach(function (part) {
      part.open = true;
      part.dataset.printed = "";
    });
  });
  window.addEventListener("afterprint", function () {
    document.querySelectorAll("details[data-printed]").forEach(function (part) {
      part.open = false;
      delete part.dataset.printed;
    });
  });
  openTarget();
})();
