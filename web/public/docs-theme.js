// Shows the interactive documentation dark where the reader's pages are.
try {
  const chosen = localStorage.getItem("holdfast.theme");
  const dark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.classList.toggle("dark-mode", dark);
} catch {
  // Storage may be blocked; the documentation is then light.
}
