import { useI18n } from "../i18n/useI18n";
import { THEMES, type Theme, useTheme } from "../state/useTheme";
import { IconButton } from "./ui/IconButton";
import { DataIcon, MoonIcon, ScreenIcon, SunIcon } from "./ui/icons";
import { Menu } from "./ui/Menu";
import { MenuItem } from "./ui/MenuItem";

const ICONS: Record<Theme, typeof SunIcon> = {
  system: ScreenIcon,
  light: SunIcon,
  dark: MoonIcon,
};

export function LanguageSwitch() {
  const { t, locale, setLocale } = useI18n();
  return (
    <button
      type="button"
      className="icon-button language"
      lang={locale === "en" ? "zh-CN" : "en"}
      aria-label={`${t.otherLanguage} · ${t.switchLanguage}`}
      title={t.switchLanguage}
      data-testid="language"
      onClick={() => setLocale(locale === "en" ? "zh-CN" : "en")}
    >
      {t.otherLanguage}
    </button>
  );
}

export function DataButton({ onOpen }: { onOpen: () => void }) {
  const { t } = useI18n();
  return (
    <IconButton label={t.yourData} testId="your-data" onClick={onOpen}>
      <DataIcon />
    </IconButton>
  );
}

export function ThemeSwitch() {
  const { t } = useI18n();
  const [theme, choose] = useTheme();
  const Current = ICONS[theme];
  return (
    <Menu
      label={`${t.theme}${t.colon}${t.themes[theme]}`}
      className="icon-button"
      align="end"
      testId="theme"
      trigger={<Current />}
    >
      {THEMES.map((option) => {
        const Icon = ICONS[option];
        return (
          <MenuItem
            key={option}
            value={option}
            icon={<Icon />}
            title={t.themes[option]}
            checked={option === theme}
            onSelect={() => choose(option)}
          />
        );
      })}
    </Menu>
  );
}
