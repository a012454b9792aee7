/* Rows and names are found in every spelling: what was typed and what is in the index are folded alike.
   Sphinx puts this into language_data.js, which the search page alone loads, after searchtools.js. What stands before it there ends
   without a semicolon. */
;(function () {
  "use strict";
  const ENTITIES = { "&#x27;": "'", "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"' };
  const ARABIC = /\p{Script=Arabic}/u;
  const LETTERS = { "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه" };
  const EXACT = 1000; // above every page

  /* Lower case, without apostrophes, accents, vowel signs, and the dots of abbreviations. */
  function fold(text) {
    return text
      .replace(/['’‘‛`´\u02b9-\u02bf\u2032\u200c]/g, "")
      .normalize("NFKD")
      .replace(/[\p{M}\u0640]/gu, "")
      .replace(/[ىیکة]/g, function (letter) { return LETTERS[letter]; })
      .replace(/\.(?!\d)/g, "")
      .toLowerCase();
  }

  function words(text) {
    return fold(text).split(/[^\p{L}\p{N}.~]+/u).filter(Boolean).map(function (word) {
      return word.replace(/^ال(?=..)/u, ""); // the article is written as part of the word
    });
  }

  /* Short words must stand whole; of longer ones the beginning will do. */
  function begins(word, wanted) {
    return wanted.length < 3 ? word === wanted : word.startsWith(wanted);
  }

  const parse = Search._parseQuery;
  Search._parseQuery = function (query) {
    const [, searchTerms, excluded, highlighted] = parse(ARABIC.test(query) ? query : fold(query));
    return [query, searchTerms, excluded, highlighted, new Set([query])];
  };

  Search.performObjectSearch = function (query) {
    const index = Search._index;
    const wanted = words(query);
    const found = [];
    for (const [prefix, objects] of Object.entries(index.objects)) {
      for (const [page, kind, rank, place, last] of objects) {
        const shown = (prefix ? prefix + "." : "") + last;
        const name = shown.replace(/&(?:#x27|amp|lt|gt|quot);/g, function (entity) { return ENTITIES[entity]; });
        const own = words(name);
        const all = wanted.length && wanted.every(function (word) {
          return own.some(function (other) { return begins(other, word); });
        });
        if (!all) continue;
        const type = index.objnames[kind];
        const anchor = place === "" ? name : place === "-" ? type[1] + "-" + name : place;
        const exact = own.join(" ") === wanted.join(" ") || (wanted.length === 1 && own[0] === wanted[0] && /\d/.test(own[0]));
        found.push([
          index.docnames[page],
          ARABIC.test(name) ? '<bdi lang="ar" dir="rtl">' + shown + "</bdi>" : shown,
          "#" + encodeURIComponent(anchor),
          type[2] + ", in " + index.titles[page],
          (exact ? EXACT : Scorer.title + 2) - rank,
          index.filenames[page],
        ]);
      }
    }
    return found;
  };

  // The index is heavy, so it comes only when something is looked for.
  if (new URLSearchParams(window.location.search).get("q")) Search.loadIndex("searchindex.js");
})();
