import { Brand } from "../components/Brand";
import { LanguageSwitch, ThemeSwitch } from "../components/Preferences";

/** The top of a share link's page: where it comes from, and what a reader may want to change. */
export function SharedBar() {
  return (
    <header className="shared-bar">
      <Brand />
      <LanguageSwitch />
      <ThemeSwitch />
    </header>
  );
}
