interface UploadRingProps {
  label: string;
  /** The share that was sent, from 0 to 1. */
  share: number;
}

const RADIUS = 9;
const AROUND = 2 * Math.PI * RADIUS;

/** The progress of an upload. Once all is sent, the server reads the file, and the ring turns. */
export function UploadRing({ label, share }: UploadRingProps) {
  const sent = share >= 1;
  const shown = sent ? 0.25 : Math.max(share, 0.03);
  return (
    <span
      className={sent ? "upload-ring turning" : "upload-ring"}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      {...(sent ? {} : { "aria-valuenow": Math.round(share * 100) })}
    >
      <svg aria-hidden="true" viewBox="0 0 24 24" width="24" height="24" fill="none">
        <circle cx="12" cy="12" r={RADIUS} />
        <circle cx="12" cy="12" r={RADIUS} strokeDasharray={`${shown * AROUND} ${AROUND}`} />
      </svg>
    </span>
  );
}
