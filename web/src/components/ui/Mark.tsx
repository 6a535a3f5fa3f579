interface MarkProps {
  size?: number;
  className?: string;
}

/** The anchor of Holdfast, drawn in the colour of the text. `public/favicon.svg` has the same lines. */
export const Mark = ({ size = 24, className }: MarkProps) => (
  <svg
    className={className}
    aria-hidden="true"
    width={size}
    height={size}
    viewBox="0 0 32 32"
    fill="none"
    stroke="currentColor"
    strokeWidth="2.25"
    strokeLinecap="round"
    strokeLinejoin="round"
  >
    <circle cx="16" cy="6.5" r="3" />
    <path d="M16 9.5V28M10.5 13.5h11M5 18.5C5.6 24.2 10 28 16 28s10.4-3.8 11-9.5M2.4 21.3 5 18l3.4 2.5M29.6 21.3 27 18l-3.4 2.5" />
  </svg>
);
