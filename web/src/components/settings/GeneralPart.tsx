import { useI18n } from "../../i18n/useI18n";
import { isMac } from "../../lib/shortcuts";
import { prefer, usePreference } from "../../state/preferences";
import { THEMES, useTheme } from "../../state/useTheme";
import { Choices } from "./Choices";
import { NotifySwitch } from "./NotifySwitch";

export interface ShortcutSetting {
  on: boolean;
  turn: (on: boolean) => void;
}

/** How the page of this browser looks and behaves. */
export function GeneralPart({ shortcuts }: { shortcuts: ShortcutSetting }) {
  const { t, locale, setLocale } = useI18n();
  const [theme, chooseTheme] = useTheme();
  const sendKey = usePreference("sendKey");
  const textSize = usePreference("textSize");
  const width = usePreference("width");
  const motion = usePreference("motion");
  return (
    <div className="settings-list">
      <Choices
        label={t.language}
        value={locale}
        options={[
          [
            "en",
            <span key="en" lang="en">
              English
            </span>,
          ],
          [
            "zh-CN",
            <span key="zh" lang="zh-CN">
              中文
            </span>,
          ],
        ]}
        testId="set-language"
        onChoose={setLocale}
      />
      <Choices
        label={t.theme}
        value={theme}
        options={THEMES.map((each) => [each, t.themes[each]] as const)}
        testId="set-theme"
        onChoose={chooseTheme}
      />
      <Choices
        label={t.textSize}
        value={textSize}
        options={[
          ["small", t.textSizes.small],
          ["normal", t.textSizes.normal],
          ["large", t.textSizes.large],
        ]}
        testId="set-text-size"
        onChoose={(value) => prefer({ textSize: value })}
      />
      <Choices
        label={t.columnWidth}
        value={width}
        options={[
          ["normal", t.columnWidths.normal],
          ["wide", t.columnWidths.wide],
        ]}
        testId="set-width"
        onChoose={(value) => prefer({ width: value })}
      />
      <Choices
        label={t.motion}
        value={motion}
        options={[
          ["system", t.motions.system],
          ["less", t.motions.less],
        ]}
        testId="set-motion"
        onChoose={(value) => prefer({ motion: value })}
      />
      <Choices
        label={t.sendWith}
        hint={sendKey === "enter" ? t.sendEnterHint : t.sendModHint}
        value={sendKey}
        options={[
          ["enter", "Enter"],
          ["mod-enter", isMac() ? "⌘ Enter" : "Ctrl + Enter"],
        ]}
        testId="set-send-key"
        onChoose={(value) => prefer({ sendKey: value })}
      />
      <NotifySwitch />
      <label className="setting switch">
        <span>
          {t.shortcutsOn}
          <small>{t.shortcutsHint}</small>
        </span>
        <input
          type="checkbox"
          checked={shortcuts.on}
          data-testid="set-shortcuts"
          onChange={(event) => shortcuts.turn(event.target.checked)}
        />
      </label>
    </div>
  );
}
