// When do the scripts run? Once the card is on screen: an agent reads a name before anything can be clicked.
// They are fetched at once (preload). A frame that nobody sees is never painted, so it does not wait for that.

const painted = new Promise((resolve) => {
  requestAnimationFrame(() => setTimeout(resolve));
  setTimeout(resolve, 150);
});
const loaded = new Promise((resolve) => addEventListener("load", resolve)); // htmx begins only with a whole document

Promise.all([painted, loaded]).then(() => {
  for (const { href } of document.querySelectorAll("link[rel=preload][as=script]")) {
    const script = document.createElement("script");
    script.src = href;
    script.async = false; // one after the other, in this order
    document.head.append(script);
  }
});
