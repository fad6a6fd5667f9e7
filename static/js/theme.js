// Light, dark, or as the system says? Runs before the first paint; Django's admin keeps its choice under the same name.
try {
  const theme = localStorage.getItem("theme");
  if (theme) document.documentElement.dataset.theme = theme;
} catch {
  // A browser that keeps nothing for us follows the system.
}
