/* Leads from the old name of a page to the new one, and keeps the place on it. Without this script the page leads there too. */
location.replace(new URL(location.search + location.hash, document.querySelector("a").href));
