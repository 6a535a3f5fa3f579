import { Drawn, type IconProps } from "../components/ui/icons";

/** The icons of the parts of a text are smaller than those of the page. */
const Small = ({ size = 16, d }: IconProps & { d: string }) => <Drawn size={size} d={d} />;

export const BackIcon = (props: IconProps) => (
  <Small {...props} d="M9 14.5 4.5 10 9 5.5M4.5 10h9a6 6 0 0 1 0 12H11" />
);
export const WrapIcon = (props: IconProps) => (
  <Small {...props} d="M4 6h16M4 12h12.5a3.25 3.25 0 0 1 0 6.5H12M14.5 16 12 18.5l2.5 2.5M4 18h4" />
);
export const ExpandIcon = (props: IconProps) => (
  <Small {...props} d="M14.5 4H20v5.5M20 4l-6.5 6.5M9.5 20H4v-5.5M4 20l6.5-6.5" />
);
export const TipIcon = (props: IconProps) => (
  <Small
    {...props}
    d="M9 18h6M10 21h4M8.5 15c0-1.5-3-2.8-3-6.2a6.5 6.5 0 0 1 13 0c0 3.4-3 4.7-3 6.2Z"
  />
);
export const StarIcon = (props: IconProps) => (
  <Small {...props} d="M5 4h14v12h-6l-4 4v-4H5ZM12 7v3.5M12 13h.01" />
);
export const StopSignIcon = (props: IconProps) => (
  <Small {...props} d="M8.5 3.5h7l5 5v7l-5 5h-7l-5-5v-7zM12 8v4.5M12 16h.01" />
);
export const ZoomInIcon = (props: IconProps) => <Small {...props} d="M12 5v14M5 12h14" />;
export const ZoomOutIcon = (props: IconProps) => <Small {...props} d="M5 12h14" />;
export const FitIcon = (props: IconProps) => (
  <Small {...props} d="M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5" />
);
export const MarkdownIcon = (props: IconProps) => (
  <Small
    {...props}
    d="M3 6h18v12H3zM6.5 15V9.5L9 12.5l2.5-3V15M16.5 9v5.5M14 12.5l2.5 2.5 2.5-2.5"
  />
);
export const SheetIcon = (props: IconProps) => (
  <Small {...props} d="M4 5h16v14H4zM4 10h16M4 14.5h16M10 10v9" />
);
