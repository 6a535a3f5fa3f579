import { useI18n } from "../i18n/useI18n";
import { openSettings } from "../lib/settingsAddress";
import { isMac, keysOf } from "../lib/shortcuts";
import { THEMES, type Theme, useTheme } from "../state/useTheme";
import { IconButton } from "./ui/IconButton";
import { GearIcon, KeyboardIcon, MoonIcon, ScreenIcon, SunIcon } from "./ui/icons";
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
      className="icon-button language in-settings"
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

export function ThemeSwitch() {
  const { t } = useI18n();
  const [theme, choose] = useTheme();
  const Current = ICONS[theme];
  return (
    <Menu
      label={`${t.theme}${t.colon}${t.themes[theme]}`}
      className="icon-button in-settings"
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

/** The foot of the sidebar: the settings, and those that are changed most where there is room for them. */
export function Preferences({ onHelp }: { onHelp: () => void }) {
  const { t } = useI18n();
  return (
    <div className="sidebar-foot">
      <button
        type="button"
        className="settings-button"
        data-testid="settings"
        onClick={() => openSettings()}
      >
        <GearIcon />
        {t.settings}
      </button>
      <LanguageSwitch />
      <ThemeSwitch />
      <IconButton
        label={t.shortcuts}
        keys={keysOf("help", isMac())}
        className="in-settings"
        testId="shortcuts"
        onClick={onHelp}
      >
        <KeyboardIcon />
      </IconButton>
    </div>
  );
}
