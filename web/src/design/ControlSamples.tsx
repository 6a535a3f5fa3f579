import { Brand } from "../components/Brand";
import { IconButton } from "../components/ui/IconButton";
import { CopyIcon, EditIcon, RepeatIcon, SearchIcon, TrashIcon } from "../components/ui/icons";
import { Mark } from "../components/ui/Mark";

const nothing = () => undefined;

const BUTTONS = ["", "primary", "danger", "outlined-danger", "small", "small primary"];

export const ControlSamples = () => (
  <div className="design-rows">
    <div>
      <Mark size={40} className="welcome-mark" />
      <Mark size={24} />
      <Mark size={16} />
      <Brand />
    </div>
    {[false, true].map((disabled) => (
      <div key={String(disabled)}>
        {BUTTONS.map((kind) => (
          <button
            key={kind}
            type="button"
            disabled={disabled}
            className={`button ${kind}`}
            onClick={nothing}
          >
            {kind || "button"}
          </button>
        ))}
      </div>
    ))}
    <div>
      {[CopyIcon, EditIcon, RepeatIcon, TrashIcon].map((Icon, index) => (
        <IconButton key={Icon.name} label="Icon" onClick={nothing} disabled={index === 3}>
          <Icon />
        </IconButton>
      ))}
      <IconButton label="Small" className="small" onClick={nothing}>
        <CopyIcon size={16} />
      </IconButton>
      <button type="button" className="icon-button" aria-expanded="true" aria-label="Open">
        <EditIcon />
      </button>
    </div>
    <div>
      <button type="button" className="think" aria-pressed="false">
        Think
      </button>
      <button type="button" className="think" aria-pressed="true">
        Think
      </button>
      <span className="badge">demo</span>
      <kbd>Ctrl</kbd>
      <kbd>K</kbd>
      <span className="running-mark" />
    </div>
    <label className="search">
      <SearchIcon size={16} />
      <input type="search" placeholder="Search" aria-label="Search" />
    </label>
    <input className="field" aria-label="Field" defaultValue="A field" />
    {[false, true].map((checked) => (
      <label key={String(checked)} className="switch">
        <input type="checkbox" defaultChecked={checked} />
        <span>
          A switch
          <small>with a word about it</small>
        </span>
      </label>
    ))}
    <div className="progress">
      <progress max={100} value={40} />
      <span className="progress-label">40 of 100 messages</span>
    </div>
    <div className="design-menu">
      {["A menu's item", "The one that is chosen", "Delete"].map((title, index) => (
        <button
          key={title}
          type="button"
          className={index === 2 ? "menu-item danger" : "menu-item"}
          aria-pressed={index === 1}
        >
          <span className="menu-text">
            <span className="menu-title">{title}</span>
            {index < 2 && <span className="menu-detail">What it does</span>}
          </span>
        </button>
      ))}
    </div>
  </div>
);
