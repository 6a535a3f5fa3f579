// Runs before the first paint, so that the page never flashes in another theme, text size or width.
try {
  const page = document.documentElement.dataset;
  const theme = localStorage.getItem("holdfast.theme");
  if (theme === "light" || theme === "dark") page.theme = theme;
  const chosen = JSON.parse(localStorage.getItem("holdfast.preferences") || "{}");
  for (const name of ["textSize", "width", "motion"]) {
    if (typeof chosen?.[name] === "string") page[name] = chosen[name];
  }
} catch {
  // Storage may be blocked or damaged; what the system and the styles say is then the right thing.
}
