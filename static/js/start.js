// When are the scripts fetched and run? Once the card is on screen: an agent reads a name before anything can be clicked.
// A browser that has shown a card has them already. A frame that nobody sees is never painted, so it does not wait for that.

const { scripts } = document.currentScript.dataset;
const painted = new Promise((resolve) => {
  requestAnimationFrame(() => setTimeout(resolve));
  setTimeout(resolve, 150);
});
const loaded = new Promise((resolve) => addEventListener("load", resolve)); // htmx begins only with a whole document

Promise.all([painted, loaded]).then(() => {
  for (const src of scripts.split(" ")) {
    const script = document.createElement("script");
    script.src = src;
    script.async = false; // one after the other, in this order
    document.head.append(script);
  }
});
