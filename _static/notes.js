/* A link to a row shows on hover, focus or tap what the row says, offers a copy with its source, and leads to the report of
   an error. An address of an earlier edition leads to where its row is now. Without this script links are links. */
(function () {
  "use strict";
  const folder = new URL("notes/", document.currentScript.src);
  const root = new URL("../", document.currentScript.src);
  const LINKS = 'article a[href*="#"]:is(:not([class]), .own, .term)';
  const OPEN_AFTER = 300, CLOSE_AFTER = 250, GAP = 6, EDGE = 8; // milliseconds; pixels
  const loaded = new Map(); // by file: a promise of its notes
  const arrivals = new Map(); // by file: what keeps the promise
  let about = null; // edition and voices, the same in every file
  let shown = null; // the link whose note is open
  let held = false; // whether it was asked for by a click, and stays wherever the pointer goes
  let timer = 0;

  /* --- what a row says --- */

  /* The same rule stands in book/notes.py: kind, letters, number, and whether more follows. */
  function fileOf(address) {
    const [, kind = "", letters, number, more] = /^(?:([a-z]+)-?)?([A-Z]*)(\d*)(?:\.\d+)?(-?)/.exec(address);
    return letters ? kind + letters + number.slice(0, -2) + more : "names";
  }

  window.bookNotes = function (file, notes, common) {
    about = common;
    arrivals.get(file)(notes);
  };

  function load(file) {
    if (!loaded.has(file)) {
      loaded.set(file, new Promise(function (resolve, reject) {
        const script = document.createElement("script");
        arrivals.set(file, resolve);
        script.src = new URL(file + ".js", folder).href;
        script.onerror = function (fault) {
          loaded.delete(file); // the line may be back at the next try
          reject(fault);
        };
        document.head.append(script);
      }));
    }
    return loaded.get(file);
  }

  function addressOf(link) {
    return decodeURIComponent(link.hash.slice(1));
  }

  /* The note of a link; nothing if it leads to no row of this book. */
  async function noteOf(link) {
    return link.hash && link.href.startsWith(root.href) ? noteAt(addressOf(link)) : undefined;
  }

  /* The note of an address; nothing if no row has it. */
  async function noteAt(address) {
    try {
      const notes = await load(fileOf(address));
      return Object.hasOwn(notes, address) ? notes[address] : undefined;
    } catch {
      return undefined; // there is no such file: the link is a link
    }
  }

  /* --- the box --- */

  function make(tag, name, text) {
    const element = document.createElement(tag);
    element.className = name;
    element.textContent = text || "";
    return element;
  }

  const box = make("div", "note");
  const told = make("div", "note-told"); // the tooltip proper; what can be pressed stands outside it
  const actions = make("p", "note-actions");
  const go = make("a", "go");
  const copy = make("button", "", "Copy with source");
  const report = make("a", "", "Report an error");
  const status = make("div", "copied"); // a live region must be there before it speaks
  box.hidden = true;
  box.setAttribute("role", "group");
  told.id = "note-told";
  told.setAttribute("role", "tooltip");
  copy.type = "button";
  status.setAttribute("role", "status");
  actions.append(go, copy, report);
  box.append(told, actions);
  document.body.append(box, status);

  function fill(link, note) {
    const voice = make("span", "voice voice-" + note.v, about.voices[note.v]);
    const lines = note.l.map(function ([label, text]) {
      const line = make("p", "note-line");
      line.append(make("b", "", label + ": "), text);
      return line;
    });
    told.replaceChildren(voice, make("p", "note-title", note.t), make("p", "", note.s), ...lines);
    const name = /[A-Z]/.test(addressOf(link)) || link.rel === "bookmark" ? addressOf(link) : link.textContent;
    go.href = link.href;
    go.textContent = "Go to " + name;
    go.hidden = isOwn(link);
    report.hidden = !about.report;
    report.href = reportOf(note, addressOf(link));
    box.setAttribute("aria-label", "Note on " + name);
  }

  function isOwn(link) {
    return link.classList.contains("own");
  }

  /* Below the link, else above it, where there is more room: it never covers the link. */
  function place(link) {
    const at = link.getBoundingClientRect();
    const width = document.documentElement.clientWidth;
    const below = window.innerHeight - at.bottom - GAP - EDGE;
    const above = at.top - GAP - EDGE;
    box.style.maxHeight = "none";
    const under = box.offsetHeight <= below || below >= above;
    const height = Math.min(box.offsetHeight, Math.max(under ? below : above, 80));
    const left = Math.min(Math.max(at.left, EDGE), width - box.offsetWidth - EDGE);
    box.style.maxHeight = height + "px";
    box.style.left = left + window.scrollX + "px";
    box.style.top = (under ? at.bottom + GAP : at.top - GAP - height) + window.scrollY + "px";
    box.tabIndex = box.scrollHeight > box.clientHeight ? 0 : -1; // what scrolls can be reached by keyboard
  }

  async function open(link, still, byClick) {
    const note = await noteOf(link);
    if (!note || !still()) return Boolean(note);
    close();
    shown = link;
    held = Boolean(byClick);
    fill(link, note);
    box.hidden = false;
    place(link);
    link.setAttribute("aria-describedby", told.id);
    return true;
  }

  function close() {
    clearTimeout(timer);
    if (!shown) return;
    shown.removeAttribute("aria-describedby");
    shown = null;
    held = false;
    box.hidden = true;
  }

  function soon(act, after) {
    clearTimeout(timer);
    timer = setTimeout(act, after);
  }

  /* --- hover, focus, tap --- */

  let hovered = null;
  let touched = false;
  let dismissed = null; // the link whose note was sent away, until the focus is elsewhere

  function linkAt(target) {
    return target instanceof Element ? target.closest(LINKS) : null;
  }

  document.addEventListener("pointerover", function (event) {
    if (event.pointerType === "touch") return;
    const link = linkAt(event.target);
    const within = box.contains(event.target);
    if (link && link === hovered) return;
    hovered = link;
    if (held) return; // the page may have moved under the pointer
    if (link && link !== shown) {
      soon(function () { open(link, function () { return hovered === link; }); }, OPEN_AFTER);
    } else if (link || within) {
      clearTimeout(timer);
    } else if (shown && !box.contains(document.activeElement) && !shown.matches(":focus-visible")) {
      soon(close, CLOSE_AFTER);
    } else {
      clearTimeout(timer);
    }
  });

  document.addEventListener("focusin", function (event) {
    const link = linkAt(event.target);
    if (link && link === dismissed) return; // Escape has brought the focus back to it
    dismissed = null;
    if (link && link.matches(":focus-visible")) {
      open(link, function () { return document.activeElement === link; });
    } else if (!box.contains(event.target)) {
      close();
    }
  });

  document.addEventListener("keydown", function (event) {
    if (shown && document.activeElement === shown && box.scrollHeight > box.clientHeight && /^Arrow(Up|Down)$/.test(event.key)) {
      event.preventDefault(); // what the note has no room for is read by the arrow keys
      box.scrollBy({ top: event.key === "ArrowDown" ? 40 : -40 });
    }
    if (event.key !== "Escape") return;
    clearTimeout(timer);
    if (!shown) return;
    const link = dismissed = shown;
    if (box.contains(document.activeElement)) link.focus();
    close();
  });

  document.addEventListener("pointerdown", function (event) {
    touched = event.pointerType === "touch";
    if (shown && !box.contains(event.target) && linkAt(event.target) !== shown) close();
  });

  document.addEventListener("click", function (event) {
    const button = event.target.closest(".copy");
    if (button) copyRow(button.previousElementSibling);
    const link = linkAt(event.target);
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (isOwn(link)) {
      clearTimeout(timer);
      // Its address goes to the address bar; its note opens, ready to be copied.
      const byKey = event.detail === 0;
      open(link, function () { return true; }, true).then(function () {
        if (byKey) afterScrolling(function () { if (shown === link) copy.focus(); });
      });
    } else if (touched && shown !== link) {
      event.preventDefault();
      open(link, function () { return true; }).then(function (there) { if (!there) location.assign(link.href); });
    }
  });

  /* Going to a place on the page takes the focus away, in the next frame: wait for the one after. */
  function afterScrolling(act) {
    requestAnimationFrame(function () { requestAnimationFrame(act); });
  }

  window.addEventListener("resize", function () { if (shown) place(shown); });

  /* --- copying --- */

  /* The address of a page: as it is on the web; from a disk, from the book's folder on. */
  function addressToCopy(link) {
    return location.protocol === "file:" ? link.href.slice(root.href.length) : link.href;
  }

  function textOf(link, note) {
    const lines = note.l.map(function ([label, text]) { return label + ": " + text; });
    return [note.s, about.voices[note.v] + ": " + note.t, ...lines, about.edition, addressToCopy(link)].join("\n");
  }

  async function write(text) {
    if (navigator.clipboard && window.isSecureContext) {
      try {
        await navigator.clipboard.writeText(text);
        return true;
      } catch { /* not allowed here: the old way may be */ }
    }
    const before = document.activeElement;
    const area = make("textarea", "clipboard");
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    if (before) before.focus({ preventScroll: true });
    return done;
  }

  async function copyRow(link) {
    const note = await noteOf(link);
    tell(note && await write(textOf(link, note)) && "Copied " + note.t + " with source");
  }

  /* Say what was copied; nothing if it was not. */
  function tell(done) {
    status.textContent = done || "This browser does not let the page copy";
    setTimeout(function () { status.textContent = ""; }, 3000);
  }

  copy.addEventListener("click", function () { copyRow(shown); });

  /* --- reporting an error --- */

  /* Where an error of a row is reported: a form in the book's repository, filled in, or the page for corrections. */
  function reportOf(note, address) {
    const to = new URL(about.report, root);
    const where = note.p + "#" + address;
    if (to.origin === root.origin && to.protocol === root.protocol && to.href.startsWith(root.href)) {
      to.search = "?row=" + encodeURIComponent(address);
      to.hash = "report";
    } else {
      const filled = { title: "Error: " + where, where: where, table: note.f, version: about.edition };
      Object.entries(filled).forEach(function ([name, value]) { to.searchParams.set(name, value); });
    }
    return to.href;
  }

  /* On the page for corrections: the text of a report, filled in with the row or page from which the reader came. */
  async function prepare(area) {
    const given = new URLSearchParams(location.search);
    const row = given.get("row") || "";
    const note = row && await noteAt(row);
    const page = /^[\w-]+(\/[\w-]+)*\.html$/.test(given.get("where")) ? given.get("where") : "";
    const filled = note
      ? { "Row or page:": note.p + "#" + row, "Table:": note.f + "\nIt says: " + note.s } : { "Row or page:": page };
    area.textContent = area.textContent.split("\n").map(function (line) {
      return filled[line] ? line + " " + filled[line] : line;
    }).join("\n");
    const button = make("button", "more", "Copy the report");
    button.type = "button";
    button.addEventListener("click", async function () { tell(await write(area.textContent) && "Copied the report"); });
    area.after(button);
  }
  document.querySelectorAll("[data-report]").forEach(prepare);

  /* --- addresses of earlier editions --- */

  /* A row may stand on another page than it did, or be gone; of another place nothing is known. */
  async function seek() {
    let address = "";
    try {
      address = decodeURIComponent(location.hash.slice(1));
    } catch { /* no address of this book */ }
    if (!address || document.getElementById(address)) return;
    const note = await noteAt(address);
    const isGone = note && note.r !== undefined;
    if (note && !isGone && new URL(note.p, root).pathname !== location.pathname) {
      location.replace(new URL(note.p + "#" + encodeURIComponent(address), root));
    } else {
      lost(address, isGone ? note : undefined);
    }
  }

  function lost(address, note) {
    const line = make("p", "lost", note ? note.s + " " : "There is no place “" + address + "” on this page: it may have been renamed. ");
    const [text, page] = !note ? ["Search the book", "search.html"]
      : note.r ? ["Go to what took its place", note.r] : ["More on it", note.p + "#retired-" + address];
    const next = make("a", "reference", text);
    next.href = new URL(page, root);
    line.setAttribute("role", "status");
    line.append(next);
    document.querySelectorAll(".lost").forEach(function (old) { old.remove(); });
    document.querySelector("article").prepend(line);
    line.scrollIntoView({ block: "center" });
  }

  seek();
  window.addEventListener("hashchange", seek);

  /* Buttons come when a reader is there, while the browser has nothing better to do, or some each second; their
     places are kept free. */
  const waiting = Array.from(document.querySelectorAll("article a.own")).reverse();
  const SOME = 50;
  function whenIdle(act) {
    if (window.requestIdleCallback) requestIdleCallback(act, { timeout: 1000 });
    else setTimeout(act, 20, { timeRemaining: function () { return 0; } });
  }
  function addButtons(idle) {
    waiting.splice(-SOME).reverse().forEach(addButton);
    while (waiting.length && idle.timeRemaining() > 1) addButton(waiting.pop());
    if (waiting.length) whenIdle(addButtons);
  }
  function addButton(link) {
    const button = make("button", "copy");
    button.type = "button";
    button.tabIndex = -1; // by key the address itself opens the note, with its own button: half the stops
    button.setAttribute("aria-label", "Copy " + addressOf(link) + " with source");
    if (link.rel === "bookmark") link.setAttribute("aria-label", "Address of " + addressOf(link));
    link.after(button);
  }
  function begin() { whenIdle(addButtons); }
  if (document.documentElement.classList.contains("read")) begin();
  else document.addEventListener("read", begin, { once: true }); // book.js tells when a reader is there
})();
