// What comes after the first paint? The rest of the page, then the scripts: an agent reads a name before he can click.
// This stands at the end of each framed page, whose policy knows it by its hash (settings.STARTER). To fetch it, and to
// build a form that nobody can use yet, would hold up the name (docs/performance.md).

const { scripts } = document.currentScript.dataset;
const loaded = new Promise((resolve) => addEventListener("load", resolve)); // htmx begins only with a whole document
const painted = new Promise((resolve) => {
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve))); // with the second, the first is out
  setTimeout(resolve, 500); // a frame that nobody sees is never painted
});

painted.then(() => {
  for (const rest of document.querySelectorAll("noscript[data-rest]")) rest.outerHTML = rest.textContent;
  return loaded;
}).then(() => {
  for (const src of scripts.split(" ")) {
    const script = document.createElement("script");
    script.src = src;
    script.async = false; // one after the other, in this order
    document.head.append(script);
  }
});
