export interface IconProps {
  size?: number;
}

export function Drawn({ size = 18, d, width = 1.8 }: IconProps & { d: string; width?: number }) {
  return (
    <svg
      aria-hidden="true"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={width}
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      <path d={d} />
    </svg>
  );
}

export const PlusIcon = (props: IconProps) => <Drawn {...props} d="M12 5v14M5 12h14" />;
export const LightningIcon = (props: IconProps) => (
  <Drawn {...props} d="M13 3 5 13.5h6L10 21l9-11h-6.5L13 3Z" />
);
export const ShareIcon = (props: IconProps) => (
  <Drawn {...props} d="M12 15V4M8 7.5 12 4l4 3.5M6 11H5v9h14v-9h-1" />
);
export const MenuIcon = (props: IconProps) => <Drawn {...props} d="M4 7h16M4 12h16M4 17h10" />;
export const CloseIcon = (props: IconProps) => <Drawn {...props} d="M6 6l12 12M18 6L6 18" />;
export const ChevronIcon = (props: IconProps) => <Drawn {...props} d="M7 10l5 5 5-5" />;
export const PreviousIcon = (props: IconProps) => <Drawn {...props} d="M14 7l-5 5 5 5" />;
export const NextIcon = (props: IconProps) => <Drawn {...props} d="M10 7l5 5-5 5" />;
export const CheckIcon = (props: IconProps) => <Drawn {...props} d="M5 12.5l4.5 4.5L19 7.5" />;
export const DownIcon = (props: IconProps) => <Drawn {...props} d="M12 5v14M6 13l6 6 6-6" />;
export const PlugIcon = (props: IconProps) => (
  <Drawn {...props} d="M9 3v5M15 3v5M6 8h12v3a6 6 0 0 1-12 0V8ZM12 17v4" />
);
export const SendIcon = (props: IconProps) => <Drawn {...props} d="M12 19V5M6 11l6-6 6 6" />;
/** Puts something into the field above. */
export const FillIcon = (props: IconProps) => <Drawn {...props} d="M17 17 7 7M7 15V7h8" />;
export const EditIcon = (props: IconProps) => (
  <Drawn {...props} d="M4 20h4L19 9l-4-4L4 16v4ZM13 7l4 4" />
);
/** Goes on where something stopped. */
export const GoOnIcon = (props: IconProps) => (
  <Drawn {...props} d="M5 5v14M9.5 12H20M15 7l5 5-5 5" />
);
export const RepeatIcon = (props: IconProps) => (
  <Drawn {...props} d="M20 11a8 8 0 1 0-2.3 6.3M20 5v6h-6" />
);
export const PinIcon = (props: IconProps) => (
  <Drawn {...props} d="M9 4h6l-1 6 3 3v2H7v-2l3-3-1-6ZM12 15v6" />
);
export const ArchiveIcon = (props: IconProps) => (
  <Drawn {...props} d="M4 5h16v4H4zM6 9v10h12V9M10 13h4" />
);
export const TagIcon = (props: IconProps) => <Drawn {...props} d="M4 4h7l9 9-7 7-9-9V4ZM8 8h.01" />;
export const SelectIcon = (props: IconProps) => (
  <Drawn {...props} d="M4 7l2 2 3-4M4 16l2 2 3-4M13 7h7M13 16h7" />
);
export const ThumbUpIcon = (props: IconProps) => (
  <Drawn
    {...props}
    d="M7 11v9H4v-9h3Zm0 0 4-7a2 2 0 0 1 2 2v4h5.5a1.5 1.5 0 0 1 1.5 1.8l-1.3 6.7A2 2 0 0 1 16.7 20H7"
  />
);
export const ThumbDownIcon = (props: IconProps) => (
  <Drawn
    {...props}
    d="M17 13V4h3v9h-3Zm0 0-4 7a2 2 0 0 1-2-2v-4H5.5A1.5 1.5 0 0 1 4 12.2l1.3-6.7A2 2 0 0 1 7.3 4H17"
  />
);
export const SpeakerIcon = (props: IconProps) => (
  <Drawn
    {...props}
    d="M4 9.5v5h3.5L12 18.5v-13L7.5 9.5H4ZM15.5 9a4 4 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11"
  />
);
export const PlayIcon = (props: IconProps) => <Drawn {...props} d="M8 5.5v13l10-6.5-10-6.5Z" />;
export const SpeechStopIcon = (props: IconProps) => <Drawn {...props} d="M7 7h10v10H7z" />;
export const TrashIcon = (props: IconProps) => (
  <Drawn {...props} d="M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5" />
);
export const EraserIcon = (props: IconProps) => (
  <Drawn
    {...props}
    d="M9 20h11M5.5 13.5l8-8a2 2 0 0 1 2.8 0l3.2 3.2a2 2 0 0 1 0 2.8L11 20H8l-2.5-2.5a2 2 0 0 1 0-2.8M9.5 9.5l5.5 5.5"
  />
);
export const ImageIcon = (props: IconProps) => (
  <Drawn {...props} d="M4 5h16v14H4zM4 16l4.5-4.5 3.5 3.5 3-3 5 5M15.5 9.5h.01" />
);
export const InfoIcon = (props: IconProps) => (
  <Drawn {...props} d="M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 11v5M12 8h.01" />
);
export const AlertIcon = (props: IconProps) => (
  <Drawn {...props} d="M12 4 2.8 19.5h18.4L12 4ZM12 10v4.5M12 17h.01" />
);
export const SunIcon = (props: IconProps) => (
  <Drawn
    {...props}
    d="M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM12 3v1.5M12 19.5V21M3 12h1.5M19.5 12H21M5.6 5.6l1.1 1.1M17.3 17.3l1.1 1.1M5.6 18.4l1.1-1.1M17.3 6.7l1.1-1.1"
  />
);
export const MoonIcon = (props: IconProps) => (
  <Drawn {...props} d="M20 14.5A8 8 0 0 1 9.5 4 8 8 0 1 0 20 14.5Z" />
);
export const ScreenIcon = (props: IconProps) => (
  <Drawn {...props} d="M3.5 5h17v11h-17zM9 20h6M12 16v4" />
);
export const CopyIcon = (props: IconProps) => <Drawn {...props} d="M9 9h11v11H9zM15 9V4H4v11h5" />;
export const DotsIcon = (props: IconProps) => (
  <Drawn {...props} d="M6 12h.01M12 12h.01M18 12h.01" width={2.6} />
);

export const DocumentIcon = (props: IconProps) => (
  <Drawn {...props} d="M6 3.5h8l4.5 4.5v12.5H6zM13.5 3.5V8.5h5M9 13h6M9 16.5h6" />
);
export const BracesIcon = (props: IconProps) => (
  <Drawn
    {...props}
    d="M9 4.5c-2.5 0-2.5 1-2.5 3.5S6 12 4 12c2 0 2.5 1.5 2.5 4s0 3.5 2.5 3.5M15 4.5c2.5 0 2.5 1 2.5 3.5s.5 4 2.5 4c-2 0-2.5 1.5-2.5 4s0 3.5-2.5 3.5"
  />
);
export const DataIcon = (props: IconProps) => (
  <Drawn {...props} d="M4 4h16v5H4zM5.5 9v11h13V9M12 12v5M9.5 14.5 12 17l2.5-2.5" />
);
export const ComposeIcon = (props: IconProps) => (
  <Drawn {...props} d="M19 13.5V20H4V5h6.5M9.5 14.5l.5-3.5 8-8 3 3-8 8z" />
);
export const SidebarIcon = (props: IconProps) => <Drawn {...props} d="M4 5h16v14H4zM9.5 5v14" />;
export const KeyboardIcon = (props: IconProps) => (
  <Drawn {...props} d="M3 6.5h18v11H3zM7 10h.01M10.3 10h.01M13.7 10h.01M17 10h.01M8 14h8" />
);
export const CompassIcon = (props: IconProps) => (
  <Drawn {...props} d="M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM15.5 8.5l-2 5-5 2 2-5z" />
);

export const SearchIcon = (props: IconProps) => (
  <Drawn {...props} d="M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13ZM15.5 15.5 20 20" />
);

export const EyeIcon = (props: IconProps) => (
  <Drawn
    {...props}
    d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12ZM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z"
  />
);
export const EyeOffIcon = (props: IconProps) => (
  <Drawn
    {...props}
    d="M9.5 5.9a8.6 8.6 0 0 1 2.5-.4c6 0 9.5 6.5 9.5 6.5a16 16 0 0 1-2.6 3.3M6.5 7.3A15.5 15.5 0 0 0 2.5 12s3.5 6.5 9.5 6.5a9 9 0 0 0 4.6-1.3M10 10a3 3 0 0 0 4.2 4.2M4 4l16 16"
  />
);
export const ThinkIcon = (props: IconProps) => (
  <Drawn
    {...props}
    d="M9 18h6M10 21h4M8.5 15c0-1.5-3-2.8-3-6.2a6.5 6.5 0 0 1 13 0c0 3.4-3 4.7-3 6.2Z"
  />
);
export const ClipIcon = (props: IconProps) => (
  <Drawn
    {...props}
    d="M19.5 11.5 12 19a4.6 4.6 0 0 1-6.5-6.5L13.5 4.5a3.1 3.1 0 0 1 4.4 4.4l-7.9 7.9a1.6 1.6 0 0 1-2.2-2.2l7-7"
  />
);
export const DownloadIcon = (props: IconProps) => (
  <Drawn {...props} d="M12 4v11M7 10.5l5 5 5-5M5 20h14" />
);
export const SheetIcon = (props: IconProps) => (
  <Drawn {...props} d="M4.5 5h15v14h-15zM4.5 10h15M4.5 14.5h15M10 10v9" />
);

export const SlidersIcon = (props: IconProps) => (
  <Drawn {...props} d="M4 7h9M17 7h3M15 4.5v5M4 17h3M11 17h9M9 14.5v5" />
);
export const GearIcon = (props: IconProps) => (
  <Drawn
    {...props}
    width={1.6}
    d="M9.9 5.3L10.4 2.7L13.6 2.7L14.1 5.3L15.3 5.8L17.4 4.3L19.7 6.6L18.2 8.7L18.7 9.9L21.3 10.4L21.3 13.6L18.7 14.1L18.2 15.3L19.7 17.4L17.4 19.7L15.3 18.2L14.1 18.7L13.6 21.3L10.4 21.3L9.9 18.7L8.7 18.2L6.6 19.7L4.3 17.4L5.8 15.3L5.3 14.1L2.7 13.6L2.7 10.4L5.3 9.9L5.8 8.7L4.3 6.6L6.6 4.3L8.7 5.8ZM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6Z"
  />
);

export const PauseIcon = (props: IconProps) => <Drawn {...props} d="M9 6v12M15 6v12" width={2.4} />;

export function StopIcon() {
  return (
    <svg aria-hidden="true" width="18" height="18" viewBox="0 0 24 24" fill="currentColor">
      <rect x="6" y="6" width="12" height="12" rx="2.5" />
    </svg>
  );
}
